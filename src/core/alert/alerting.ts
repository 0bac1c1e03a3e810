import type { AlertBody } from '../journal/entry.ts';
import type { PositionKey } from '../order/leg.ts';

export type Severity = AlertBody['severity'];

/** One alert, as it stands in the journal and with what a person has said to it since. */
export type Alert = {
  /** The number of its entry. */
  readonly seq: number;
  /** UTC milliseconds. */
  readonly at: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  /** Empty where there is none. */
  readonly limit: string;
  readonly value: string;
  readonly action: string;
  readonly details: readonly string[];
  /** By which the same alert is recognised. */
  readonly key: string;
  /** `null` while nobody has; whoever did what it tells knows of it. */
  readonly acknowledged: { readonly at: number; readonly by: string } | null;
};

/** An alert on its way, with the sinks that do not have it yet; never none. */
export type Outgoing = { readonly alert: Alert; readonly sinks: readonly string[] };

/** Why no person can be told, and since when. */
export type Unreachable = { readonly since: number; readonly cause: string };

/** What is remembered for alerts: a fold over entries, so that a restart delivers what is owed and forgets no acknowledgement. */
export type Alerting = {
  /** The oldest first, at most 1,000. */
  readonly outbox: readonly Outgoing[];
  /** Red ones that nobody has acknowledged, the oldest first, at most 1,000: the oldest decides. */
  readonly unanswered: readonly Alert[];
  /** What lasts, by key, since its alert: it is told once until it is over. */
  readonly lasting: ReadonlyMap<string, number>;
  /** Ways to people that do not work, and why. */
  readonly down: ReadonlyMap<string, Unreachable>;
  /** When the last entries were submitted, the newest last, at most 1,000. */
  readonly entries: readonly number[];
  /** For how long the agent means to hold what its last decision was about, in milliseconds; `null` where it did not say. */
  readonly stated: number | null;
  /** The same by client order id, of the last orders for which it was said; at most 200. */
  readonly holding: ReadonlyMap<string, { readonly position: PositionKey; readonly milliseconds: number }>;
  /** When a position should be closed, by what was said with the orders that made it: the earliest counts. UTC milliseconds. */
  readonly due: ReadonlyMap<PositionKey, number>;
  /** The UTC day (days since 1970) that the next digest tells of; `null` before the first start. */
  readonly digestDay: number | null;
};

/** Alerts about something that goes on: told once, until it is over. */
export const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';
export const OUTCOME_UNRESOLVED = 'OUTCOME_UNRESOLVED';
export const lastingCodes: ReadonlySet<string> = new Set([
  'TRADES_PER_WINDOW',
  'HELD_TOO_LONG',
  'BALANCE_FLOOR',
  'ACCOUNT_EQUITY',
  OUTCOME_UNKNOWN,
  OUTCOME_UNRESOLVED,
]);

export const OUTBOX_MAX = 1000;
export const ENTRIES_MAX = 1000;

/** Before the first entry. */
export const quiet: Alerting = {
  outbox: [],
  unanswered: [],
  lasting: new Map(),
  down: new Map(),
  entries: [],
  stated: null,
  holding: new Map(),
  due: new Map(),
  digestDay: null,
};

const DAY_MILLISECONDS = 86_400_000;

/** Days since 1970, UTC. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MILLISECONDS);
}

/** By which two alerts are the same: their key, or else what they say. */
export function identityOf({ key, code, message }: Pick<Alert, 'key' | 'code' | 'message'>): string {
  return key === '' ? `${code} ${message}` : key;
}
