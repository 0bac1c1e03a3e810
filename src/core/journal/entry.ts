import type { Isolation } from '../policy/isolation.ts';
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
      /** Absent in journals from before long/short mode: net. */
      readonly position_mode?: 'net' | 'long_short';
      /** Whether the system kept agents away from the gateway, as it was at this start, with who they are or with why not; absent where nobody looked. */
      readonly isolation?: Isolation['kind'];
      readonly isolation_says?: readonly string[];
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
  | NotFoundBody
  | AbsentBody
  | {
      readonly kind: 'reported';
      readonly client_order_id: string;
      readonly exchange_order_id: string;
      readonly state: 'live' | 'partially_filled' | 'filled' | 'cancelled';
      readonly filled: string;
    }
  | FillBody
  /** A stop order of its own is about to be sent: from here on it counts. */
  | ProtectingBody
  /** The exchange says that a stop order waits for its price; `size` is empty where it does not say how much it would close. */
  | { readonly kind: 'armed'; readonly client_order_id: string; readonly exchange_order_id: string; readonly size: string }
  /** A stop order was reached; `exchange_order_id` is the order that it sent. */
  | { readonly kind: 'triggered'; readonly client_order_id: string; readonly exchange_order_id: string }
  /** The triggers of a stop order are about to be moved; empty text: none. */
  | ({
      readonly kind: 'moving';
      readonly client_order_id: string;
      readonly principal: string;
      readonly intent_id: string;
      readonly request_hash: string;
    } & TriggerTexts)
  /** Where the triggers of a stop order are, and since when by the exchange's clock, where it was the exchange that said so (UTC milliseconds). */
  | ({
      readonly kind: 'moved';
      readonly client_order_id: string;
      readonly updated_at?: number;
    } & TriggerTexts)
  /** An order was asked to become another size (in total) or price: until `amended` it may execute as either. */
  | {
      readonly kind: 'amending';
      readonly client_order_id: string;
      readonly size: string;
      readonly price: string;
      /** Whether it may execute more than before: that counts as one more entry of the day. */
      readonly increases: boolean;
      /** What the order that it may become is counted at. */
      readonly notional_usd: string;
    }
  /** What the exchange says that it became; `refused` leaves it as it was. */
  | { readonly kind: 'amended'; readonly client_order_id: string; readonly outcome: 'applied' | 'refused' }
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
  /** What a proven close has left of what it was to close, and is closed as well; a size of zero: it is not followed any more. */
  | { readonly kind: 'leftover'; readonly client_order_id: string; readonly size: string; readonly attempt?: number }
  /** Seen once and not yet believed: fills may be on their way. */
  | { readonly kind: 'mismatch'; readonly instrument: string; readonly books: string; readonly exchange: string; readonly evidence: string }
  | {
      readonly kind: 'compared';
      readonly trigger: string;
      readonly clean: boolean;
      readonly differences: readonly DifferenceBody[];
      readonly evidence: string;
      /** How many of each the exchange listed. Absent in journals of earlier versions. */
      readonly scope?: { readonly positions: number; readonly currencies: number; readonly orders: number; readonly bills: number };
      /** The mode that the differences ask for; empty where they ask for none. Absent in journals of earlier versions. */
      readonly action?: string;
    }
  /**
   * The exchange's bills up to `through` were read, and the balances that they lead to. `items` are those that no fill of ours explains; a first
   * statement opens the account at the balances that it finds.
   */
  | {
      readonly kind: 'statement';
      readonly through: string;
      readonly balances: Readonly<Record<string, string>>;
      readonly items: readonly BillBody[];
      /** Bills of our own fills, and what they moved, by currency, as far as fills say it too. */
      readonly trades: number;
      readonly settled: Readonly<Record<string, string>>;
      readonly evidence: string;
    }
  /** A person accepts what the exchange says; the books follow. */
  | {
      readonly kind: 'adopted';
      readonly by: string;
      readonly reason: string;
      readonly differences: readonly DifferenceBody[];
      readonly changes: readonly AdoptionBody[];
      /** What is to be counted as held beside twokey, by position and by currency, from here on. */
      readonly contracts: Readonly<Record<string, string>>;
      readonly currencies: Readonly<Record<string, string>>;
      /** What each currency stands at. */
      readonly balances: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'mode'; readonly from: string; readonly to: string; readonly by: string; readonly cause: string }
  /** Nothing new is opened on an instrument, or by an agent, until it is thawed. `subject`: `instrument:ID` or `agent:NAME`. */
  | { readonly kind: 'frozen'; readonly subject: string; readonly by: string; readonly cause: string }
  | { readonly kind: 'thawed'; readonly subject: string; readonly by: string; readonly cause: string }
  /** The operator wants everything closed, or one instrument; `positions` is what there is to close in this phase. */
  | {
      readonly kind: 'flattening';
      readonly phase: 'closing' | 'proving';
      readonly reason: string;
      /** Empty: everything. */
      readonly instrument: string;
      readonly positions: readonly { readonly instrument: string; readonly size: string }[];
    }
  /** How that ended. `clean`: a comparison taken after the last order found books and exchange equal. */
  | {
      readonly kind: 'flattened';
      readonly outcome: 'flat' | 'remaining' | 'unknown';
      readonly positions: readonly FlattenedPosition[];
      readonly open_orders: number;
      readonly clean: boolean;
    }
  /** A halt: whatever was decided before is void, and what waits at the exchange and could open something is cancelled until nothing is left. */
  | { readonly kind: 'killing'; readonly by: string; readonly cause: string }
  /** What the exchange listed, and is now asked to cancel by its own numbers; `listed` counts all that waits there. */
  | { readonly kind: 'clearing'; readonly orders: readonly ClearedOrder[]; readonly listed: number; readonly evidence: string }
  /** How that ended. `kept` is what only reduces, `left` what could open something and still waits. */
  | {
      readonly kind: 'killed';
      readonly outcome: 'clear' | 'remaining';
      readonly cancelled: number;
      readonly foreign: number;
      readonly kept: number;
      readonly left: number;
      readonly milliseconds: number;
      readonly evidence: string;
    }
  /** The operator made a name an agent, or gave it another token: what is kept of that is its SHA-256, in hex. */
  | {
      readonly kind: 'agent_added';
      readonly agent: string;
      readonly token_hash: string;
      readonly by: string;
      readonly reason: string;
    }
  /** The operator ended an agent, also one that twokey.toml names. */
  | { readonly kind: 'agent_revoked'; readonly agent: string; readonly by: string; readonly reason: string }
  /** From here on the exchange is to cancel all by itself when it does not hear of twokey for so long; 0: no longer. */
  | { readonly kind: 'timer'; readonly seconds: number }
  /** What twokey's own trading is worth now; losses are measured from these. `halting`: limits whose breach halted the account and still stands. */
  | {
      readonly kind: 'marked';
      readonly managed_usd: string;
      readonly prices: Readonly<Record<string, string>>;
      readonly halting: readonly string[];
    }
  /** From here on it is not known what that is worth, until the next `marked`. */
  | { readonly kind: 'unvalued'; readonly cause: string }
  /** The vault signed that the journal stood at `entry`, and what its entries came to (docs/formats/snapshot.md). */
  | {
      readonly kind: 'checkpoint';
      readonly entry: number;
      readonly entry_hash: string;
      readonly state_digest: string;
      readonly key: string;
      readonly signature: string;
    }
  | AlertBody
  /** What an alert was about is over: the same may be told again. */
  | { readonly kind: 'alert_ended'; readonly key: string }
  /** A sink has an alert, or will never get it because it is not in the file any more. `alert` is the number of its entry. */
  | {
      readonly kind: 'delivered';
      readonly alert: number;
      readonly sink: string;
      readonly outcome: 'delivered' | 'given_up';
      /** How often it was tried in the start that ended it. */
      readonly attempts: number;
    }
  | StageBody
  /**
   * Which limits hold: those of all files of these digests together, and `pending` alone from its `due` on (UTC milliseconds). `policy_hash` is that of the limits
   * that hold; the texts lie in `state/policy`.
   */
  | {
      readonly kind: 'policy';
      readonly in_force: readonly string[];
      readonly pending: { readonly digest: string; readonly due: number } | null;
      readonly policy_hash: string;
      readonly by: 'operator' | 'twokey';
      readonly cause: string;
    }
  /**
   * Somebody is to prove that they are the operator. `begun` is written before the vault is asked, so that a try counts whatever ends it. `purpose` is what
   * for; `step` the 30-second step of a code that was accepted, else 0. Neither passphrase nor code stands here.
   */
  | {
      readonly kind: 'proof';
      readonly purpose: string;
      readonly outcome: 'begun' | 'accepted' | 'refused';
      readonly cause: string;
      readonly step: number;
    }
  /** A person has seen an alert. */
  | { readonly kind: 'acknowledged'; readonly alert: number; readonly by: string; readonly reason: string }
  /** A way to people stopped working, or works again. `closes`: with this, none is left. */
  | { readonly kind: 'notifier'; readonly sink: string; readonly state: 'down' | 'up'; readonly cause: string; readonly closes: boolean };

