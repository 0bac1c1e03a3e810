import { orderOf } from '../account/apply.ts';
import type { Killing } from '../account/killing.ts';
import type { State } from '../account/state.ts';
import type { ClearedOrder, Entry } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { AlgoOrderReport, OrderReport } from '../order/report.ts';
import { ABSENCE_MARGIN_MILLISECONDS } from '../order/absence.ts';
import { isRuledOut } from '../order/life.ts';
import { type Clearing, clearingMost } from '../order/request.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';

/** What a kill should take at most; then a person is told, and it goes on more slowly. */
const KILL_MILLISECONDS = 5000;
const AGAIN_MILLISECONDS = 200;
const AGAIN_SLOWLY_MILLISECONDS = 1000;
/** Orders that one list leads to cancels of; the next list has the rest. */
const CLEARED_AT_ONCE_MAX = 500;

/**
 * The exchange said what waits there, of anybody and of every kind. What could open or enlarge a position is cancelled by the exchange's own
 * numbers, and it is asked again, until a complete list has none, and no request of ours can arrive any more (reference/risk.md A1,
 * §6.3, I-R6). What only reduces stays: a halt takes nobody's protection away.
 */
export function enumerated(state: State, event: Extract<Event, { kind: 'enumerated' }>, context: Context): Step {
  const { killing } = state;
  if (killing === null) return nothing;
  const { now, readOnly } = context.circumstances;
  const listed: readonly Listed[] = [...event.orders, ...event.algos];
  const entrants = listed.filter((report) => isEntry(state, report));
  const kept = listed.length - entrants.length;
  // What an earlier kill asked for may be older than what this one is about: it leads to cancels, and proves nothing.
  const complete = event.complete && event.askedFor === killing.seq;
  const clear = complete && entrants.length === 0 && !mayArrive(state, event.askedAt);
  if (clear || (readOnly && complete)) return ended(killing, { now, kept, left: entrants.length, evidence: event.evidence });
  // A second cancel of what is being cancelled would only stand in the way of the rest, which the exchange's rates let through one after the other.
  const underWay = new Set(event.underWay);
  const wanted = entrants.filter(({ exchangeOrderId }) => !underWay.has(exchangeOrderId)).slice(0, CLEARED_AT_ONCE_MAX);
  // What was written once is asked for again without being written again, for as long as it takes.
  const fresh = wanted.filter(({ exchangeOrderId }) => !killing.asked.has(exchangeOrderId)).map((report) => clearedOrder(state, report));
  const clearing: readonly Entry[] =
    fresh.length === 0 ? [] : [{ kind: 'clearing', orders: fresh, listed: listed.length, evidence: event.evidence }];
  const late = now - killing.at > KILL_MILLISECONDS;
  const again: Effect = { kind: 'enumerate', afterMilliseconds: late ? AGAIN_SLOWLY_MILLISECONDS : AGAIN_MILLISECONDS };
  return {
    entries: [...clearing, ...(late ? alert(state, killing, { left: entrants.length, event }) : [])],
    effects: [...(readOnly ? [] : cancels(wanted, context)), ...looks(state, wanted), again],
  };
}

type Listed = OrderReport | AlgoOrderReport;

/**
 * Whether it could open or enlarge a position. Where the books know it for an entry of ours it could; of any other, whoever placed it, it has to be the
 * exchange itself that lets it do no more than close, or it sells on cash spot, which sells no more than is there: what is only meant to reduce opens
 * when it is filled after the position has gone. The exchange's own liquidations are not ours to stop.
 */
function isEntry(state: State, report: Listed): boolean {
  const { clientOrderId, instrument, side, leg, reduceOnly } = report;
  if ('category' in report && report.category === 'liquidation') return false;
  const own = clientOrderId === '' ? undefined : orderOf(state, clientOrderId);
  // What bears an id of ours and is not what we sent under it is judged like anybody's.
  if (own?.purpose === 'entry' && own.instrument === instrument && own.side === side) return true;
  const closesLeg = leg !== 'net' && (leg === 'long') === (side === 'sell');
  return !(reduceOnly || closesLeg || (isSpot(state, instrument) && side === 'sell'));
}

