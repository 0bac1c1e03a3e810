import { setImmediate as turn } from 'node:timers/promises';
import type { ClientIdentity } from '../../src/core/channel.ts';
import type { Json } from '../../src/core/lang/canonical.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import { channelForm } from '../../src/core/order/channel-form.ts';
import { parseIntent, parsePrincipal } from '../../src/core/order/parse-intent.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { createMemoryShelf, type MemoryShelf, openMemorySnapshots } from '../../src/adapters/store/memory-snapshots.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from '../../src/adapters/store/memory.ts';
import { Engine, type Wiring } from '../../src/engine/engine.ts';
import { unpaced } from '../../src/engine/pace.ts';
import type { Outcome } from '../../src/engine/waiting.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Feed } from '../../src/ports/feed.ts';
import type { Exchange as ExchangePort, Sent, SignedRequest } from '../../src/ports/exchange.ts';
import type { Signer } from '../../src/ports/signer.ts';
import type { CheckpointSigned, SnapshotStore } from '../../src/ports/snapshots.ts';
import type { JournalStore } from '../../src/ports/store.ts';
import type { Exchange } from '../../src/sim/exchange.ts';
import { Secret } from '../../src/vault/secret.ts';
import { type Answer, Signatory } from '../../src/vault/sign.ts';
import { StageGate } from '../../src/vault/stage-gate.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { publicHeaders } from '../../src/venues/okx/sign.ts';
import { createFeed } from '../../src/adapters/exchange/feed.ts';
import { SimSockets } from './feed-world.ts';
import type { Row as LedgerRow } from './sim-trader.ts';
import { openExchange, START } from './sim-trader.ts';

type Alarm = { readonly at: number; readonly ring: () => void };

/** Limits of `[policy]` that let whole positions be opened and closed, and prices move. */
export const wideLimits = `max_order_size = 900000
max_position_size = 2000000
max_total_exposure = 2000000
max_leverage = 100
max_price_move = "40%"
max_daily_loss = 50000
max_drawdown = 50000
max_book_share = "100%"
max_account_equity = 10000000`;

const client: ClientIdentity = { name: 'test', version: '1', toolsHash: '' };

/**
 * The real engine, the real core, the vault's own signing and the simulated exchange in one process, on a clock that the test moves.
 * Nothing of the money path is replaced but sockets, disk and time.
 */
export class EngineWorld {
  readonly exchange: Exchange;
  readonly disk: MemoryDisk = createMemoryDisk();
  /** How far the host's wall clock is behind the exchange's. */
  exchangeAheadMilliseconds = 0;
  /** Answers a request in the exchange's place, or undefined. `executed` lets the exchange have it first. */
  intercept: (request: SignedRequest, reach: () => Sent) => Sent | Promise<Sent> | undefined = () => undefined;
  /** Stands in for the vault's answer, or undefined. */
  vaultIsDead = false;
  /** Whether the vault signs questions alone; read when the engine is opened. */
  vaultReadsOnly = false;
  haltFile = false;
  haltFileSays: ReturnType<Wiring['haltFileSays']> = { by: 'operator', reason: '' };
  fatal = '';
  /** Whether that was an assertion of our own. */
  foundBug = false;
  readonly sent: SignedRequest[] = [];
  store: JournalStore = openMemoryJournal(this.disk);
  readonly shelf: MemoryShelf = createMemoryShelf();
  snapshots: SnapshotStore = openMemorySnapshots(this.shelf);
  checkpointEntries = 10_000;
  #elapsed = 0;
  #wallJump = 0;
  #alarms: Alarm[] = [];
  #engine: Engine | undefined;
  #calls = 0;
  readonly #policy: string;
  readonly sockets: SimSockets;
  /** Whether the exchange's pushes are heard; read when the engine is opened. */
  isFed = false;

  constructor(policy = '', exchange = openExchange()) {
    this.exchange = exchange;
    this.sockets = new SimSockets(exchange, () => this.exchangeNow);
    this.#policy = policy.includes('[alerts]')
      ? policy
      : `${policy}\n[alerts]\nnormal_order_size = 1000000\ntrades_per_window = { count = 999 }\n`;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('not opened');
    return this.#engine;
  }

