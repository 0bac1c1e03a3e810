import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { KeyProgram } from './sources.ts';

/** A keyring may ask a person for its password, and a program may wait for a device. */
export const FETCH_MILLISECONDS_MAX = 50_000;

type Fetching = {
  readonly signal: AbortSignal;
  /** Where the program is started: its relative words do not depend on where somebody else was. */
  readonly folder: string;
  readonly millisecondsMax?: number;
};

/**
 * Has a program write the key into the standard input of another process; its output never passes through this one, and what it says on standard
 * error goes nowhere. It is ended when it takes too long or nobody waits for it any more. @returns what went wrong, or `null`.
 */
export function fetchInto(
  into: Socket,
  { kind, argv, fix }: KeyProgram,
  { signal, folder, millisecondsMax = FETCH_MILLISECONDS_MAX }: Fetching,
): Promise<string | null> {
  const [file = '', ...args] = argv;
  const name = kind === 'keyring' ? `the keyring (${file}, credentials_keyring of twokey.toml)` : 'credentials_command of twokey.toml';
  return new Promise((resolve) => {
    const fetching = started(file, args, { into, folder });
    if (fetching === null) {
      into.destroy();
      resolve(`${name} cannot be started; ${fix}`);
      return;
    }
    let cause: string | null = null;
    const end = (why: string | null): void => {
      cause = why;
      fetching.kill('SIGKILL');
    };
    const patience = setTimeout(
      () => end(`${name} did not answer within ${millisecondsMax / 1000} s and may wait for a person; ${fix}`),
      millisecondsMax,
    );
    const stop = (): void => end(null);
    signal.addEventListener('abort', stop, { once: true });
    const settle = (why: string | null): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', stop);
      resolve(why);
    };
    fetching.once('error', () => settle(`${name} cannot be started; ${fix}`));
    fetching.once('exit', (code, by) => {
      // Whoever reads says why it reads no further.
      if (code === 0 || by === 'SIGPIPE') settle(null);
      else settle(by === 'SIGKILL' ? cause : `${name} gave no key (${by ?? `exit code ${code ?? 'none'}`}); ${fix}`);
    });
    // Ours is one of two writing ends: the other process reads to the end only when both are closed.
    into.destroy();
  });
}

/** What the system refuses at once is thrown, such as a program that is being written; `null` then. */
function started(
  file: string,
  args: readonly string[],
  { into, folder }: { readonly into: Socket; readonly folder: string },
): ChildProcess | null {
  try {
    return spawn(file, args, { cwd: folder, stdio: ['ignore', into, 'ignore'] });
  } catch {
    return null;
  }
}