export type EntryKind = Entry['kind'];

/** A look-up of an unknown order that found nothing; two complete ones in a row, late enough, prove absence. */
export type NotFoundBody = {
  readonly kind: 'not_found';
  readonly client_order_id: string;
  /** SHA-256 over the hashes of all answers. */
  readonly evidence: string;
  /** When it was asked, UTC milliseconds by the exchange's clock. Missing, as `sources` is, of stop orders and in older journals. */
  readonly asked_at?: number;
  /** The hash of the answer of each source that knows nothing of the order. It takes all of `sources` of order/absence.ts to be complete. */
  readonly sources?: Readonly<Record<string, string>>;
};

/** An order never was at the exchange and never will be. */
export type AbsentBody = {
  readonly kind: 'absent';
  readonly client_order_id: string;
  readonly evidence: string;
  /** On how many `not_found` entries it rests: without them it says nothing. Missing where it rests on something else, and in older journals. */
  readonly looks?: number;
  /** The person on whose word it ended, and what they looked at: no look-up could prove it any more. */
  readonly by?: string;
  readonly reason?: string;
};

/**
 * Something that a person should know. All but the first three were not there in earlier versions, and are left out where there is nothing to say.
 */
export type AlertBody = {
  readonly kind: 'alert';
  /** `info` is the daily digest and tests; `red` wants an acknowledgement. */
  readonly severity: 'info' | 'amber' | 'red';
  readonly code: string;
  /** The first line: our own words, numbers and checked names, and never a text of an agent. */
  readonly message: string;
  readonly limit?: string;
  readonly value?: string;
  /** What was done. */
  readonly action?: string;
  /** By which the same alert is recognised. */
  readonly key?: string;
  /** Further lines; an agent's own words stand here, and say that they are. */
  readonly details?: readonly string[];
  /** The person whose own doing it tells. */
  readonly by?: string;
  /** The sinks that it is owed to. */
  readonly sinks?: readonly string[];
};

