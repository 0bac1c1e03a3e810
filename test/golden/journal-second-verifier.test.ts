import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exportLine, parseExportLine } from '../../src/adapters/store/export.ts';
import { openJournal } from '../../src/adapters/store/sqlite.ts';
import { nothingVerified, verifyRows } from '../../src/core/journal/chain.ts';
import { readEntry } from '../../src/core/journal/read-entry.ts';
import type { Row } from '../../src/core/journal/row.ts';
import { parseJson } from '../../src/core/lang/canonical.ts';

// A verifier written from docs/formats/journal.md alone. It shares no code with the first one, so that both must misread the page in the
// same way to agree on a mistake.

type Line = Readonly<Record<string, unknown>>;

/** The number of the first entry that fails a step, or 0. */
function secondVerifier(lines: readonly Line[]): number {
  let seq = 0;
  let hash = '0'.repeat(64);
  let account: unknown;
  for (const line of lines) {
    const good =
      line['seq'] === seq + 1 &&
      shaped(line) &&
      digest(line) === line['hash'] &&
      line['prev'] === hash &&
      (account === undefined || line['account'] === account) &&
      isCanonical(String(line['body']));
    if (!good) return Number(line['seq']);
    seq += 1;
    hash = String(line['hash']);
    account = line['account'];
  }
  return 0;
}

function shaped({ seq, at, account, kind, body, prev, hash, ...rest }: Line): boolean {
  const texts: readonly (readonly [unknown, RegExp])[] = [
    [account, /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/],
    [kind, /^[a-z][a-z0-9_]{0,63}$/],
    [prev, /^[0-9a-f]{64}$/],
    [hash, /^[0-9a-f]{64}$/],
    [body, /^.{0,1048576}$/s],
  ];
  return (
    Object.keys(rest).length === 0 &&
    [seq, at].every((number) => Number.isSafeInteger(number) && Number(number) >= 0) &&
    texts.every(([value, shape]) => typeof value === 'string' && shape.test(value))
  );
}

function digest({ prev, seq, at, account, kind, body }: Line): string {
  const bytes = [prev, seq, at, account, kind, body].map((field) => Buffer.from(String(field), 'utf8'));
  const hash = createHash('sha256');
  for (const [index, field] of bytes.entries()) {
    if (index > 0) hash.update(Uint8Array.of(0x0a));
    hash.update(field);
  }
  return hash.digest('hex');
}

function isCanonical(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && written(value) === body;
  } catch {
    return false;
  }
}

function written(value: unknown): string {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error('no such number');
    return value.toString();
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  const keys = Object.keys(value).sort((left, right) => (left < right ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${written((value as Line)[key])}`).join(',')}}`;
}

function firstVerifier(rows: readonly Row[]): number {
  const verdict = verifyRows(rows, nothingVerified);
  return verdict.ok ? 0 : verdict.error.seq;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const text = readFileSync(file('journal-1.jsonl'), 'utf8');
const lines = text
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Line);
const rows = text.trimEnd().split('\n').map(rowOf);

function rowOf(line: string): Row {
  const row = parseExportLine(line);
  assert.ok(row.ok, row.ok ? '' : row.error);
  return row.value;
}

test('an old journal is accepted by both verifiers, and each of its entries can still be read', () => {
  assert.ok(rows.length > 20);
  assert.equal(secondVerifier(lines), 0);
  assert.equal(firstVerifier(rows), 0);
  for (const row of rows) {
    const body = parseJson(row.body, { charactersMax: 1_000_000, depthMax: 64 });
    assert.ok(body.ok);
    const entry = readEntry(row.kind, body.value);
    assert.ok(entry.ok, entry.ok ? '' : `entry ${row.seq}: ${entry.error}`);
  }
});

test('an export writes an old journal again byte for byte', () => {
  assert.equal(`${rows.map(exportLine).join('\n')}\n`, text);
});

test('an old database opens in its layout and holds the same rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-golden-'));
  try {
    const path = join(folder, 'journal.db');
    copyFileSync(file('journal-1.db'), path);
    const loosened = openJournal(path);
    assert.equal(loosened.ok, false, 'a copy that others can read is refused');
    const closed = new DatabaseSync(path);
    assert.deepEqual({ ...closed.prepare('PRAGMA user_version').get() }, { user_version: 1 });
    const found = closed.prepare('SELECT seq, at, account, kind, body, prev, hash FROM entry ORDER BY seq').all();
    closed.close();
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('both verifiers name the same entry for whatever is done to a journal', () => {
  const cases: (readonly Row[])[] = [];
  for (const [index, row] of rows.entries()) {
    const change = (changes: Partial<Row>): readonly Row[] => rows.with(index, { ...row, ...changes });
    const rehashed = { ...row, body: '{"forged":1}' };
    cases.push(
      change({ at: row.at + 1 }),
      change({ account: 'okx:live:7' }),
      change({ kind: 'note' }),
      change({ body: row.body.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10)) }),
      change({ body: ` ${row.body}` }),
      change({ prev: 'a'.repeat(64) }),
      change({ hash: 'a'.repeat(64) }),
      rows.with(index, { ...rehashed, hash: digest(rehashed) }),
      rows.toSpliced(index, 1),
      rows.toSpliced(index, 1).map((other, place) => ({ ...other, seq: place + 1 })),
      rows.toSpliced(index, 0, row),
      rows.slice(index),
      [...rows.slice(0, index), ...rows.slice(index).toReversed()],
    );
  }
  let found = 0;
  for (const each of cases) {
    const first = firstVerifier(each);
    assert.equal(first, secondVerifier(each));
    if (first > 0) found += 1;
  }
  // What cannot be found: the last row removed (or renumbered), nothing cut off, one row reversed, a number that is not in the text,
  // the last row forged.
  assert.ok(found > cases.length - 3 * rows.length && found >= rows.length * 9, `${found} of ${cases.length}`);
});

test('both verifiers refuse the same bodies that are not canonical although their hash fits', () => {
  for (const body of ['{"a":1,"a":1}', '{"b":1,"a":1}', '{"a":1.5}', '{"a":1e2}', '{"a":-0}', '{"a":"\\u0041"}', '{"a":"\\/"}', '[]', '{}}', '']) {
    const rest = { seq: 1, at: 1, account: 'okx:sim:1001', kind: 'note', body, prev: '0'.repeat(64) };
    const row = { ...rest, hash: digest(rest) };
    assert.equal(secondVerifier([row]), 1, body);
    assert.equal(firstVerifier([row]), 1, body);
  }
});
