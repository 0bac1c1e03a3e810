import type { Isolation } from '../policy/isolation.ts';
import type { Circumstances } from '../account/books.ts';
import type { Subject } from '../account/freeze.ts';
import type { Mode } from '../account/mode.ts';
import type { ClientIdentity } from '../channel.ts';
import type { SignedCheckpoint } from '../journal/checkpoint.ts';
import type { Entry } from '../journal/entry.ts';
import type { Json } from '../lang/canonical.ts';
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Intent, Principal } from '../order/intent.ts';
import type { Source } from '../order/absence.ts';
import type { PositionMode } from '../order/leg.ts';
import type { ClientOrderId } from '../order/order.ts';
import type { AlgoOrderReport, FillReport, OrderReport, ReadReport, WriteReport } from '../order/report.ts';
import type { Clearing, Write } from '../order/request.ts';
import type { Code } from '../policy/codes.ts';
import type { Configuration } from '../policy/configuration.ts';
import type { Ratchet } from '../policy/ratchet.ts';
import type { Trip } from '../policy/tripwire.ts';
import type { Snapshot } from '../reconcile/compare.ts';
import type { SignedStage } from '../stage/artefact.ts';
import type { Observation } from '../verify/verify.ts';

/** Everything that reaches the gateway, in the order in which it is taken from the inbox. */
export type Event =
  | {
      readonly kind: 'started';
      readonly journal: string;
      readonly environment: string;
      readonly version: string;
      readonly policyHash: string;
      readonly readOnly: boolean;
      /** How the exchange counts derivatives; absent: net. */
      readonly positionMode?: PositionMode;
      /** Absent: nobody looked. */
      readonly isolation?: Isolation;
    }
  | { readonly kind: 'instruments_read'; readonly instruments: readonly Instrument[] }
  | {
      readonly kind: 'asked';
      readonly call: number;
      readonly tool: string;
      readonly intent: Intent;
      readonly arguments: Json;
      readonly client: ClientIdentity;
    }
  | { readonly kind: 'place_answered'; readonly clientOrderId: ClientOrderId; readonly outcome: WriteOutcome }
  | { readonly kind: 'move_answered'; readonly clientOrderId: ClientOrderId; readonly outcome: WriteOutcome }
  | { readonly kind: 'cancel_answered'; readonly clientOrderId: ClientOrderId; readonly outcome: WriteOutcome }
  /** One order was asked about. `fills` is `null` when they could not be read. */
  | {
      readonly kind: 'inspected';
      readonly clientOrderId: ClientOrderId;
      readonly order: ReadReport;
      readonly fills: readonly FillReport[] | null;
    }
  /** A stop order was asked about, and where it was reached the order that it sent. `askedAt` is 0 while the exchange's time is not known. */
  | {
      readonly kind: 'protection_seen';
      readonly clientOrderId: ClientOrderId;
      readonly protection: ReadReport;
      readonly order: ReadReport | null;
      readonly fills: readonly FillReport[] | null;
      readonly askedAt: number;
      readonly evidence: string;
    }
  | { readonly kind: 'searched'; readonly clientOrderId: ClientOrderId; readonly search: Search }
  | { readonly kind: 'observed'; readonly observation: Observation }
  | { readonly kind: 'snapshot'; readonly trigger: Trigger; readonly attempt: number; readonly snapshot: Snapshot }
  | {
      readonly kind: 'operated';
      readonly verb: 'halt' | 'reduce_only' | 'resume';
      readonly reason: string;
      readonly haltFileExists: boolean;
      /** The mode that the person saw. */
      readonly from: Mode;
    }
  /** A person's answer to an order that waits. It comes over the operator's socket and from nowhere else. */
  | {
      readonly kind: 'judged';
      readonly call: number;
      readonly approval: string;
      readonly verb: 'approve' | 'deny';
      readonly reason: string;
    }
  /** Something outside the books went wrong that must not wait for an order: the cause is our own words. */
  | {
      readonly kind: 'degraded';
      readonly to: Mode;
      readonly cause: string;
      /** A person is told under this code also where the account is stopped as far already. */
      readonly code?: string;
    }
  /** A checkpoint of the journal was signed, and the state that it names is kept. */
  | { readonly kind: 'checkpointed'; readonly checkpoint: SignedCheckpoint }
  /** A snapshot could not be used, or not be written; the cause is our own words. */
  | { readonly kind: 'no_snapshot'; readonly cause: string }
  /** The part of the journal that a start from a snapshot did not read is wrong. */
  | { readonly kind: 'journal_defect'; readonly cause: string }
  /** A person's word that an order of unknown outcome never executed, where look-ups cannot prove it any more. */
  | { readonly kind: 'resolve_asked'; readonly clientOrderId: string; readonly reason: string }
  | { readonly kind: 'freeze_asked'; readonly verb: 'freeze' | 'unfreeze'; readonly subject: Subject; readonly reason: string }
  /** The operator adds an agent, gives it another token, or ends it. `tokenHash` is empty where there is none. */
  | {
      readonly kind: 'agent_asked';
      readonly verb: 'add' | 'token' | 'revoke';
      readonly agent: string;
      readonly tokenHash: string;
      readonly reason: string;
    }
  /** A person accepts what a comparison found; `evidence` is that of the one they saw. It comes over the operator's socket and from nowhere else. */
  | { readonly kind: 'adopt_asked'; readonly reason: string; readonly evidence: string }
  /** `instrument` is empty for everything. */
  | { readonly kind: 'flatten_asked'; readonly reason: string; readonly instrument: string }
  /** An answer of the exchange says that it lets less be done than before. */
  | { readonly kind: 'restricted'; readonly scope: 'instrument' | 'account'; readonly instrument: InstrumentId; readonly cause: string }
  /**
   * What waits at the exchange, of anybody. `askedAt` is 0 while the exchange's time is not known, `askedFor` the row of the kill that it was asked
   * for; `underWay` are the exchange's numbers of what was being cancelled then, and `cause` says why the last cancels were not taken.
   */
  | {
      readonly kind: 'enumerated';
      readonly orders: readonly OrderReport[];
      readonly algos: readonly AlgoOrderReport[];
      /** Whether that is all: every page of every kind was read. */
      readonly complete: boolean;
      readonly askedAt: number;
      readonly askedFor: number;
      readonly underWay: readonly string[];
      readonly cause: string;
      readonly evidence: string;
    }
  | { readonly kind: 'tick' }
  /** A sink took an alert, or did not: `failure` says why. `attempt` counts from 0. */
  | {
      readonly kind: 'notified';
      readonly sink: string;
      readonly alert: number;
      readonly attempt: number;
      readonly failure: string | null;
    }
  | { readonly kind: 'pulsed'; readonly attempt: number; readonly failure: string | null }
  /** The operator has seen alerts; `alerts` are numbers of entries. */
  | { readonly kind: 'acknowledge_asked'; readonly alerts: readonly number[]; readonly reason: string }
  | { readonly kind: 'alert_test' }
  /** The operator leads the account one rung up the roll-out; `signed` is what the vault signed for it, `null` where no real money is at stake. */
  | { readonly kind: 'promote_asked'; readonly to: string; readonly reason: string; readonly signed: SignedStage | null }
  | { readonly kind: 'demote_asked'; readonly reason: string }
  /** The vault does not know what the stage was signed with; the cause is our own words. */
  | { readonly kind: 'stage_refused'; readonly cause: string }
  /** Other limits hold, or are waited for; it comes from the gateway's own hands, from a file that it has read. */
  | {
      readonly kind: 'limits_set';
      readonly ratchet: Ratchet;
      readonly policyHash: string;
      readonly by: 'operator' | 'twokey';
      readonly cause: string;
      /** What of a file that nobody applied would loosen, line by line, in our own words; empty where nothing would. */
      readonly unapplied: readonly string[];
      /** The same of a file that the operator applied, when it begins to wait and when it comes to hold; `waitMilliseconds` is 0 then. `null` where nothing loosens. */
      readonly loosening: { readonly changes: readonly string[]; readonly waitMilliseconds: number } | null;
    }
  /** A try to prove that it is the operator who asks; it comes from the gateway's own hands, around its question to the vault. */
  | {
      readonly kind: 'proof_tried';
      readonly purpose: string;
      readonly outcome: 'begun' | 'accepted' | 'refused';
      readonly cause: string;
      readonly step: number;
    }
  /** What an agent asked sounds like the operator's, or like somebody who is after the keys. */
  | { readonly kind: 'tripped'; readonly principal: Principal; readonly trip: Trip }
  /** Something outside the books that a person should know, in our own words. */
  | { readonly kind: 'noticed'; readonly code: string; readonly message: string }
  /** What the operator asked of the exchange beside orders, and what it said, in our own words. */
  | { readonly kind: 'operator_noted'; readonly code: string; readonly message: string };

