import { type ChildProcess, fork, type SendHandle, type StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';

/** What a child is started with. Nothing is inherited: a flag, a variable or a descriptor that is not named here does not exist for it. */
export type ChildSettings = {
  /** The file that the child runs. */
  readonly entry: string;
  /** Flags of Node itself, such as `--permission`. */
  readonly flags: readonly string[];
  /** Visible to every process of the same user: never a secret. */
  readonly argv: readonly string[];
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  /** `ignore`, a descriptor that the child gets as its own, or a pipe that the parent hands on. */
  readonly standardInput: 'ignore' | 'pipe' | number;
  readonly standardOutput: 'ignore' | 'inherit';
  readonly standardError: 'ignore' | 'inherit';
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** How long a child may take to end by itself before it is killed. */
const GRACE_MILLISECONDS = 2_000;

/**
 * A child of ours. Its life hangs on the channel: it ends itself on `disconnect`, and the system closes the channel when the parent
 * dies in whatever way, so that no child outlives its gateway (DESIGN §2).
 */
export class Child implements AsyncDisposable {
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  #alive = true;

  constructor(settings: ChildSettings) {
    const stdio: StdioOptions = [settings.standardInput, settings.standardOutput, settings.standardError, 'ipc'];
    this.#process = fork(settings.entry, [...settings.argv], {
      execArgv: [...settings.flags],
      env: { ...settings.environment },
      serialization: 'json',
      stdio,
    });
    this.exited = new Promise((resolve) => {
      // A child that could not be started has no exit event, only an error; later errors (a signal that cannot be sent) end nothing.
      this.#process.on('error', () => {
        if (this.#process.pid === undefined) this.#ended({ code: null, signal: null }, resolve);
      });
      this.#process.once('exit', (code, signal) => this.#ended({ code, signal }, resolve));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The writing end of the child's standard input, where it was asked for as a pipe. */
  get standardInput(): Socket | undefined {
    // With `pipe` Node makes a socket pair, whose type its declarations widen to Writable.
    return (this.#process.stdin ?? undefined) as Socket | undefined;
  }

  /** False when the message certainly did not leave. Afterwards `exited` tells whether it was read. */
  send(message: object, onFailure: () => void): boolean {
    if (!this.#alive || !this.#process.connected) return false;
    this.#process.send(message, undefined as SendHandle | undefined, undefined, (error) => {
      if (error !== null) onFailure();
    });
    return true;
  }

  onMessage(listen: (message: unknown) => void): void {
    this.#process.on('message', listen);
  }

  /** Closes the channel, asks with SIGTERM, and kills what is still there after a grace. Settles when the child is gone. */
  async close(): Promise<Exit> {
    if (this.#alive) {
      if (this.#process.connected) this.#process.disconnect();
      this.#process.kill('SIGTERM');
      const killer = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MILLISECONDS);
      await this.exited;
      clearTimeout(killer);
    }
    return this.exited;
  }

  /** Ends the child at once, for one that is no longer trusted. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ended(exit: Exit, resolve: (exit: Exit) => void): void {
    this.#alive = false;
    resolve(exit);
  }
}
