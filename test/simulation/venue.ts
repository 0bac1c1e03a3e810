import type { SignedRequest } from '../../src/ports/exchange.ts';
import { createExchange, type Exchange, type Reaction } from '../../src/sim/exchange.ts';
import { findInstrument, type Instrument } from '../../src/sim/instruments.ts';
import { referencePrice } from '../../src/sim/market.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { settings, START, trade } from '../support/sim-trader.ts';
import { type Amount, amountOf } from './amount.ts';
import type { Schedule } from './schedule.ts';
import type { Tally } from './tally.ts';

export type LedgerOrder = {
  readonly seq: number;
  readonly account: string;
  readonly instId: string;
  readonly clOrdId: string;
  readonly ordId: string;
  readonly side: string;
  readonly posSide: string;
  readonly sz: string;
  readonly accFillSz: string;
  readonly state: string;
  readonly origin: string;
  /** When the exchange took it: UTC milliseconds. */
  readonly at: number;
  readonly reduceOnly: boolean;
  /** The client's id of the stop order that sent it; empty for every other. */
  readonly algoClOrdId: string;
};
/** A stop order. Size and triggers are empty where there are none. */
export type LedgerAlgo = {
  readonly account: string;
  readonly instId: string;
  readonly algoClOrdId: string;
  readonly algoId: string;
  readonly side: string;
  readonly posSide: string;
  readonly sz: string;
  readonly tpTriggerPx: string;
  readonly slTriggerPx: string;
  readonly reduceOnly: boolean;
  readonly state: string;
  readonly ordId: string;
  readonly origin: string;
};
export type LedgerFill = {
  readonly seq: number;
  readonly account: string;
  readonly ordId: string;
  readonly clOrdId: string;
  readonly instId: string;
  readonly side: string;
  readonly posSide: string;
  readonly px: string;
  readonly sz: string;
  readonly fee: string;
  readonly feeCcy: string;
};
/** What the exchange itself holds to be true. */
export type Ledger = {
  readonly algos: readonly LedgerAlgo[];
  readonly orders: readonly LedgerOrder[];
  readonly fills: readonly LedgerFill[];
  /** A short leg is below zero here, as a short position is. */
  readonly positions: readonly { readonly account: string; readonly instId: string; readonly posSide: string; readonly pos: string }[];
  readonly balances: readonly { readonly account: string; readonly ccy: string; readonly total: string }[];
};

export const ACCOUNT = '1001';
/** How long a read may lag behind a write: what the gateway's proof of absence allows for. */
const LAG_MILLISECONDS = 2500;

/** The embedded exchange in virtual time. */
export class Venue {
  readonly #schedule: Schedule;
  readonly #tally: Tally;
  readonly #exchange: Exchange;
  readonly #seed: number;
  /** Whether the account is in long/short mode. */
  readonly legs: boolean;
  /** What stood in the wallet before the gateway came: its own business is what differs from that. */
  readonly #found = new Map<string, Amount>();
  #changes = 0;
  #written: unknown = null;
  #changedAt = 0;
  #ledger: { readonly changes: number; readonly ledger: Ledger } | null = null;

