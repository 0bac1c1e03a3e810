import { isPositive } from '../money/decimal.ts';
import type { Order } from './order.ts';

/** Where an order that nobody answered for would have left a trace (reference/risk.md §6.2). `holding` is position or balance against the books. */
export const sources = ['order', 'pending', 'history', 'fills', 'holding'] as const;
export type Source = (typeof sources)[number];

/** One round of questions, all of them answered. `silent` are the sources that know nothing of the order; `askedAt` is UTC milliseconds. */
export type Look = { readonly askedAt: number; readonly silent: readonly Source[] };

/** After `expiresAt`, what clocks and the exchange's own lag may add before absence is believed: 1 s skew and 3 s lag. */
export const ABSENCE_MARGIN_MILLISECONDS = 4000;
/** So many looks in a row, this far apart at least, prove that an order never was and never will be. */
export const LOOKS_NEEDED = 2;
export const LOOKS_APART_MILLISECONDS = 1000;
/** What was cancelled unfilled is forgotten after two hours. Long before, silence stops being a proof, and a person has to say what is true. */
const EVIDENCE_MILLISECONDS = 5_400_000;

/** An outcome that is unknown for longer halts, and a person is told of the order. */
export const LONG_UNKNOWN_MILLISECONDS = 600_000;

/**
 * `counts` towards the proof. `breaks` it: one of the sources has changed, and the count begins anew. `nothing`: too early, too late or too soon
 * after the one before.
 */
export type Worth = 'counts' | 'breaks' | 'nothing';

/** What a look that found no order is worth. Asked when it is written down and again whenever the journal is read. */
export function worthOf(order: Order, { askedAt, silent }: Look): Worth {
  if (!sources.every((source) => silent.includes(source))) return 'breaks';
  if (askedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS || isBeyondEvidence(order, askedAt)) return 'nothing';
  const { life } = order;
  const isSoon = life.kind === 'unknown' && life.negatives > 0 && askedAt - life.lastNegativeAt < LOOKS_APART_MILLISECONDS;
  return isSoon ? 'nothing' : 'counts';
}

/**
 * Whether look-ups cannot prove any more that an order never was. One that the exchange had named is different: it was there, and that none of the sources
 * knows it any more only says that it ended with nothing more executed.
 */
export function isBeyondEvidence({ exchangeOrderId, reportedFilled, submittedAt, stop }: Order, now: number): boolean {
  const wasThere = exchangeOrderId !== '' || isPositive(reportedFilled);
  return stop === null && !wasThere && now >= submittedAt + EVIDENCE_MILLISECONDS;
}

/** Whether looks in the journal prove that an order of unknown outcome never was. */
export function isProvenAbsent({ life }: Order): boolean {
  return life.kind === 'unknown' && life.negatives >= LOOKS_NEEDED;
}
