import { isDust } from '../account/position.ts';
import type { Position } from '../account/books.ts';
import type { State } from '../account/state.ts';
import type { Context } from '../gateway/events.ts';
import type { AlertBody, Entry, SubmittingBody } from '../journal/entry.ts';
import { compare, decimal, divideDown, formatDecimal, one } from '../money/decimal.ts';
import { positionKey } from '../order/leg.ts';
import { isOperator } from '../policy/control.ts';
import { HELD_DATA_AGE_MAX_MILLISECONDS } from '../policy/others.ts';
import { inSize, usd } from '../policy/words.ts';
import type { Alerts } from '../policy/alerts-section.ts';
import type { Principal } from '../order/intent.ts';
import { ENTRIES_MAX } from './alerting.ts';
import { longUnknown } from './outcomes.ts';

// The owner's four: unusual size, trades in a window, held too long, balance below its floor; and more in the account than is meant to be there.

const MINUTE_MILLISECONDS = 60_000;

/** What the orders of one step are told for. */
export function ofOrders(
  state: State,
  entries: readonly Entry[],
  { circumstances, configuration: { alerts } }: Context,
): readonly AlertBody[] {
  const orders = entries.filter((entry) => entry.kind === 'submitting');
  if (orders.length === 0) return [];
  const large = orders.filter(
    (order) => !isOperator(order.principal as Principal) && compare(decimal(order.notional_usd), alerts.normalOrderSize) > 0,
  );
  const opened = orders.filter(({ purpose }) => purpose === 'entry').length;
  const many = opened === 0 ? null : tooMany(state, { more: opened, now: circumstances.now }, alerts);
  return [...large.map((order) => unusualSize(state, order, { alerts, entries })), ...(many === null ? [] : [many])];
}

function unusualSize(
  state: State,
  order: SubmittingBody,
  { alerts, entries }: { readonly alerts: Alerts; readonly entries: readonly Entry[] },
): AlertBody {
  const { principal, instrument, side, size, notional_usd: notional } = order;
  const listed = state.instruments.get(instrument as Position['instrument']);
  const amount = listed === undefined ? size : inSize(listed, decimal(size));
  const worth = usd(decimal(notional));
  return {
    kind: 'alert',
    severity: 'amber',
    code: 'UNUSUAL_SIZE',
    message: `${principal} sends a ${side} of ${amount} on ${instrument} worth ${worth}, more than the normal ${usd(alerts.normalOrderSize)} (normal_order_size)`,
    limit: usd(alerts.normalOrderSize),
    value: worth,
    action: 'none: the limits allow it',
    key: `UNUSUAL_SIZE ${principal} ${instrument}`,
    details: [`log: twokey why ${order.intent_id}`, ...reasonIn(entries)],
  };
}

/** An agent's own words, marked as such, for the lines below the first. */
function reasonIn(entries: readonly Entry[]): readonly string[] {
  const decision = entries.find((entry) => entry.kind === 'decision');
  const given = decision?.arguments;
  if (typeof given !== 'object' || given === null || !('reason' in given) || typeof given.reason !== 'string') return [];
  return [`the agent's own words, which nobody has checked: ${given.reason}`];
}

const TRADES = 'TRADES_PER_WINDOW';

function tooMany(state: State, { more, now }: { readonly more: number; readonly now: number }, alerts: Alerts): AlertBody | null {
  const { count, minutes } = alerts.tradesPerWindow;
  const used = entriesInWindow(state, { now, minutes }) + more;
  if (used <= count || state.alerting.lasting.has(TRADES)) return null;
  return {
    kind: 'alert',
    severity: 'amber',
    code: TRADES,
    message: `${used} entries of all agents in ${minutes} minutes, more than the normal ${count} (trades_per_window)`,
    limit: `${count} in ${minutes} minutes`,
    value: String(used),
    action: 'none: the limits allow it',
    key: TRADES,
  };
}

function entriesInWindow({ alerting }: State, { now, minutes }: { readonly now: number; readonly minutes: number }): number {
  return alerting.entries.filter((at) => at > now - minutes * MINUTE_MILLISECONDS).length;
}

