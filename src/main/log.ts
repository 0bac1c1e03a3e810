import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exportLine, rowPages } from '../adapters/store/export.ts';
import { nothingVerified, verifyRows } from '../core/journal/chain.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Report } from '../doors/journal/pages.ts';
import { showJournal } from '../doors/journal/show.ts';
import { verifyJournal } from '../doors/journal/verify.ts';
import { tellWhy } from '../doors/journal/why.ts';
import { homeOf } from './operator/command.ts';
import { type ExitCode, exits, fail, out } from './operator/output.ts';

type Asked = { readonly home: string; readonly json: boolean; readonly words: readonly string[]; readonly flags: Flags };
type Flags = Readonly<Partial<Record<Flag, string>>>;
type Flag = 'last' | 'kind' | 'intent' | 'expect' | 'out';

const LAST_DEFAULT = '20';
const LAST_MAX = 100_000;

/** The commands that read the journal: no gateway is needed, and one that runs is not disturbed. `argv` is what follows the verb. */
export async function journal(verb: 'log' | 'why', argv: readonly string[]): Promise<ExitCode> {
  const parsed = read(argv);
  if (!parsed.ok) return fail({ json: argv.includes('--json') }, { code: 'SCHEMA', message: parsed.error, exit: exits.usage });
  const asked = parsed.value;
  if (verb === 'why') return why(asked);
  const [what = 'show', ...words] = asked.words;
  switch (what) {
    case 'show':
      return logShow({ ...asked, words });
    case 'verify':
      return logVerify({ ...asked, words });
    case 'export':
      return logExport({ ...asked, words });
    default:
      return usage(asked, `log ${JSON.stringify(what)} is not a command; there are log show, log verify [FILE], log export`);
  }
}

/** `twokey log [show] [--last N] [--kind K] [--intent ID]`. */
async function logShow(asked: Asked): Promise<ExitCode> {
  const { last = LAST_DEFAULT, kind = '', intent = '' } = asked.flags;
  const surplus = surplusOf(asked, { words: 0, flags: ['last', 'kind', 'intent'] });
  if (surplus !== '') return usage(asked, surplus);
  if (!/^[1-9]\d{0,5}$/.test(last) || Number(last) > LAST_MAX)
    return usage(asked, `expected --last as a whole number from 1 to ${LAST_MAX}`);
  return withJournal(asked, (path) => showJournal(rowPages(path), { last: Number(last), kind, intent }));
}

/** `twokey log verify [FILE] [--expect HASH]`, on the journal or a copy or an export of one. */
async function logVerify(asked: Asked): Promise<ExitCode> {
  const { expect = '' } = asked.flags;
  const surplus = surplusOf(asked, { words: 1, flags: ['expect'] });
  if (surplus !== '') return usage(asked, surplus);
  if (expect !== '' && !/^[0-9a-f]{64}$/.test(expect)) return usage(asked, 'expected --expect as a hash of 64 hexadecimal digits');
  return withJournal(asked, (path) => verifyJournal(rowPages(path), { file: path, expected: expect }), asked.words[0]);
}

/** `twokey why INTENT`. */
async function why(asked: Asked): Promise<ExitCode> {
  const surplus = surplusOf(asked, { words: 1, flags: [] });
  if (surplus !== '') return usage(asked, surplus);
  const [intent = ''] = asked.words;
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(intent)) return usage(asked, 'expected twokey why INTENT, an id of 1 to 64 of A-Z a-z 0-9 . _ : -');
  return withJournal(asked, (path) => tellWhy(rowPages(path), intent));
}

/** `twokey log export [--out FILE]`: every row as a line of JSON, to a new file that others cannot read, or to stdout. */
async function logExport(asked: Asked): Promise<ExitCode> {
  const { out: target } = asked.flags;
  const surplus = surplusOf(asked, { words: 0, flags: ['out'] });
  if (surplus !== '') return usage(asked, surplus);
  if (asked.json && target === undefined)
    return usage(asked, 'an export is lines of JSON and not one document: give --out FILE with --json');
  return withJournal(asked, (path) => exportTo(path, target));
}

async function exportTo(path: string, target: string | undefined): Promise<Report> {
  const descriptor = target === undefined ? undefined : openSync(target, 'wx', 0o600);
  let verified = nothingVerified;
  let entries = 0;
  let problem = '';
  try {
    for await (const page of rowPages(path)) {
      if (!page.ok) {
        problem ||= page.error;
        break;
      }
      const text = page.value.map((row) => `${exportLine(row)}\n`).join('');
      if (descriptor !== undefined) writeAll(descriptor, text);
      else if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      entries += page.value.length;
      const checked = problem === '' ? verifyRows(page.value, verified) : ok(verified);
      if (checked.ok) verified = checked.value;
      else problem = `entry ${checked.error.seq} (${checked.error.kind}) is wrong: ${checked.error.what}`;
    }
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  const good = problem === '';
  const message = good
    ? `${entries} entries of ${verified.account}, head ${verified.head.seq} ${verified.head.hash}`
    : `${entries} entries were exported as they are, but ${problem}`;
  if (target === undefined) process.stderr.write(`twokey: ${message}\n`);
  const document = {
    ok: good,
    ...(good ? {} : { code: 'JOURNAL_DAMAGED' }),
    message,
    file: target ?? null,
    entries,
    account: verified.account,
    head: verified.head,
  };
  return { ok: good, document, text: target === undefined ? '' : `${good ? '✓' : '✗'} ${target}: ${message}\n` };
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; done += writeSync(descriptor, bytes, done));
}

async function withJournal(
  asked: Asked,
  tell: (path: string) => Promise<Report>,
  file = join(asked.home, 'state', 'journal.db'),
): Promise<ExitCode> {
  if (!existsSync(file)) {
    return fail(asked, {
      code: 'NOT_FOUND',
      message: `there is no journal at ${file}; it begins with the first twokey up on that home`,
      exit: exits.failed,
    });
  }
  try {
    const report = await tell(file);
    out(asked.json ? `${JSON.stringify(report.document, null, 2)}\n` : report.text);
    return report.ok ? exits.fine : exits.failed;
  } catch (error) {
    return fail(asked, {
      code: 'UNAVAILABLE',
      message: error instanceof Error ? error.message : 'the journal could not be read',
      exit: exits.failed,
    });
  }
}

function usage(asked: Asked, message: string): ExitCode {
  return fail(asked, { code: 'SCHEMA', message, exit: exits.usage });
}

/** What was given and means nothing here; empty where there is none. A flag that is ignored may have been the one that mattered. */
function surplusOf({ words, flags }: Asked, known: { readonly words: number; readonly flags: readonly Flag[] }): string {
  const flag = Object.keys(flags).find((name) => !known.flags.some((each) => each === name));
  if (flag !== undefined) return `--${flag} means nothing here`;
  return words.length > known.words ? `unexpected word ${JSON.stringify(words[known.words])}` : '';
}

function read(argv: readonly string[]): Result<Asked> {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      // The environment of a journal is what it says itself; the flags that choose one are taken everywhere and change nothing here.
      options: {
        home: text,
        json: yes,
        demo: yes,
        env: text,
        'read-only': yes,
        last: text,
        kind: text,
        intent: text,
        expect: text,
        out: text,
      },
    });
    const { home, json, demo: _demo, env: _env, 'read-only': _readOnly, ...flags } = values;
    return ok({ home: homeOf(home), json: json === true, words: positionals, flags });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
}
