import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Json, parseJson } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';

const CHARACTERS_MAX = 64 * 1024;

/** The document in a small file of ours; `null` where there is no file. One that is no document is refused, because nobody may guess it. */
export function readStateFile(path: string): Result<Json> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? ok(null) : err(`cannot read ${path}`);
  }
  const parsed = parseJson(text, { charactersMax: CHARACTERS_MAX, depthMax: 8 });
  return parsed.ok ? parsed : err(`${path} cannot be understood`);
}

/** Whoever reads it gets the old document or the new one and never half of it; nobody else can read it. */
export function writeStateFile(path: string, document: Json): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(document)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
