import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { visible } from '../../core/lang/visible.ts';

const HALT_BYTES_MAX = 4096;
/** Written so that it can be read back, whatever its letters take. */
const HALT_REASON_CHARACTERS_MAX = 500;

/** Makes sure that a home and its folders exist and are ours alone. The flag beats the environment beats `~/.twokey`. */
export function openHome(flag: string | undefined): Result<string> {
  const home = resolve(flag ?? process.env['TWOKEY_HOME'] ?? join(homedir(), '.twokey'));
  for (const folder of [home, join(home, 'state'), join(home, 'run')]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { mode, uid } = statSync(folder);
      if (process.getuid !== undefined && uid !== process.getuid())
        return err(`${folder} belongs to another user; use a --home of your own`);
      if ((mode & 0o022) !== 0) return err(`others can write to ${folder}; run chmod 700 ${folder}`);
      // Journal, token and sockets lie here; the home itself may be looked at, because it holds nothing secret that is not closed itself.
      // Agents that are users of their own have to get through to their sockets, and what else lies there is closed for itself.
      const closed = folder === home ? 0 : folder === join(home, 'run') ? 0o044 : 0o055;
      if ((mode & closed) !== 0) return err(`others can look into ${folder}; run chmod 700 ${folder}`);
    } catch (error) {
      return err(`cannot make or read ${folder} (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure'})`);
    }
  }
  return ok(home);
}

/** Whether a person stopped everything with a file: no token and no gateway is needed to make it. One that cannot be looked at counts. */
export function haltFileExists(home: string): boolean {
  try {
    return lstatSync(join(home, 'HALT'), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

type HaltWords = { readonly by: 'operator' | 'twokey' | 'watch'; readonly reason: string };

/** Who wrote that file and why. One that a person made by hand need not say. */
export function haltFileSays(home: string): HaltWords {
  try {
    const path = join(home, 'HALT');
    // A pipe would be waited for, and of ours it is a small file.
    const found = lstatSync(path);
    if (!found.isFile() || found.size > HALT_BYTES_MAX) return { by: 'operator', reason: '' };
    const said: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof said !== 'object' || said === null || !('by' in said) || !('reason' in said)) return { by: 'operator', reason: '' };
    const { by, reason } = said;
    return { by: by === 'twokey' || by === 'watch' ? by : 'operator', reason: visible(String(reason)) };
  } catch {
    return { by: 'operator', reason: '' };
  }
}

/**
 * Writes that file, unless it stands there, and has it on disk. It stops every gateway of this home, this one and the next. @returns its path.
 * @throws when it cannot be written.
 */
export function writeHaltFile(home: string, words: HaltWords): string {
  const path = join(home, 'HALT');
  if (haltFileExists(home)) return path;
  writeFileSync(
    path,
    `${JSON.stringify({ at: new Date().toISOString(), by: words.by, reason: words.reason.slice(0, HALT_REASON_CHARACTERS_MAX) })}\n`,
    { mode: 0o600, flag: 'wx', flush: true },
  );
  const folder = openSync(home, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return path;
}
