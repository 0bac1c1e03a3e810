import type { Command } from './command.ts';
import { otherEnvironment, refused } from './control.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { cell, isFields, isList } from './text.ts';

const ANSWER_MILLISECONDS_MAX = 10_000;

/** `page`: how a browser gets in. The code is shown here and nowhere else, so that whoever types it has seen this terminal. */
export async function page(command: Command, gateway: Gateway): Promise<ExitCode> {
  if (command.words.length > 0)
    return fail(command, { code: 'SCHEMA', message: 'expected twokey page and nothing else', exit: exits.usage });
  const other = await otherEnvironment(command, gateway);
  if (other !== '') return fail(command, { code: 'NOT_ALLOWED', message: other, exit: exits.failed });
  const answer = await gateway({ verb: 'page' }, ANSWER_MILLISECONDS_MAX);
  if (!answer.ok) return refused(command, answer.error);
  const { value } = answer;
  if (command.json || !isFields(value)) out(`${JSON.stringify(value, null, 2)}\n`);
  else {
    const urls = isList(value['urls']) ? value['urls'].map(cell) : [];
    out(`code ${cell(value['code'])}, for one browser, within ${cell(value['seconds'])} s\n${urls.map((url) => `→ ${url}\n`).join('')}`);
  }
  return exits.fine;
}
