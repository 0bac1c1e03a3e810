import { type Amount, amountOf, show } from './amount.ts';
import { demand } from './demand.ts';
import type { OnTheWire } from './exposure.ts';
import { closesOnly, isSpot } from './names.ts';
import type { Tally } from './tally.ts';
import type { Ledger, LedgerAlgo } from './venue.ts';

/** A stop order as it stands in the journal. */
type Written = {
  readonly id: string;
  readonly principal: string;
  readonly instrument: string;
  readonly side: string;
  readonly leg: string;
  readonly size: Amount;
  /** The client order id of its entry; empty for one of its own. */
  readonly parent: string;
  readonly requestHash: string;
  readonly stopLoss: string;
  readonly takeProfit: string;
};

type Change = { readonly requestHash: string; readonly stopLoss: string; readonly takeProfit: string; sent: boolean };

const TOO_LARGE = 'it would close more than is held';

/** Stop orders: each is written down before it is sent, is sent once, only comes nearer to the market, and is what the exchange has. */
export class StopJudge {
  readonly #tally: Tally;
  readonly #written = new Map<string, Written>();
  readonly #changes = new Map<string, Change[]>();
  readonly #sent = new Set<string>();
  readonly #algoSeen = new Map<string, LedgerAlgo>();
  /** Our id of the stop order that sent an order, by the exchange's number of that one. */
  readonly #sentBy = new Map<string, string>();

