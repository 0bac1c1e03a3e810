import type { Json } from '../../core/lang/canonical.ts';
import { ok, type Result } from '../../core/lang/result.ts';
import type { Command } from './command.ts';
import type { Gateway, Looking, Reader } from './gateway.ts';
import { type ExitCode, exits, fail, say } from './output.ts';
import type { RenderedKind } from './render.ts';
import { isFields } from './text.ts';

const ANSWER_MILLISECONDS_MAX = 15_000;

type Verb = 'status' | 'limits' | 'positions' | 'orders' | 'approvals' | 'alerts' | 'agents' | 'fills' | 'account';
type Question = Looking | 'fills';
type Sources = { readonly gateway: Gateway; readonly reader: Reader };

/** The commands that only look. They ask the gateway where one runs, and else the journal and the exchange through a reader. */
export async function look(verb: Verb, command: Command, sources: Sources): Promise<ExitCode> {
  const question = questionOf(verb, command.words);
  if (question === null) return fail(command, { code: 'SCHEMA', message: misuse(verb), exit: exits.usage });
  // Fills stand in the journal and nowhere else, so that a running gateway need not be bothered for them.
  const answer = question === 'fills' ? await read(sources.reader, question) : await ask(command, question, sources);
  if (!answer.ok) return fail(command, answer.error);
  say(command, question satisfies RenderedKind, answer.value);
  return exits.fine;
}

function questionOf(verb: Verb, words: readonly string[]): Question | null {
  if (verb === 'approvals' && words.length === 1 && words[0] === 'list') return verb;
  if (verb !== 'account') return words.length === 0 ? verb : null;
  if (words.length !== 1) return null;
  return words[0] === 'config' ? 'account_config' : words[0] === 'balance' ? 'account_balance' : null;
}

function misuse(verb: Verb): string {
  return verb === 'account'
    ? 'expected twokey account config, account balance or account set-leverage INSTRUMENT N'
    : `${verb} takes no further words`;
}

type Failure = { readonly code: string; readonly message: string; readonly exit: ExitCode };

async function ask(command: Command, verb: Looking, { gateway, reader }: Sources): Promise<Result<Json, Failure>> {
  const answer = await gateway({ verb }, ANSWER_MILLISECONDS_MAX);
  if (answer.ok) {
    const elsewhere = command.environment !== null && isFields(answer.value) && answer.value['environment'] !== command.environment;
    return elsewhere ? read(reader, verb) : ok(answer.value);
  }
  switch (answer.error.kind) {
    case 'not_running':
      return read(reader, verb);
    case 'unanswered':
      return { ok: false, error: { code: 'UNAVAILABLE', message: answer.error.message, exit: exits.notReachable } };
    case 'refused':
      return { ok: false, error: { ...answer.error, exit: exits.failed } };
  }
}

async function read(reader: Reader, question: Question): Promise<Result<Json, Failure>> {
  const answer = await reader(question);
  return answer.ok ? answer : { ok: false, error: { code: 'UNAVAILABLE', message: answer.error, exit: exits.failed } };
}
