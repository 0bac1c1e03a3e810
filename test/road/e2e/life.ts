import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Answer } from '../harness/agent.ts';
import { pause } from '../harness/eventually.ts';
import { Program, root } from '../harness/program.ts';
import { freePort } from '../harness/world.ts';
import type { Options } from './options.ts';

export type Document = Readonly<Record<string, unknown>>;
/** What a command printed with `--json`, and how it ended. */
export type Ran = { readonly code: number | null; readonly document: Document; readonly said: string };
export type Ready = { readonly account: string; readonly mode: string };

export const AGENT = 'trader';
export const SPOT = 'BTC-USDT';
export const OTHER_SPOT = 'ETH-USDT';
export const SWAP = 'BTC-USDT-SWAP';

/** Certificates of the host: what a machine behind a company's proxy needs to reach the exchange. */
const kept = ['PATH', 'TZ', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** How long a condition may take on a busy machine and a real exchange. Nothing is measured by it. */
const PATIENCE_MILLISECONDS = 120_000;
const PAUSE_MILLISECONDS = 400;

/** A home in a folder of its own, the gateway on it, and an agent: the same in every environment, reached only as a user reaches them. */
export class Life implements AsyncDisposable {
  readonly options: Options;
  /** Prints a line: what did not go as it mostly does is never kept silent. */
  readonly tell: (line: string) => void;
  readonly home = mkdtempSync(join(tmpdir(), 'tk-e2e-'));
  /** Whether anything may have been placed: only then is there something to clear at the end, and nothing of others is touched before. */
  hasActed = false;
  /** Why the account can trade no contracts, where that is so. */
  withoutContracts: string | undefined;
  /** Ends whatever waits, once somebody has asked the suite to stop. */
  interrupted: AbortSignal | undefined;
  #gateway: Program | undefined;
  #isReadOnly = false;
  #agent: Agent | undefined;
  #names = 0;
  #amounts = 0;

  constructor(options: Options, tell: (line: string) => void, interrupted: AbortSignal) {
    this.options = options;
    this.tell = tell;
    this.interrupted = interrupted;
  }

  /** A name of a wish that was not used before in this life. */
  name(about: string): string {
    this.#names += 1;
    return `${about}-${this.#names}`;
  }

  /** A factor a little above one, and never the same. */
  another(): number {
    this.#amounts += 1;
    return 1 + this.#amounts / 50;
  }

  /** A command of twokey, to its end. */
  async run(...words: readonly string[]): Promise<Ran> {
    return this.runWith({}, ...words);
  }

  /** The same with more variables, which hold a key. */
  async runWith(more: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ran> {
    this.interrupted?.throwIfAborted();
    await using program = this.#start([...words, '--json'], more);
    const { code } = await program.exited;
    const said = `twokey ${words.join(' ')} ended with ${code}: ${program.stdout}${program.stderr}`;
    try {
      return { code, document: JSON.parse(program.stdout) as Document, said };
    } catch {
      throw new Error(`no document: ${said}`);
    }
  }

  /** A tool of the agent as a command. */
  async command(...words: readonly string[]): Promise<Ran & { readonly answer: Answer }> {
    const ran = await this.run(...words, '--agent', AGENT);
    return { ...ran, answer: ran.document };
  }

  /** A tool of the agent over MCP, through the shim. */
  async call(tool: string, given: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    this.interrupted?.throwIfAborted();
    this.#agent ??= await Agent.connect({ home: this.home, name: AGENT, environment: this.#environment });
    return (await this.#agent.call(tool, given)).answer;
  }

  /** The gateway, once it says that it is ready; what it said instead, when it ended. */
  async up(...flags: readonly string[]): Promise<Ready> {
    const gateway = this.#start(['up', '--env', this.options.environment, ...flags, '--json']);
    this.#gateway = gateway;
    this.#isReadOnly = flags.includes('--read-only');
    try {
      return JSON.parse(await gateway.line(/^\{"ready":true/)) as Ready;
    } catch (error) {
      await this.down();
      throw new Error(`the gateway did not start: ${gateway.stderr}`, { cause: error });
    }
  }

  /** Ends the gateway, and with it what speaks to it. */
  async down(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
    await this.#gateway?.[Symbol.asyncDispose]();
    this.#gateway = undefined;
  }

  /** A gateway that may act, whatever became of the last one. */
  async upToAct(): Promise<void> {
    if (this.#gateway?.running === true && !this.#isReadOnly) return;
    await this.down();
    await this.up();
  }

  /** Asks until the answer is neither `undefined` nor `false`; `what` is the sentence that failed to come true. */
  async until<Found>(what: string, look: () => Promise<Found>): Promise<Exclude<Found, undefined | false>> {
    const end = performance.now() + PATIENCE_MILLISECONDS;
    let last: unknown;
    while (performance.now() < end) {
      this.interrupted?.throwIfAborted();
      // One question follows the other.
      // oxlint-disable-next-line no-await-in-loop
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
      last = found;
      // oxlint-disable-next-line no-await-in-loop
      await pause(PAUSE_MILLISECONDS);
    }
    throw new Error(`did not come true: ${what} (${String(last)})`);
  }

  /** A file of the home, changed as with an editor. */
  edit(name: string, change: (text: string) => string): void {
    const path = join(this.home, name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  /** Addresses that nobody else uses: those of the file are everybody's, and another suite may run on this machine. */
  async useFreePorts(): Promise<void> {
    const [exchange, http] = [await freePort(), await freePort()];
    this.edit('twokey.toml', (text) => `${text}\n[sim]\nlisten = "127.0.0.1:${exchange}"\n[http]\nlisten = "127.0.0.1:${http}"\n`);
  }

  /** Everything that was written, without the key. */
  keep(): string {
    rmSync(join(this.home, 'credentials.toml'), { force: true });
    return this.home;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  #start(argv: readonly string[], more: Readonly<Record<string, string>> = {}): Program {
    const environment = { ...this.#environment, ...more };
    return new Program({ command: join(root, 'twokey'), argv: [...argv, '--home', this.home], environment });
  }

  /** No key of whoever runs the suite is in it, nor the way to the profiles of his home. */
  get #environment(): Readonly<Record<string, string>> {
    const known = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
    return { ...Object.fromEntries(known), HOME: this.home };
  }
}
