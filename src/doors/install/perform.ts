import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  fchmodSync,
  fchownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockFileIn } from '../checkup/packages.ts';
import type { Owner, Step } from './step.ts';

/** Users and groups of this machine, as they are now. */
export type Accounts = {
  readonly users: readonly { readonly name: string; readonly uid: number; readonly gid: number }[];
  readonly groups: readonly { readonly name: string; readonly gid: number; readonly members: readonly string[] }[];
};

/** What a step came to. `was`: it was so already. */
export type Outcome = 'done' | 'was';

// A star is no password, and unlike a locked account one that a key of ssh opens.
const USERADD = 'useradd --system --user-group --no-create-home --password *'.split(' ');

/** Does one step. @throws with the words of the program that refused. */
export function perform(step: Step, accounts: () => Accounts): Outcome {
  switch (step.kind) {
    case 'group':
      if (accounts().groups.some(({ name }) => name === step.name)) return 'was';
      return run('groupadd', '--system', step.name);
    case 'user':
      if (accounts().users.some(({ name }) => name === step.name)) return 'was';
      return run(...USERADD, '--home-dir', step.home, '--shell', step.shell === '' ? '/usr/sbin/nologin' : step.shell, step.name);
    case 'member':
      if (accounts().groups.some(({ name, members }) => name === step.group && members.includes(step.user))) return 'was';
      return run('usermod', '--append', '--groups', step.group, step.user);
    case 'folder':
      return folder(step, idsOf(step.owner, accounts()));
    case 'file':
      if (step.keeps && existsSync(step.path)) return 'was';
      return file(step, idsOf(step.owner, accounts()));
    case 'secret':
      if (existsSync(step.path)) return 'was';
      return file({ ...step, text: readFileSync(step.from, 'utf8') }, idsOf(step.owner, accounts()));
    case 'program':
      return program(step);
    case 'run':
      return run(...step.argv);
    case 'remove':
      if (lstatSync(step.path, { throwIfNoEntry: false }) === undefined) return 'was';
      rmSync(step.path, { recursive: true });
      return 'done';
    case 'give_to_root':
      if (!existsSync(step.path)) return 'was';
      own(step.path, (path) => lchownSync(path, 0, 0));
      chmodSync(step.path, 0o700);
      return 'done';
    case 'remove_user':
      if (!accounts().users.some(({ name }) => name === step.name)) return 'was';
      return run('userdel', step.name);
    case 'remove_group':
      if (!accounts().groups.some(({ name }) => name === step.name)) return 'was';
      return run('groupdel', step.name);
    default: {
      const never: never = step;
      return never;
    }
  }
}

type Ids = { readonly uid: number; readonly gid: number };

function idsOf({ user, group }: Owner, { users, groups }: Accounts): Ids {
  const uid = users.find(({ name }) => name === user)?.uid;
  const gid = groups.find(({ name }) => name === group)?.gid ?? users.find(({ name }) => name === group)?.gid;
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${user} or no group ${group}`);
  return { uid, gid };
}

function run(...[command = '', ...words]: readonly string[]): Outcome {
  try {
    execFileSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    return 'done';
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`${[command, ...words].join(' ')}: ${said === '' ? 'failed' : said}`, { cause: error });
  }
}

function folder({ path, mode }: { readonly path: string; readonly mode: number }, { uid, gid }: Ids): Outcome {
  const before = lstatSync(path, { throwIfNoEntry: false });
  // A link in a place of ours would be followed with root's rights.
  if (before !== undefined && !before.isDirectory()) throw new Error(`${path} is there and is no folder; look at it, and move it away`);
  if (before !== undefined && before.uid === uid && before.gid === gid && (before.mode & 0o7777) === mode) return 'was';
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // What an uninstalled service left behind was root's meanwhile.
  if (before?.uid === 0 && uid !== 0) own(path, (each) => lchownSync(each, uid, gid));
  // By descriptor, here and below: in a folder of the service's user a name may be another file a moment later, and this is root.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
  return 'done';
}

function file({ path, text, mode }: { readonly path: string; readonly text: string; readonly mode: number }, { uid, gid }: Ids): Outcome {
  const before = lstatSync(path, { throwIfNoEntry: false });
  const isSame = before?.isFile() === true && before.uid === uid && before.gid === gid && (before.mode & 0o7777) === mode;
  if (isSame && readFileSync(path, 'utf8') === text) return 'was';
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  return 'done';
}

/** Beside the old one, then in its place: a start in between finds one of the two. */
function program({ from, path, runtime, parts }: Extract<Step, { kind: 'program' }>): Outcome {
  const draft = `${path}.new`;
  const old = `${path}.old`;
  for (const left of [draft, old]) rmSync(left, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  const files = ['package.json', basename(lockFileIn(from)), 'twokey', 'LICENSE', 'bin', 'src', ...parts];
  for (const name of files) {
    mkdirSync(dirname(join(draft, name)), { recursive: true });
    cpSync(join(from, name), join(draft, name), { recursive: true, verbatimSymlinks: true });
  }
  for (const name of ['node_modules/node/bin', 'node_modules/.bin']) mkdirSync(join(draft, name), { recursive: true });
  cpSync(runtime, join(draft, 'node_modules/node/bin/node'));
  symlinkSync('../node/bin/node', join(draft, 'node_modules/.bin/node'));
  own(draft, (each) => {
    const status = lstatSync(each);
    lchownSync(each, 0, 0);
    if (!status.isSymbolicLink()) chmodSync(each, status.isDirectory() || (status.mode & 0o100) !== 0 ? 0o755 : 0o644);
  });
  if (existsSync(path) && sameBelow(path, draft)) {
    rmSync(draft, { recursive: true });
    return 'was';
  }
  if (existsSync(path)) renameSync(path, old);
  renameSync(draft, path);
  rmSync(old, { recursive: true, force: true });
  return 'done';
}

function own(path: string, act: (path: string) => void): void {
  act(path);
  if (!lstatSync(path).isDirectory()) return;
  for (const item of readdirSync(path, { recursive: true, withFileTypes: true })) act(join(item.parentPath, item.name));
}

function sameBelow(one: string, other: string): boolean {
  // What Node compiled of it when root ran it is no part of the program.
  const list = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('.cache'))
      .toSorted();
  const names = list(other);
  if (names.join('\n') !== list(one).join('\n')) return false;
  return names.every((name) => {
    const [left, right] = [join(one, name), join(other, name)];
    const [was, is] = [statSync(left), statSync(right)];
    if (was.uid !== is.uid || was.mode !== is.mode || was.size !== is.size) return false;
    return !is.isFile() || readFileSync(left).equals(readFileSync(right));
  });
}
