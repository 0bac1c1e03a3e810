import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** npm leaves the first name out of every package, so that ours carries the same bytes under the second. npm takes the second where both are there. */
const LOCK_FILES = ['npm-shrinkwrap.json', 'package-lock.json'];

/** The lock file of a checkout or of an unpacked package; empty where there is none. */
export function lockFileIn(install: string): string {
  return LOCK_FILES.map((name) => join(install, name)).find((path) => existsSync(path)) ?? '';
}

/** The npm packages that run, as folders below `install`: what the lock file does not call development. Refused where one is missing. */
export function packagesThatRun(install: string): Result<readonly string[]> {
  const file = lockFileIn(install);
  try {
    const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { dev?: boolean; optional?: boolean }> };
    const parts = Object.entries(lock.packages).filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true);
    const missing = parts.find(([path]) => !existsSync(join(install, path)));
    return missing === undefined ? ok(parts.map(([path]) => path)) : err(`${join(install, missing[0])} is missing; run npm ci first`);
  } catch {
    const name = file === '' ? join(install, 'package-lock.json') : join(install, basename(file));
    return err(`the packages that run cannot be read from ${name}; install from a checkout`);
  }
}

/** What lies among the packages and does not stand in the lock file, as folders below `install`: a package that runs takes some by itself where they are there. */
export function strangersIn(install: string): readonly string[] {
  const names = (folder: string): readonly string[] =>
    existsSync(join(install, folder)) ? readdirSync(join(install, folder)).filter((name) => !name.startsWith('.')) : [];
  const found = names('node_modules').flatMap((name) =>
    name.startsWith('@') ? names(`node_modules/${name}`).map((each) => `node_modules/${name}/${each}`) : [`node_modules/${name}`],
  );
  const { packages } = JSON.parse(readFileSync(lockFileIn(install), 'utf8')) as { packages: Record<string, unknown> };
  return found.filter((path) => !(path in packages));
}
