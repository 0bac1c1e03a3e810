import { nothingVerified, verifyRows } from '../../core/journal/chain.ts';
import type { Row } from '../../core/journal/row.ts';
import type { Pages, Report } from './pages.ts';

export type Exporting = {
  /** Where the lines go, as the person named it; empty for stdout. */
  readonly out: string;
  readonly lineOf: (row: Row) => string;
  readonly write: (text: string) => Promise<void>;
};

/** Hands on every row as it is, also of a journal that does not verify: what is damaged is evidence. Says whether it verified. */
export async function exportJournal(pages: Pages, { out, lineOf, write }: Exporting): Promise<Report> {
  let verified = nothingVerified;
  let entries = 0;
  let problem = '';
  for await (const page of pages) {
    if (!page.ok) {
      problem ||= page.error;
      break;
    }
    await write(page.value.map((row) => `${lineOf(row)}\n`).join(''));
    entries += page.value.length;
    if (problem !== '') continue;
    const checked = verifyRows(page.value, verified);
    if (checked.ok) verified = checked.value;
    else problem = `entry ${checked.error.seq} (${checked.error.kind}) is wrong: ${checked.error.what}`;
  }
  const ok = problem === '';
  const { account, head } = verified;
  const message = ok
    ? `${entries} entries of ${account}, head ${head.seq} ${head.hash}`
    : `${entries} entries were exported as they are, but ${problem}`;
  const document = { ok, ...(ok ? {} : { code: 'JOURNAL_DAMAGED' }), message, file: out === '' ? null : out, entries, account, head };
  return { ok, document, text: `${ok ? '✓' : '✗'} ${out === '' ? 'export' : out}: ${message}\n` };
}
