import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { exportLine, rowPages } from '../adapters/store/export.ts';
import { unreachable } from '../core/lang/assert.ts';
import { type JournalCommand, parseJournalCommand } from '../doors/journal/command.ts';
import { exportJournal } from '../doors/journal/export.ts';
import type { Report } from '../doors/journal/pages.ts';
import { showJournal } from '../doors/journal/show.ts';
import { verifyJournal } from '../doors/journal/verify.ts';
import { tellWhy } from '../doors/journal/why.ts';
import { homeOf } from '../doors/operator/command.ts';
import { type ExitCode, exits, fail, out } from '../doors/operator/output.ts';

/** The commands that read the journal: no gateway is needed, and one that runs is not disturbed. `argv` is what follows the verb. */
export async function journal(verb: 'log' | 'why', argv: readonly string[]): Promise<ExitCode> {
  const words = parseJournalCommand(verb, argv);
  if (!words.ok) return fail({ json: argv.includes('--json') }, { code: 'SCHEMA', message: words.error, exit: exits.usage });
  const { home, json, command } = words.value;
  const path = command.file === '' ? join(homeOf(home), 'state', 'journal.db') : command.file;
  if (!existsSync(path)) {
    const message = `there is no journal at ${path}; it begins with the first twokey up on that home`;
    return fail({ json }, { code: 'NOT_FOUND', message, exit: exits.failed });
  }
  try {
    const report = await run(command, path);
    // An export without a file has taken stdout for itself.
    if (command.kind === 'export' && command.out === '') process.stderr.write(report.text);
    else out(json ? `${JSON.stringify(report.document, null, 2)}\n` : report.text);
    return report.ok ? exits.fine : exits.failed;
  } catch (error) {
    return fail(
      { json },
      { code: 'UNAVAILABLE', message: error instanceof Error ? error.message : 'the journal could not be read', exit: exits.failed },
    );
  }
}

function run(command: JournalCommand, path: string): Promise<Report> {
  const pages = rowPages(path);
  switch (command.kind) {
    case 'show':
      return showJournal(pages, command.options);
    case 'verify':
      return verifyJournal(pages, { file: path, expected: command.expected, key: command.key });
    case 'export':
      return exportTo(command.out, path);
    case 'why':
      return tellWhy(pages, command.intent);
    default:
      return unreachable(command);
  }
}

async function exportTo(target: string, path: string): Promise<Report> {
  if (target === '') {
    const write = async (text: string): Promise<void> => {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    };
    return exportJournal(rowPages(path), { out: target, lineOf: exportLine, write });
  }
  // Never over a file, and for nobody else to read.
  await using file = await open(target, 'wx', 0o600);
  return await exportJournal(rowPages(path), { out: target, lineOf: exportLine, write: (text) => file.writeFile(text) });
}
