import type { Interest, News } from '../core/order/feed.ts';

/** What the exchange says unasked, over connections that this port keeps by itself. It never fails: what goes wrong is news. */
export type Feed = {
  /** Once; `hear` is called with one after the other, never from within a call of this port. */
  readonly open: (hear: (news: News) => void) => void;
  /** Whose prices are wanted from here on. */
  readonly want: (interest: Interest) => void;
  readonly close: () => void;
};
