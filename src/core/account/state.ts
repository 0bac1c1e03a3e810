import { type Alert, type Alerting, quiet } from '../alert/alerting.ts';
import type { ClientIdentity } from '../channel.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import type { Json } from '../lang/canonical.ts';
import { emptyTable, type Table } from '../lang/table.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Size } from '../money/units.ts';
import type { IntentId, Principal, Side } from '../order/intent.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { noActivity } from '../policy/activity.ts';
import type { Denial } from '../policy/decision.ts';
import type { Ratchet } from '../policy/ratchet.ts';
import type { Approval } from './approvals.ts';
import type { Books } from './books.ts';
import type { DenialMemory } from './denials.ts';
import type { Flattened, Flattening } from './flattening.ts';
import type { Grants } from './grants.ts';
import type { Leftovers } from './leftover.ts';
import type { Killed, Killing } from './killing.ts';
import { noProofs, type Proofs } from './proofs.ts';
import { noEarnings } from './earnings.ts';
import { noStanding } from './standing.ts';
import type { Statement } from './statement.ts';

/** What became of one wish. The stored answer to a repeated call is built from this. */
export type IntentRecord = {
  readonly principal: Principal;
  readonly intentId: IntentId;
  readonly tool: string;
  /** SHA-256 of the canonical request without its intent_id: the same intent_id with another body is a conflict. */
  readonly bodyHash: string;
  /** The journal's number of the decision. */
  readonly seq: number;
  readonly at: number;
  readonly result:
    | { readonly kind: 'order'; readonly clientOrderId: ClientOrderId }
    /** Several orders decided as one: as many of them as the plan has, and never more. */
    | {
        readonly kind: 'orders';
        readonly plan: readonly PlannedOrder[];
        /** Instruments that are only closed, though what was asked lies on the other side. */
        readonly turns: readonly string[];
        readonly orders: readonly ClientOrderId[];
      }
    | { readonly kind: 'denied'; readonly denial: Denial }
    | Pending
    | { readonly kind: 'cancelling'; readonly orders: readonly ClientOrderId[] }
    /** Stop orders that were placed or moved for it. */
    | { readonly kind: 'protecting'; readonly orders: readonly ClientOrderId[] }
    | { readonly kind: 'halted' };
};

/** A wish that waits for a person, with the request as it was asked: it is decided anew when the person agrees. */
export type Pending = {
  readonly kind: 'pending';
  readonly arguments: Json;
  readonly client: ClientIdentity;
  /** Empty only inside the append that asks. */
  readonly approval: string;
  /** UTC milliseconds. */
  readonly expiresAt: number;
};
/** What one order of a plan may be at most. */
export type PlannedOrder = { readonly instrument: InstrumentId; readonly side: Side; readonly size: Size };

/** Everything that is believed about one account: the fold of its journal, and of nothing else. */
export type State = Books & {
  /** `okx:ENVIRONMENT:UID`. */
  readonly account: string;
  readonly environment: string;
  /** Six characters drawn once; part of every client order id. */
  readonly journal: string;
  /** How many times the gateway was started on this journal, or the newest start of which the exchange shows an id. */
  readonly epoch: number;
  /** Rises with every start and every kill: what was decided under a smaller one is not sent any more. */
  readonly fence: number;
  /** Client order ids given in this epoch. */
  readonly sequence: number;
  /** The last applied row. */
  readonly seq: number;
  readonly policyHash: string;
  readonly modeCause: string;
  readonly modeSince: number;
  /** Whether the holdings found at the first start have been taken. */
  readonly baselined: boolean;
  /** Orders with evidence of their end. */
  readonly doneOrders: Table<Order>;
  /** The last orders that were sent and are believed to have left no trace, newest last: the first to ask about when something does not add up. */
  readonly traceless: readonly ClientOrderId[];
  /** By `principal/intent_id`. */
  readonly intents: Table<IntentRecord>;
  /** Booked executions by `instrument/trade_id`: each is booked once. */
  readonly trades: Table<true>;
  /** The last denial of a request by `principal/body_hash`, so that identical ones are written short, and cool down. */
  readonly denials: Table<DenialMemory>;
  /** What waits for a person, by what the person types; the oldest first. */
  readonly approvals: ReadonlyMap<string, Approval>;
  /** Orders with fills that the exchange's own position has not confirmed yet. */
  readonly unverified: ReadonlyMap<ClientOrderId, InstrumentId>;
  /** By instrument, the row of the last booked fill and the mismatch that was seen since, if any. */
  readonly checks: ReadonlyMap<string, Check>;
  /** What closes have left and is to be closed as well, by position. */
  readonly leftovers: Leftovers;
  /** Whom the operator added and revoked, by name. */
  readonly grants: Grants;
  /** Alerts, the newest last, at most 100. */
  readonly alerts: readonly Alert[];
  readonly alerting: Alerting;
  /** The operator's flattening that is under way in this start, and how the last one of all ended. */
  readonly flattening: Flattening | null;
  readonly flattened: Flattened | null;
  /** The kill that is under way, and how the last one of all ended. */
  readonly killing: Killing | null;
  readonly killed: Killed | null;
  /** The exchange's own timer, while it is to run: seconds, and since when (UTC milliseconds). */
  readonly timer: { readonly seconds: number; readonly since: number } | null;
  /** Which limits hold, by the digests of their files; `null` before any was written down. */
  readonly limits: Ratchet | null;
  /** Tries to prove that it is the operator who asks. */
  readonly proofs: Proofs;
  readonly lastCompared: Compared | null;
  /** How far the exchange's bills were read; `null` before the first statement. */
  readonly statement: Statement | null;
  /** UTC milliseconds of the newest entry. */
  readonly lastAt: number;
};

/** What the last comparison found. */
export type Compared = {
  readonly at: number;
  readonly clean: boolean;
  readonly differences: number;
  readonly found: readonly DifferenceBody[];
  readonly evidence: string;
};

export type Check = { readonly lastFillSeq: number; readonly mismatch: Mismatch | null };
/** The exchange said `exchange` where the books said something else; `confirmed` once that lasted. */
export type Mismatch = { readonly at: number; readonly seq: number; readonly exchange: string; readonly confirmed: boolean };
/** Before the first entry. */
export function emptyState(account: string): State {
  return {
    account,
    environment: '',
    journal: '',
    epoch: 0,
    fence: 0,
    sequence: 0,
    seq: 0,
    policyHash: '',
    booting: true,
    mode: 'ACTIVE',
    modeCause: 'first start',
    modeSince: 0,
    baselined: false,
    instruments: new Map(),
    positionMode: 'net',
    positions: new Map(),
    openOrders: new Map(),
    baseline: { currencies: new Map(), contracts: new Map() },
    activity: noActivity,
    frozen: new Map(),
    earnings: noEarnings,
    standing: noStanding,
    doneOrders: emptyTable(),
    traceless: [],
    intents: emptyTable(),
    denials: emptyTable(),
    approvals: new Map(),
    unverified: new Map(),
    trades: emptyTable(),
    checks: new Map(),
    leftovers: new Map(),
    grants: new Map(),
    alerts: [],
    alerting: quiet,
    unreachable: null,
    flattening: null,
    flattened: null,
    killing: null,
    killed: null,
    timer: null,
    limits: null,
    proofs: noProofs,
    lastCompared: null,
    statement: null,
    lastAt: 0,
  };
}

export function intentKey(principal: string, intentId: string): string {
  return `${principal}/${intentId}`;
}

export function denialKey(principal: string, bodyHash: string): string {
  return `${principal}/${bodyHash}`;
}
