import { digest } from '../core/lang/digest.ts';
import { assert } from '../core/lang/assert.ts';
import { isNewerBill } from '../core/account/statement.ts';
import type { AlgoOrderReport, BillReport, FillReport, OrderReport, ReadReport } from '../core/order/report.ts';
import { type AlgoType, algoTypes, type Read } from '../core/order/request.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Signer } from '../ports/signer.ts';
import { keyRefusal, keyRefusalText } from '../venues/okx/key-refusals.ts';
import { decodeRead } from '../venues/okx/read.ts';
import { PAGE_SIZE } from '../venues/okx/request.ts';
import type { Pace } from './pace.ts';

/** One answered question. `evidence` is the SHA-256 of the exchange's bytes; empty when there were none. */
export type Answered = { readonly report: ReadReport; readonly evidence: string };

/** A whole list of orders, with the hash over the hashes of its pages. */
export type Listed = { readonly orders: readonly OrderReport[] | null; readonly evidence: string };

/** What could be read of all that waits, and whether that is all of it. */
export type Enumeration = {
  readonly orders: readonly OrderReport[];
  readonly algos: readonly AlgoOrderReport[];
  readonly complete: boolean;
  readonly evidence: string;
};

type Pages<Row> = { readonly rows: readonly Row[]; readonly complete: boolean; readonly evidence: string };

export type ClockReading = {
  /** UTC milliseconds, the exchange's estimate carried on by half the way. */
  readonly exchangeAt: number;
  readonly wallAt: number;
  readonly monotonicAt: number;
  readonly roundTripMilliseconds: number;
};

/** All stop and algo orders that wait, or those of one kind. */
export type AlgosListed = { readonly orders: readonly AlgoOrderReport[] | null; readonly evidence: string };

export type BillsAsked = {
  /** The newest that was read before; `null` before the first statement. */
  readonly through: string | null;
  /** UTC milliseconds. */
  readonly begin: number;
  readonly span: 'recent' | 'archive';
};

/** Bills may have piled up while no gateway ran. */
const BILL_PAGES_MAX = 100;
/** Pages of a list that are read before it counts as too long to know. */
const PAGES_MAX = 20;

/** How far the host's two clocks may part while one question is answered. */
const PARTED_MAX_MILLISECONDS = 500;

/** Asks the exchange. Every way of not getting an answer is `failed`, which proves nothing. */
export class Inquiry {
  readonly #signer: Signer;
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #pace: Pace;
  #keyRefusal = '';
  #answeredAt: number;

  constructor({
    signer,
    exchange,
    clock,
    pace,
  }: {
    readonly signer: Signer;
    readonly exchange: Exchange;
    readonly clock: Clock;
    readonly pace: Pace;
  }) {
    this.#signer = signer;
    this.#exchange = exchange;
    this.#clock = clock;
    this.#pace = pace;
    this.#answeredAt = clock.monotonic();
  }

  /** When the exchange last answered what the account holds, on the monotonic clock; before the first time when this began. One order says nothing of the rest. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  async ask(request: Read): Promise<Answered> {
    await this.#pace(request);
    const signed = await this.#signer.sign(request, '', 0);
    if (signed.kind !== 'signed') return failed(signed.kind === 'dead' ? 'the vault is gone' : `the vault refused: ${signed.cause}`);
    const sent = await this.#exchange.send(signed.request, () => true);
    if (sent.kind !== 'answered') return failed(sent.cause);
    const report = decodeRead(request, sent);
    if (request.kind === 'balance') this.#heed(report);
    return { report, evidence: digest(sent.body) };
  }

  /** Why the exchange takes no request of this key any more, in plain words and with the way out; empty while it does, as far as anybody knows. */
  get keyRefusal(): string {
    return this.#keyRefusal;
  }

  /** The balance is asked for every few seconds, and only a key may ask for it. What could not be asked says nothing of the key. */
  #heed(report: ReadReport): void {
    if (report.kind === 'balance') [this.#keyRefusal, this.#answeredAt] = ['', this.#clock.monotonic()];
    const code = report.kind === 'failed' ? (report.code ?? '') : '';
    const refusal = keyRefusal(code);
    if (refusal !== undefined) this.#keyRefusal = keyRefusalText(code, refusal);
  }

  /** Every pending order; `null` when one page failed. */
  async pending(): Promise<Listed> {
    return this.#listed((olderThan) => ({ kind: 'pending', olderThan }));
  }