  get clock(): Clock {
    return {
      now: () => START + this.#elapsed + this.#wallJump,
      monotonic: () => this.#elapsed,
      turn: (act) => void setImmediate(act),
      alarm: (delay, ring) => {
        const alarm: Alarm = { at: this.#elapsed + delay, ring };
        this.#alarms.push(alarm);
        return {
          cancel: () => {
            this.#alarms = this.#alarms.filter((other) => other !== alarm);
          },
        };
      },
    };
  }

  get exchangeNow(): number {
    return START + this.#elapsed + this.exchangeAheadMilliseconds;
  }

  /** Somebody sets the host's clock. */
  jump(milliseconds: number): void {
    this.#wallJump += milliseconds;
  }

  /** The process is held up: time passes, and nothing of it happens. */
  stall(milliseconds: number): void {
    this.#elapsed += milliseconds;
  }

  get alarms(): number {
    return this.#alarms.length;
  }

  reach(request: SignedRequest): Sent {
    const { reaction } = this.exchange.handle({
      request: {
        method: request.method,
        url: request.path,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: Buffer.from(request.body),
        remoteAddress: '127.0.0.1',
      },
      at: this.exchangeNow,
    });
    return reaction.kind === 'answer'
      ? { kind: 'answered', status: reaction.status, body: reaction.body }
      : { kind: 'unknown', cause: 'no answer' };
  }

  /** Asks the desk of the simulated exchange. */
  desk(method: 'GET' | 'POST', path: string, body: unknown = {}): unknown {
    const sent = this.reach({
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: method === 'GET' ? '' : JSON.stringify(body),
    });
    return sent.kind === 'answered' ? JSON.parse(sent.body) : sent;
  }

  ledger(): { readonly orders: readonly LedgerRow[]; readonly fills: readonly LedgerRow[] } {
    return this.desk('GET', '/sim/ledger') as { readonly orders: readonly LedgerRow[]; readonly fills: readonly LedgerRow[] };
  }

  async open(changes: Partial<Wiring> = {}): Promise<Engine> {
    const configuration = parseConfiguration(this.#policy);
    if (!configuration.ok) throw new Error(JSON.stringify(configuration.error));
    const signatory = new Signatory({
      credentials: { apiKey: new Secret('sim-key'), secretKey: new Secret('sim-secret'), passphrase: new Secret('sim-pass') },
      ceiling: {
        kind: 'derived',
        instruments: new Set(configuration.value.policy.instruments),
        maxOrderUsd: decimal('1000000'),
        maxExitUsd: decimal('1000000'),
        perMinute: 100_000,
      },
      leverage: { instruments: configuration.value.policy.instruments, most: configuration.value.policy.maxLeverage },
      environment: 'sim',
      readOnly: this.vaultReadsOnly,
      gate: new StageGate({ environment: 'sim', operator: null }),
      clock: { now: () => this.exchangeNow, monotonic: this.clock.monotonic },
    });
    let sequence = 0;
    const signer: Signer = {
      raise: (epoch) => void signatory.answer({ kind: 'epoch', epoch }),
      sign: (request, expectedHash, epoch) => {
        const wire = encode(request, { simulated: true });
        if (!wire.private) {
          const { method, path, body } = wire;
          return Promise.resolve({ kind: 'signed', request: { method, path, body, headers: publicHeaders(wire) } });
        }
        if (this.vaultIsDead) return Promise.resolve({ kind: 'dead' });
        sequence += 1;
        const asked = channelForm(request);
        return Promise.resolve(signedOf(signatory.answer({ kind: 'sign', id: sequence, sequence, epoch, request: asked, expectedHash })));
      },
    };
    const exchange: ExchangePort = {
      send: async (request, mayStillLeave) => {
        await turn();
        if (!mayStillLeave()) return { kind: 'not_sent', cause: 'it may not leave any more' };
        if (request.method === 'POST') this.sent.push(request);
        const own = this.intercept(request, () => this.reach(request));
        return own === undefined ? this.reach(request) : own;
      },
    };
    const opened = await Engine.open({
      account: 'okx:sim:1001',
      configuration: configuration.value,
      policyHash: 'policy',
      version: '0',
      readOnly: false,
      positionMode: 'net',
      journal: 'abcdef',
      clock: this.clock,
      store: this.store,
      checkpoints: {
        store: this.snapshots,
        signer: {
          key: signatory.checkpointKey,
          sign: (checkpoint) => {
            if (this.vaultIsDead) return Promise.resolve({ kind: 'dead' });
            sequence += 1;
            return Promise.resolve(checkpointOf(signatory.answer({ kind: 'checkpoint', id: sequence, sequence, checkpoint })));
          },
        },
        everyEntries: this.checkpointEntries,
      },
      signer,
      exchange,
      feed: this.#feedOf(signer),
      pace: unpaced,
      haltFileExists: () => this.haltFile,
      haltFileSays: () => this.haltFileSays,
      notifier: { tell: () => Promise.resolve({ kind: 'told' }), pulse: () => Promise.resolve({ kind: 'told' }) },
      freeReserve: () => {},
      onClockOffset: () => {},
      onFatal: (cause, isBug) => {
        this.fatal = cause;
        this.foundBug = isBug;
      },
      ...changes,
    });
    if (!opened.ok) throw new Error(opened.error);
    this.#engine = opened.value;
    return opened.value;
  }

  #feedOf(signer: Signer): Feed | null {
    return this.isFed ? createFeed({ logsIn: true, clock: this.clock, signer, openSocket: this.sockets.open }) : null;
  }

  /** As `running`, with the exchange's pushes. */
  static async fed(policy = ''): Promise<EngineWorld> {
    const world = new EngineWorld(policy);
    world.isFed = true;
    await world.open();
    await world.until(world.engine.start());
    return world;
  }

  /** A gateway that has ended its first comparison. */
  static async running(policy = ''): Promise<EngineWorld> {
    const world = new EngineWorld(policy);
    await world.open();
    await world.until(world.engine.start());
    return world;
  }

  /** The process dies: its object is abandoned, and what it waits for never comes. */
  crash(): void {
    this.engine.close();
    this.#alarms = [];
  }

  async settle(): Promise<void> {
    for (let count = 0; count < 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await turn();
      if (!this.isFed) continue;
      this.exchange.tick(this.exchangeNow);
      this.sockets.carry();
    }
  }

  /** Lets time pass, alarm by alarm. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      await this.settle();
      const next = this.#alarms.toSorted((left, right) => left.at - right.at)[0];
      if (next === undefined || next.at > end) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.ring();
    }
    this.#elapsed = end;
    this.exchange.tick(this.exchangeNow);
    await this.settle();
  }

  /** Lets time pass until a promise settles. */
  async until<Value>(promise: Promise<Value>, mostMilliseconds = 120_000): Promise<Value> {
    let done = false;
    const watched = promise.finally(() => {
      done = true;
    });
    for (let waited = 0; !done && waited < mostMilliseconds; waited += 5) {
      // oxlint-disable-next-line no-await-in-loop
      await this.pass(5);
    }
    if (!done) throw new Error(`not settled within ${mostMilliseconds} ms`);
    return watched;
  }

  ask(tool: string, given: Readonly<Record<string, Json>>, name = 'default'): Promise<Outcome> {
    this.#calls += 1;
    const requested = { intent_id: `i${this.#calls}`, reason: 'because', ...given };
    const principal = parsePrincipal(name);
    if (!principal.ok) throw new Error(principal.error);
    const intent = parseIntent({ principal: principal.value, tool, arguments: requested });
    if (!intent.ok) throw new Error(`${intent.error.path}: ${intent.error.message}`);
    return this.engine.ask({ tool, intent: intent.value, arguments: requested, client });
  }

  place(given: Readonly<Record<string, Json>>, name = 'default'): Promise<Outcome> {
    const sized = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '40', quantity_unit: 'usd' };
    return this.ask('place_order', { ...sized, ...given }, name);
  }

