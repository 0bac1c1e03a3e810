import { instrumentOf } from '../account/apply.ts';
import { emptyState, intentKey, type IntentRecord, type State } from '../account/state.ts';
import { set } from '../lang/table.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import { decimal } from '../money/decimal.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import type { ClientOrderId, Life, Order } from '../order/order.ts';

// Examples that the tests of this folder share; not a test by itself.

export const now = Date.parse('2026-11-23T10:00:00.000Z');

export function instrumentId(name: string): InstrumentId {
  const parsed = parseInstrumentId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const common = { tick: '0.1', maximum: '10000', tradable: true, base: 'BTC', quote: 'USDT' };
const spot = {
  ...common,
  id: 'BTC-USDT',
  product: 'spot',
  settle: 'USDT',
  lot: '0.00001',
  minimum: '0.00001',
  contract_value: '1',
} as const;
const swap = {
  ...common,
  id: 'BTC-USDT-SWAP',
  product: 'linear',
  settle: 'USDT',
  lot: '0.01',
  minimum: '0.01',
  contract_value: '0.01',
} as const;

export const base: State = {
  ...emptyState('okx:sim:1001'),
  environment: 'sim',
  journal: 'abc123',
  booting: false,
  baselined: true,
  seq: 40,
  instruments: new Map([spot, swap].map((body) => [instrumentId(body.id), instrumentOf(body)])),
};

export function exampleOrder(life: Life, changes: Partial<Order> = {}): Order {
  return {
    clientOrderId: 'tabc12311' as ClientOrderId,
    exchangeOrderId: '7700',
    principal: 'alpha' as Principal,
    intentId: 'wish-1' as IntentId,
    instrument: instrumentId('BTC-USDT'),
    product: 'spot',
    side: 'buy',
    type: 'limit',
    size: decimal('0.0004'),
    price: decimal('95000'),
    reduceOnly: false,
    purpose: 'entry',
    submittedAt: now - 5000,
    expiresAt: now - 3500,
    life,
    filled: decimal('0'),
    filledValue: decimal('0'),
    reportedFilled: decimal('0'),
    cancel: 'none',
    verification: 'none',
    ...changes,
  };
}

/** The base state with this order, where its life says that it belongs. */
export function withOrder(order: Order): State {
  return order.life.kind === 'done'
    ? { ...base, doneOrders: set(base.doneOrders, order.clientOrderId, order) }
    : { ...base, openOrders: new Map([[order.clientOrderId, order]]) };
}

export function recordOf(result: IntentRecord['result']): IntentRecord {
  return {
    principal: 'alpha' as Principal,
    intentId: 'wish-1' as IntentId,
    tool: 'place_order',
    bodyHash: 'a'.repeat(64),
    seq: 17,
    at: now - 5000,
    result,
  };
}

export function withRecord(state: State, record: IntentRecord): State {
  return { ...state, intents: set(state.intents, intentKey(record.principal, record.intentId), record) };
}