/**
 * The account stands on another rung of the roll-out (docs/operate/stages.md). `ground`: it was promoted, the operator asked for less, or what took a stage
 * away: a drawdown, an account that stopped itself at the first live stage, another version or position mode than was signed.
 */
export type StageBody = {
  readonly kind: 'stage';
  readonly from: string;
  readonly to: string;
  readonly by: 'operator' | 'twokey';
  readonly ground: 'promoted' | 'asked' | 'drawdown' | 'incident' | 'change';
  readonly cause: string;
  /** UTC milliseconds before which nobody promotes it; 0: no wait. */
  readonly wait_until: number;
  /** What the operator signed in live for the stage in `to`; the vault signs no entry without it. */
  readonly signed?: {
    readonly equity_usd: string;
    readonly version: string;
    readonly position_mode: string;
    readonly issued_at: number;
    readonly key: string;
    readonly signature: string;
  };
};

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
  /** UTC milliseconds of delivery; on dated futures only. */
  readonly expiry?: number;
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
  /** What an allowed wish for several orders comes to. Not there where a wish is one order or none. */
  readonly plan?: PlanBody;
};

export type PlanBody = {
  /** At most ten, decided as one, in the order in which they are sent. */
  readonly orders: readonly PlannedBody[];
  /** Instruments that are only closed, though what was asked lies on the other side. */
  readonly turns: readonly string[];
};

/** One order of a plan. `submitting` has the rest; no more than this may ever be sent for the wish. */
export type PlannedBody = {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly size: string;
  readonly purpose: 'entry' | 'exit';
  readonly notional_usd: string;
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
  readonly leg: 'net' | 'long' | 'short';
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: string;
  /** The worst price at which it may execute. */
  readonly price: string;
  /** Triggers of the stop order that travels with it; `null` where none does. */
  readonly take_profit: string | null;
  readonly stop_loss: string | null;
  readonly notional_usd: string;
  /** With this order: entries of all agents on the underlying in 10 minutes, and the worst case of all its instruments. */
  readonly window_usd: string;
  readonly underlying_worst_case_usd: string | null;
  /** SHA-256 over instrument, side, leg, type, size, price and both triggers. */
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
  readonly quote: QuoteBody | null;
  /** Of a wish that names several instruments: the price of each that had one. */
  readonly quotes?: Readonly<Record<string, QuoteBody>>;
  readonly equity_usd: string | null;
  /** USD, valued at the worst price the policy allows. */
  readonly notional_usd: string | null;
  readonly worst_case_after_usd: string | null;
};

