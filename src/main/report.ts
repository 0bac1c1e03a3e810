import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rowPages } from '../adapters/store/export.ts';
import { parseCommand } from '../doors/operator/command.ts';
import { type ExitCode, exits, fail, out } from '../doors/operator/output.ts';
import { reportDays, whichDay } from '../doors/report/report.ts';

/** `twokey report [DAY | all]`: from the journal alone, so that no gateway is needed and one that runs is not disturbed. */
export async function report(argv: readonly string[]): Promise<ExitCode> {
  const voice = { json: argv.includes('--json') };
  const command = parseCommand(argv);
  if (!command.ok) return fail(voice, { code: 'SCHEMA', message: command.error, exit: exits.usage });
  const [word = '', ...more] = command.value.words;
  const which = whichDay(word);
  if (which === undefined || more.length > 0)
    return fail(voice, {
      code: 'SCHEMA',
      message: 'expected twokey report, twokey report 2026-11-27 or twokey report all',
      exit: exits.usage,
    });
  const path = join(command.value.home, 'state', 'journal.db');
  if (!existsSync(path)) {
    const message = `there is no journal at ${path}; it begins with the first twokey up on that home`;
    return fail(voice, { code: 'NOT_FOUND', message, exit: exits.failed });
  }
  const { ok, document, text } = await reportDays(rowPages(path), which);
  out(voice.json ? `${JSON.stringify(document, null, 2)}\n` : text);
  return ok ? exits.fine : exits.failed;
}
