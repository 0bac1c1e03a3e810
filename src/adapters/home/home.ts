import { lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

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
      if (folder !== home && (mode & 0o055) !== 0) return err(`others can look into ${folder}; run chmod 700 ${folder}`);
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

/** Writes that file, unless it stands there. It stops every gateway of this home, this one and the next. @returns its path. @throws when it cannot be written. */
export function writeHaltFile(home: string, { by, reason }: { readonly by: string; readonly reason: string }): string {
  const path = join(home, 'HALT');
  if (!haltFileExists(home))
    writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), by, reason })}\n`, { mode: 0o600, flag: 'wx' });
  return path;
}
