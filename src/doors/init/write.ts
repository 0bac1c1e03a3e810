import { linkSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** The files of this name that stand in the home already, as whole paths. */
export function standing(home: string, names: readonly string[]): readonly string[] {
  return names.map((name) => join(home, name)).filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
}

/**
 * Writes all of them or none, each closed to everybody else, and over nothing: a file gets its name by a link, which fails where the name is taken,
 * also when that happened a moment ago. @returns the paths.
 */
export function writeAll(home: string, files: readonly { readonly name: string; readonly text: string }[]): Result<readonly string[]> {
  const waiting: string[] = [];
  const placed: string[] = [];
  try {
    for (const { name, text } of files) {
      const path = join(home, `.${name}.${process.pid}`);
      writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
      waiting.push(path);
    }
    for (const [index, { name }] of files.entries()) {
      const path = join(home, name);
      linkSync(waiting[index] ?? '', path);
      placed.push(path);
    }
    return ok(placed);
  } catch (error) {
    for (const path of placed) rmSync(path, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
    return err(`nothing was written to ${home} (${code})`);
  } finally {
    for (const path of waiting) rmSync(path, { force: true });
  }
}
