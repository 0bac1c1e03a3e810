import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { exportLine, rowPages } from '../../../src/adapters/store/export.ts';
import { openJournal } from '../../../src/adapters/store/sqlite.ts';
import { rowHash } from '../../../src/core/journal/chain.ts';
import type { Row } from '../../../src/core/journal/row.ts';
import { canonicalJson, type Json, parseJson } from '../../../src/core/lang/canonical.ts';
import { showJournal } from '../../../src/doors/journal/show.ts';
import { verifyJournal } from '../../../src/doors/journal/verify.ts';
import { tellWhy } from '../../../src/doors/journal/why.ts';
import { recover, type Recovered } from '../../../src/engine/recovery.ts';
import type { JournalStore } from '../../../src/ports/store.ts';
import { wholeText } from '../../support/snapshot-shelf.ts';
import { bytesLike, showBytes } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { history, type History } from '../history.ts';
import { changedJson, jsonEdits } from '../json.ts';

// The journal as somebody may leave it: bytes of its file, lines of an export, and entries that were changed and sealed anew, which nobody can tell from true ones.

type Input =
  | { readonly kind: 'database' | 'export'; readonly bytes: Buffer }
  | { readonly kind: 'sealed'; readonly from: number; readonly edits: Parameters<typeof changedJson>[1] };

const past = await history();
const whole = wholeText(past.state);
const lines = past.rows.map((row) => exportLine(row));

export const journal = doorOf<Input>({
  name: 'journal',
  inputs: fc.oneof(
    bytesLike([await database(past)]).map((bytes): Input => ({ kind: 'database', bytes })),
    bytesLike([Buffer.from(`${lines.join('\n')}\n`)]).map((bytes): Input => ({ kind: 'export', bytes })),
    fc.record({ kind: fc.constant('sealed' as const), from: fc.nat(past.rows.length - 1), edits: jsonEdits }),
  ),
  round: 200,
  few: 120,
  show: (input) =>
    input.kind === 'sealed'
      ? `entry ${input.from + 1} changed by ${JSON.stringify(input.edits)}`
      : `${input.kind}: ${showBytes(input.bytes)}`,
  open: () => {
    const folder = mkdtempSync(join(tmpdir(), 'tk-f-'));
    return Promise.resolve({
      throwAt: (input) => (input.kind === 'sealed' ? throwSealed(folder, input) : throwFile(folder, input)),
      [Symbol.asyncDispose]: () => Promise.resolve(rmSync(folder, { recursive: true })),
    });
  },
});

/** What SQLite keeps of these rows, in one file. */
async function database({ rows }: Pick<History, 'rows'>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'tk-f-'));
  const path = join(folder, 'journal.db');
  const opened = openJournal(path);
  if (!opened.ok) throw new Error(opened.error);
  await opened.value.append(await opened.value.head(), rows);
  opened.value.close();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

async function throwFile(folder: string, { kind, bytes }: Extract<Input, { readonly bytes: Buffer }>): Promise<Fate> {
  const path = join(folder, 'journal.db');
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  writeFileSync(path, bytes, { mode: 0o600 });
  const told = await tellAll(path);
  if (kind === 'export') return told ? 'accepted' : 'refused';
  const opened = openJournal(path);
  if (!opened.ok) return 'refused';
  using store = opened.value;
  const recovered = await started(store);
  if (recovered === null) return 'refused';
  // Rows may be missing at the end, which a head noted elsewhere finds; what is there is true.
  const isTrue = recovered.head.seq < past.rows.length || wholeText(recovered.state) === whole;
  holds(isTrue, 'a start on a changed file came to another state');
  holds(recovered.head.seq === 0 || past.rows[recovered.head.seq - 1]?.hash === recovered.head.hash, 'a head that was never written');
  return 'accepted';
}

/** What the commands tell of a file; whether verifying it found nothing. Showing what is wrong may fail, and then the command says so; to verify is never an error. */
async function tellAll(path: string): Promise<boolean> {
  const verified = await verifyJournal(rowPages(path), { file: path, expected: '', key: '' });
  await settled(() => showJournal(rowPages(path), { last: 50, kind: '', intent: '' }));
  await settled(() => tellWhy(rowPages(path), 'h1'));
  return verified.ok;
}

async function throwSealed(folder: string, { from, edits }: Extract<Input, { readonly kind: 'sealed' }>): Promise<Fate> {
  const target = past.rows[from];
  if (target === undefined) return 'refused';
  const body = parseJson(changedJson(JSON.parse(target.body) as Json, edits), { charactersMax: 1_000_000, depthMax: 60 });
  if (!body.ok || typeof body.value !== 'object' || body.value === null || Array.isArray(body.value)) return 'refused';
  const rows = resealed(past.rows, from, canonicalJson(body.value));
  const path = join(folder, 'export.jsonl');
  writeFileSync(path, `${rows.map((row) => exportLine(row)).join('\n')}\n`);
  await tellAll(path);
  const read = (seq: number, limit: number): Promise<readonly Row[]> => Promise.resolve(rows.slice(seq - 1, seq - 1 + limit));
  const store = { head: () => Promise.reject(new Error('not asked')), append: () => Promise.reject(new Error('not asked')), read };
  return (await started(store)) === null ? 'refused' : 'accepted';
}

function resealed(rows: readonly Row[], from: number, body: string): readonly Row[] {
  let prev = rows[from - 1]?.hash ?? '0'.repeat(64);
  return rows.map((row, index) => {
    if (index < from) return row;
    const changed = { ...row, prev, ...(index === from ? { body } : {}) };
    prev = rowHash(changed);
    return { ...changed, hash: prev };
  });
}

/** What a start reads of it; `null` where it refuses. */
async function started(store: Pick<JournalStore, 'head' | 'append' | 'read'>): Promise<Recovered | null> {
  const recovered = await settled(() => recover({ account: 'okx:sim:1001', version: '0', store, checkpoints: null }));
  return recovered?.ok === true ? recovered.value : null;
}

/** A start or a command that throws says what, and ends with 1. */
async function settled<Value>(act: () => Promise<Value>): Promise<Value | null> {
  try {
    return await act();
  } catch {
    return null;
  }
}
