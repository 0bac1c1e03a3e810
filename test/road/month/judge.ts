import type { Entry } from '../../../src/core/journal/entry.ts';
import { scaled } from '../harness/books.ts';
import { INSTRUMENT } from './strategy.ts';

/** What of the exchange's own ledger is compared. */
export type Ledger = {
  readonly orders: readonly {
    readonly clOrdId: string;
    readonly side: 'buy' | 'sell';
    readonly sz: string;
    readonly accFillSz: string;
    readonly state: string;
    readonly origin: string;
  }[];
  readonly fills: readonly {
    readonly ordId: string;
    readonly tradeId: string;
    readonly instId: string;
    readonly side: 'buy' | 'sell';
    readonly sz: string;
    readonly at: number;
  }[];
  readonly positions: readonly { readonly instId: string; readonly pos: string }[];
  readonly algos: readonly { readonly state: string }[];
};

type Fill = Extract<Entry, { kind: 'fill' }>;

/** Holds the exchange's ledger against the journal, with arithmetic of its own, and counts what happened. */
export class MonthJudge {
  readonly #differences: string[] = [];
  readonly #booked: Fill[] = [];
  #compared = 0;
  #ledger: Ledger = { orders: [], fills: [], positions: [], algos: [] };

  complain(difference: string): void {
    this.#differences.push(difference);
  }

  /** What the gateway itself found: any difference that it saw is one, and so is any step down. */
  read(entries: readonly Entry[], hour: number): void {
    let comparisons = 0;
    for (const entry of entries) {
      if (entry.kind === 'fill') this.#booked.push(entry);
      if (entry.kind === 'mode') this.complain(`hour ${hour}: ${entry.to}: ${entry.cause}`);
      if (entry.kind !== 'compared') continue;
      comparisons += 1;
      for (const { kind, subject, books, exchange } of entry.differences)
        this.complain(`hour ${hour}: ${entry.trigger} found ${kind} ${subject}: books ${books}, exchange ${exchange}`);
    }
    this.#compared += comparisons;
    if (comparisons === 0) this.complain(`hour ${hour}: nothing was compared`);
  }

  /** Every fill of the ledger is booked once with its size, and the position is what the fills come to. */
  compare(ledger: Ledger, hour: number): void {
    this.#ledger = ledger;
    const told = new Map(ledger.fills.map(({ tradeId, side, sz }) => [tradeId, signed(side, sz)]));
    const booked = new Map(this.#booked.map(({ trade_id: id, side, size }) => [id, signed(side, size)]));
    if (booked.size !== this.#booked.length) this.complain(`hour ${hour}: ${this.#booked.length - booked.size} fills are booked twice`);
    for (const [id, size] of told)
      if (booked.get(id) !== size) this.complain(`hour ${hour}: fill ${id} is ${size} at the exchange and ${booked.get(id)} in the books`);
    for (const id of booked.keys()) if (!told.has(id)) this.complain(`hour ${hour}: fill ${id} is booked and not at the exchange`);
    const held = total(ledger.positions.filter(({ instId }) => instId === INSTRUMENT).map(({ pos }) => scaled(pos)));
    const books = total([...booked.values()]);
    if (held !== books) this.complain(`hour ${hour}: the books hold ${books}, the exchange ${held}`);
  }

  said(): string {
    return `${this.#ledger.orders.length} orders, ${this.#ledger.fills.length} fills, ${this.#compared} comparisons, ${this.#differences.length} differences`;
  }

  figures(dayOf: (at: number) => number) {
    const { orders, fills, algos } = this.#ledger;
    const own = orders.filter(({ origin }) => origin === 'api' || origin === 'algo');
    const fillsByDay: number[] = [];
    for (const { at } of fills) fillsByDay[dayOf(at)] = (fillsByDay[dayOf(at)] ?? 0) + 1;
    const executions = new Map<string, number>();
    for (const { ordId } of fills) executions.set(ordId, (executions.get(ordId) ?? 0) + 1);
    return {
      orders: { buy: own.filter(({ side }) => side === 'buy').length, sell: own.filter(({ side }) => side === 'sell').length },
      fills: fills.length,
      fillsByDay: Array.from(fillsByDay, (count) => count ?? 0),
      partial: own.filter(({ sz, accFillSz, state }) => state === 'canceled' && scaled(accFillSz) > 0n && scaled(accFillSz) < scaled(sz))
        .length,
      stops: { placed: algos.length, triggered: algos.filter(({ state }) => state === 'effective').length },
      compared: this.#compared,
      differences: this.#differences,
    };
  }
}

function signed(side: 'buy' | 'sell', size: string): bigint {
  return side === 'buy' ? scaled(size) : -scaled(size);
}

function total(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}