/** By the table, and by its name where the gateway does not trade it. */
function isSpot(state: State, id: InstrumentId): boolean {
  const instrument = state.instruments.get(id);
  return instrument === undefined ? id.split('-').length === 2 : instrument.kind === 'spot';
}

/**
 * Whether an entry of ours is open, or on its way: what was sent before the latch may be taken until its expiry, and shows a little later. A refusal is
 * believed when a list that was asked for after the expiry does not have it.
 */
function mayArrive(state: State, askedAt: number): boolean {
  const refused = state.traceless
    .flatMap((id) => orderOf(state, id) ?? [])
    .filter(({ purpose, life }) => purpose === 'entry' && isRuledOut(life));
  if (refused.some(({ expiresAt }) => askedAt <= expiresAt)) return true;
  return [...state.openOrders.values()].some(({ purpose, life, expiresAt }) => {
    if (purpose !== 'entry' || life.kind === 'settling') return false;
    const isInFlight = life.kind === 'submitting' || life.kind === 'unknown';
    return !isInFlight || askedAt <= expiresAt + ABSENCE_MARGIN_MILLISECONDS;
  });
}

function clearedOrder(state: State, report: Listed): ClearedOrder {
  return {
    exchange_order_id: report.exchangeOrderId,
    client_order_id: report.clientOrderId,
    instrument: report.instrument,
    type: 'type' in report ? report.type : 'order',
    side: report.side,
    own: isOwn(state, report),
  };
}

function isOwn(state: State, { clientOrderId }: Listed): boolean {
  return clientOrderId !== '' && orderOf(state, clientOrderId) !== undefined;
}

/** As few requests as the exchange allows: one list of cancels is of one kind and one instrument. */
function cancels(wanted: readonly Listed[], { requestHash }: Context): readonly Effect[] {
  const groups = Map.groupBy(wanted, (report) => `${'type' in report ? 'clear_algos' : 'clear_orders'} ${report.instrument}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const kind: Clearing['kind'] = 'type' in first ? 'clear_algos' : 'clear_orders';
    const ids = [...new Set(group.map(({ exchangeOrderId }) => exchangeOrderId))];
    const most = clearingMost[kind];
    return Array.from({ length: Math.ceil(ids.length / most) }, (_, index): Effect => {
      const request: Clearing = { kind, instrument: first.instrument, exchangeOrderIds: ids.slice(index * most, (index + 1) * most) };
      return { kind: 'clear', request, requestHash: requestHash(request) };
    });
  });
}

/** What became of ours is then asked about, so that the books follow. */
function looks(state: State, wanted: readonly Listed[]): readonly Effect[] {
  return wanted.flatMap(({ clientOrderId }): readonly Effect[] => {
    const order = clientOrderId === '' ? undefined : orderOf(state, clientOrderId);
    return order === undefined ? [] : [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: AGAIN_MILLISECONDS }];
  });
}

type End = { readonly now: number; readonly kept: number; readonly left: number; readonly evidence: string };

function ended({ at, own, foreign }: Killing, { now, kept, left, evidence }: End): Step {
  const outcome = left === 0 ? 'clear' : 'remaining';
  const figures = { cancelled: own.size + foreign, foreign, kept, left, milliseconds: now - at };
  return { entries: [{ kind: 'killed', outcome, ...figures, evidence }], effects: [] };
}

type Late = { readonly left: number; readonly event: Extract<Event, { kind: 'enumerated' }> };

/** Told once a kill. */
function alert(state: State, { at }: Killing, { left, event }: Late): readonly Entry[] {
  if (state.alerts.some((each) => each.code === 'NOT_CLEAR' && each.at >= at)) return [];
  const what = !event.complete
    ? 'the exchange does not say what still waits there'
    : left > 0
      ? `${left} entries still wait at the exchange`
      : 'an order that was on its way may still arrive';
  const why = event.cause === '' ? '' : ` (${event.cause})`;
  const message = `${KILL_MILLISECONDS / 1000} s after the halt ${what}${why}`;
  return [{ kind: 'alert', severity: 'red', code: 'NOT_CLEAR', message, action: 'it is asked again every second' }];
}
