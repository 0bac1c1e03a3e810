import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
};

const GRACE_MILLISECONDS = 5000;
/** A gateway over a million entries is the slowest to say something. */
const LINE_MILLISECONDS_MAX = 180_000;

/** Whoever ends the bench before its end must not leave a gateway behind. */
const alive = new Set<{ readonly kill: (signal: NodeJS.Signals) => boolean }>();
process.on('exit', () => alive.forEach((child) => child.kill('SIGTERM')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** A process that the bench started and that the bench ends. What it says on standard error goes to ours. */
export class Running implements AsyncDisposable {
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #listener: (line: string) => void = () => {};

  constructor({ file, args, environment }: Command) {
    this.#child = spawn(file, [...args], { env: { ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
    alive.add(this.#child);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        alive.delete(this.#child);
        resolve(code);
      });
      this.#child.once('error', () => resolve(null));
    });
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#listener(line));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  onLine(listener: (line: string) => void): void {
    this.#listener = listener;
  }

  /** The next line on standard output; an error when the process ends first. */
  line(): Promise<string> {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(
        () => reject(new Error(`${this.#child.spawnfile} said nothing for ${LINE_MILLISECONDS_MAX} ms`)),
        LINE_MILLISECONDS_MAX,
      );
      this.onLine((line) => {
        clearTimeout(patience);
        resolve(line);
      });
      void this.exited.then((code) => {
        clearTimeout(patience);
        reject(new Error(`${this.#child.spawnfile} ended with ${String(code)} before it said anything`));
      });
    });
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Resident memory in megabytes of 1,000,000 bytes, as the system counts it. */
  residentMegabytes(): number {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return (Number(kibibytes) * 1024) / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MILLISECONDS);
    await this.exited;
    clearTimeout(killer);
  }
}

/** Runs a command to its end and says how long that took, starting it included. */
export async function timed(command: Command): Promise<{ readonly elapsed: number; readonly code: number | null }> {
  const startedAt = performance.now();
  const running = new Running(command);
  const code = await running.exited;
  return { elapsed: performance.now() - startedAt, code };
}

export function pause(millisecondsToWait: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millisecondsToWait));
}
