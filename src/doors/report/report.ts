import { nothingVerified, verifyRows } from '../../core/journal/chain.ts';
import { readEntry } from '../../core/journal/read-entry.ts';
import { visible } from '../../core/lang/visible.ts';
import { bodyValue, emptyHeading, headingAfter, type Pages, type Report } from '../journal/pages.ts';
import { dayDocument, daysDocument } from './document.ts';
import { renderDay, renderDays } from './render.ts';
import { Tally } from './tally.ts';

/** Which days: one of them, the newest, or each of them in one row. */
export type Which = { readonly kind: 'day'; readonly day: string } | { readonly kind: 'newest' } | { readonly kind: 'all' };

/** The day that a word means; `undefined` where it means none. */
export function whichDay(word: string): Which | undefined {
  if (word === '') return { kind: 'newest' };
  if (word === 'all') return { kind: 'all' };
  return /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(word) ? { kind: 'day', day: word } : undefined;
}

/** What was traded, what it cost and what was refused, out of the journal alone; one that was tampered with says nothing. */
export async function reportDays(pages: Pages, which: Which): Promise<Report> {
  const tally = new Tally();
  let verified = nothingVerified;
  let head = emptyHeading;
  for await (const page of pages) {
    if (!page.ok) return damaged(page.error);
    const checked = verifyRows(page.value, verified);
    if (!checked.ok) return damaged(`entry ${checked.error.seq} is wrong: ${checked.error.what}`);
    verified = checked.value;
    for (const row of page.value) {
      head = headingAfter(head, row);
      const read = readEntry(row.kind, bodyValue(row));
      if (!read.ok) return damaged(`entry ${row.seq} cannot be read: ${read.error}`);
      tally.take({ at: row.at, entry: read.value });
    }
  }
  const { days } = tally;
  if (which.kind === 'all') {
    const document = daysDocument(head, days);
    return { ok: true, document, text: renderDays(document) };
  }
  const found = which.kind === 'newest' ? days.at(-1) : days.find(({ day }) => day === which.day);
  if (found === undefined) {
    const message =
      which.kind === 'newest'
        ? 'nothing happened yet that could be reported'
        : `nothing happened on ${which.day}; twokey report all lists the days`;
    return { ok: false, document: { ok: false, code: 'NOT_FOUND', message }, text: `✗ ${message}\n` };
  }
  const document = dayDocument(head, found);
  return { ok: true, document, text: renderDay(document) };
}

function damaged(what: string): Report {
  const message = `${what}; twokey log verify says more`;
  return { ok: false, document: { ok: false, code: 'JOURNAL_DAMAGED', message }, text: `✗ ${visible(message)}\n` };
}
