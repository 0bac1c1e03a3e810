import { type ChildProcess, spawn } from 'node:child_process';
import type { Told } from '../../ports/notifier.ts';
import { codeOf } from './webhook.ts';

/** How long a command may run; then it and everything that it started in its group is killed. */
export const COMMAND_MILLISECONDS = 5000;

export type Run = {
  /** The whole path of the program, then its arguments, as they stand in the file. */
  readonly command: readonly string[];
  /** What it reads on its standard input: one line of JSON. */
  readonly input: string;
  readonly timeoutMilliseconds?: number;
};

/** All that a command sees of the environment: nothing of the gateway's, so that nothing of it can leak. */
const environment: Readonly<Record<string, string>> = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/**
 * Runs one program in a process group of its own, without a shell. It has until the time is over to end with 0. What it prints is not read, so that
 * no amount of it matters; no text of an alert is ever an argument.
 */
export function runCommand({ command: [program = '', ...argv], input, timeoutMilliseconds = COMMAND_MILLISECONDS }: Run): Promise<Told> {
  return new Promise((resolve) => {
    let child: ChildProcess | null = null;
    const timer = setTimeout(() => {
      endGroup(child?.pid);
      settle({ kind: 'failed', cause: `killed: it had not ended within ${timeoutMilliseconds} ms` });
    }, timeoutMilliseconds);
    const settle = (told: Told): void => {
      clearTimeout(timer);
      resolve(told);
    };
    try {
      child = spawn(program, argv, {
        shell: false,
        detached: true,
        cwd: '/',
        env: { ...environment },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.on('error', (error) => settle({ kind: 'failed', cause: codeOf(error) }));
      child.on('exit', (code, signal) =>
        settle(code === 0 ? { kind: 'told' } : { kind: 'failed', cause: signal === null ? `ended with ${code}` : `ended by ${signal}` }),
      );
      // A program that reads nothing and ends with 0 has been told all the same. Without descriptors left there is no input, and an error comes.
      child.stdin?.on('error', () => {});
      child.stdin?.end(`${input}\n`);
    } catch (error) {
      // Some of what keeps a program from starting is thrown, such as want of memory. It must not end the gateway.
      settle({ kind: 'failed', cause: error instanceof Error ? codeOf(error) : 'not started' });
    }
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
