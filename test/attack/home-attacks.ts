import { chmodSync, chownSync, mkdirSync, mkdtempDisposableSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Doors from '../../src/adapters/doors/doors.ts';
import type * as Home from '../../src/adapters/home/home.ts';
import type * as RunLock from '../../src/adapters/lock/run-lock.ts';
import type * as OperatorSocket from '../../src/adapters/operator/server.ts';
import type * as CleanEnvironment from '../../src/adapters/process/clean-environment.ts';
import type * as Embedded from '../../src/adapters/sim/embedded.ts';
import type * as Limits from '../../src/main/operator/home.ts';
import type * as Files from '../../src/vault/files.ts';
import type { Result } from '../../src/core/lang/result.ts';
import type { Attack, Target, Verdict } from './attack.ts';
import { load } from './load.ts';

// What is laid in a gateway's way before it starts: homes, files, links and listeners of others. Each is the very function that a start asks, on real files.

const OTHER_USER = 'another user of the same machine';
const NOBODY = 65534;
const HOME = 'src/adapters/home/home.ts';
const FILES = 'src/vault/files.ts';
const CLEAN = 'src/adapters/process/clean-environment.ts';

type HomeAttack = Pick<Attack, 'name' | 'asset' | 'control' | 'plant'> &
  Partial<Pick<Attack, 'adversary' | 'missing'>> & {
    /** What the attacker has prepared in a folder, and what a start says to it: what is taken is an attack that worked. */
    readonly start: (folder: string, target: Target) => Promise<Result<unknown>>;
  };

function atStart({ start, adversary = OTHER_USER, ...attack }: HomeAttack): Attack {
  return {
    ...attack,
    adversary,
    modes: 'one user',
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'tk-'));
      const came = await start(folder.path, target);
      return { succeeded: came.ok, saw: came.ok ? 'it is taken as it is' : String(came.error) };
    },
  };
}

