import { hash } from 'node:crypto';
import { assert } from '../lang/assert.ts';
import { canonicalJson, DEPTH_MAX, type Json, parseJson } from '../lang/canonical.ts';
import { err, ok, type Result } from '../lang/result.ts';
import type { Draft, Head, Row } from './row.ts';

/** What stands in the place of a hash before the first entry. */
export const genesisHash = '0'.repeat(64);

/** The head of an empty journal. */
export const genesisHead: Head = { seq: 0, hash: genesisHash };

/** UTF-16 units of one body; an entry that needs more is our own bug, and a row that has more was not written by us. */
export const BODY_CHARACTERS_MAX = 1_048_576;

// Neither may hold a line break, because a line break is what separates the fields that are hashed.
const accountShape = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;
const kindShape = /^[a-z][a-z0-9_]{0,63}$/;
const hashShape = /^[0-9a-f]{64}$/;

/**
 * SHA-256, in lower-case hex, over `prev`, `seq`, `at`, `account`, `kind` and `body`, joined by single line feeds in UTF-8. Only the
 * body may hold a line feed and it comes last, so that no two rows have the same bytes (docs/formats/journal.md).
 */
export function rowHash(row: Omit<Row, 'hash'>): string {
  return hash('sha256', `${row.prev}\n${row.seq}\n${row.at}\n${row.account}\n${row.kind}\n${row.body}`, 'hex');
}

/** Turns drafts into the rows that follow `head`, in the same order. A draft that could not be read again is our own bug. */
export function seal(head: Head, drafts: readonly Draft[]): readonly Row[] {
  const rows: Row[] = [];
  let { seq, hash: prev } = head;
  for (const { at, account, kind, body } of drafts) {
    seq += 1;
    const row = { seq, at, account, kind, body: canonicalJson(body), prev };
    const fault = misshape(row);
    assert(fault === '', `a sealed entry of kind ${kind} is well-shaped (${fault})`);
    prev = rowHash(row);
    rows.push({ ...row, hash: prev });
  }
  return rows;
}

/** How far a chain has been checked. `account` is empty before the first row, which then says whose chain it is. */
export type Verified = { readonly head: Head; readonly account: string };

/** Nothing checked yet. */
export const nothingVerified: Verified = { head: genesisHead, account: '' };

/** The first row that is wrong. `what` says what is wrong with it, in words for a person. */
export type Defect = { readonly seq: number; readonly kind: string; readonly what: string };

/**
 * Checks the rows that follow what is verified already, so that a long journal is checked page by page. Finds every row changed,
 * removed, inserted or moved. What it cannot see from the rows alone is a missing end: compare the head with one noted elsewhere.
 */
export function verifyRows(rows: readonly Row[], verified: Verified): Result<Verified, Defect> {
  const read = readVerified(rows, verified);
  return read.ok ? ok(read.value.verified) : read;
}

/** The value of a body. */
export type BodyValue = Draft['body'];

/** As `verifyRows`, and hands on the bodies, one a row: checking reads them anyway, and a start reads a million. */
export function readVerified(
  rows: readonly Row[],
  verified: Verified,
): Result<{ readonly verified: Verified; readonly bodies: readonly BodyValue[] }, Defect> {
  const bodies: BodyValue[] = [];
  let { head, account } = verified;
  for (const row of rows) {
    const what = defectOf(row, head, account);
    if (what !== '') return err({ seq: row.seq, kind: row.kind, what });
    const body = bodyOf(row.body);
    if (body === undefined) return err({ seq: row.seq, kind: row.kind, what: 'its body is not the canonical JSON of an object' });
    bodies.push(body);
    head = { seq: row.seq, hash: row.hash };
    account = row.account;
  }
  return ok({ verified: { head, account }, bodies });
}

function defectOf(row: Row, head: Head, account: string): string {
  const expected = head.seq + 1;
  if (row.seq !== expected) return outOfPlace(row.seq, expected);
  const fault = misshape(row);
  if (fault !== '') return fault;
  if (rowHash(row) !== row.hash) return 'its content does not give its hash: one of its fields was changed';
  if (row.prev !== head.hash) {
    return head.seq === 0
      ? 'it is numbered as the first but was sealed after another entry: the beginning was removed'
      : `it was sealed after another entry than the one before it: entry ${head.seq} was rewritten, or entries between were removed`;
  }
  return account === '' || row.account === account ? '' : `it is of account ${row.account} in a journal of ${account}`;
}

function outOfPlace(seq: number, expected: number): string {
  if (!(seq > expected)) return `it stands where entry ${expected} should`;
  return seq === expected + 1 ? `entry ${expected} before it is missing` : `entries ${expected} to ${seq - 1} before it are missing`;
}

/** What is wrong with the fields by themselves, or an empty text. */
function misshape(row: Omit<Row, 'hash'>): string {
  if (!Number.isSafeInteger(row.seq) || row.seq < 1) return 'its number is not a whole number of at least 1';
  if (!Number.isSafeInteger(row.at) || row.at < 0) return 'its time is not a whole number of milliseconds';
  if (!accountShape.test(row.account)) return 'its account is not 1 to 64 of A-Z a-z 0-9 : . _ -';
  if (!kindShape.test(row.kind)) return 'its kind is not 1 to 64 of a-z 0-9 _';
  if (!hashShape.test(row.prev)) return 'its prev is not 64 hexadecimal digits';
  if (row.body.length > BODY_CHARACTERS_MAX) return `its body has more than ${BODY_CHARACTERS_MAX} characters`;
  return '';
}

/** The value of a body, whose text must be the only one of that value: whoever reads it and writes it again gets the same hash. */
function bodyOf(text: string): BodyValue | undefined {
  const quick = quicklyRead(text);
  if (quick !== undefined) return quick;
  // Refused, or canonical in a way that the runtime's own writer does not spell: our strict reader decides.
  const parsed = parseJson(text, { charactersMax: BODY_CHARACTERS_MAX, depthMax: DEPTH_MAX });
  return parsed.ok && isObject(parsed.value) && canonicalJson(parsed.value) === text ? parsed.value : undefined;
}

/**
 * The runtime's reader and writer are several times faster than ours, and a start reads a million bodies. What it writes again as it
 * stands has no key twice and no other spelling; the walk refuses the rest of what our reader refuses.
 */
function quicklyRead(text: string): BodyValue | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return isObject(value) && JSON.stringify(value) === text && isCanonical(value, 1) ? value : undefined;
}

function isObject(value: Json): value is BodyValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys in order, numbers that are safe integers, texts without lone surrogates, and no deeper than we write. */
function isCanonical(value: Json, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value === 'boolean' || value === null) return true;
  if (depth > DEPTH_MAX) return false;
  if (isList(value)) return value.every((item) => isCanonical(item, depth + 1));
  let before = '';
  for (const [key, item] of Object.entries(value)) {
    if (key < before || key === '__proto__' || !key.isWellFormed() || !isCanonical(item, depth + 1)) return false;
    before = key;
  }
  return true;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
