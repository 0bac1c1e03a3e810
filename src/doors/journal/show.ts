import { readEntry } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { visible } from '../../core/lang/visible.ts';
import { heading } from '../operator/text.ts';
import { bodyValue, emptyHeading, entryDocument, headingAfter, type Pages, type Report } from './pages.ts';
import { Stories } from './story.ts';
import { instant, tell } from './tell.ts';

export type ShowOptions = {
  /** How many entries at most, the newest. */
  readonly last: number;
  /** Entries of this kind only; empty for all. */
  readonly kind: string;
  /** Entries of this intent only; empty for all. */
  readonly intent: string;
};

/** The newest entries of a journal, the newest last. */
export async function showJournal(pages: Pages, { last, kind, intent }: ShowOptions): Promise<Report> {
  const stories = intent === '' ? undefined : new Stories(intent);
  let head = emptyHeading;
  let rows: Row[] = [];
  for await (const page of pages) {
    if (!page.ok)
      return { ok: false, document: { ok: false, code: 'JOURNAL_DAMAGED', message: page.error }, text: `✗ ${visible(page.error)}\n` };
    for (const row of page.value) {
      head = headingAfter(head, row);
      // A story has to see every row, also those that are not shown.
      const belongs = stories?.take(row) ?? true;
      if (belongs && (kind === '' || row.kind === kind)) rows.push(row);
    }
    rows = rows.slice(-last);
  }
  const lines = rows.map(
    (row) => `${String(row.seq).padStart(6)}  ${instant(row.at)}  ${visible(row.kind).padEnd(15)}  ${sentenceOf(row)}`,
  );
  return {
    ok: true,
    document: { ...head, entries: rows.map(entryDocument) },
    text: `${heading(head)}\n\n${lines.length === 0 ? `no entries${kind === '' ? '' : ` of kind ${visible(kind)}`}` : lines.join('\n')}\n`,
  };
}

/** A newer version may have written kinds that this one cannot put into words; their content is shown as it is. */
export function sentenceOf(row: Pick<Row, 'kind' | 'body'>): string {
  const entry = readEntry(row.kind, bodyValue(row));
  return entry.ok ? tell(entry.value) : visible(row.body);
}
