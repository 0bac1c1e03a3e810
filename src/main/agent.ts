import './doors/signals.ts';
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { bounds } from '../core/order/bounds.ts';
import type { Json } from '../core/lang/canonical.ts';
import { callTool, type CallOutcome } from '../doors/cli/call.ts';
import { printed } from '../doors/cli/print.ts';
import { type AgentCommand, drawsName, readCommandLine } from '../doors/cli/program.ts';
import { cell, isFields } from '../doors/operator/text.ts';
import { parseArguments } from '../protocol/schemas.ts';
import type { Tool } from '../protocol/tools.ts';

/** Exit codes of DESIGN §4.2. */
const exits = { fine: 0, failed: 1, misused: 2, notReachable: 3, unknown: 4 } as const;

/** Runs one of the agent's commands; `argv` starts with its verb. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv);
  if (line.kind === 'helped') return exits.fine;
  if (line.kind === 'misused') {
    // Commander has said on stderr what is wrong; whoever reads stdout gets a document all the same.
    if (argv.includes('--json')) say({ ok: false, code: 'SCHEMA', message: 'wrong usage; nothing was sent' });
    return exits.misused;
  }
  const { command } = line;
  if (!bounds.principal.test(command.agent))
    return fail(command, { exit: exits.misused, code: 'SCHEMA', message: '--agent: expected 1 to 32 of a-z 0-9 -' });
  if (command.readOnly && command.tool.acts && command.given['dry_run'] !== true) {
    const message = `--read-only and ${command.tool.command} contradict each other; preview says what would be decided`;
    return fail(command, { exit: exits.misused, code: 'READ_ONLY', message });
  }
  const given = named(command);
  const checked = parseArguments(command.tool, given);
  if (!checked.ok) {
    return fail(command, {
      exit: exits.misused,
      code: 'SCHEMA',
      message: `${checked.error.path}: ${checked.error.message}; nothing was sent`,
    });
  }
  const elsewhere = await wrongEnvironment(command);
  if (elsewhere !== undefined) return elsewhere;
  return told(
    command,
    checked.value,
    await callTool({ path: socketOf(command), version: packageFile.version, tool: command.tool.name, arguments: checked.value }),
  );
}

/** Whoever types a wish need not think of a name for it; the name is in the answer, and with it the outcome can be asked for. */
function named({ tool, given }: AgentCommand): Readonly<Record<string, unknown>> {
  return drawsName(tool) && given['intent_id'] === undefined ? { intent_id: `cli-${randomUUID()}`, ...given } : given;
}

function socketOf({ home, agent }: AgentCommand): string {
  return join(resolve(home ?? process.env['TWOKEY_HOME'] ?? join(homedir(), '.twokey')), 'run', `agent-${agent}.sock`);
}

/** A flag cannot change where a running gateway trades; it can say where the asker believes it does, and then nothing is asked elsewhere. */
async function wrongEnvironment(command: AgentCommand): Promise<number | undefined> {
  if (command.environment === null) return undefined;
  const outcome = await callTool({ path: socketOf(command), version: packageFile.version, tool: 'get_limits', arguments: {} });
  if (outcome.kind !== 'answered') return fail(command, unreachableFailure(command));
  const environment = isFields(outcome.answer) ? outcome.answer['environment'] : undefined;
  if (environment === command.environment) return undefined;
  const message = `this gateway trades on ${cell(environment)}, not on ${command.environment}; nothing was sent`;
  return fail(command, { exit: exits.failed, code: 'NOT_ALLOWED', message });
}

function told(command: AgentCommand, given: Readonly<Record<string, unknown>>, outcome: CallOutcome): number {
  switch (outcome.kind) {
    case 'answered':
      if (command.json) say(outcome.answer);
      else process.stdout.write(printed(outcome.answer));
      return exitOf(outcome.failed, outcome.answer);
    case 'not_reachable':
      return fail(command, unreachableFailure(command));
    case 'unanswered':
      return fail(command, unansweredFailure(command.tool, given));
  }
}

function exitOf(failed: boolean, answer: Json): number {
  if (isFields(answer) && (answer['status'] === 'unknown' || answer['code'] === 'OUTCOME_UNKNOWN')) return exits.unknown;
  return failed ? exits.failed : exits.fine;
}

type Failure = { readonly exit: number; readonly code: string; readonly message: string };

function unreachableFailure(command: AgentCommand): Failure {
  const message = `gateway not reachable at ${socketOf(command)}; start it with twokey up, and check --home and --agent`;
  return { exit: exits.notReachable, code: 'UNAVAILABLE', message };
}

function unansweredFailure(tool: Tool, given: Readonly<Record<string, unknown>>): Failure {
  if (!tool.acts) return { exit: exits.notReachable, code: 'UNAVAILABLE', message: 'the gateway did not answer; nothing was sent' };
  return { exit: exits.unknown, code: 'OUTCOME_UNKNOWN', message: `outcome not known; ask twokey intent ${String(given['intent_id'])}` };
}

function fail({ json }: AgentCommand, { exit, code, message }: Failure): number {
  if (json) say({ ok: false, code, message });
  else process.stderr.write(`twokey: ${message}\n`);
  return exit;
}

function say(document: Json): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
