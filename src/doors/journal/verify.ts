import { type Defect, nothingVerified, type Verified, verifyRows } from '../../core/journal/chain.ts';
import { visible } from '../../core/lang/visible.ts';
import { isoTime } from '../../view/head.ts';
import { heading, moment } from '../operator/text.ts';
import { SignedHeads } from './signed-heads.ts';
import { emptyHeading, headingAfter, type Heading, type Pages, type Report } from './pages.ts';

export type VerifyOptions = {
  /** What is verified, as the person named it. */
  readonly file: string;
  /** A hash noted earlier that must be in the chain, or empty. It is what finds a missing end. */
  readonly expected: string;
  /** The public key of a vault, noted earlier, that must have signed a checkpoint, or empty. It is what finds a journal written anew. */
  readonly key: string;
};

/** Checks a whole journal, entry by entry. Names the first entry that is wrong and what is wrong with it. */
export async function verifyJournal(pages: Pages, { file, expected, key }: VerifyOptions): Promise<Report> {
  let verified = nothingVerified;
  let head = emptyHeading;
  let first = '';
  let met = expected === '';
  const heads = new SignedHeads();
  for await (const page of pages) {
    if (!page.ok) return refused({ file, verified, head, what: page.error });
    const checked = verifyRows(page.value, verified);
    if (!checked.ok) return refused({ file, verified, head, what: sentence(checked.error), defect: checked.error });
    verified = checked.value;
    for (const row of page.value) {
      head = headingAfter(head, row);
      first ||= isoTime(row.at);
      met ||= row.hash === expected;
      const what = heads.take(row);
      const { seq, kind } = row;
      if (what !== '') return refused({ file, verified, head, what: sentence({ seq, kind, what }), defect: { seq, kind, what } });
    }
  }
  if (!met)
    return refused({ file, verified, head, what: `no entry has the hash ${expected}: the end was cut off, or it is another journal` });
  if (key !== '' && !heads.keys.has(key))
    return refused({ file, verified, head, what: `no checkpoint is signed with the key ${key}: it is the journal of another vault` });
  const { last, count } = heads;
  return {
    ok: true,
    document: {
      ok: true,
      file,
      ...head,
      entries: verified.head.seq,
      first_at: first === '' ? null : first,
      head: verified.head,
      checkpoints: { count, last, keys: [...heads.keys.keys()] },
    },
    text: verified.head.seq === 0 ? `✓ ${file} is an empty journal\n` : whole({ file, verified, head, first, expected, heads }),
  };
}

type Whole = Found & { readonly first: string; readonly expected: string; readonly heads: SignedHeads };

function whole({ file, verified, head, first, expected, heads }: Whole): string {
  const note =
    expected === ''
      ? 'A file alone cannot show that its end is missing: compare the head with one noted elsewhere, or give that one with --expect HASH.\n'
      : 'The hash that was expected is in it.\n';
  return [
    `${heading(head)}\n\n✓ ${file}: ${verified.head.seq} entries from ${moment(first)} to ${moment(head.as_of)}, each unchanged and in its place`,
    `  head ${verified.head.seq} ${verified.head.hash}\n${signatures(heads)}\n${note}`,
  ].join('\n');
}

function signatures({ keys, count, last }: SignedHeads): string {
  const by = [...keys].map(([key, signed]) => `  key ${key} (${signed})\n`);
  return count === 0 ? '' : `  ${count} ${count === 1 ? 'checkpoint' : 'checkpoints'} signed, the last of entry ${last}\n${by.join('')}`;
}

type Found = { readonly file: string; readonly verified: Verified; readonly head: Heading };

function refused({ file, verified, head, what, defect }: Found & { readonly what: string; readonly defect?: Defect }): Report {
  const good = verified.head.seq;
  const before = good === 0 ? 'no entry before it is verified' : `entries 1 to ${good} are unchanged (head ${good} ${verified.head.hash})`;
  return {
    ok: false,
    document: {
      ok: false,
      code: 'JOURNAL_DAMAGED',
      message: what,
      file,
      ...head,
      entry: defect === undefined ? null : { seq: defect.seq, kind: defect.kind, what: defect.what },
      verified: verified.head,
    },
    text: `${head.account === '' ? '' : `${heading(head)}\n\n`}✗ ${file}: ${visible(what)}\n  ${before}\n  → keep this file as it is, do not start a gateway on it, and restore a copy that verifies\n`,
  };
}

function sentence({ seq, kind, what }: Defect): string {
  return `entry ${seq} (${kind === '' ? 'of no readable kind' : kind}) is wrong: ${what}`;
}