  /** What entries that still rest have executed. */
  #executedBy: ReadonlyMap<string, Amount> = new Map();
  /** Instruments of which the account holds something. */
  #held: ReadonlySet<string> = new Set();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  get(id: string): Written | undefined {
    return this.#written.get(id);
  }

  /** Our id of the stop order that sent an order of the exchange's; undefined for any other order. */
  senderOf(ordId: string): string | undefined {
    return this.#sentBy.get(ordId);
  }

  wasSent(id: string): boolean {
    return this.#sent.has(id);
  }

  /** The stops that come alive with the end of these entries, each as large as it can become. */
  carriedBy(entries: ReadonlySet<string>): readonly OnTheWire[] {
    const carried = [...this.#written.values()].filter(({ parent }) => entries.has(parent));
    return carried.map(({ id, instrument, side, leg, size }) => {
      const reduceOnly = !isSpot(instrument);
      return { clientOrderId: id, instId: instrument, side, posSide: leg, size, reduceOnly, expiresAt: Number.POSITIVE_INFINITY };
    });
  }

  /** The disk has lost an order, or a stop order, that was never sent: its ids are free again. */
  forget(id: string): void {
    for (const { id: own, parent } of this.#written.values()) if (own === id || parent === id) this.#written.delete(own);
  }

  // ---- the disk -----------------------------------------------------------------------------------------------------------

  /** An entry that carries a stop. */
  attached(entry: Readonly<Record<string, unknown>>): void {
    const protection = entry['protection'] as Readonly<Record<string, string>> | undefined;
    if (protection === undefined) return;
    const text = (key: string): string => String(entry[key]);
    this.#write({
      id: String(protection['client_order_id']),
      principal: text('principal'),
      instrument: text('instrument'),
      side: text('side') === 'buy' ? 'sell' : 'buy',
      leg: legOf(entry),
      size: amountOf(text('size')),
      parent: text('client_order_id'),
      requestHash: '',
      stopLoss: String(protection['stop_loss']),
      takeProfit: String(protection['take_profit']),
    });
  }

  placed(entry: Readonly<Record<string, unknown>>): void {
    const text = (key: string): string => String(entry[key]);
    const stop: Written = {
      id: text('client_order_id'),
      principal: text('principal'),
      instrument: text('instrument'),
      side: text('side'),
      leg: legOf(entry),
      size: amountOf(text('size')),
      parent: '',
      requestHash: text('request_hash'),
      stopLoss: text('stop_loss'),
      takeProfit: text('take_profit'),
    };
    if (text('intent_id') === '') {
      this.#tally.add('stop: cut to size');
      const larger = [...this.#algoSeen.values()].some((algo) => {
        const other = this.#written.get(algo.algoClOrdId);
        return other !== undefined && isSame(other, stop) && isAt(algo, stop) && amountOf(algo.sz) > stop.size;
      });
      demand(
        larger || this.#restsInstead(stop) || this.#wasHidden(stop),
        'I-D1',
        () => `nobody asked for stop order ${stop.id}, and it takes the place of none`,
      );
    }
    this.#write(stop);
  }

  /** Whether the entry of a stop at the same triggers still rests with as much of it executed: until its end that stop is not there. */
  #restsInstead(stop: Written): boolean {
    return [...this.#written.values()].some((other) => {
      const isAlike = isSame(other, stop) && other.stopLoss === stop.stopLoss && other.takeProfit === stop.takeProfit;
      const executed = this.#executedBy.get(other.parent) ?? 0n;
      return isAlike && executed >= stop.size && !this.#algoSeen.has(other.id);
    });
  }

  /** Whether the exchange may have denied, telling from before, a stop that came with its entry to contracts: two close no more than is held there. */
  #wasHidden(stop: Written): boolean {
    if (isSpot(stop.instrument) || this.#tally.count('fault: stale_read executed') === 0) return false;
    return [...this.#written.values()].some(
      (other) =>
        other.parent !== '' &&
        isSame(other, stop) &&
        other.stopLoss === stop.stopLoss &&
        other.takeProfit === stop.takeProfit &&
        other.size >= stop.size,
    );
  }

  #write(stop: Written): void {
    demand(!this.#written.has(stop.id), 'I-D3', () => `client order id ${stop.id} was given twice`);
    this.#written.set(stop.id, stop);
  }

  moving(entry: Readonly<Record<string, unknown>>): void {
    const text = (key: string): string => String(entry[key]);
    const id = text('client_order_id');
    const change = { requestHash: text('request_hash'), stopLoss: text('stop_loss'), takeProfit: text('take_profit'), sent: false };
    this.#changes.set(id, [...(this.#changes.get(id) ?? []), change]);
  }

  /** Of stop orders that are too large together one that is as near stays. */
  cancelling(entry: Readonly<Record<string, unknown>>): void {
    const stop = this.#written.get(String(entry['client_order_id']));
    const gone = this.#algoSeen.get(String(entry['client_order_id']));
    if (entry['reason'] !== TOO_LARGE || stop === undefined || gone === undefined || gone.slTriggerPx === '') return;
    // What has ended at the exchange already is not taken away from anybody.
    if (gone.state !== 'live') return;
    const kept = [...this.#algoSeen.values()].some((algo) => {
      const other = this.#written.get(algo.algoClOrdId);
      const isWaiting = algo !== gone && (algo.state === 'live' || algo.state === 'effective');
      return isWaiting && algo.slTriggerPx !== '' && other !== undefined && isSame(other, stop) && isNearer(algo, gone);
    });
    // What closed a position ends all of its stops.
    demand(kept || !this.#held.has(stop.instrument), 'I-S1', () => `stop order ${stop.id} is cancelled, and nothing has taken its place`);
  }

  // ---- the wire -----------------------------------------------------------------------------------------------------------

  /** Bytes of a stop order leave: those that were written, and once. Returns what they place, for whoever adds up what may happen. */
  placementLeaves(id: string, hash: string): Written {
    const stop = this.#written.get(id);
    demand(stop !== undefined && stop.parent === '', 'I-L1', () => `stop order ${id} left, and no decision of it is on disk`);
    demand(stop.requestHash === hash, 'I-L1', () => `other bytes left for stop order ${id} than were decided`);
    demand(!this.#sent.has(id), 'I-D1', () => `the bytes of stop order ${id} left twice`);
    this.#sent.add(id);
    return stop;
  }

  changeLeaves(id: string, hash: string): void {
    const change = this.#changes.get(id)?.find(({ requestHash, sent }) => requestHash === hash && !sent);
    demand(change !== undefined, 'I-L1', () => `a change of stop order ${id} left that is not on disk, or once more`);
    change.sent = true;
  }

  // ---- the ledger ---------------------------------------------------------------------------------------------------------

  look({ algos, orders, positions, balances }: Ledger): void {
    this.#held = new Set([...positions.map(({ instId }) => instId), ...balances.map(({ ccy }) => `${ccy}-USDT`)]);
    const resting = orders.filter(({ state }) => state === 'partially_filled');
    this.#executedBy = new Map(resting.map(({ clOrdId, accFillSz }) => [clOrdId, amountOf(accFillSz)]));
    for (const order of orders) if (order.algoClOrdId !== '') this.#sentBy.set(order.ordId, order.algoClOrdId);
    for (const algo of algos) {
      const before = this.#algoSeen.get(algo.algoClOrdId);
      if (algo === before || algo.origin !== 'api') continue;
      this.#algoSeen.set(algo.algoClOrdId, algo);
      if (before === undefined) this.#begins(algo);
      else {
        demand(before.algoId === algo.algoId, 'I-D1', () => `the exchange has two stop orders ${algo.algoClOrdId}`);
        this.#moves(before, algo);
        if (before.state === 'live' && algo.state !== 'live') this.#tally.add(`stop: ${algo.state}`);
      }
    }
  }

  #begins(algo: LedgerAlgo): void {
    const stop = this.#written.get(algo.algoClOrdId);
    demand(stop !== undefined, 'I-L1', () => `the exchange has stop order ${algo.algoClOrdId}, and the journal has not`);
    const same = stop.instrument === algo.instId && stop.side === algo.side && isAt(algo, stop);
    // One that came with its entry closes what that executed.
    const fits = stop.parent === '' ? stop.size === amountOf(algo.sz) : amountOf(algo.sz) <= stop.size;
    demand(same && fits, 'I-D2', () => `the exchange has another stop order ${algo.algoClOrdId} than was decided`);
    demand(closesOnly(algo) || isSpot(algo.instId), 'I-S2', () => `stop order ${algo.algoClOrdId} could open a position`);
  }

  /** A stop of ours only comes nearer to the market, and only where it was written that it would go. */
  #moves(before: LedgerAlgo, after: LedgerAlgo): void {
    if (before.slTriggerPx === after.slTriggerPx && before.tpTriggerPx === after.tpTriggerPx) return;
    this.#tally.add('stop: moved');
    const asked = this.#changes.get(after.algoClOrdId)?.some((change) => change.sent && isAt(after, change));
    demand(asked === true, 'I-L1', () => `stop order ${after.algoClOrdId} was moved to where nobody wrote that it goes`);
    if (before.slTriggerPx === '' || after.slTriggerPx === '') {
      demand(before.slTriggerPx === after.slTriggerPx, 'I-S3', () => `the stop of ${after.algoClOrdId} was taken away`);
      return;
    }
    demand(
      isNearer(after, before),
      'I-S3',
      () => `stop order ${after.algoClOrdId} was widened from ${before.slTriggerPx} to ${after.slTriggerPx}`,
    );
  }
}

function isSame(one: Written, other: Written): boolean {
  return one.instrument === other.instrument && one.side === other.side && one.principal === other.principal;
}

/** Whether one trigger is as near to the market as another, or nearer. */
function isNearer(one: LedgerAlgo, other: LedgerAlgo): boolean {
  const distance = amountOf(one.slTriggerPx) - amountOf(other.slTriggerPx);
  return one.side === 'sell' ? distance >= 0n : distance <= 0n;
}

type Triggers = { readonly stopLoss: string; readonly takeProfit: string };

/** Whether the exchange has triggers where the journal says. */
export function isAt({ slTriggerPx, tpTriggerPx }: LedgerAlgo, { stopLoss, takeProfit }: Triggers): boolean {
  return priceText(slTriggerPx) === priceText(stopLoss) && priceText(tpTriggerPx) === priceText(takeProfit);
}

function priceText(text: string): string {
  return text === '' ? '' : show(amountOf(text));
}

/** Entries of before there were legs name none. */
function legOf({ leg }: Readonly<Record<string, unknown>>): string {
  return typeof leg === 'string' ? leg : 'net';
}