  /** Pages follow one another by the last order's number. */
  async #listed(page: (olderThan: string) => Read): Promise<Listed> {
    const { rows, complete, evidence } = await this.#pages(page, ordersIn);
    return { orders: complete ? rows : null, evidence };
  }

  async #pages<Row extends { readonly exchangeOrderId: string }>(
    page: (olderThan: string) => Read,
    rowsIn: (report: ReadReport) => readonly Row[] | null,
  ): Promise<Pages<Row>> {
    const rows: Row[] = [];
    let evidence = '';
    for (let count = 0; count < PAGES_MAX; count += 1) {
      const answered = await this.ask(page(rows.at(-1)?.exchangeOrderId ?? ''));
      const found = rowsIn(answered.report);
      if (found === null) return { rows, complete: false, evidence };
      evidence = digest(evidence + answered.evidence);
      rows.push(...found);
      if (found.length < PAGE_SIZE) return { rows, complete: true, evidence };
    }
    return { rows, complete: false, evidence };
  }

  /** Everything that waits at the exchange, of anybody and of every kind. What could be read counts, though a part is missing. */
  async enumerate(): Promise<Enumeration> {
    const [pending, ...kinds] = await Promise.all([
      this.#pages((olderThan) => ({ kind: 'pending', olderThan }), ordersIn),
      ...algoTypes.map((type) => this.#algosOf(type)),
    ]);
    return {
      orders: pending.rows,
      algos: kinds.flatMap(({ rows }) => rows),
      complete: pending.complete && kinds.every(({ complete }) => complete),
      evidence: digest([pending, ...kinds].map(({ evidence }) => evidence).join('\n')),
    };
  }

  /** Every order of an instrument that ended since a time; `null` when one page failed. */
  async history(question: Omit<Extract<Read, { kind: 'orders_history' }>, 'olderThan'>): Promise<Listed> {
    return this.#listed((olderThan) => ({ ...question, olderThan }));
  }

  /** Every order that ended since a time, of anybody and over all instruments of a product; `null` when one page failed. */
  async recent(question: Omit<Extract<Read, { kind: 'recent_orders' }>, 'kind' | 'olderThan'>): Promise<Listed> {
    return this.#listed((olderThan) => ({ kind: 'recent_orders', ...question, olderThan }));
  }

  /** Every stop and algo order of every kind that waits; `null` when one page failed. */
  async algos(): Promise<AlgosListed> {
    const kinds = await Promise.all(algoTypes.map((type) => this.#algosOf(type)));
    const complete = kinds.every((kind) => kind.complete);
    const evidence = digest(kinds.map((kind) => kind.evidence).join('\n'));
    return { orders: complete ? kinds.flatMap(({ rows }) => rows) : null, evidence };
  }

  async #algosOf(type: AlgoType): Promise<Pages<AlgoOrderReport>> {
    return this.#pages((olderThan) => ({ kind: 'algo_orders', type, olderThan }), algosIn);
  }

  /** Bills newer than `through`, oldest first; the newest page where there is none yet. `null` when one page failed, or there are too many. */
  async bills({ through, begin, span }: BillsAsked): Promise<{ readonly bills: readonly BillReport[] | null; readonly evidence: string }> {
    const newestFirst: BillReport[] = [];
    let evidence = '';
    for (let page = 0; page < BILL_PAGES_MAX; page += 1) {
      const answered = await this.ask({ kind: 'bills', span, begin, olderThan: newestFirst.at(-1)?.billId ?? '' });
      if (answered.report.kind !== 'bills') return { bills: null, evidence };
      evidence = digest(evidence + answered.evidence);
      const fresh = answered.report.bills.filter(({ billId }) => through === null || isNewerBill(billId, through));
      newestFirst.push(...fresh);
      const isOver = through === null || answered.report.bills.length < PAGE_SIZE || fresh.length < answered.report.bills.length;
      if (isOver) return { bills: newestFirst.toReversed(), evidence };
    }
    return { bills: null, evidence };
  }

  /** Every fill of one order, or of an instrument since a time; `null` when one page failed. */
  async fills(question: Omit<Extract<Read, { kind: 'fills' }>, 'olderThan'>): Promise<readonly FillReport[] | null> {
    return (await this.provenFills(question)).fills;
  }

  /** The same, with the hash over the hashes of its pages. */
  async provenFills(
    question: Omit<Extract<Read, { kind: 'fills' }>, 'olderThan'>,
  ): Promise<{ readonly fills: readonly FillReport[] | null; readonly evidence: string }> {
    const fills: FillReport[] = [];
    let evidence = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answered = await this.ask({ ...question, olderThan: fills.at(-1)?.billId ?? '' });
      if (answered.report.kind !== 'fills') break;
      evidence = digest(evidence + answered.evidence);
      fills.push(...answered.report.fills);
      if (answered.report.fills.length < PAGE_SIZE) return { fills, evidence };
    }
    return { fills: null, evidence };
  }

  /** How far the exchange's clock is ahead of ours, in milliseconds, give or take half the way there and back. */
  async clockOffset(): Promise<number | null> {
    const reading = await this.readClock();
    return reading === null ? null : reading.exchangeAt - reading.wallAt;
  }

  /** What three clocks showed at one moment: the exchange's, and both of this host's. */
  async readClock(): Promise<ClockReading | null> {
    const [sentAt, wallSentAt] = [this.#clock.monotonic(), this.#clock.now()];
    const { report } = await this.ask({ kind: 'time' });
    const [monotonicAt, wallAt] = [this.#clock.monotonic(), this.#clock.now()];
    const roundTripMilliseconds = monotonicAt - sentAt;
    assert(roundTripMilliseconds >= 0, 'a monotonic clock does not run backwards');
    // A machine that slept meanwhile, or whose clock was set, has read nothing.
    const hasParted = Math.abs(wallAt - wallSentAt - roundTripMilliseconds) > PARTED_MAX_MILLISECONDS;
    if (report.kind !== 'time' || hasParted) return null;
    const exchangeAt = Math.round(report.at + roundTripMilliseconds / 2);
    return { exchangeAt, wallAt, monotonicAt, roundTripMilliseconds };
  }
}

function ordersIn(report: ReadReport): readonly OrderReport[] | null {
  return report.kind === 'orders' ? report.orders : null;
}

function algosIn(report: ReadReport): readonly AlgoOrderReport[] | null {
  return report.kind === 'algo_orders' ? report.orders : null;
}

function failed(cause: string): Answered {
  return { report: { kind: 'failed', cause }, evidence: '' };
}
