import { bounds } from '../../core/order/bounds.ts';
import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway, Reader } from './gateway.ts';
import { look } from './look.ts';
import { type ExitCode, exits, fail, say } from './output.ts';

const ANSWER_MILLISECONDS_MAX = 10_000;
const changes = { add: 'agent_add', token: 'agent_token', revoke: 'agent_revoke' } as const;

/** `agents [list]`, `agents add NAME`, `agents token NAME` and `agents revoke NAME`. */
export async function agents(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Promise<ExitCode> {
  const [what = 'list', agent, ...rest] = command.words;
  if (what === 'list' && agent === undefined) return look('agents', { ...command, words: [] }, sources);
  if (!isChange(what) || agent === undefined || rest.length > 0 || !bounds.principal.test(agent)) {
    const message =
      'expected twokey agents [list | add NAME | token NAME | revoke NAME]; NAME is 1 to 32 of a-z 0-9 -; a reason goes into --reason "…"';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const { gateway } = sources;
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway({ verb: changes[what], agent, reason: command.reason }, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  say(command, 'agent_changed', answer.value);
  return exits.fine;
}

function isChange(word: string): word is keyof typeof changes {
  return Object.hasOwn(changes, word);
}