export type QuoteBody = {
  readonly bid: string;
  readonly ask: string;
  readonly last: string;
  readonly mark: string | null;
  readonly index: string | null;
  readonly at: number;
  readonly received_at: number;
  /** What entries rest on besides; entries of older versions have none of it. */
  readonly volume?: string | null;
  readonly range?: { readonly lowest: string; readonly highest: string; readonly since: number } | null;
  /** Of the orders of all others: best prices, and the sizes that rest inside the price collar. `null` for exits, which do not look at it. */
  readonly book?: {
    readonly bid: string | null;
    readonly ask: string | null;
    readonly bid_depth: string;
    readonly ask_depth: string;
    readonly at: number;
    readonly received_at: number;
  } | null;
  readonly funding?: { readonly rate: string; readonly paid_at: number; readonly at: number } | null;
  /** The coin that the instrument is quoted in and its price in US dollars; `null` where that is US dollars themselves, or not known. */
  readonly coin?: { readonly name: string; readonly price: string; readonly at: number } | null;
};

export type SubmittingBody = {
  readonly kind: 'submitting';
  readonly client_order_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly instrument: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly side: 'buy' | 'sell';
  /** Absent in journals from before long/short mode: net. */
  readonly leg?: 'net' | 'long' | 'short';
  readonly type: 'limit' | 'post_only' | 'ioc';
  readonly size: string;
  readonly price: string;
  readonly reduce_only: boolean;
  readonly purpose: 'entry' | 'exit';
  readonly strategy: string;
  readonly notional_usd: string;
  /** What later decisions have to remember of this one. */
  readonly marks: { readonly fingerprints: readonly string[]; readonly duplicate_window_ms: number; readonly latches_same_side: boolean };
  /** The stop order that travels with it, under an id of its own. Absent where there is none. */
  readonly protection?: { readonly client_order_id: string } & TriggerTexts;
  readonly expires_at: number;
  /** The reference price of the decision: mark on derivatives, middle of the book on spot. Older journals have none. */
  readonly arrival?: string;
  /** SHA-256 of method, path, body, expTime and demo header, exactly as they will leave. */
  readonly request_hash: string;
};

export type TriggerTexts = { readonly take_profit: string; readonly stop_loss: string };

export type ProtectingBody = TriggerTexts & {
  readonly kind: 'protecting';
  readonly client_order_id: string;
  readonly principal: string;
  readonly intent_id: string;
  readonly instrument: string;
  readonly product: 'spot' | 'linear' | 'inverse';
  readonly side: 'buy' | 'sell';
  readonly leg: 'net' | 'long' | 'short';
  readonly size: string;
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

/** What became of one position; sizes in the instrument's trading unit. */
export type FlattenedPosition = {
  readonly instrument: string;
  readonly before: string;
  readonly left: string;
  readonly outcome: 'flat' | 'dust' | 'open' | 'unknown';
  /** Why something is left; empty where nothing is. */
  readonly cause: string;
};

/** Something of anybody that could open a position; `type` is `order`, or the exchange's name of a kind of stop or algo order. */
export type ClearedOrder = {
  readonly exchange_order_id: string;
  /** Empty where others gave none. */
  readonly client_order_id: string;
  readonly instrument: string;
  readonly type: string;
  readonly side: 'buy' | 'sell';
  readonly own: boolean;
};

/** One thing on which books and exchange disagree; empty text where a side has nothing. */
export type DifferenceBody = {
  readonly kind: 'position' | 'balance' | 'order' | 'account';
  readonly subject: string;
  readonly books: string;
  readonly exchange: string;
  /** What sort of difference it is; absent in journals of earlier versions. */
  readonly class?: DifferenceClass;
  /** Of a position in long/short mode. */
  readonly leg?: 'long' | 'short';
  /** An id of this journal that this journal had not given; absent where there is none, and in journals of earlier versions. */
  readonly client_order_id?: string;
};

/** What each means and what it does: docs/operate/reconciliation.md. */
export type DifferenceClass =
  | 'other_writer'
  | 'foreign_order'
  | 'foreign_trade'
  | 'liquidation'
  | 'changed_order'
  | 'missing_order'
  | 'reopened_order'
  | 'missing_fill'
  | 'phantom_position'
  | 'position_drift'
  | 'balance_drift'
  | 'settlement_drift'
  | 'movement'
  | 'account_setting'
  | 'unread';

/** A bill of the account that no fill of ours explains. */
export type BillBody = {
  readonly bill_id: string;
  readonly class: 'funding' | 'movement' | 'other' | 'foreign_trade' | 'liquidation' | 'other_writer';
  readonly currency: string;
  /** Positive: came. */
  readonly change: string;
  /** Empty where it is about none. */
  readonly instrument: string;
  readonly exchange_order_id: string;
  readonly exchange_at: number;
};

/** What accepting a difference changes in the books; sizes in the trading unit. */
export type AdoptionBody = {
  readonly instrument: string;
  readonly leg: 'net' | 'long' | 'short';
  /** Taken from what agents hold, at `price`. */
  readonly managed: string;
  readonly price: string;
};
