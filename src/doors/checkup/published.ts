import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Hashes } from './program.ts';

/** The hashes of one version, as whoever looked through it names them. */
export type Published = Hashes & { readonly version: string };

const FORM = 'expected version, tree, lock and packages, each of the last three 64 hexadecimal digits, as npm run pack writes them';

/** Where the operator lays the hashes that he got from another place than the code. */
export function publishedFileIn(home: string): string {
  return join(home, 'evidence', 'published.json');
}

/**
 * Reads the hashes that the program is held against; `null` where there is no such file. One that lies in the install itself is refused: a copy that was changed
 * could else vouch for itself.
 */
export function publishedAt(path: string, install: string): Result<Published> | null {
  let text;
  try {
    text = readFileSync(path, 'utf8');
    if (realpathSync(path).startsWith(join(realpathSync(install), '/')))
      return err(`${path} lies in the copy that it is to vouch for; get it from somewhere else`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    return code === 'ENOENT' ? null : err(`${path} cannot be read (${code})`);
  }
  try {
    const { version, tree, lock, packages, ...rest } = Object(JSON.parse(text)) as Record<string, unknown>;
    // The hash of the package file itself is for those who have that file.
    const isAll = Object.keys(rest).every((key) => key === 'package');
    if (isAll && isVersion(version) && isHash(tree) && isHash(lock) && isHash(packages)) return ok({ version, tree, lock, packages });
  } catch {
    // Said below.
  }
  return err(`${path} cannot be understood: ${FORM}`);
}

function isVersion(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.+-]{1,40}$/.test(value);
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
