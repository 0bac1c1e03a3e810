import { callOperator } from '../../adapters/operator/client.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { ok, type Result } from '../../core/lang/result.ts';
import { isFields } from '../../doors/operator/text.ts';
import type { RenderedKind } from '../../doors/operator/render.ts';
import type { Command } from './command.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

const ANSWER_MILLISECONDS_MAX = 15_000;

type Verb = 'status' | 'limits' | 'positions' | 'orders' | 'fills' | 'account';
export type Question = 'status' | 'limits' | 'positions' | 'orders' | 'fills' | 'account_config' | 'account_balance';

/** The commands that only look. They ask the gateway where one runs, and else the journal and the exchange through a reader. */
export async function look(verb: Verb, command: Command): Promise<ExitCode> {
  const question = questionOf(verb, command.words);
  if (question === null) return fail(command, { code: 'SCHEMA', message: misuse(verb), exit: exits.usage });
  // Fills stand in the journal and nowhere else, so that a running gateway need not be bothered for them.
  const answer = question === 'fills' ? await read(command, question) : await ask(command, question);
  if (!answer.ok) return fail(command, answer.error);
  say(command, question satisfies RenderedKind, answer.value);
  return exits.fine;
}

function questionOf(verb: Verb, words: readonly string[]): Question | null {
  if (verb !== 'account') return words.length === 0 ? verb : null;
  if (words.length !== 1) return null;
  return words[0] === 'config' ? 'account_config' : words[0] === 'balance' ? 'account_balance' : null;
}

function misuse(verb: Verb): string {
  return verb === 'account' ? 'expected twokey account config or twokey account balance' : `${verb} takes no further words`;
}

type Failure = { readonly code: string; readonly message: string; readonly exit: ExitCode };

async function ask(command: Command, verb: Exclude<Question, 'fills'>): Promise<Result<Json, Failure>> {
  const answer = await callOperator({ home: command.home, request: { verb }, timeoutMilliseconds: ANSWER_MILLISECONDS_MAX });
  if (answer.ok) {
    const elsewhere = command.environment !== null && isFields(answer.value) && answer.value['environment'] !== command.environment;
    return elsewhere ? read(command, verb) : ok(answer.value);
  }
  switch (answer.error.kind) {
    case 'not_running':
      return read(command, verb);
    case 'unanswered':
      return { ok: false, error: { code: 'UNAVAILABLE', message: answer.error.message, exit: exits.notReachable } };
    case 'refused':
      return { ok: false, error: { ...answer.error, exit: exits.failed } };
  }
}

async function read(command: Command, question: Question): Promise<Result<Json, Failure>> {
  const { askReader } = await import('./reading.ts');
  const answer = await askReader(command, question);
  return answer.ok ? answer : { ok: false, error: { code: 'UNAVAILABLE', message: answer.error, exit: exits.failed } };
}
