import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Check, failed, fine } from '../operator/checks.ts';
import { lockFileIn, packagesThatRun, strangersIn } from './packages.ts';

/** What runs here, as hashes that two people can compare. SHA-256, in hex. */
export type Hashes = {
  /** Over `package.json`, `twokey` and every file of `bin` and `src` but tests: `PATH NUL HASH LF` each, in order of their names. */
  readonly tree: string;
  /** Of the lock file; empty where there is none. */
  readonly lock: string;
  /** The same as `tree` over the npm packages that run, as they lie in `node_modules`; empty where one is missing. */
  readonly packages: string;
};

export type Program = Hashes & {
  readonly runtime: {
    /** Of the Node that runs this, links followed. */
    readonly path: string;
    readonly version: string;
    readonly hash: string;
    /** What `./twokey` starts in its place, where that is something else, such as a program that goes on to start the other; empty where it is not. */
    readonly instead: string;
  };
  /** Files and folders of code and runtime that somebody else may change. */
  readonly open: readonly string[];
};

const OPEN_SHOWN_MAX = 5;

/** Reads and hashes the program. `install` is the folder that holds `src`. */
export async function programAt(install: string): Promise<Program> {
  const path = realpathSync(process.execPath);
  const starts = join(install, 'node_modules/.bin/node');
  const started = mayRun(starts) ? realpathSync(starts) : path;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const files = programFiles(install);
  const folders = new Set(files.map((name) => join(install, dirname(name))));
  const watched = [path, dirname(path), install, join(install, 'node_modules'), ...folders, ...files.map((name) => join(install, name))];
  const runtime = { path, version: process.version, hash: hash.digest('hex'), instead: started === path ? '' : started };
  return { runtime, ...hashesOf(install), open: watched.filter(isOpen) };
}

/** The hashes by which two copies are compared, whether checkout, unpacked package or what `twokey install` made of one. */
export function hashesOf(install: string): Hashes {
  const lock = lockFileIn(install);
  const parts = packagesThatRun(install);
  return {
    tree: hashOver(install, programFiles(install)),
    lock: lock === '' ? '' : hashOf(lock),
    packages: parts.ok ? hashOver(install, partsBelow(install, parts.value)) : '',
  };
}

/** The same for people. */
export function hashesText({ tree, lock, packages }: Hashes): string {
  return `tree ${tree}, lock file ${lock || 'missing'}, packages ${packages || 'missing'}`;
}

/** Which runtime and which code this is, and whether somebody else could change it. */
export function programChecks({ runtime, open, ...hashes }: Program): readonly Check[] {
  const closed =
    open.length === 0
      ? fine('code', `${hashesText(hashes)}; nobody else can change it`)
      : failed(
          'code',
          `others can change ${open.slice(0, OPEN_SHOWN_MAX).join(', ')}${open.length > OPEN_SHOWN_MAX ? ` and ${open.length - OPEN_SHOWN_MAX} more` : ''}, and with it what twokey does`,
          `chmod -R go-w ${dirname(open[0] ?? '')}, and let the files belong to you or to root`,
        );
  return [runtimeCheck(runtime), closed];
}

/** As `twokey` asks before it starts it. */
function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runtimeCheck(runtime: Program['runtime']): Check {
  const told = `${runtime.version} at ${runtime.path}, SHA-256 ${runtime.hash}`;
  return runtime.instead === '' ? fine('runtime', told) : failed('runtime', `${told}; ${otherRuntime(runtime)}`, RUNTIME_FIX);
}

/** What the hashes of a copy do not cover: whatever stands there runs before anything is hashed. */
export function otherRuntime({ instead }: Program['runtime']): string {
  return `./twokey starts ${instead}, which is not the Node that runs this`;
}

export const RUNTIME_FIX =
  'start it as ./twokey, and not by a link or another Node, and look again; where it stays, remove node_modules and run npm ci';

/** Without tests: a package leaves them out, and nothing that runs reads them. */
function programFiles(install: string): readonly string[] {
  return ['package.json', 'twokey', 'bin', 'src'].flatMap((name) => filesBelow(install, name)).filter((name) => !name.endsWith('.test.ts'));
}

/** Also what lies where a package of a scope looks before it looks here: a copy of another package would be found there first; and what a package finds that no lock file names. */
function partsBelow(install: string, parts: readonly string[]): readonly string[] {
  const scopes = new Set(parts.map((part) => dirname(part)).filter((folder) => /\/@[^/]+$/.test(folder)));
  const besides = [...[...scopes].map((scope) => `${scope}/node_modules`), ...strangersIn(install)];
  const found = [...parts, ...besides].flatMap((part) => filesBelow(install, part));
  return [...new Set(found)];
}

/** A file itself, or every file and link of a folder, as paths from `install`; none where there is nothing. */
function filesBelow(install: string, name: string): readonly string[] {
  const path = join(install, name);
  if (!existsSync(path)) return [];
  if (!lstatSync(path).isDirectory()) return [name];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((item) => !item.isDirectory())
    .map((item) => relative(install, join(item.parentPath, item.name)));
}

function hashOver(install: string, names: readonly string[]): string {
  const all = createHash('sha256');
  for (const name of names.toSorted()) all.update(`${name}\0${hashOf(join(install, name))}\n`);
  return all.digest('hex');
}

/** Of what a file holds; of a link, of where it leads: a package and a checkout have none. */
function hashOf(path: string): string {
  const content = lstatSync(path).isSymbolicLink() ? `link ${readlinkSync(path)}` : readFileSync(path);
  return createHash('sha256').update(content).digest('hex');
}

/** Open for writing to others, or somebody else's who is not root. */
function isOpen(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return false;
  const foreign = process.getuid !== undefined && status.uid !== process.getuid() && status.uid !== 0;
  return foreign || (status.mode & 0o022) !== 0;
}
