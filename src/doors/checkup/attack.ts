import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

// What an agent with a shell could do (reference/mcp.md §7.1), really tried, and so that nothing comes to harm where it works: files are opened and not
// changed, signals are number 0, and what is made has a name of its own and is removed.

/** `absent`: what it goes for is not there, so that nothing was tried. */
export type Came = { readonly kind: 'refused' | 'worked' | 'absent'; readonly how: string };

const refusals = ['EACCES', 'EPERM', 'EROFS'];
const absences = ['ENOENT', 'ESRCH', 'ECONNREFUSED', 'ENOTDIR'];
const CONNECT_MILLISECONDS_MAX = 2000;

export function opening(path: string): Came {
  return tried(() => {
    const descriptor = openSync(path, 'r');
    try {
      readSync(descriptor, Buffer.alloc(1), 0, 1, 0);
    } finally {
      closeSync(descriptor);
    }
    return `${path} was read`;
  });
}

export function writing(path: string): Came {
  return tried(() => {
    closeSync(openSync(path, constants.O_RDWR));
    return `${path} could be written`;
  });
}

/** Whoever may make a file in a folder may also remove and replace those that are there. */
export function making(folder: string): Came {
  return tried(() => {
    const path = join(folder, `.twokey-try-${randomBytes(6).toString('hex')}`);
    closeSync(openSync(path, 'wx', 0o600));
    unlinkSync(path);
    return `a file could be made and removed in ${folder}`;
  });
}

/** The right to read the memory is asked by opening it: not a byte of it is read. */
export function memory(pid: number): Came {
  return tried(() => {
    closeSync(openSync(`/proc/${pid}/mem`, 'r'));
    return `the memory of process ${pid} was opened`;
  });
}

/** Number 0 reaches nobody and needs the same right as SIGKILL, and as the SIGUSR1 that opens a debugger. */
export function signalling(pid: number): Came {
  return tried(() => {
    process.kill(pid, 0);
    return `process ${pid} could be ended, stopped, or told to open its debugger`;
  });
}

export async function connecting(path: string): Promise<Came> {
  const socket = connect(path);
  const code = await new Promise<string>((resolve) => {
    socket.setTimeout(CONNECT_MILLISECONDS_MAX, () => resolve('ETIMEDOUT'));
    socket.once('connect', () => resolve(''));
    socket.once('error', (error) => resolve(codeOf(error)));
  });
  socket.destroy();
  return code === '' ? { kind: 'worked', how: `${path} let it in` } : failure(code);
}

/** What of these files and folders, of all that is on the way to them, and of all below the last, the user who runs this may change. */
export function changing(paths: readonly string[], trees: readonly string[]): Came {
  const all = new Set<string>();
  for (const path of [...paths, ...trees]) for (let at = path; !all.has(at); at = dirname(at)) all.add(at);
  for (const tree of trees)
    for (const item of readdirSync(tree, { recursive: true, withFileTypes: true })) all.add(join(item.parentPath, item.name));
  const open = [...all].filter((path) => mayWrite(path));
  if (open.length === 0) return { kind: 'refused', how: `none of ${all.size} files and folders` };
  return { kind: 'worked', how: `could be changed: ${open.slice(0, PATHS_SHOWN_MAX).join(', ')}` };
}

const PATHS_SHOWN_MAX = 3;

/** Without a password, which is what an agent has. */
export function becomingRoot(): Came {
  const { status, error } = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  if (status === 0) return { kind: 'worked', how: 'sudo asked for no password' };
  if (mayWrite('/var/run/docker.sock')) return { kind: 'worked', how: 'Docker’s socket is open, and whoever may start containers is root' };
  return { kind: 'refused', how: error === undefined ? 'sudo wants a password or refuses' : 'there is no sudo' };
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function tried(act: () => string): Came {
  try {
    return { kind: 'worked', how: act() };
  } catch (error) {
    return failure(codeOf(error));
  }
}

function failure(code: string): Came {
  if (refusals.includes(code)) return { kind: 'refused', how: code };
  return { kind: absences.includes(code) ? 'absent' : 'worked', how: code };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
}
