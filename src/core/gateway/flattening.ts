import { apply } from '../account/apply.ts';
import { FLATTEN_TOOL, type Flattening } from '../account/flattening.ts';
import { instrumentSubject } from '../account/freeze.ts';
import type { Position } from '../account/books.ts';
import { isDust } from '../account/position.ts';
import type { State } from '../account/state.ts';
import type { Entry, FlattenedPosition } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { absolute, compare, formatDecimal, isZero, roundDownToStep, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { CloseIntent, IntentId, Principal } from '../order/intent.ts';
import { instrumentIn, type Leg, type PositionKey, positionKey } from '../order/leg.ts';
import { isUnreached, type Order } from '../order/order.ts';
import { OPERATOR } from '../policy/control.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';
import { freeze } from './freezing.ts';
import { cancelling, down } from './modes.ts';
import { type Asked, asked } from './wishes.ts';

/** How long it is tried. An order of unknown outcome is found or proven absent within fifteen seconds when the exchange answers. */
const FLATTEN_MILLISECONDS_MAX = 30_000;
/** Closes of one instrument that may be refused one after the other before it is left to the person. */
const REFUSALS_MAX = 5;
/** How long one comparison may take before the exchange is asked again. */
const PROOF_PATIENCE_MILLISECONDS = 15_000;

/**
 * The operator wants it all closed, or one instrument. What is open is cancelled first, exits too, since they hold on to what has to be closed; then
 * every second what is held is asked to be closed through the same decision as any other close, until the books are flat; then a full
 * comparison has to agree (reference/risk.md A1, I-R4). Not the baseline, and not dust. Before all that the account is halted, or the instrument
 * frozen, so that nothing new comes in behind it. Whoever asks while one is under way joins it.
 */
export function flattenAsked(state: State, { reason, instrument }: Extract<Event, { kind: 'flatten_asked' }>): Step {
  const by = { by: 'operator', cause: reason };
  const stop =
    instrument === ''
      ? down(state, { to: 'HALTED', ...by })
      : freeze(state, { subject: instrumentSubject(instrument as InstrumentId), ...by });
  const { flattening } = state;
  if (flattening !== null && (flattening.instrument === '' || instrument !== '')) return stop;
  const scope = { instrument };
  const positions = held(state, scope).map((position) => ({ instrument: keyOf(position), size: formatDecimal(position.size) }));
  const rest = openOrders(state, scope).filter(
    ({ clientOrderId, cancel }) =>
      cancel === 'none' && !stop.effects.some((effect) => effect.kind === 'cancel' && effect.clientOrderId === clientOrderId),
  );
  const cancels = cancelling(rest, { principal: OPERATOR, intentId: '', reason });
  return {
    entries: [...stop.entries, { kind: 'flattening', phase: 'closing', reason, instrument, positions }, ...cancels.entries],
    effects: [...stop.effects, ...cancels.effects],
  };
}

/** Why flattening is refused now, with the fix; `null` when it is not. */
export function mayNotFlatten(
  state: State,
  { instrument, haltFileExists, readOnly }: { readonly instrument: string; readonly haltFileExists: boolean; readonly readOnly: boolean },
): string | null {
  if (readOnly) return 'this gateway is read-only and sends nothing; start it without read_only, or close at the exchange';
  if (haltFileExists)
    return 'the file HALT stands in the home folder, and nothing is sent while it does; the mode is kept without it: remove it, then ask again';
  if (state.booting) return 'the first comparison with the exchange has not ended, and what is held is not known; see twokey doctor';
  if (instrument !== '' && !state.instruments.has(instrument as InstrumentId)) return `${instrument} is not an instrument of this gateway`;
  const running = state.flattening?.instrument ?? instrument;
  return running === '' || instrument === '' || running === instrument
    ? null
    : `${running} is being flattened; ask again when that has ended`;
}

/** Once a second, while a flattening is under way: what can be closed is closed, then proven; in the end it is told what is left. */
export function flatten(state: State, context: Context): Step {
  const { flattening } = state;
  if (flattening === null) return nothing;
  const { now } = context.circumstances;
  if (now - flattening.at > FLATTEN_MILLISECONDS_MAX) return ended(state, flattening);
  const left = held(state, flattening);
  const waits = openOrders(state, flattening).length > 0;
  if (left.length > 0 && !waits && left.every(({ instrument }) => isGivenUp(flattening, instrument))) return ended(state, flattening);
  if (left.length > 0 || waits) return closing(state, flattening, context);
  if (flattening.provingSince === null || now - flattening.provingSince > PROOF_PATIENCE_MILLISECONDS) return proving(flattening);
  return flattening.proof === 'none' ? nothing : ended(state, flattening);
}

type Scope = { readonly instrument: string };

function held(state: State, { instrument }: Scope): readonly Position[] {
  return [...state.positions.values()].filter(({ instrument: id, size }) => {
    const traded = state.instruments.get(id);
    return (instrument === '' || instrument === id) && !isZero(size) && (traded === undefined || !isDust(size, traded));
  });
}

function keyOf({ instrument, leg }: Position): PositionKey {
  return positionKey(instrument, leg);
}

function openOrders(state: State, { instrument }: Scope): readonly Order[] {
  return [...state.openOrders.values()].filter((order) => instrument === '' || order.instrument === instrument);
}

function isGivenUp({ refusals }: Flattening, id: InstrumentId): boolean {
  return (refusals.get(id) ?? 0) >= REFUSALS_MAX;
}

/** Each close is a wish of the operator's, decided and journaled like any other; the second sees what the first has taken. */
function closing(state: State, flattening: Flattening, context: Context): Step {
  const { reason, provingSince, instrument } = flattening;
  const entries: Entry[] = [];
  const effects: Effect[] = [];
  let believed = state;
  const take = (step: Step): void => {
    for (const entry of step.entries) believed = apply(believed, { seq: believed.seq + 1, at: context.circumstances.now, entry });
    entries.push(...step.entries);
    effects.push(...step.effects);
  };
  if (provingSince !== null) take({ entries: [{ kind: 'flattening', phase: 'closing', reason, instrument, positions: [] }], effects: [] });
  for (const { instrument: id, leg, size } of held(state, flattening)) {
    if (isGivenUp(flattening, id) || [...state.openOrders.values()].some((order) => order.instrument === id && holdsUp(order))) continue;
    take(asked(believed, wishToClose(believed, { id, leg, size, reason }), context));
  }
  return { entries, effects };
}

/**
 * One order at a time: until the last has ended, what is left to close is not known. A reduce-only stop that was not reached takes nothing away and turns
 * nothing over, so that a cancel of it that gets lost, or an outcome that nobody knows, keeps nobody in.
 */
function holdsUp(order: Order): boolean {
  return !(order.reduceOnly && isUnreached(order));
}

type Close = { readonly id: InstrumentId; readonly leg: Leg; readonly size: Size; readonly reason: string };

function wishToClose(state: State, { id, leg, size, reason }: Close): Asked<CloseIntent> {
  const traded = state.instruments.get(id);
  // More than the exchange takes in one order leaves in several.
  const most =
    traded !== undefined && compare(absolute(size), traded.maximum) > 0
      ? roundDownToStep({ value: traded.maximum, step: traded.lot })
      : null;
  const intent: CloseIntent = {
    kind: 'close',
    principal: OPERATOR as Principal,
    intentId: `${FLATTEN_TOOL}-${state.seq}` as IntentId,
    reason,
    evidence: [],
    strategy: '',
    instrument: id,
    quantity: most,
    leg,
  };
  const quantity = most === null ? {} : { quantity: formatDecimal(most) };
  return {
    kind: 'asked',
    call: 0,
    tool: FLATTEN_TOOL,
    intent,
    arguments: { intent_id: intent.intentId, instrument: id, reason, ...quantity },
    client: { name: OPERATOR, version: '', toolsHash: '' },
  };
}

function proving({ reason, instrument }: Flattening): Step {
  return {
    entries: [{ kind: 'flattening', phase: 'proving', reason, instrument, positions: [] }],
    effects: [{ kind: 'compare', trigger: 'operator', attempt: 0, afterMilliseconds: 0 }],
  };
}

function ended(state: State, flattening: Flattening): Step {
  const now = held(state, flattening);
  const keys = new Set([...flattening.before.keys(), ...flattening.orders.values(), ...now.map(keyOf)]);
  const positions = [...keys].map((key) => outcomeOf(state, flattening, key as PositionKey));
  const open = openOrders(state, flattening);
  const clean = flattening.proof === 'clean';
  const isUnknown =
    positions.some(({ outcome }) => outcome === 'unknown') ||
    open.some(isUnresolved) ||
    (open.length === 0 && now.length === 0 && flattening.proof === 'none');
  const outcome = isUnknown ? 'unknown' : open.length === 0 && now.length === 0 && clean ? 'flat' : 'remaining';
  const alert: readonly Entry[] =
    outcome === 'flat'
      ? []
      : [{ kind: 'alert', severity: 'red', code: 'NOT_FLAT', message: `flattening ended ${outcome}: ${told(positions, open)}` }];
  return { entries: [{ kind: 'flattened', outcome, positions, open_orders: open.length, clean }, ...alert], effects: [] };
}

function outcomeOf(state: State, flattening: Flattening, key: PositionKey): FlattenedPosition {
  const size = state.positions.get(key)?.size ?? zero;
  const id = instrumentIn(key);
  const instrument = state.instruments.get(id);
  const open = [...state.openOrders.values()].filter((order) => order.instrument === id);
  const dust = instrument !== undefined && isDust(size, instrument);
  const outcome = open.some(isUnresolved) ? 'unknown' : isZero(size) ? 'flat' : dust ? 'dust' : 'open';
  const waiting = open.length === 0 ? 'time is up before it was closed' : 'open orders of it have not ended';
  const cause =
    outcome === 'flat' || outcome === 'dust'
      ? ''
      : outcome === 'unknown'
        ? 'the outcome of an order of it is not known'
        : (flattening.causes.get(id) ?? waiting);
  return { instrument: key, before: flattening.before.get(key) ?? '0', left: formatDecimal(size), outcome, cause };
}

function isUnresolved({ life }: Order): boolean {
  return life.kind === 'unknown' || life.kind === 'submitting';
}

function told(positions: readonly FlattenedPosition[], open: readonly Order[]): string {
  const rest = positions
    .filter(({ outcome }) => outcome === 'open' || outcome === 'unknown')
    .map(({ instrument, left: size }) => `${instrument} ${size}`);
  if (rest.length > 0) return rest.join(', ');
  return open.length > 0 ? `${open.length} orders are open` : 'nothing is held by the books, and the exchange did not confirm it';
}

/** Of a flattening that the end of the process cut off: what it latched stays, and nobody goes on with it unasked. */
export function cutOff(state: State): readonly Entry[] {
  if (state.flattening === null) return [];
  const message = 'the gateway stopped while it was flattening, and does not go on by itself; ask again: twokey halt --flatten';
  return [{ kind: 'alert', severity: 'red', code: 'FLATTEN_INTERRUPTED', message }];
}
