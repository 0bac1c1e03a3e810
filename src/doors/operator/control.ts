import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../core/lang/canonical.ts';
import type { Command } from './command.ts';
import type { Gateway, GatewayFailure, GatewayRequest } from './gateway.ts';
import { type ExitCode, exits, fail, out, say } from './output.ts';
import { cell, isFields } from './text.ts';

/** How long each may take: a comparison asks the exchange, flattening waits for it. */
export const patience = {
  halt: 20_000,
  flatten: 90_000,
  freeze: 10_000,
  leverage: 20_000,
  reduce_only: 10_000,
  resolve: 10_000,
  resume: 30_000,
  reconcile: 60_000,
  status: 5_000,
} as const;

/** Of what the file HALT says: it is read back as a small file. */
const REASON_CHARACTERS_MAX = 500;

type Verb = 'halt' | 'reduce-only' | 'resume' | 'reconcile';

/** The commands that change how much the account may do, and the comparison that `resume` wants. */
export async function control(verb: Verb, command: Command, gateway: Gateway): Promise<ExitCode> {
  if (command.words.length > 0) {
    const message = `${verb} takes no further words (${command.words.join(' ')}); a reason goes into --reason "…"`;
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  if (verb === 'halt') return halt(command, gateway);
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const wire = verb === 'reduce-only' ? 'reduce_only' : verb;
  if (command.adopt && (verb !== 'reconcile' || command.reason === '')) {
    const message = 'expected twokey reconcile --adopt --reason "why it is to stand"; only differences of positions and money are accepted';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const answer = await gateway(requestOf(wire, command), patience[wire]);
  if (!answer.ok) return refused(command, answer.error);
  say(command, verb === 'reconcile' ? 'reconcile' : 'mode', answer.value);
  const clean = isFields(answer.value) && answer.value['clean'] === true;
  return verb === 'reconcile' && !clean ? exits.failed : exits.fine;
}

function requestOf(verb: 'reduce_only' | 'resume' | 'reconcile', { adopt, reason }: Command): GatewayRequest {
  if (verb !== 'reconcile') return { verb, reason };
  return adopt ? { verb: 'adopt', reason } : { verb };
}

/**
 * Stops in any case: a gateway that runs is asked; where none runs, or none answers, the file HALT is written, which a gateway honours
 * while it runs and before it starts anything.
 */
async function halt(command: Command, gateway: Gateway): Promise<ExitCode> {
  // First of all, and alone: halting needs no token, no exchange and no patience, and what follows may fail.
  const answer = await gateway({ verb: 'halt', reason: command.reason, flatten: false }, patience.halt);
  if (answer.ok) {
    if (command.flatten) return flatten(command, gateway);
    say(command, 'mode', answer.value);
    return haltExit(answer.value);
  }
  if (answer.error.kind === 'refused') return refused(command, answer.error);
  const path = join(command.home, 'HALT');
  let did = 'was written';
  try {
    mkdirSync(command.home, { recursive: true, mode: 0o700 });
    did = writeUnlessThere(path, command.reason);
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'an unknown failure';
    return fail(command, {
      code: 'UNAVAILABLE',
      message: `${answer.error.message}, and ${path} cannot be written: ${cause}`,
      exit: exits.failed,
    });
  }
  const heard = answer.error.kind === 'not_running' ? 'no gateway runs on this home' : answer.error.message;
  const flattening = command.flatten ? '; nothing was closed, because that takes a gateway' : '';
  const message = `halted: ${heard}, so ${path} ${did}${flattening}; no gateway sends anything while that file exists. To go on: remove it, start the gateway, twokey resume`;
  const exit = answer.error.kind === 'unanswered' ? exits.unknown : command.flatten ? exits.failed : exits.fine;
  if (command.json)
    out(`${JSON.stringify({ ok: exit === exits.fine, mode: 'HALTED', halt_file: path, gateway: answer.error.kind, message }, null, 2)}\n`);
  else out(`${message}\n`);
  return exit;
}

/** Who stopped first, and why, is what has to be looked at: a second reason does not replace the first. @returns what became of the file. */
function writeUnlessThere(path: string, reason: string): string {
  const text = JSON.stringify({ at: new Date().toISOString(), by: 'operator', reason: reason.slice(0, REASON_CHARACTERS_MAX) });
  try {
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
    return 'was written';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return 'stands as it did, with the first reason';
    throw error;
  }
}

/** 0 when the exchange lists no entry any more, 1 when one is left, 4 while nobody knows: nothing new is sent in any case. */
export function haltExit(document: Json): ExitCode {
  const halt = isFields(document) ? document['halt'] : null;
  const outcome = isFields(halt) ? halt['outcome'] : '';
  return outcome === 'clear' ? exits.fine : outcome === 'remaining' ? exits.failed : exits.unknown;
}

async function flatten(command: Command, gateway: Gateway): Promise<ExitCode> {
  const answer = await gateway({ verb: 'halt', reason: command.reason, flatten: true }, patience.flatten);
  if (answer.ok || answer.error.kind !== 'refused') return tellFlattened(command, answer);
  const { message } = answer.error;
  const halted = message.startsWith('halted') ? message : `halted, and not flattened: ${message}`;
  return refused(command, { ...answer.error, message: halted });
}

/** Prints what became of each position. Ends with 0 only when the exchange itself was seen to hold none of it. */
export function tellFlattened(command: Command, answer: Awaited<ReturnType<Gateway>>): ExitCode {
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'flattened', answer.value);
  return flatExit(answer.value);
}

/** 0 when it is proven flat, 1 when something is left, 4 when nobody knows, which is also what a strange answer means. */
export function flatExit(document: Json): ExitCode {
  const outcome = isFields(document) ? document['outcome'] : '';
  return outcome === 'flat' ? exits.fine : outcome === 'remaining' ? exits.failed : exits.unknown;
}

/** Why not, where a flag names another environment than the one that the gateway runs in; empty where none does. */
export async function otherEnvironment(command: Command, gateway: Gateway): Promise<string> {
  if (command.environment === null) return '';
  const status = await gateway({ verb: 'status' }, patience.status);
  // Whoever cannot say where it runs says the same to the command itself, and better.
  if (!status.ok || !isFields(status.value) || status.value['environment'] === command.environment) return '';
  return `the gateway on this home runs in ${cell(status.value['environment'])} and not in ${command.environment}; leave the flag out, or name another --home`;
}

/** Says why a gateway did nothing, or may have done something. */
export function refused(command: Command, failure: GatewayFailure): ExitCode {
  switch (failure.kind) {
    case 'not_running':
      return fail(command, {
        code: 'UNAVAILABLE',
        message: `${failure.message} (${command.home}); start one with twokey up`,
        exit: exits.notReachable,
      });
    case 'unanswered':
      return fail(command, {
        code: 'OUTCOME_UNKNOWN',
        message: `${failure.message}; whether it was done is not known: see twokey status`,
        exit: exits.unknown,
      });
    case 'refused':
      return fail(command, {
        code: failure.code,
        message: failure.message,
        exit: failure.code === 'OUTCOME_UNKNOWN' ? exits.unknown : exits.failed,
      });
  }
}
