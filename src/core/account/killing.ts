import type { Entry } from '../journal/entry.ts';

/** A kill under way: what the exchange itself lists is cancelled until no entry is left. It goes on after a restart, and ends before the account opens. */
export type Killing = {
  /** The row that began it. */
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly cause: string;
  /** The exchange's numbers of what its lists led to cancels of. */
  readonly asked: ReadonlySet<string>;
  /** Our ids of all that was asked to be cancelled, from the books or from the lists; and how many orders of others. */
  readonly own: ReadonlySet<string>;
  readonly foreign: number;
};

/** How the last kill of this journal ended. */
export type Killed = {
  readonly seq: number;
  readonly at: number;
  readonly outcome: 'clear' | 'remaining';
  /** Asked to be cancelled, of anybody; what was filled first is among them. */
  readonly cancelled: number;
  readonly foreign: number;
  /** What was left at the exchange because it only reduces: orders and stop orders of anybody. */
  readonly kept: number;
  readonly left: number;
  readonly milliseconds: number;
};

/** What an entry says of a kill under way. */
export function pursued(killing: Killing | null, { entry, seq, at }: { entry: Entry; seq: number; at: number }): Killing | null {
  switch (entry.kind) {
    case 'killing':
      return { seq, at, by: entry.by, cause: entry.cause, asked: new Set(), own: new Set(), foreign: 0 };
    case 'clearing': {
      if (killing === null) return null;
      const asked = new Set([...killing.asked, ...entry.orders.map((order) => order.exchange_order_id)]);
      const ours = entry.orders.filter(({ own }) => own).map((order) => order.client_order_id);
      const foreign = killing.foreign + entry.orders.length - ours.length;
      return { ...killing, asked, own: new Set([...killing.own, ...ours]), foreign };
    }
    case 'cancelling':
      return killing === null ? null : { ...killing, own: new Set([...killing.own, entry.client_order_id]) };
    case 'killed':
      return null;
    case 'mode':
      return entry.to === 'HALTED' ? killing : null;
    default:
      return killing;
  }
}
