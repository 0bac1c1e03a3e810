import type { Row } from '../../src/core/journal/row.ts';
import { demand } from './demand.ts';
import type { Tally } from './tally.ts';

type Planned = { readonly instrument: string; readonly side: string; readonly size: string };
type Due = { readonly intent: string; readonly kinds: readonly string[]; readonly plan: readonly Planned[]; readonly seq: number };

/** Wishes that come to several orders: all of them stand right behind the decision, in its order and sizes, and there is never another (D9, I-E5). */
export class ListJudge {
  #tally: Tally;
  readonly #listed = new Set<string>();
  /** What may follow the decision that was read last. */
  #due: Due | null = null;
  #count = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Counts from here on what it reads. */
  goOn(tally: Tally): this {
    this.#tally = tally;
    return this;
  }

  isListed(intent: string): boolean {
    return this.#listed.has(intent);
  }

  read({ kind, seq }: Row, entry: Readonly<Record<string, unknown>>): void {
    const intent = `${String(entry['principal'])}/${String(entry['intent_id'])}`;
    const due = this.#due;
    if (due !== null && due.intent === intent && due.kinds.includes(kind) && seq === due.seq + this.#count + 1) {
      this.#follows(due, entry);
      return;
    }
    const missing = due === null ? 0 : due.plan.length - this.#count;
    demand(missing <= 0, 'I-E5', () => `of the list of ${due?.intent ?? ''} ${missing} orders were not written with the decision`);
    const isPlacement = kind === 'submitting' && this.#listed.has(intent);
    const isStop = (kind === 'protecting' || kind === 'moving') && entry['intent_id'] !== '';
    demand(!isPlacement && !isStop, 'I-D1', () => `entry ${seq} is one more order of ${intent}, and stands on no decision`);
    this.#due = null;
    this.#count = 0;
    if (kind === 'decision' && entry['outcome'] === 'allow') this.#decided(intent, seq, entry);
  }

  #decided(intent: string, seq: number, entry: Readonly<Record<string, unknown>>): void {
    const plan = (entry['plan'] as { readonly orders: readonly Planned[] } | undefined)?.orders;
    if (plan !== undefined) {
      demand(!this.#listed.has(intent), 'I-D1', () => `${intent} was decided twice`);
      this.#listed.add(intent);
      this.#tally.add(plan.length === 0 ? 'list: nothing to do' : plan.length === 1 ? 'list: one order' : 'list: several orders');
      this.#due = { intent, kinds: ['submitting'], plan, seq };
    } else if (entry['tool'] === 'set_protection') this.#due = { intent, kinds: ['protecting', 'moving'], plan: [], seq };
  }

  #follows({ intent, plan, kinds }: Due, entry: Readonly<Record<string, unknown>>): void {
    const planned = plan[this.#count];
    this.#count += 1;
    if (!kinds.includes('submitting')) return;
    const same =
      planned !== undefined &&
      planned.instrument === entry['instrument'] &&
      planned.side === entry['side'] &&
      planned.size === entry['size'];
    demand(same, 'I-E5', () => `order ${this.#count} of the list of ${intent} is not what was planned`);
  }
}