/** What became of a request that was to change something at the exchange. */
export type WriteOutcome = WriteReport | { readonly kind: 'not_sent'; readonly cause: string };
/** Full comparisons, and the routine between them; `reconnect` after the exchange could not be asked for a while, `daily` five minutes into a UTC day. */
export type Trigger = 'boot' | 'hourly' | 'daily' | 'reconnect' | 'operator' | 'routine';

/** What every source said of an order that nobody answered for (reference/risk.md §6.2). A failed question proves nothing. */
export type Search = {
  readonly startedAt: number;
  readonly order: ReadReport;
  readonly pending: 'listed' | 'not_listed' | 'failed';
  readonly history: 'listed' | 'not_listed' | 'failed';
  readonly fills: readonly FillReport[] | null;
  readonly holding: 'unchanged' | 'changed' | 'failed';
  /** The hash of each source's answer. */
  readonly evidence: Readonly<Record<Source, string>>;
};

/** What the engine does after the entries are durable. `afterMilliseconds` is counted from then. */
export type Effect =
  | { readonly kind: 'submit'; readonly clientOrderId: ClientOrderId; readonly request: Write; readonly requestHash: string }
  | { readonly kind: 'cancel'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'inspect'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'search'; readonly clientOrderId: ClientOrderId; readonly afterMilliseconds: number }
  | { readonly kind: 'observe'; readonly instrument: InstrumentId; readonly afterMilliseconds: number }
  | { readonly kind: 'compare'; readonly trigger: Trigger; readonly attempt: number; readonly afterMilliseconds: number }
  /** Asks for everything that waits at the exchange, and cancels of it. */
  | { readonly kind: 'enumerate'; readonly afterMilliseconds: number }
  | { readonly kind: 'clear'; readonly request: Clearing; readonly requestHash: string }
  /** The oldest alert that a sink does not have leaves for it. */
  | { readonly kind: 'notify'; readonly sink: string; readonly attempt: number; readonly afterMilliseconds: number }
  /** Answers a call that left no record of its own. */
  | { readonly kind: 'refuse'; readonly call: number; readonly code: Code; readonly message: string };

export type Step = { readonly entries: readonly Entry[]; readonly effects: readonly Effect[] };

/** What a step may look at beside the state. */
export type Context = {
  readonly circumstances: Circumstances;
  readonly configuration: Configuration;
  readonly policyHash: string;
  /** The hash of the bytes that a venue would make of a request; the vault must come to the same. */
  readonly requestHash: (request: Write | Clearing) => string;
  /** The last sequence of this start that was signed for; it can be ahead of the journal's where an append failed. */
  readonly spent: number;
};

/** Nothing to write and nothing to do. */
export const nothing: Step = { entries: [], effects: [] };

/** How soon an order of unknown outcome is looked for the first time. */
export const SEARCH_FIRST_MILLISECONDS = 250;