/** Once a second: what has begun to last, and what is over. */
export function lasting(state: State, context: Context): readonly Entry[] {
  const { circumstances, configuration } = context;
  const held = [...state.positions.values()].flatMap((position) => heldTooLong(state, position, context) ?? []);
  const balance = ofBalance(context);
  const begun = [...held, ...(balance ?? []), ...longUnknown(state, circumstances.now)];
  const { count, minutes } = configuration.alerts.tradesPerWindow;
  const goesOn = (key: string): boolean =>
    begun.some((alert) => alert.key === key) ||
    ((key === FLOOR || key === EQUITY) && balance === null) ||
    (key === TRADES && Math.min(entriesInWindow(state, { now: circumstances.now, minutes }), ENTRIES_MAX) > count);
  const over = [...state.alerting.lasting.keys()].filter((key) => !goesOn(key));
  return [...over.map((key): Entry => ({ kind: 'alert_ended', key })), ...begun.filter(({ key = '' }) => !state.alerting.lasting.has(key))];
}

/** Longer than is normal, or than the agent said, whichever is sooner. */
function heldTooLong(state: State, position: Position, { circumstances: { now }, configuration: { alerts } }: Context): AlertBody | null {
  const { instrument, leg, openedAt, owners, size } = position;
  const listed = state.instruments.get(instrument);
  if (listed !== undefined && isDust(size, listed)) return null;
  const name = positionKey(instrument, leg);
  const stated = (state.alerting.due.get(name) ?? Number.POSITIVE_INFINITY) - openedAt;
  const most = Math.min(alerts.maxHoldingMilliseconds, stated);
  const age = now - openedAt;
  if (age <= most) return null;
  const source = stated < alerts.maxHoldingMilliseconds ? 'as its agent stated' : 'max_holding';
  return {
    kind: 'alert',
    severity: 'amber',
    code: 'HELD_TOO_LONG',
    message: `${[...owners.keys()].toSorted().join(', ')} holds ${listed === undefined ? formatDecimal(size) : inSize(listed, size)} of ${name} for ${span(age)}, longer than ${span(most)} (${source})`,
    limit: span(most),
    value: span(age),
    action: 'none: close it with twokey flatten where it should not be',
    key: `HELD_TOO_LONG ${name} ${openedAt}`,
  };
}

const FLOOR = 'BALANCE_FLOOR';

const EQUITY = 'ACCOUNT_EQUITY';

/** Below the owner's floor, or more than is meant to be risked (`max_account_equity` closes entries then); `null` while nobody knows how much there is. */
function ofBalance({ circumstances: { funds, now }, configuration: { alerts, policy } }: Context): readonly AlertBody[] | null {
  if (funds === null || now - funds.at > HELD_DATA_AGE_MAX_MILLISECONDS) return null;
  // Rounded down: what is below its floor never reads as equal to it.
  const equity = `${formatDecimal(divideDown({ dividend: funds.equityUsd, divisor: one, digits: 2 }))} USD`;
  const told = (code: string, limit: string, text: string, action: string): AlertBody => ({
    kind: 'alert',
    severity: 'amber',
    code,
    message: `the account holds ${equity}, ${text}`,
    limit,
    value: equity,
    action,
    key: code,
  });
  const [floor, most] = [usd(alerts.balanceFloor), usd(policy.maxAccountEquity)];
  return [
    ...(compare(funds.equityUsd, alerts.balanceFloor) < 0
      ? [told(FLOOR, floor, `less than ${floor} (balance_floor)`, 'none: min_balance is what closes entries')]
      : []),
    ...(compare(funds.equityUsd, policy.maxAccountEquity) > 0
      ? [told(EQUITY, most, `more than ${most} (max_account_equity)`, 'entries are closed: take out what you do not mean to risk')]
      : []),
  ];
}

/** Minutes and hours as people read them. */
function span(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / MINUTE_MILLISECONDS);
  const hours = Math.floor(minutes / 60);
  const parts = [hours === 0 ? '' : `${hours} h`, minutes % 60 === 0 && hours > 0 ? '' : `${minutes % 60} min`];
  return parts.filter((part) => part !== '').join(' ');
}
