import type { ApprovalAskedBody } from '../journal/entry.ts';
import { canonicalJson } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { decimal, formatDecimal } from '../money/decimal.ts';
import type { Price, Usd } from '../money/units.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import type { OrderTerms } from '../order/order.ts';

/** One order that waits for a person, as the person is shown it. It holds nothing at the exchange and reserves nothing here. */
export type Approval = {
  readonly id: string;
  readonly principal: Principal;
  readonly intentId: IntentId;
  /** `price` is the worst at which it may execute. */
  readonly terms: OrderTerms;
  readonly triggers: Attached;
  readonly notionalUsd: Usd;
  /** With this order, when it was asked: entries on the underlying in 10 minutes, and the worst case of all its instruments. */
  readonly windowUsd: Usd;
  readonly underlyingWorstCaseUsd: Usd | null;
  readonly digest: string;
  readonly fingerprints: readonly string[];
  /** The journal's number of the question. */
  readonly seq: number;
  /** UTC milliseconds, as all times. */
  readonly askedAt: number;
  readonly expiresAt: number;
};

/** The triggers of the stop order that travels with an order. */
export type Attached = { readonly takeProfit: Price | null; readonly stopLoss: Price | null };

/** The approval that a journaled question stands for. */
export function approvalOf(entry: ApprovalAskedBody, { seq, at }: { readonly seq: number; readonly at: number }): Approval {
  return {
    id: entry.approval_id,
    principal: entry.principal as Principal,
    intentId: entry.intent_id as IntentId,
    terms: {
      instrument: entry.instrument as InstrumentId,
      product: entry.product,
      side: entry.side,
      leg: entry.leg,
      type: entry.type,
      size: decimal(entry.size),
      price: decimal(entry.price),
      // Only entries are asked about, and they reduce nothing.
      reduceOnly: false,
      purpose: 'entry',
    },
    triggers: {
      takeProfit: entry.take_profit === null ? null : decimal(entry.take_profit),
      stopLoss: entry.stop_loss === null ? null : decimal(entry.stop_loss),
    },
    notionalUsd: decimal(entry.notional_usd),
    windowUsd: decimal(entry.window_usd),
    underlyingWorstCaseUsd: entry.underlying_worst_case_usd === null ? null : decimal(entry.underlying_worst_case_usd),
    digest: entry.digest,
    fingerprints: entry.fingerprints,
    seq,
    askedAt: at,
    expiresAt: entry.expires_at,
  };
}

/** What a person agrees to, in one hash. */
export function digestOf({ instrument, side, leg, type, size, price }: OrderTerms, { takeProfit, stopLoss }: Attached): string {
  const order = { instrument, side, leg, type, size: formatDecimal(size), price: formatDecimal(price) };
  return digest(canonicalJson({ ...order, take_profit: textOf(takeProfit), stop_loss: textOf(stopLoss) }));
}

function textOf(price: Price | null): string | null {
  return price === null ? null : formatDecimal(price);
}

/** No 0, 1, i, l or o: what is read aloud or copied by hand is not mistaken. A prime number of letters, so that the check below works. */
const LETTERS = '23456789abcdefghjkmnpqrstuvwxyz';
const DIGITS_MIN = 3;

/**
 * What a person types for the question that stands at this place in the journal: its number in 31 letters and a letter that checks it, 4 to 6
 * characters for the first 28 million entries. One wrong letter, or two that changed places, never name another question.
 */
export function approvalIdOf(seq: number): string {
  const digits: number[] = [];
  for (let rest = seq; rest > 0 || digits.length < DIGITS_MIN; rest = Math.floor(rest / LETTERS.length))
    digits.unshift(rest % LETTERS.length);
  // Weights 1, 2, 3 … from the right, the check letter's own being 1: any single change and any swap of two changes the sum.
  const sum = digits.toReversed().reduce((total, digit, index) => total + digit * (index + 2), 0);
  const check = (LETTERS.length - (sum % LETTERS.length)) % LETTERS.length;
  return [...digits, check].map((digit) => LETTERS.charAt(digit)).join('');
}
