import type { Row } from '../../src/core/journal/row.ts';
import type { Amount } from './amount.ts';
import { amountOf } from './amount.ts';
import { demand } from './demand.ts';
import type { Tally } from './tally.ts';
import type { Venue } from './venue.ts';

/** An order, or a stop order, that was sent, and whose entries the disk has lost. */
type Lost = {
  readonly instrument: string;
  readonly side: string;
  readonly size: Amount;
  readonly purpose: string;
  /** The entry behind which the journal went on without it. */
  readonly after: number;
};

/**
 * What a disk that lied has taken away of orders whose bytes had left. The journal knows nothing of them, so that nothing can be booked and nothing of them
 * counts. What is left: the exchange shows them, and the gateway has to see it before it trusts itself; and no id is used twice.
 */
export class LostJudge {
  readonly #venue: Venue;
  readonly #tally: Tally;
  readonly #orders = new Map<string, Lost>();
  /** Of those the ones that stood at the exchange before the first comparison of the next start began. */
  #due: readonly string[] = [];
  /** How often the exchange told from before, when that start began: what it did not show nobody can see. */
  #staleReads = 0;
  #isTold = false;
  readonly #known = new Set<string>();
  /** What a person knew of and resumed upon: it need not be shown again. */
  readonly #accepted = new Set<string>();

  constructor(venue: Venue, tally: Tally) {
    this.#venue = venue;
    this.#tally = tally;
  }

  /** A person has let the account go on. */
  resumed(): void {
    for (const id of this.#known) this.#accepted.add(id);
    this.#known.clear();
  }

  /** Whether the first comparison of a start has found it, and nobody has resumed since. */
  isKnown(id: string): boolean {
    return this.#known.has(id);
  }

  /** Whether the exchange has something that no entry tells of any more. */
  get reached(): boolean {
    return [...this.#orders.keys()].some((id) => this.#isAtExchange(id));
  }

  get(id: string): Lost | undefined {
    return this.#orders.get(id);
  }

  /** Which of these were sent is remembered. */
  forget(rows: readonly Row[], wasSent: (id: string) => boolean): void {
    const after = (rows[0]?.seq ?? 0) - 1;
    for (const row of rows) {
      const entry = JSON.parse(row.body) as Readonly<Record<string, unknown>>;
      const text = (key: string): string => String(entry[key]);
      if (row.kind !== 'submitting' && row.kind !== 'protecting') continue;
      const id = text('client_order_id');
      if (!wasSent(id)) continue;
      const lost = { instrument: text('instrument'), side: text('side'), size: amountOf(text('size')), after };
      this.#orders.set(id, { ...lost, purpose: row.kind === 'protecting' ? 'stop' : text('purpose') });
      const protection = entry['protection'] as Readonly<Record<string, string>> | undefined;
      if (protection !== undefined) this.#orders.set(String(protection['client_order_id']), { ...lost, purpose: 'stop' });
      this.#tally.add(`lost: ${row.kind} of what was sent`);
    }
  }

  /** A start: whatever stands at the exchange now, its first comparison has to see. */
  started(): void {
    this.#due = [...this.#orders.keys()].filter((id) => this.#isShown(id) && !this.#accepted.has(id));
    this.#staleReads = this.#tally.count('fault: stale_read executed');
  }

  /** The first comparison has ended, and this is the mode. */
  booted(mode: string): void {
    const due = this.#due;
    this.#due = [];
    if (due.length === 0 || this.#tally.count('fault: stale_read executed') > this.#staleReads) return;
    this.#tally.add('lost: found by the first comparison');
    for (const id of due) this.#known.add(id);
    demand(mode === 'HALTED', 'I-D5', () => `the exchange has ${due.join()}, of which no entry is left, and the account is ${mode}`);
  }

  /** An alert goes to the operator. */
  told(row: Row): void {
    if (row.kind === 'alert' && /beyond the end of this journal/.test(row.body)) this.#isTold = true;
  }

  /** In the end the operator knows of whatever of it is at the exchange. */
  judge(): void {
    const shown = [...this.#orders.keys()].filter((id) => this.#isShown(id));
    demand(
      shown.length === 0 || this.#isTold,
      'I-D5',
      () => `the exchange has ${shown.join()}, of which no entry is left, and nobody was told`,
    );
    for (const { clOrdId, state } of this.#venue.ledger().orders) {
      const rests = state === 'live' || state === 'partially_filled';
      demand(
        !rests || this.#orders.get(clOrdId)?.purpose !== 'entry',
        'I-R6',
        () => `entry ${clOrdId} still rests, and no entry of it is left`,
      );
    }
  }

  #isAtExchange(id: string): boolean {
    const { orders, algos } = this.#venue.ledger();
    return orders.some(({ clOrdId }) => clOrdId === id) || algos.some(({ algoClOrdId }) => algoClOrdId === id);
  }

  /** Stop orders that have ended are on no list that anybody asks for. */
  #isShown(id: string): boolean {
    const { orders, algos } = this.#venue.ledger();
    return orders.some(({ clOrdId }) => clOrdId === id) || algos.some(({ algoClOrdId, state }) => algoClOrdId === id && state === 'live');
  }
}
