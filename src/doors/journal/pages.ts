import { BODY_CHARACTERS_MAX } from '../../core/journal/chain.ts';
import type { Row } from '../../core/journal/row.ts';
import { DEPTH_MAX, type Json, parseJson } from '../../core/lang/canonical.ts';
import type { Result } from '../../core/lang/result.ts';
import { isoTime } from '../../view/head.ts';

/** The rows of a journal in order; an error ends them. */
export type Pages = AsyncIterable<Result<readonly Row[]>>;

/** What a command has to say: a document for programs, a text for people, and whether all is well. */
export type Report = { readonly ok: boolean; readonly document: { readonly [key: string]: Json }; readonly text: string };

/** What stands above everything that a person reads, as far as the journal itself tells it. */
export type Heading = { readonly environment: string; readonly account: string; readonly mode: string; readonly as_of: string };

export const emptyHeading: Heading = { environment: '', account: '', mode: '', as_of: '' };

/** Where, whose and how much it may do, after one more row. The mode is the last one written, which a gateway that starts may doubt. */
export function headingAfter(heading: Heading, row: Row): Heading {
  return {
    environment: row.account.split(':')[1] ?? '',
    account: row.account,
    mode: modeAfter(row) ?? heading.mode,
    as_of: isoTime(row.at),
  };
}

function modeAfter({ kind, body }: Row): string | undefined {
  switch (kind) {
    case 'started':
      return 'BOOT';
    case 'booted':
      return /"mode":"([A-Z_]+)"/.exec(body)?.[1];
    case 'mode':
      return /"to":"([A-Z_]+)"/.exec(body)?.[1];
    default:
      return undefined;
  }
}

/** The value of a row's body; `null` where it cannot be read, which log verify explains. */
export function bodyValue(row: Pick<Row, 'body'>): Json {
  const parsed = parseJson(row.body, { charactersMax: BODY_CHARACTERS_MAX, depthMax: DEPTH_MAX });
  return parsed.ok ? parsed.value : null;
}

export function entryDocument(row: Row): { readonly [key: string]: Json } {
  return { seq: row.seq, at: isoTime(row.at), kind: row.kind, body: bodyValue(row), hash: row.hash };
}
