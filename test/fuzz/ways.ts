import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { FromDoors } from '../../src/core/channel.ts';
import { parseFromDoors } from '../../src/core/parse-channel.ts';
import { startPageAsking } from '../../src/doors/http/page/asking.ts';
import { startAsking } from '../../src/doors/mcp/asking.ts';
import { Ways } from '../../src/doors/ways.ts';
import { answerOperator } from '../../src/main/answering.ts';
import { Page } from '../../src/main/page/page.ts';
import { createTrying } from '../../src/main/proving.ts';
import { holds } from './door.ts';
import { FuzzedGateway } from './gateway.ts';
import { type Heard, say, type Wire } from './line.ts';

export const tokens = { default: `twokey_${'1'.repeat(43)}`, honest: `twokey_${'2'.repeat(43)}` } as const;
const SILENCE_MILLISECONDS = 60;
const PATIENCE_MILLISECONDS = 30_000;
/** Connections and pace are bounded by the real clock; who waits is not what is tried here. */
const THROWN_MAX = 150;

/** The real doors in this process, by their sockets and over HTTP, with the gateway behind them: what crosses is written and parsed as it is over the pipe. */
export class FuzzedWays {
  readonly gateway: FuzzedGateway;
  readonly page: Page;
  readonly folder: string;
  port = 0;
  #open = 0;
  #thrown = 0;
  /** What the doors said that no working doors say. */
  #surprise = '';

  private constructor(gateway: FuzzedGateway, folder: string) {
    this.gateway = gateway;
    this.folder = folder;
    const { engine } = gateway.world;
    let drawn = 0;
    this.page = new Page({
      engine,
      isLive: () => false,
      passkeyOrigins: ['http://localhost:7390'],
      enrolled: true,
      operate: (request) =>
        request.verb === 'promote'
          ? Promise.resolve({ ok: false, error: { code: 'NOT_ALLOWED', message: 'not here' } })
          : answerOperator(gateway.desk, request),
      tried: createTrying(engine),
      prove: () => Promise.resolve({ kind: 'refused', cause: 'nobody is known' }),
      provePasskey: () => Promise.resolve({ kind: 'refused', cause: 'no passkey' }),
      newest: (count) => gateway.world.store.read(Math.max(1, engine.state.seq - count + 1), count),
      // Another each time, and the same in every run.
      draw: (bytes) => {
        drawn += 1;
        return Uint8Array.from({ length: bytes }, (_, index) => (drawn * 31 + index) % 256);
      },
    });
  }

  static async open(): Promise<FuzzedWays> {
    const gateway = await FuzzedGateway.open();
    const ways = new FuzzedWays(gateway, mkdtempSync(join(tmpdir(), 'tk-f-')));
    const asking = startAsking({ incarnation: 1, send: (message) => ways.#pass(message) });
    const pageAsking = startPageAsking({ incarnation: 1, send: (message) => ways.#pass(message) });
    ways.#answered = asking.answered;
    ways.#pageAnswered = pageAsking.answered;
    const agents = Object.entries(tokens).map(([name, token]) => ({ name, tokenHash: createHash('sha256').update(token).digest('hex') }));
    const http = { host: '127.0.0.1', port: 0, hosts: [], origins: [] };
    const open = await Ways.open({
      socketsFolder: ways.folder,
      agents,
      http,
      version: '0',
      ask: asking.ask,
      askPage: pageAsking.ask,
    });
    ways.port = open.httpPort ?? 0;
    ways.#close = async () => {
      await open.setAgents([]);
    };
    return ways;
  }

  #answered: ReturnType<typeof startAsking>['answered'] = () => {};
  #pageAnswered: ReturnType<typeof startPageAsking>['answered'] = () => {};
  #close: () => Promise<void> = () => Promise.resolve();

  get isFresh(): boolean {
    return this.gateway.isFresh && this.#thrown < THROWN_MAX;
  }

  get socketPath(): string {
    return join(this.folder, 'agent-default.sock');
  }

  /** What is odd may wait for more, and is given up soon. */
  say(to: { readonly path: string } | { readonly port: number }, wire: Wire): Promise<Heard> {
    return this.#say(to, wire, SILENCE_MILLISECONDS);
  }

  /** What is honest is answered, however slow this machine is. */
  ask(to: { readonly path: string } | { readonly port: number }, bytes: Buffer): Promise<Heard> {
    return this.#say(to, { bytes, cuts: [], ends: true }, PATIENCE_MILLISECONDS);
  }

  #say(to: { readonly path: string } | { readonly port: number }, wire: Wire, silenceMilliseconds: number): Promise<Heard> {
    this.#thrown += 1;
    const address = 'path' in to ? to : { ...to, host: '127.0.0.1' };
    return say(address, wire, { silenceMilliseconds, meanwhile: () => this.#meanwhile() });
  }

  /** What was not answered yet is: nothing is left over for the next input. */
  async judge(): Promise<void> {
    for (let count = 0; this.#open > 0 && count < 20_000; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await this.gateway.world.pass(5);
    }
    holds(this.#open === 0, 'a call was never answered');
    holds(this.#surprise === '', `the doors would have been restarted: ${this.#surprise}`);
    this.gateway.judge();
  }

  async close(): Promise<void> {
    await this.#close();
    this.gateway.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Time of the gateway passes only while somebody waits for it. */
  async #meanwhile(): Promise<void> {
    if (this.#open > 0) await this.gateway.world.pass(5);
    await turn();
  }

  #pass(message: FromDoors): void {
    const read = parseFromDoors(JSON.parse(JSON.stringify(message)));
    if (!read.ok) {
      this.#surprise = read.error;
      return;
    }
    const { value } = read;
    if (value.kind === 'ready') return;
    this.#open += 1;
    const done = (): void => void (this.#open -= 1);
    if (value.kind === 'call') {
      void this.gateway
        .answer(value)
        .then(({ failed, answer }) => this.#answered({ call: value.call, failed, answer }))
        .finally(done);
      return;
    }
    void this.page
      .answer(value)
      .then((answer) => this.#pageAnswered({ kind: 'page_answer', incarnation: 1, call: value.call, ...answer }))
      .finally(done);
  }
}

/** Doors that are replaced once there is nothing more to learn from them. */
export class AllWays {
  #ways: FuzzedWays | null = null;

  async fresh(begin: (ways: FuzzedWays) => Promise<void> = () => Promise.resolve()): Promise<FuzzedWays> {
    if (this.#ways?.isFresh === true) return this.#ways;
    await this.close();
    this.#ways = await FuzzedWays.open();
    await begin(this.#ways);
    return this.#ways;
  }

  async close(): Promise<void> {
    await this.#ways?.close();
    this.#ways = null;
  }
}