/** A file with these rights, whatever the mask of this process says. */
function file(path: string, text: string, mode: number): string {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

export const homeAttacks: readonly Attack[] = [
  {
    name: 'makes HALT a link to nowhere, so that a halt is not seen',
    adversary: OTHER_USER,
    asset: 'the way out',
    control: 'a HALT counts whatever it is, and is looked at without following it',
    modes: 'one user',
    plant: {
      file: HOME,
      from: "return lstatSync(join(home, 'HALT'), { throwIfNoEntry: false }) !== undefined;",
      to: "return statSync(join(home, 'HALT'), { throwIfNoEntry: false }) !== undefined;",
    },
    isQuick: true,
    isInProcess: true,
    attempt: async (target): Promise<Verdict> => {
      const { haltFileExists } = await load<typeof Home>(target, HOME);
      using folder = mkdtempDisposableSync(join(tmpdir(), 'tk-'));
      symlinkSync('/nowhere/at/all', join(folder.path, 'HALT'));
      const isSeen = haltFileExists(folder.path);
      return { succeeded: !isSeen, saw: isSeen ? 'it counts as a halt' : 'it counts as none' };
    },
  },
  atStart({
    name: 'has a gateway start on a home that belongs to somebody else',
    asset: 'the limits and the mode',
    control: 'a home of another user is refused',
    plant: { file: HOME, from: 'uid !== process.getuid())', to: 'uid < 0)' },
    missing: () => (process.getuid?.() === 0 ? '' : 'a folder can only be given to another user by root'),
    start: async (folder, target) => {
      chownSync(folder, NOBODY, NOBODY);
      return (await load<typeof Home>(target, HOME)).openHome(folder);
    },
  }),
  atStart({
    name: 'has a gateway start on a home in which others can lay files',
    asset: 'the limits and the mode',
    control: 'a home that others can write is refused with the chmod',
    plant: { file: HOME, from: 'if ((mode & 0o022) !== 0)', to: 'if ((mode & 0) !== 0)' },
    start: async (folder, target) => {
      chmodSync(folder, 0o777);
      return (await load<typeof Home>(target, HOME)).openHome(folder);
    },
  }),
  atStart({
    name: 'reads journal and sockets through folders that were left open',
    asset: 'the record',
    control: '`state` is 0700, `run` lets nobody list it',
    plant: { file: HOME, from: 'if ((mode & closed) !== 0)', to: 'if ((mode & 0) !== 0)' },
    start: async (folder, target) => {
      mkdirSync(join(folder, 'state'));
      chmodSync(join(folder, 'state'), 0o755);
      return (await load<typeof Home>(target, HOME)).openHome(folder);
    },
  }),
  atStart({
    name: 'reads a key file that was left open to all',
    asset: 'the exchange keys',
    control: 'a key file that others can read is refused with the chmod',
    plant: { file: FILES, from: '(mode & 0o077) === 0', to: '(mode & 0) === 0' },
    start: async (folder, target) =>
      (await load<typeof Files>(target, FILES)).readPrivateFile(file(join(folder, 'credentials.toml'), 'secret', 0o644)),
  }),
  atStart({
    name: 'lays a link in the place of the key file, to keys of its own',
    asset: 'the account’s money',
    control: 'a key file is opened without following a link',
    plant: { file: FILES, from: 'constants.O_RDONLY | constants.O_NOFOLLOW', to: 'constants.O_RDONLY' },
    start: async (folder, target) => {
      symlinkSync(file(join(folder, 'of-another.toml'), 'secret', 0o600), join(folder, 'credentials.toml'));
      return (await load<typeof Files>(target, FILES)).readPrivateFile(join(folder, 'credentials.toml'));
    },
  }),
  atStart({
    name: 'reads a file of one secret, named by a variable, that was left open to all',
    asset: 'the exchange keys',
    control: 'a key file that others can read is refused with the chmod',
    plant: { file: CLEAN, from: 'if ((mode & 0o077) !== 0)', to: 'if ((mode & 0) !== 0)' },
    start: async (folder, target) =>
      (await load<typeof CleanEnvironment>(target, CLEAN)).secretFields({
        OKX_API_SECRET_FILE: file(join(folder, 'secret'), 'secret', 0o644),
      }),
  }),
  atStart({
    name: 'writes limits of its own into a twokey.toml that was left open to all',
    asset: 'the limits and the mode',
    control: 'a twokey.toml that others can write is refused with the chmod',
    plant: { file: 'src/main/operator/home.ts', from: 'return foreign || (', to: 'return foreign && (' },
    start: async (folder, target) => {
      chmodSync(folder, 0o711);
      file(join(folder, 'twokey.toml'), '[policy]\nmax_order_size = 1000000\n', 0o666);
      return (await load<typeof Limits>(target, 'src/main/operator/home.ts')).readLimitsFile(folder);
    },
  }),
  atStart({
    name: 'listens where the embedded exchange would, and is given the orders',
    asset: 'the account’s money',
    control: '`up` trades on the simulator only when it proves whose it is',
    plant: {
      file: 'src/adapters/sim/embedded.ts',
      from: "return given !== undefined && timingSafeEqual(Buffer.from(given, 'hex'), expected);",
      to: 'return given !== undefined && expected.length > 0;',
    },
    start: async (folder, target) => {
      mkdirSync(join(folder, 'run'));
      writeFileSync(join(folder, 'run', 'sim.nonce'), Buffer.alloc(32, 7));
      await using stranger = createServer(({ url = '' }, response) => response.end(url));
      await new Promise<void>((resolve) => void stranger.listen(0, '127.0.0.1', () => resolve()));
      const { port } = stranger.address() as AddressInfo;
      const { useSimulator } = await load<typeof Embedded>(target, 'src/adapters/sim/embedded.ts');
      return await useSimulator({ home: folder, host: '127.0.0.1', port, seed: 1, rateLimits: 'lenient' });
    },
  }),
  atStart({
    name: 'has the home among the programs, where packages of the doors may read',
    adversary: 'a poisoned npm package',
    asset: 'the exchange keys',
    control: 'a home among the programs of twokey is refused',
    plant: { file: 'src/adapters/doors/doors.ts', from: 'return inside ? err(', to: 'return !home ? err(' },
    start: async (folder, target) => {
      const home = join(folder, 'src', 'home');
      mkdirSync(home, { recursive: true });
      return (await load<typeof Doors>(target, 'src/adapters/doors/doors.ts')).checkHomeIsElsewhere({ installFolder: folder, home });
    },
  }),
  atStart({
    name: 'starts a second gateway on the same home',
    adversary: 'a process of the same user that is no shell of an agent',
    asset: 'the account’s money',
    control: 'one lock of the kernel’s for each home',
    plant: {
      file: 'src/adapters/lock/run-lock.ts',
      from: "database.exec('BEGIN EXCLUSIVE');",
      to: "database.exec('BEGIN');",
    },
    start: async (folder, target) => {
      const { acquireRunLock } = await load<typeof RunLock>(target, 'src/adapters/lock/run-lock.ts');
      const path = join(folder, 'run', 'lock.db');
      using first = held(acquireRunLock(path, 1000));
      const second = acquireRunLock(path, 2000);
      if (second.ok) second.value.release();
      first.release();
      return second;
    },
  }),
  {
    name: 'resumes by the operator’s socket without its token',
    adversary: 'a process of the same user that is no shell of an agent',
    asset: 'the limits and the mode',
    control: 'the operator’s socket wants the token for all but stopping',
    modes: 'one user',
    plant: {
      file: 'src/adapters/operator/server.ts',
      from: 'if (needsToken(request) && !sameToken(',
      to: "if (needsToken(request) && token === '' && !sameToken(",
    },
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'tk-'));
      const path = join(folder.path, 'operator.sock');
      await using _server = await operatorSocket(target, path);
      const answer = await said(path, '{"id":1,"verb":"resume","arguments":{"reason":"because"}}\n');
      return { succeeded: answer.includes('"ok":true'), saw: answer };
    },
  },
  {
    name: 'connects to the operator’s socket in the moment after it is made',
    adversary: OTHER_USER,
    asset: 'the way out',
    control: 'sockets and secrets are 0600 from the moment they exist',
    modes: 'one user',
    plant: { file: 'src/adapters/operator/server.ts', from: 'process.umask(0o177)', to: 'process.umask(0)' },
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'tk-'));
      const path = join(folder.path, 'operator.sock');
      await using _server = await operatorSocket(target, path);
      const mode = statSync(path).mode & 0o777;
      return { succeeded: (mode & 0o077) !== 0, saw: `its mode is 0${mode.toString(8)}` };
    },
  },
];

function held(lock: ReturnType<typeof RunLock.acquireRunLock>): RunLock.RunLock {
  if (!lock.ok) throw new Error(lock.error);
  return lock.value;
}

async function operatorSocket(target: Target, path: string): Promise<AsyncDisposable> {
  const { startOperatorSocket } = await load<typeof OperatorSocket>(target, 'src/adapters/operator/server.ts');
  const started = await startOperatorSocket({ path, token: 'a'.repeat(64), handle: () => Promise.resolve({ ok: true, value: null }) });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

/** What a socket answers to these bytes. */
function said(path: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(bytes));
    socket.once('error', reject);
    socket.once('data', (answer: Buffer) => {
      socket.destroy();
      resolve(String(answer).trim());
    });
  });
}
