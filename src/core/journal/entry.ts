import type { Json } from '../lang/canonical.ts';

/**
 * What may stand in the journal, one union member a kind. Amounts are decimal texts, times UTC milliseconds, so that the
 * canonical JSON of an entry is its exact content. docs/formats/journal.md tells the same for readers outside.
 */
export type Entry =
  | { readonly kind: 'genesis'; readonly journal: string; readonly environment: string; readonly version: string }
  | {
      readonly kind: 'started';
      readonly epoch: number;
      readonly policy_hash: string;
      readonly version: string;
      readonly read_only: boolean;
    }
  | { readonly kind: 'instruments'; readonly instruments: readonly InstrumentBody[] }
  | {
      readonly kind: 'baseline';
      readonly currencies: Readonly<Record<string, string>>;
      readonly contracts: Readonly<Record<string, string>>;
      readonly evidence: string;
    }
  | { readonly kind: 'booted'; readonly mode: string }
  | DecisionBody
  | {
      readonly kind: 'denied_again';
      readonly principal: string;
      readonly intent_id: string;
      readonly body_hash: string;
      readonly same_as: string;
    }
  | ApprovalAskedBody
  /** A person agreed. The decision that was taken anew, and the order if it allowed one, stand in the same append: nothing is approved twice. */
  | (ApprovalJudged & { readonly kind: 'approved'; readonly by: string })
  /** A person said no, or nobody said anything in time. */
  | (ApprovalJudged & {
      readonly kind: 'approval_ended';
      readonly by: string;
      readonly outcome: 'denied' | 'expired';
      /** What the agent is told. */
      readonly message: string;
      readonly next_allowed_at: number;
    })
  | SubmittingBody
  | { readonly kind: 'accepted'; readonly client_order_id: string; readonly exchange_order_id: string }
  | { readonly kind: 'rejected'; readonly client_order_id: string; readonly code: string }
  /** Certainly not one byte left: the wish had no effect. */
  | { readonly kind: 'not_sent'; readonly client_order_id: string; readonly cause: string }
  | { readonly kind: 'unknown'; readonly client_order_id: string; readonly cause: string }
  /** A complete look-up of an unknown order that found nothing; two, late enough, prove absence. */
  | { readonly kind: 'not_found'; readonly client_order_id: string; readonly evidence: string }
  | { readonly kind: 'absent'; readonly client_order_id: string; readonly evidence: string }
  | {
      readonly kind: 'reported';
      readonly client_order_id: string;
      readonly exchange_order_id: string;
      readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
      readonly filled: string;
    }
  | FillBody
  | {
      readonly kind: 'cancelling';
      readonly client_order_id: string;
      readonly principal: string;
      readonly intent_id: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'cancel_answered';
      readonly client_order_id: string;
      readonly outcome: 'accepted' | 'rejected' | 'unknown' | 'not_sent';
      readonly code: string;
    }
  /** The exchange's position or balance was compared with the books. `evidence` is the hash of the exchange's answer. */
  | {
      readonly kind: 'verified';
      readonly instrument: string;
      readonly outcome: 'matched' | 'divergent';
      readonly orders: readonly string[];
      readonly books: string;
      readonly exchange: string;
      readonly evidence: string;
    }
  /** Seen once and not yet believed: fills may be on their way. */
  | { readonly kind: 'mismatch'; readonly instrument: string; readonly books: string; readonly exchange: string; readonly evidence: string }
  | {
      readonly kind: 'compared';
      readonly trigger: string;
      readonly clean: boolean;
      readonly differences: readonly DifferenceBody[];
      readonly evidence: string;
    }
  | { readonly kind: 'mode'; readonly from: string; readonly to: string; readonly by: string; readonly cause: string }
  | { readonly kind: 'alert'; readonly severity: 'amber' | 'red'; readonly code: string; readonly message: string };

export type EntryKind = Entry['kind'];

export type InstrumentBody = {
  readonly id: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  readonly tick: string;
  readonly lot: string;
  readonly minimum: string;
  readonly maximum: string;
  /** `1` on spot. */
  readonly contract_value: string;
  readonly tradable: boolean;
};

export type DecisionBody = {
  readonly kind: 'decision';
  readonly principal: string;
  readonly intent_id: string;
  readonly tool: string;
  /** The request as it was asked, the agent's own reasoning included. */
  readonly arguments: Json;
  /** SHA-256 of the canonical arguments without intent_id. */
  readonly body_hash: string;
  readonly client: { readonly name: string; readonly version: string; readonly tools_hash: string };
  readonly outcome: 'allow' | 'deny' | 'needs_approval';
  /** Empty unless denied. */
  readonly code: string;
  readonly message: string;
  readonly limit: { readonly name: string; readonly max: string; readonly used: string; readonly unit: string } | null;
  readonly would_be_allowed: string | null;
  /** Before this moment the same is not decided otherwise; `null` where time alone changes nothing. Journals of earlier versions have none. */
  readonly next_allowed_at?: number | null;
  readonly inputs: DecisionInputs;
};

/** An order waits for a person: exactly what they are shown, and what they agree to. */
export type ApprovalAskedBody = {
  readonly kind: 'approval_asked';
  /** What the person types. */
  readonly approval_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly instrument: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: string;
  /** The worst price at which it may execute. */
  readonly price: string;
  readonly notional_usd: string;
  /** With this order: entries of all agents on the underlying in 10 minutes, and the worst case of all its instruments. */
  readonly window_usd: string;
  readonly underlying_worst_case_usd: string | null;
  /** SHA-256 over instrument, side, type, size and price. */
  readonly digest: string;
  /** By which the same order is recognised while it waits. */
  readonly fingerprints: readonly string[];
  readonly expires_at: number;
};

type ApprovalJudged = {
  readonly approval_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly digest: string;
  /** The person's own words; may be empty. */
  readonly reason: string;
};

/** Enough to take the decision again by hand. */
export type DecisionInputs = {
  readonly policy_hash: string;
  readonly mode: string;
  readonly now: number;
  readonly quote: {
    readonly bid: string;
    readonly ask: string;
    readonly last: string;
    readonly mark: string | null;
    readonly index: string | null;
    readonly at: number;
    readonly received_at: number;
  } | null;
  readonly equity_usd: string | null;
  /** USD, valued at the worst price the policy allows. */
  readonly notional_usd: string | null;
  readonly worst_case_after_usd: string | null;
};

export type SubmittingBody = {
  readonly kind: 'submitting';
  readonly client_order_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly instrument: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: string;
  readonly price: string;
  readonly reduce_only: boolean;
  readonly purpose: 'entry' | 'exit';
  readonly strategy: string;
  readonly notional_usd: string;
  /** What later decisions have to remember of this one. */
  readonly marks: { readonly fingerprints: readonly string[]; readonly duplicate_window_ms: number; readonly latches_same_side: boolean };
  readonly expires_at: number;
  /** SHA-256 of method, path, body, expTime and demo header, exactly as they will leave. */
  readonly request_hash: string;
};

export type FillBody = {
  readonly kind: 'fill';
  readonly client_order_id: string;
  readonly exchange_order_id: string;
  readonly trade_id: string;
  readonly bill_id: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly size: string;
  readonly price: string;
  readonly fee: string;
  readonly fee_currency: string;
  readonly exchange_at: number;
};

/** One thing on which books and exchange disagree; empty text where a side has nothing. */
export type DifferenceBody = {
  readonly kind: 'position' | 'balance' | 'order' | 'account';
  readonly subject: string;
  readonly books: string;
  readonly exchange: string;
};
