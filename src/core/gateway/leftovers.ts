import { orderOf } from '../account/apply.ts';
import { isDust } from '../account/position.ts';
import { intentKey, type State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { get } from '../lang/table.ts';
import { absolute, compare, formatDecimal, isNegative, isZero, minimum, roundDownToStep, subtract, zero } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import type { CloseIntent, IntentId } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { afterwards } from './breakers.ts';
import type { Context, Step } from './events.ts';
import { type Asked, asked } from './wishes.ts';

export const CLOSE_TOOL = 'close_position';
/** Closes that may follow one that was not filled whole. */
const FOLLOWING_MAX = 3;
const NAME = /^leftover-([1-3])-[0-9]+$/;

/**
 * After a close the exchange was asked, and something is left of what was to be closed: it is closed as well, by a decision of its own, for whoever asked
 * and not beyond what they asked for (DESIGN §3.6). Each is proven before the next. What is left after the last is told, and what is dust is not.
 */
export function withLeftovers(state: State, step: Step, context: Context): Step {
  const named = new Set(step.entries.flatMap(ordersIn));
  const closes = [...named].filter((id) => isClose(state, orderOf(state, id)));
  if (closes.length === 0) return step;
  const { now } = context.circumstances;
  let believed = afterwards(state, step.entries, now);
  const entries = [...step.entries];
  const effects = [...step.effects];
  for (const id of closes) {
    const order = orderOf(believed, id);
    if (order === undefined || !isOver(order) || isOver(orderOf(state, id))) continue;
    const next = followed(believed, order, context);
    believed = afterwards(believed, next.entries, now);
    entries.push(...next.entries);
    effects.push(...next.effects);
  }
  return { entries, effects };
}

/** The orders that an entry may bring to their proven end. */
function ordersIn(entry: Entry): readonly string[] {
  if (entry.kind === 'verified') return entry.outcome === 'matched' ? entry.orders : [];
  return entry.kind === 'reported' ? [entry.client_order_id] : [];
}

function isClose(state: State, order: Order | undefined): order is Order {
  if (order === undefined || order.stop !== null || order.purpose !== 'exit') return false;
  return get(state.intents, intentKey(order.principal, order.intentId))?.tool === CLOSE_TOOL;
}

/** Ended by the exchange, and what it executed agrees with what the exchange holds. */
function isOver(order: Order | undefined): boolean {
  if (order?.life.kind !== 'done' || (order.life.outcome !== 'filled' && order.life.outcome !== 'cancelled')) return false;
  return isZero(order.filled) || order.verification === 'matched';
}

function followed(state: State, order: Order, context: Context): Step {
  const size = leftOf(state, order);
  // Whoever takes a close back does not want the rest of it either.
  if (isZero(size) || order.cancel === 'requested') return { entries: [], effects: [] };
  const before = Number(NAME.exec(order.intentId)?.[1] ?? 0);
  const isStopped = state.mode === 'HALTED' || state.booting || state.flattening !== null || context.circumstances.readOnly;
  if (before >= FOLLOWING_MAX || isStopped) return { entries: [told(order, size)], effects: [] };
  const next = asked(state, wishToClose(order, { size, name: `leftover-${before + 1}-${state.seq}` }), context);
  const isSent = next.entries.some(({ kind }) => kind === 'submitting');
  return isSent ? next : { entries: [...next.entries, told(order, size)], effects: next.effects };
}

/** What the order did not close of what is still held; zero where that is less than the exchange would trade. */
function leftOf(state: State, order: Order): Size {
  const instrument = state.instruments.get(order.instrument);
  const held = state.positions.get(positionKey(order.instrument, order.leg))?.size ?? zero;
  if (instrument === undefined || isZero(held) || isDust(held, instrument) || isNegative(held) !== (order.side === 'buy')) return zero;
  const left = roundDownToStep({ value: minimum(subtract(order.size, order.filled), absolute(held)), step: instrument.lot });
  return compare(left, instrument.minimum) < 0 ? zero : left;
}

function told({ instrument, clientOrderId, principal }: Order, size: Size): Entry {
  const message = `${formatDecimal(size)} of ${instrument} that ${principal} asked to close is still held after order ${clientOrderId}`;
  return { kind: 'alert', severity: 'amber', code: 'CLOSE_LEFTOVER', message };
}

type Naming = { readonly size: Size; readonly name: string };

function wishToClose({ principal, instrument, leg, clientOrderId }: Order, { size, name }: Naming): Asked<CloseIntent> {
  const reason = `what order ${clientOrderId satisfies ClientOrderId} left of a close`;
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
