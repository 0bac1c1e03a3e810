import { orderOf } from '../account/apply.ts';
import type { Leftover } from '../account/leftover.ts';
import { isDust } from '../account/position.ts';
import { intentKey, type State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { assert } from '../lang/assert.ts';
import { get } from '../lang/table.ts';
import { absolute, compare, formatDecimal, isNegative, isZero, minimum, roundDownToStep, subtract, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { CloseIntent, IntentId } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import { isRuledOut } from '../order/life.ts';
import type { Order } from '../order/order.ts';
import { afterwards } from './breakers.ts';
import { type Context, type Effect, nothing, type Step } from './events.ts';
import { type Asked, asked } from './wishes.ts';

const CLOSE_TOOL = 'close_position';
/** Closes that may follow one that was not filled whole, and how long is waited before the first; each wait is twice as long as the one before. */
const FOLLOWING_MAX = 4;
const AFTER_MILLISECONDS = 1000;
const NAME = /^leftover-([1-9])-[0-9]+$/;

/**
 * A close ended and the exchange was asked: what is left of what was to be closed is written down, to be closed as well (DESIGN §3.6). Not what is dust, and not
 * where whoever asked has taken the close back.
 */
export function withLeftovers(state: State, step: Step, context: Context): Step {
  const closes = step.entries.flatMap(ordersIn).filter((id) => isClose(state, orderOf(state, id)));
  if (closes.length === 0) return step;
  const after = afterwards(state, step.entries, context.circumstances.now);
  const entries = [...new Set(closes)].flatMap((id): readonly Entry[] => {
    const order = orderOf(after, id);
    if (order === undefined || order.cancel === 'requested') return [];
    const attempt = attemptOf(order);
    if (isVoid(order) && attempt > 0 && !isVoid(orderOf(state, id))) {
      // Nobody waits for an answer to one that followed. What the exchange refuses it would refuse again; what never left is tried again.
      const size = leftOf(after, order, order.size);
      return isRefused(order) ? told(order, size) : left(order, { size, attempt });
    }
    if (!isOver(order) || isOver(orderOf(state, id))) return [];
    return left(order, { size: leftOf(after, order, subtract(order.size, order.filled)), attempt });
  });
  return entries.length === 0 ? step : { entries: [...step.entries, ...entries], effects: step.effects };
}

/** The orders that an entry may bring to their proven end. */
function ordersIn(entry: Entry): readonly string[] {
  if (entry.kind === 'verified') return entry.outcome === 'matched' ? entry.orders : [];
  const ends = entry.kind === 'reported' || entry.kind === 'rejected' || entry.kind === 'not_sent' || entry.kind === 'absent';
  return ends ? [entry.client_order_id] : [];
}

function isClose(state: State, order: Order | undefined): boolean {
  if (order === undefined || order.stop !== null || order.purpose !== 'exit') return false;
  return get(state.intents, intentKey(order.principal, order.intentId))?.tool === CLOSE_TOOL;
}

/** Ended by the exchange, and what it executed agrees with what the exchange holds. */
function isOver(order: Order | undefined): boolean {
  if (order?.life.kind !== 'done' || (order.life.outcome !== 'filled' && order.life.outcome !== 'cancelled')) return false;
  return isZero(order.filled) || order.verification === 'matched';
}

/** Never executed, as far as anybody knows. */
function isVoid(order: Order | undefined): boolean {
  return order !== undefined && isRuledOut(order.life);
}

function isRefused({ life }: Order): boolean {
  return life.kind === 'done' && life.outcome === 'rejected';
}

/** Which of the closes that follow another one this is; 0 for one that an agent asked for. */
function attemptOf({ intentId }: Order): number {
  return Number(NAME.exec(intentId)?.[1] ?? 0);
}

function left({ clientOrderId }: Order, { size, attempt }: Pick<Leftover, 'size' | 'attempt'>): readonly Entry[] {
  return isZero(size) ? [] : [{ kind: 'leftover', client_order_id: clientOrderId, size: formatDecimal(size), attempt }];
}

function told({ instrument, principal, clientOrderId }: Order, size: Size): readonly Entry[] {
  if (isZero(size)) return [];
  const message = `${formatDecimal(size)} of ${instrument} that ${principal} asked to close is still held after order ${clientOrderId}`;
  return [{ kind: 'alert', severity: 'amber', code: 'CLOSE_LEFTOVER', message }];
}

/** How much of a size is still held and large enough to be traded; else zero. */
function leftOf(state: State, { instrument: id, leg, side }: Order, size: Size): Size {
  const instrument = state.instruments.get(id);
  const held = state.positions.get(positionKey(id, leg))?.size ?? zero;
  if (instrument === undefined || isZero(held) || isDust(held, instrument) || isNegative(held) !== (side === 'buy')) return zero;
  const left = roundDownToStep({ value: minimum(size, absolute(held)), step: instrument.lot });
  return compare(left, instrument.minimum) < 0 ? zero : left;
}

/**
 * Once a second: what closes have left is closed by decisions of its own, for whoever asked and never beyond what they asked for. Any other close of the same
 * position takes its place. One that may not be sent now is tried again as well: prices get old, and come again. What is left after the last attempt is told.
 */
export function followLeftovers(state: State, context: Context): Step {
  const { now } = context.circumstances;
  // Nothing leaves before the first comparison, and where everything is being closed this is closed too.
  if (state.leftovers.size === 0 || state.booting || state.flattening !== null) return nothing;
  let believed = state;
  const entries: Entry[] = [];
  const effects: Effect[] = [];
  for (const leftover of state.leftovers.values()) {
    const order = orderOf(believed, leftover.clientOrderId);
    assert(order !== undefined, 'what is left was left by an order');
    const attempt = leftover.attempt + 1;
    if (now - leftover.at < AFTER_MILLISECONDS * 2 ** (attempt - 1)) continue;
    const next = followed(believed, { order, leftover, attempt }, context);
    believed = afterwards(believed, next.entries, now);
    entries.push(...next.entries);
    effects.push(...next.effects);
  }
  return { entries, effects };
}

type Following = { readonly order: Order; readonly leftover: Leftover; readonly attempt: number };

function followed(state: State, { order, leftover, attempt }: Following, context: Context): Step {
  const over: Entry = { kind: 'leftover', client_order_id: order.clientOrderId, size: '0', attempt };
  const size = leftOf(state, order, leftover.size);
  if (isZero(size)) return { entries: [over], effects: [] };
  const given: readonly Entry[] = [over, ...told(order, size)];
  if (attempt > FOLLOWING_MAX || state.mode === 'HALTED' || context.circumstances.readOnly) return { entries: given, effects: [] };
  const next = asked(state, wishToClose(order, { size, name: `leftover-${attempt}-${leftover.seq}` }), context);
  if (next.entries.some(({ kind }) => kind === 'submitting')) return next;
  return { entries: [...next.entries, ...left(order, { size, attempt })], effects: [] };
}

type Naming = { readonly size: Size; readonly name: string };

function wishToClose({ principal, instrument, leg, clientOrderId }: Order, { size, name }: Naming): Asked<CloseIntent> {
  const reason = `what order ${clientOrderId} left of a close`;
  const intentId = name as IntentId;
  const common = { kind: 'close', evidence: [], strategy: '' } as const;
  return {
    kind: 'asked',
    call: 0,
    tool: CLOSE_TOOL,
    intent: { ...common, principal, intentId, reason, instrument, quantity: size, leg },
    arguments: { intent_id: intentId, instrument, quantity: formatDecimal(size), reason },
    client: { name: 'twokey', version: '', toolsHash: '' },
  };
}
