import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '../../core/lang/digest.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** Where the texts of limits lie that hold or are waited for, each under its digest: the journal says which, and one that was changed is none of them. */
const FOLDER = ['state', 'policy'] as const;
/** Twice what the parser takes in characters. */
const BYTES_MAX = 512 * 1024;

/** Keeps a text of limits until it is asked for by its digest; it is on disk when this returns. */
export function keepLimits(home: string, text: string): Result<string> {
  const name = digest(text);
  const folder = join(home, ...FOLDER);
  const path = join(folder, `${name}.toml`);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, path);
    const opened = openSync(folder, 'r');
    fsyncSync(opened);
    closeSync(opened);
    return ok(name);
  } catch (error) {
    return err(`cannot write ${path} (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure'})`);
  }
}

/** The text of this digest; `undefined` where it is not there, or is not that text any more. */
export function keptLimits(home: string, name: string): string | undefined {
  const path = join(home, ...FOLDER, `${name}.toml`);
  try {
    if (statSync(path).size > BYTES_MAX) return undefined;
    const text = readFileSync(path, 'utf8');
    return digest(text) === name ? text : undefined;
  } catch {
    return undefined;
  }
}
