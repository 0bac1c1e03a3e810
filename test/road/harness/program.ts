import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** The top of the checkout. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A process that is killed in place of ending leaves work for the next start: only one that hangs is. */
const GRACE_MILLISECONDS = 30_000;

// Whatever happens to a test, nothing that it started outlives its process.
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export type Start = {
  readonly command: string;
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether somebody answers on its standard input, which is empty otherwise. */
  readonly isAnswered?: boolean;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process that a test started, with all that it printed. */
export class Program implements AsyncDisposable {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #printed = { out: '', error: '' };
  #running = true;

  constructor({ command, argv, environment, isAnswered = false }: Start) {
    this.#child = spawn(command, [...argv], {
      cwd: root,
      env: { ...environment },
      stdio: [isAnswered ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    alive.add(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (piece: string) => (this.#printed.out += piece));
    this.#child.stderr?.setEncoding('utf8').on('data', (piece: string) => (this.#printed.error += piece));
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        alive.delete(this.#child);
        this.#running = false;
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the process could not be started');
    return pid;
  }

  get running(): boolean {
    return this.#running;
  }

  get stdout(): string {
    return this.#printed.out;
  }

  get stderr(): string {
    return this.#printed.error;
  }

  /** The first line on stdout that `pattern` finds; fails with everything that was printed when the process ends before. */
  async line(pattern: RegExp): Promise<string> {
    const printed = (): string | undefined => this.stdout.split('\n').find((line) => pattern.test(line));
    await eventually(`a line ${String(pattern)} is printed`, () => printed() !== undefined || !this.running);
    const found = printed();
    if (found === undefined) throw new Error(`ended before it printed ${String(pattern)}\n${this.stdout}\n${this.stderr}`);
    return found;
  }

  /** Answers with one line. */
  answer(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Kills from outside, as the system does when memory is short: the process cannot do anything about it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Asks the process to end, and waits until it did; one that takes longer than the grace is killed. */
  async stop(graceMilliseconds = GRACE_MILLISECONDS): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), graceMilliseconds);
    const exit = await this.exited;
    clearTimeout(killer);
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.stop();
  }
}

/** The children of a process and theirs, by what the kernel says now. */
export function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const found: number[] = [];
  for (const above = [pid]; above.length > 0;) {
    const next = above.pop();
    for (const [child, parent] of parents) {
      if (parent !== next) continue;
      found.push(child);
      above.push(child);
    }
  }
  return found;
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\t(\d+)$/m.exec(procFile(pid, 'status'))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** A file of a process under /proc; empty when the process is gone. */
export function procFile(pid: number, name: 'status' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Whether a process runs. One that ended and that nobody has buried yet does not. */
export function isAlive(pid: number): boolean {
  const state = /^State:\t(\w)/m.exec(procFile(pid, 'status'))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}
