import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseJson } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { type Marks, marksDocument, readMarks } from './losses.ts';

/** The marks of an earlier monitor; `null` where there was none. A file that cannot be read is no reason to begin anew. */
export function loadMarks(path: string): Result<Marks | null> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(null);
    return err(`cannot read ${path}`);
  }
  const parsed = parseJson(text, { charactersMax: 4096, depthMax: 2 });
  const marks = parsed.ok ? readMarks(parsed.value) : undefined;
  return marks === undefined
    ? err(`${path} cannot be understood: losses are measured from it; move it away to measure them from now on`)
    : ok(marks);
}

/** Whoever reads it gets the old marks or the new ones and never half of them. */
export function saveMarks(path: string, marks: Marks): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(marksDocument(marks))}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
