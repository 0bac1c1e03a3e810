import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Check, failed, fine } from '../operator/checks.ts';

/** What runs here, as hashes that two people can compare. SHA-256, in hex. */
export type Program = {
  readonly runtime: { readonly path: string; readonly version: string; readonly hash: string };
  /** Over `package.json` and every file of `bin` and `src`, by name: `PATH NUL HASH LF` each, in order of their names. */
  readonly tree: string;
  /** Of `package-lock.json`; empty where there is none. */
  readonly lock: string;
  /** Files and folders of code and runtime that somebody else may change. */
  readonly open: readonly string[];
};

/** What a release was published with, outside of the package itself: a copy that was changed could else vouch for itself. */
export type Published = Pick<Program, 'tree' | 'lock'>;

const OPEN_SHOWN_MAX = 5;

/** Reads and hashes the program. `install` is the folder that holds `src`. */
export async function programAt(install: string): Promise<Program> {
  const path = realpathSync(process.execPath);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const files = [
    'package.json',
    ...['bin', 'src'].flatMap((name) => filesBelow(join(install, name)).map((file) => relative(install, file))),
  ];
  const tree = createHash('sha256');
  for (const name of files.toSorted()) tree.update(`${name}\0${hashOf(join(install, name))}\n`);
  const folders = new Set(files.map((name) => join(install, dirname(name))));
  const watched = [path, dirname(path), install, join(install, 'node_modules'), ...folders, ...files.map((name) => join(install, name))];
  const lock = join(install, 'package-lock.json');
  return {
    runtime: { path, version: process.version, hash: hash.digest('hex') },
    tree: tree.digest('hex'),
    lock: statSync(lock, { throwIfNoEntry: false }) === undefined ? '' : hashOf(lock),
    open: watched.filter(isOpen),
  };
}

/** Which runtime and which code this is, and whether somebody else could change it. */
export function programChecks({ runtime, tree, lock, open }: Program): readonly Check[] {
  const closed =
    open.length === 0
      ? fine('code', `tree ${tree}, lock file ${lock === '' ? 'missing' : lock}; nobody else can change it`)
      : failed(
          'code',
          `others can change ${open.slice(0, OPEN_SHOWN_MAX).join(', ')}${open.length > OPEN_SHOWN_MAX ? ` and ${open.length - OPEN_SHOWN_MAX} more` : ''}, and with it what twokey does`,
          `chmod -R go-w ${dirname(open[0] ?? '')}, and let the files belong to you or to root`,
        );
  return [fine('runtime', `${runtime.version} at ${runtime.path}, SHA-256 ${runtime.hash}`), closed];
}

/** Without what belongs to no program: tests read nothing that runs, but an editor of theirs is an editor of the folder. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Open for writing to others, or somebody else's who is not root. */
function isOpen(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return false;
  const foreign = process.getuid !== undefined && status.uid !== process.getuid() && status.uid !== 0;
  return foreign || (status.mode & 0o022) !== 0;
}
