import { closeSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Accounts, agentGroup, namesIn, readAccounts, type User } from '../adapters/isolation/accounts.ts';

/** Where a gateway takes its key from, as far as somebody else could read it there. */
export type KeySource = {
  readonly home: string;
  readonly agents: readonly string[];
  /** Files that hold it; one that is not there is passed over. */
  readonly files: readonly string[];
  /** Files that the program which gives it is told of. */
  readonly told: readonly string[];
  readonly asksKeyring: boolean;
  /** Whether it came with variables, so that whoever started this process had them too. */
  readonly fromVariables: boolean;
};

/** A process that led to this one. `words` is its command line, which every user can read. */
export type Forebear = { readonly pid: number; readonly uid: number; readonly name: string; readonly words: string };

const FIX = 'lay the key into credentials.toml (twokey init), or let systemd hand it over (twokey install --credential)';
/** A value, and not where a shell is to find one. */
const secretWord = /\bOKX_(?:API_KEY|API_SECRET|SECRET_KEY|PASSPHRASE)=(?!["']?[$`])/;
const FOREBEARS_MAX = 64;

/** By which ways an agent's user could read the key, a sentence each with what to do. What cannot be looked at is a way. Linux alone. */
export function openSources(source: KeySource): readonly string[] {
  if (process.platform !== 'linux') return [];
  try {
    return judge(source, readAccounts());
  } catch (error) {
    return [`it could not be looked at who can read the key (${error instanceof Error ? error.message : 'unknown failure'})`];
  }
}

function judge({ home, agents, files, told, asksKeyring, fromVariables }: KeySource, accounts: Accounts): readonly string[] {
  const { uid } = statSync(home);
  const service = accounts.users.find((user) => user.uid === uid)?.name ?? '';
  const users = agents.flatMap((agent) => {
    const group = agentGroup(accounts, { service, agent });
    const names = group === undefined ? [] : namesIn(accounts, group);
    return accounts.users.filter((user) => names.includes(user.name) && user.uid !== uid);
  });
  const bus = process.env['XDG_RUNTIME_DIR'] ?? '';
  const keyringOwner = asksKeyring && bus !== '' ? statSync(bus, { throwIfNoEntry: false })?.uid : undefined;
  return [
    ...users.flatMap((user) => [
      ...files.filter((path) => mayRead(user, path, accounts)).map((path) => readableFile(user, path)),
      ...told.filter((path) => mayRead(user, path, accounts)).map((path) => readableWord(user, path)),
    ]),
    ...users
      .filter((user) => user.uid === keyringOwner)
      .map((user) => `the keyring is that of ${user.name}, an agent's user (XDG_RUNTIME_DIR is ${bus}); ${FIX}`),
    ...(fromVariables ? openVariables(forebearsOf(process.ppid), users) : []),
  ];
}

function readableFile({ name }: User, path: string): string {
  return `${name}, an agent's user, can read ${path}; run chmod 600 ${path}, and give it to the gateway's user`;
}

function readableWord({ name }: User, path: string): string {
  return `${name}, an agent's user, can read ${path}, which credentials_command is told; where the key is in it, run chmod 600 ${path}, and give it to the gateway's user; where it is not, name it in a script of yours that begins with #!, and let that be the command`;
}

/** Which files the words of a command line name: `PATH`, `--file=PATH` or `if=PATH`, from the folder that the program is started in. */
export function filesNamedBy(words: readonly string[], folder: string): readonly string[] {
  return words
    .flatMap((word) => [word, /^[^=]+=(.+)$/.exec(word)?.[1] ?? ''])
    .filter((part) => part !== '')
    .map((part) => resolve(folder, part))
    .filter(isFile);
}

/** What this user cannot look at, a program of his cannot read either; most words are no names of files at all. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** Whether the modes let a user read a file, as the system judges them, where links lead in the end. Programs are there to be read and left out. */
export function mayRead(user: User, named: string, accounts: Accounts): boolean {
  const status = statSync(named, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) return false;
  const path = realpathSync(named);
  if ((status.mode & 0o111) !== 0 && isProgram(path)) return false;
  const isLetThrough = foldersOn(path).every((folder) => mayDo(user, folder, { right: 0o1, accounts }));
  return isLetThrough && mayDo(user, path, { right: 0o4, accounts });
}

/** By how it begins, because where everything may be run, as on some file systems, the mode says nothing. One that cannot be looked at is none. */
function isProgram(path: string): boolean {
  let descriptor;
  try {
    descriptor = openSync(path, 'r');
    const start = Buffer.alloc(4);
    const length = readSync(descriptor, start, 0, start.length, 0);
    const text = start.subarray(0, length).toString('latin1');
    return text.startsWith('#!') || text === '\u007fELF';
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function mayDo(user: User, path: string, { right, accounts }: { readonly right: number; readonly accounts: Accounts }): boolean {
  const { uid, gid, mode } = statSync(path);
  if (user.uid === uid) return (mode & (right << 6)) !== 0;
  const isMember = accounts.groups.some((group) => group.gid === gid && namesIn(accounts, group).includes(user.name));
  return (mode & (isMember ? right << 3 : right)) !== 0;
}

function foldersOn(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersOn(above)];
}

/** How variables of this process can be read: by whoever owns a process that handed them on, and by everybody where they stand in a command line or a unit. */
export function openVariables(forebears: readonly Forebear[], users: readonly User[]): readonly string[] {
  const [parent] = forebears;
  const isUnit = parent?.pid === 1 && parent.name === 'systemd';
  return [
    ...forebears.flatMap(({ pid, uid, words }) => {
      if (secretWord.test(words)) return [`the key stands in the command line of process ${pid}, which every user can read; ${FIX}`];
      const owner = users.find((user) => user.uid === uid);
      if (owner === undefined) return [];
      return [`the key came in a variable from process ${pid} of ${owner.name}, an agent's user, who can read it; ${FIX}`];
    }),
    ...(isUnit ? [`the key stands in a variable of the unit, which every user can read (systemctl show); ${FIX}`] : []),
  ];
}

/** The processes above one, itself first. One that hides its command line hides it from others too. */
export function forebearsOf(first: number): readonly Forebear[] {
  const found: Forebear[] = [];
  for (let pid = first; pid > 0 && found.length < FOREBEARS_MAX;) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const fieldOf = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
    found.push({ pid, uid: Number(fieldOf('Uid')), name: fieldOf('Name'), words: readFileSync(`/proc/${pid}/cmdline`, 'utf8') });
    pid = Number(fieldOf('PPid'));
  }
  return found;
}