  kinds(): readonly string[] {
    return this.disk.rows.map((row) => row.kind);
  }
}

function signedOf(answer: Answer): Awaited<ReturnType<Signer['sign']>> {
  switch (answer.kind) {
    case 'signed':
      return { kind: 'signed', request: { method: answer.method, path: answer.path, headers: answer.headers, body: answer.body } };
    case 'refused':
      return { kind: 'refused', cause: answer.cause };
    default:
      throw new Error(`the vault said ${answer.kind}`);
  }
}

function checkpointOf(answer: Answer): CheckpointSigned {
  if (answer.kind === 'checkpoint_signed') return { kind: 'signed', signature: answer.signature };
  return { kind: 'refused', cause: 'cause' in answer ? answer.cause : answer.kind };
}

/** An intercept that changes the rows of the answers to what begins with `path`. */
export function editing(
  path: string,
  change: (rows: Record<string, string>[]) => readonly Record<string, string>[],
): EngineWorld['intercept'] {
  return (request, reach) => {
    if (!request.path.startsWith(path)) return undefined;
    const sent = reach();
    if (sent.kind !== 'answered') return sent;
    const body = JSON.parse(sent.body) as { data: Record<string, string>[] };
    return { ...sent, body: JSON.stringify({ ...body, data: change(body.data) }) };
  };
}