  constructor({ schedule, tally, seed, strict, legs }: Making) {
    this.#schedule = schedule;
    this.#tally = tally;
    this.#seed = seed;
    this.#exchange = createExchange({
      settings: { ...settings, seed, rateLimits: strict ? 'strict' : 'lenient' },
      startedAt: START,
      restored: undefined,
    });
    this.legs = legs;
    if (legs && trade(this.#exchange).post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' }).body['code'] !== '0')
      throw new Error('the position mode could not be set');
  }

  /** UTC milliseconds of the exchange's clock. */
  get now(): number {
    return START + this.#schedule.elapsed;
  }

  /** Counts whatever may have changed the ledger. */
  get changes(): number {
    return this.#changes;
  }

  /** A request arrives. */
  handle(request: SignedRequest): { readonly reaction: Reaction; readonly struck: string } {
    const before = this.#exchange.state().faults;
    const { reaction, events } = this.#exchange.handle({
      request: {
        method: request.method,
        url: request.path,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: Buffer.from(request.body),
        remoteAddress: '127.0.0.1',
      },
      at: this.now,
    });
    if (events.length > 0) this.#changed();
    const after = this.#exchange.state().faults;
    // A fault that is used up is gone or counted down; arming happens elsewhere.
    const met = before === after ? undefined : before.find((fault, index) => after[index] !== fault);
    const struck = met === undefined ? '' : `${met.kind} ${met.executed ? 'executed' : 'not executed'}`;
    if (struck !== '') this.#tally.add(`fault: ${struck}`);
    return { reaction, struck };
  }

  desk(method: 'POST' | 'DELETE', path: string, body: unknown): boolean {
    const { reaction, events } = this.#exchange.handle({
      request: {
        method,
        url: path,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(body)),
        remoteAddress: '127.0.0.1',
      },
      at: this.now,
    });
    if (events.length > 0) this.#changed();
    return reaction.kind === 'answer' && reaction.status === 200;
  }

  /** Its sockets, as values. */
  get sockets(): Exchange['sockets'] {
    return this.#exchange.sockets;
  }

  /** A text arrives on a socket. */
  hear(socket: number, text: string): void {
    if (this.#exchange.sockets.hear({ socket, text, at: this.now }).length > 0) this.#changed();
  }

  tick(): void {
    if (this.#exchange.tick(this.now).length > 0) this.#changed();
  }

  /** Reads lag only behind a write of just now, and not for long: more than the gateway's proof of absence allows for proves nothing about it. */
  armStaleRead(path: string, count: number): boolean {
    if (this.#schedule.elapsed - this.#changedAt > 400) return false;
    if (!this.desk('POST', '/sim/faults', { kind: 'stale_read', path, count })) return false;
    this.#schedule.plan(LAG_MILLISECONDS, 'world', () => {
      const state = this.#exchange.state();
      state.faults = state.faults.filter(({ kind }) => kind !== 'stale_read');
    });
    return true;
  }

  ledger(): Ledger {
    if (this.#ledger?.changes === this.#changes) return this.#ledger.ledger;
    const all = this.#exchange.ledger() as unknown as Ledger;
    const own = <Item extends { readonly account: string }>(items: readonly Item[]): readonly Item[] =>
      items.filter(({ account }) => account === ACCOUNT);
    const ledger = {
      algos: own(all.algos),
      orders: own(all.orders),
      fills: own(all.fills),
      positions: own(all.positions).map((held) => (held.posSide === 'short' ? { ...held, pos: `-${held.pos}` } : held)),
      balances: own(all.balances),
    };
    this.#ledger = { changes: this.#changes, ledger };
    return ledger;
  }

  /** Somebody bought before the gateway was there; the exchange keeps a fee of it. */
  furnish(instId: string, amount: string): void {
    if (!this.desk('POST', '/sim/orders', { instId, side: 'buy', sz: amount, tgtCcy: 'base_ccy' })) throw new Error('could not be bought');
    const ccy = this.instrument(instId).base;
    this.#found.set(ccy, amountOf(this.ledger().balances.find((balance) => balance.ccy === ccy)?.total ?? '0'));
  }

  /** What of a currency was there before the gateway. */
  foundOf(ccy: string): Amount {
    return this.#found.get(ccy) ?? 0n;
  }

  /** The reference price of an instrument at a moment, the same for all who look. */
  price(instId: string, at = this.now): Amount {
    return amountOf(formatDecimal(this.#reference(instId, at)));
  }

  instrument(instId: string): Instrument {
    const instrument = findInstrument(instId);
    if (instrument === undefined) throw new Error(`no instrument ${instId}`);
    return instrument;
  }

  /** The lowest reference price in the last milliseconds. */
  lowestPrice(instId: string, milliseconds: number): Amount {
    const { anchors } = this.#exchange.state();
    const moments = [this.now];
    for (let back = 500; back <= milliseconds; back += 500) moments.push(this.now - back);
    for (const { at } of anchors.get(this.instrument(instId).base) ?? [])
      if (at >= this.now - milliseconds) moments.push(at, Math.max(at - 1, START));
    return moments.map((at) => this.price(instId, at)).reduce((lowest, price) => (price < lowest ? price : lowest));
  }

  #reference(instId: string, at: number) {
    const { anchors, startedAt } = this.#exchange.state();
    const course = { seed: this.#seed, candles: [], candleMilliseconds: 60_000, startedAt };
    return referencePrice({ market: { course, anchors }, instrument: this.instrument(instId), at: Math.max(at, START) });
  }

  #changed(): void {
    this.#changes += 1;
    // What a stale read looks behind is the last write to an account, and a price that moves is none.
    const { undo } = this.#exchange.state();
    if (undo !== this.#written) this.#changedAt = this.#schedule.elapsed;
    this.#written = undo;
  }
}

type Making = {
  readonly schedule: Schedule;
  readonly tally: Tally;
  readonly seed: number;
  readonly strict: boolean;
  readonly legs: boolean;
};
