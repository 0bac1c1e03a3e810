import type { Entry } from '../journal/entry.ts';

/** A kill under way: what the exchange itself lists is cancelled until no entry is left. It goes on after a restart, and ends before the account opens. */
export type Killing = {
  /** The row that began it. */
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly cause: string;
  /** The exchange's numbers of what was asked to be cancelled so far, and how many of them are not twokey's. */
  readonly asked: ReadonlySet<string>;
  readonly foreign: number;
};

/** How the last kill of this journal ended. */
export type Killed = {
  readonly seq: number;
  readonly at: number;
  readonly outcome: 'clear' | 'remaining';
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
      return { seq, at, by: entry.by, cause: entry.cause, asked: new Set(), foreign: 0 };
    case 'clearing': {
      if (killing === null) return null;
      const asked = new Set([...killing.asked, ...entry.orders.map((order) => order.exchange_order_id)]);
      return { ...killing, asked, foreign: killing.foreign + entry.orders.filter(({ own }) => !own).length };
    }
    case 'killed':
      return null;
    case 'mode':
      return entry.to === 'HALTED' ? killing : null;
    default:
      return killing;
  }
}
