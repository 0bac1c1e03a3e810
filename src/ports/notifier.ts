import type { Notice, Pulse } from '../core/alert/notice.ts';

/** Whether a message arrived. `cause` is our own words, a code of the system or a status number: never a text of the other side. */
export type Told = { readonly kind: 'told' } | { readonly kind: 'failed'; readonly cause: string };

/** The ways to people. Both settle always and within a bounded time, and send once. */
export type Notifier = {
  readonly tell: (sink: string, notice: Notice) => Promise<Told>;
  /** To the dead-man monitor; where there is none, nothing is done. */
  readonly pulse: (pulse: Pulse) => Promise<Told>;
};
