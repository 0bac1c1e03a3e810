import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { BODY_CHARACTERS_MAX } from '../../core/journal/chain.ts';
import type { Row } from '../../core/journal/row.ts';
import { canonicalJson, type Json, parseJson } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { openJournalReadOnly } from './sqlite.ts';

const PAGE_ROWS = 1_000;

/** Escaping makes a body longer by at most six times, and the other fields are short. */
const LINE_CHARACTERS_MAX = BODY_CHARACTERS_MAX * 6 + 1_000;

/** Every SQLite file starts with these characters. */
const SQLITE_MAGIC = 'SQLite format 3\0';

/** Pages of rows until the end, or until the first page that could not be read. */
export type RowPages = AsyncGenerator<Result<readonly Row[]>, void>;

/** One row as one line: canonical JSON of its fields, the body as the very text that was hashed (docs/formats/journal.md). */
export function exportLine(row: Row): string {
  const { seq, at, account, kind, body, prev, hash } = row;
  return canonicalJson({ seq, at, account, kind, body, prev, hash });
}

/** Reads a line of an export. A field that is missing, unknown or of another type is refused. */
export function parseExportLine(line: string): Result<Row> {
  const parsed = parseJson(line, { charactersMax: LINE_CHARACTERS_MAX, depthMax: 1 });
  if (!parsed.ok) return parsed;
  const value = parsed.value;
  if (!isObject(value)) return err('expected an object');
  const { seq, at, account, kind, body, prev, hash, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) return err(`unknown key ${JSON.stringify(unknown)}`);
  if (typeof seq !== 'number' || typeof at !== 'number') return err('expected seq and at as numbers');
  if (typeof account !== 'string' || typeof kind !== 'string' || typeof body !== 'string')
    return err('expected account, kind and body as texts');
  if (typeof prev !== 'string' || typeof hash !== 'string') return err('expected prev and hash as texts');
  return ok({ seq, at, account, kind, body, prev, hash });
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows of a journal on disk or of an export of one, whichever the file is. */
export function rowPages(path: string): RowPages {
  try {
    return startsAsDatabase(path) ? databasePages(path) : exportPages(path);
  } catch (error) {
    return failed(`cannot read ${path}: ${causeOf(error)}`);
  }
}

async function* databasePages(path: string): RowPages {
  const reader = openJournalReadOnly(path);
  if (!reader.ok) {
    yield reader;
    return;
  }
  let last = 0;
  try {
    for (;;) {
      const rows = await reader.value.read(last + 1, PAGE_ROWS);
      const end = rows.at(-1);
      if (end === undefined) break;
      last = Math.max(end.seq, last + 1);
      yield ok(rows);
    }
    // After the rows, so that whoever checks them can name the first wrong one.
    const damage = reader.value.damage();
    if (damage !== '') yield err(`the file itself is damaged (${damage}); entries may be missing after entry ${last}`);
  } catch (error) {
    yield err(`the file itself is damaged (${causeOf(error)}); nothing could be read after entry ${last}`);
  } finally {
    reader.value.close();
  }
}

async function* exportPages(path: string): RowPages {
  let number = 0;
  let page: Row[] = [];
  try {
    await using file = await open(path);
    for await (const line of file.readLines({ encoding: 'utf8' })) {
      number += 1;
      const row = parseExportLine(line);
      if (!row.ok) {
        yield ok(page);
        yield err(`line ${number} of the export is damaged: ${row.error}`);
        return;
      }
      page.push(row.value);
      if (page.length < PAGE_ROWS) continue;
      yield ok(page);
      page = [];
    }
  } catch (error) {
    yield err(`cannot read ${path}: ${causeOf(error)}`);
    return;
  }
  if (page.length > 0) yield ok(page);
}

async function* failed(cause: string): RowPages {
  yield err(cause);
}

function startsAsDatabase(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SQLITE_MAGIC.length);
    readSync(descriptor, bytes, 0, bytes.length, 0);
    return bytes.toString('latin1') === SQLITE_MAGIC;
  } finally {
    closeSync(descriptor);
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown failure';
}
