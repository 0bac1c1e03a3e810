import { positionKey } from '../core/order/leg.ts';
import { deepStrictEqual, doesNotMatch, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../core/lang/canonical.ts';
import { decimal } from '../core/money/decimal.ts';
import type { ClientOrderId, Life, Order } from '../core/order/order.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import { agentsView, ordersView, portfolioView, positionsView, type Seen, statusView } from './documents.ts';
import { limitsView } from './limits.ts';
import { type Answered, answerOf, conflictAnswer, errorAnswer, previewAnswer } from './answer.ts';
import { instrumentOf } from '../core/account/apply.ts';
import { standingIn } from '../core/account/standing.ts';
import { emptyState, type IntentRecord, type State } from '../core/account/state.ts';
import { set } from '../core/lang/table.ts';
import { type InstrumentId, parseInstrumentId } from '../core/market/instrument.ts';
import type { IntentId, Principal } from '../core/order/intent.ts';

const now = Date.parse('2026-11-23T10:00:00.000Z');

function instrumentId(name: string): InstrumentId {
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

const base: State = {
  ...emptyState('okx:sim:1001'),
  standing: standingIn('sim', 0),
  environment: 'sim',
  journal: 'abc123',
  booting: false,
  baselined: true,
  seq: 40,
  instruments: new Map([spot, swap].map((body) => [instrumentId(body.id), instrumentOf(body)])),
};

function exampleOrder(life: Life, changes: Partial<Order> = {}): Order {
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
    leg: 'net',
    stop: null,
    purpose: 'entry',
    arrival: null,
    submittedAt: now - 5000,
    expiresAt: now - 3500,
    life,
    filled: decimal('0'),
    filledValue: decimal('0'),
    reportedFilled: decimal('0'),
    cancel: 'none',
    amend: null,
    verification: 'none',
    ...changes,
  };
}

/** The base state with this order, where its life says that it belongs. */
function withOrder(order: Order): State {
  return order.life.kind === 'done'
    ? { ...base, doneOrders: set(base.doneOrders, order.clientOrderId, order) }
    : { ...base, openOrders: new Map([[order.clientOrderId, order]]) };
}

function recordOf(result: IntentRecord['result']): IntentRecord {
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

type Fields = { readonly [key: string]: Json };

function fieldsOf(answered: Answered): Fields {
  const { answer } = answered;
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw new Error('an answer is an object');
  return answer as Fields;
}

function answerFor(life: Life, changes: Partial<Order> = {}): Answered {
  const order = exampleOrder(life, changes);
  return answerOf({ state: withOrder(order), record: recordOf({ kind: 'order', clientOrderId: order.clientOrderId }), now });
}

const half = { filled: decimal('0.0003'), filledValue: decimal('28.5001'), verification: 'pending' } as const;
const unknown: Life = { kind: 'unknown', since: 1, negatives: 0, lastNegativeAt: 0 };

const cases: readonly (readonly [string, Answered, Fields & { readonly failed: boolean }])[] = [
  [
    'submitting',
    answerFor({ kind: 'submitting' }),
    { failed: false, status: 'unknown', sent_to_exchange: 'unknown', code: 'OUTCOME_UNKNOWN' },
  ],
  ['unknown', answerFor(unknown), { failed: false, status: 'unknown', sent_to_exchange: 'unknown', code: 'OUTCOME_UNKNOWN' }],
  ['working', answerFor({ kind: 'working' }), { failed: false, status: 'working', sent_to_exchange: 'yes' }],
  [
    'partly filled',
    answerFor({ kind: 'working' }, half),
    { failed: false, status: 'working', sent_to_exchange: 'yes', verification: 'pending' },
  ],
  [
    'settling',
    answerFor({ kind: 'settling', outcome: 'filled', filled: decimal('0.0004') }),
    { failed: false, status: 'accepted', sent_to_exchange: 'yes' },
  ],
  ['filled', answerFor({ kind: 'done', outcome: 'filled' }, half), { failed: false, status: 'filled', sent_to_exchange: 'yes' }],
  ['cancelled', answerFor({ kind: 'done', outcome: 'cancelled' }, half), { failed: false, status: 'cancelled', sent_to_exchange: 'yes' }],
  [
    'rejected',
    answerFor({ kind: 'done', outcome: 'rejected' }),
    { failed: true, status: 'rejected', sent_to_exchange: 'yes', code: 'EXCHANGE_REJECTED' },
  ],
  [
    'absent',
    answerFor({ kind: 'done', outcome: 'absent' }, { exchangeOrderId: '' }),
    { failed: true, status: 'rejected', sent_to_exchange: 'no', code: 'UNAVAILABLE' },
  ],
  ['forgotten', answerFor({ kind: 'done', outcome: 'absent' }), { failed: false, status: 'cancelled', sent_to_exchange: 'yes' }],
];

for (const [name, answered, expected] of cases) {
  test(`an order that is ${name} is answered as such, with what was sent`, () => {
    const answer = fieldsOf(answered);
    deepStrictEqual({ ...expected }, { ...pick(answer, Object.keys(expected)), failed: answered.failed });
    strictEqual('code' in answer, 'code' in expected);
    strictEqual(answer['log_seq'], 17);
    strictEqual(answer['as_of'], '2026-11-23T10:00:00.000Z');
    doesNotMatch(JSON.stringify(answer), /retry|try again|resend/i);
  });
}

test('an average price is rounded down at ten digits and stands only where something was filled', () => {
  deepStrictEqual(fieldsOf(answerFor({ kind: 'working' }, half))['order'], {
    client_order_id: 'tabc12311',
    exchange_order_id: '7700',
    filled: '0.0003',
    average_price: '95000.3333333333',
    state: 'working',
  });
  deepStrictEqual(fieldsOf(answerFor({ kind: 'submitting' }, { exchangeOrderId: '' }))['order'], {
    client_order_id: 'tabc12311',
    filled: '0',
    state: 'submitting',
  });
});

test('a denial names the limit, its use and what would pass, and only those that exist', () => {
  const limit = { name: 'max_order_size', max: '50', used: '0', unit: 'USD' };
  const denial = { kind: 'deny', code: 'MAX_ORDER_SIZE', message: 'too large', limit, wouldBeAllowed: decimal('0.00050') } as const;
  deepStrictEqual(answerOf({ state: base, record: recordOf({ kind: 'denied', denial }), now }), {
    failed: true,
    answer: {
      status: 'denied',
      code: 'MAX_ORDER_SIZE',
      message: 'too large',
      intent_id: 'wish-1',
      sent_to_exchange: 'no',
      limit,
      would_be_allowed: { quantity: '0.0005' },
      environment: 'sim',
      account: 'okx:sim:1001',
      mode: 'ACTIVE',
      as_of: '2026-11-23T10:00:00.000Z',
      log_seq: 17,
    },
  });
  const bare = fieldsOf(
    answerOf({ state: base, record: recordOf({ kind: 'denied', denial: { ...denial, limit: null, wouldBeAllowed: null } }), now }),
  );
  strictEqual('limit' in bare || 'would_be_allowed' in bare, false);
});

test('a preview says what would be decided and that nothing was sent', () => {
  const { instrument, product, side, leg, size, price, reduceOnly, purpose } = exampleOrder({ kind: 'working' });
  const type = 'limit' as const;
  const terms = { instrument, product, side, leg, type, size, price, reduceOnly, purpose };
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 30_000, latchesSameSide: false };
  const decision = { kind: 'allow', terms, notionalUsd: decimal('38'), worstCaseAfterUsd: decimal('76'), marks } as const;
  const allowed = fieldsOf(previewAnswer({ state: base, now, decision, intentId: 'wish-2' }));
  deepStrictEqual(pick(allowed, ['status', 'sent_to_exchange', 'preview', 'notional_usd', 'worst_case_after_usd']), {
    status: 'allowed',
    sent_to_exchange: 'no',
    preview: true,
    notional_usd: '38',
    worst_case_after_usd: '76',
  });
});

test('a cancel is over when its orders have ended, and unknown while the exchange has not confirmed it', () => {
  const id = 'tabc12311' as ClientOrderId;
  const cancelling = (order: Order | null) =>
    answerOf({
      state: order === null ? base : withOrder(order),
      record: recordOf({ kind: 'cancelling', orders: order === null ? [] : [id] }),
      now,
    });
  strictEqual(fieldsOf(cancelling(null))['sent_to_exchange'], 'no');
  strictEqual(fieldsOf(cancelling(exampleOrder({ kind: 'done', outcome: 'cancelled' })))['status'], 'cancelled');
  strictEqual(fieldsOf(cancelling(exampleOrder({ kind: 'working' }, { cancel: 'requested' })))['status'], 'accepted');
  strictEqual(fieldsOf(cancelling(exampleOrder({ kind: 'working' })))['status'], 'unknown');
});

test('refusals before a decision say that nothing was sent, and BOOT is shown whatever is latched', () => {
  const booting = fieldsOf(errorAnswer({ state: { ...base, booting: true }, now, code: 'BOOTING', message: '', intentId: '' }));
  strictEqual(booting['mode'], 'BOOT');
  strictEqual('intent_id' in booting, false);
  const conflict = fieldsOf(conflictAnswer({ state: base, record: recordOf({ kind: 'halted' }), now }));
  deepStrictEqual(pick(conflict, ['status', 'code', 'sent_to_exchange']), {
    status: 'denied',
    code: 'INTENT_CONFLICT',
    sent_to_exchange: 'no',
  });
});

test('a swap is counted in contracts', () => {
  const answer = fieldsOf(
    answerFor({ kind: 'working' }, { instrument: instrumentId('BTC-USDT-SWAP'), product: 'linear', size: decimal('3') }),
  );
  strictEqual(answer['message'], 'the order is at the exchange; nothing of 3 contracts was bought on BTC-USDT-SWAP so far');
});

function pick(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => keys.includes(key)));
}

const alpha = 'alpha' as Principal;
const beta = 'beta' as Principal;

function exampleConfiguration() {
  const parsed = parseConfiguration('[agents.alpha]\n[agents.beta]\nmax_order_size = 20\n');
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** 0.0003 BTC of which beta opened a third, 0.005 contracts of dust, a baseline of 1 BTC, and one order of alpha at rest. */
function exampleSeen(changes: Partial<State> = {}): Seen {
  const quote = {
    bid: decimal('99990'),
    ask: decimal('100010'),
    last: decimal('100000'),
    mark: null,
    index: null,
    volume: null,
    book: null,
    range: null,
    at: now,
    receivedAt: now,
  };
  return {
    configuration: exampleConfiguration(),
    circumstances: {
      now,
      clockTrusted: true,
      readOnly: false,
      quotes: new Map([[instrumentId('BTC-USDT'), { ...quote, instrument: instrumentId('BTC-USDT') }]]),
      funds: { equityUsd: decimal('9000.50'), available: new Map([['USDT', decimal('8000')]]), at: now },
      leverage: new Map(),
      funding: new Map(),
      coinPrices: new Map([['USDT', { price: decimal('1'), at: now }]]),
    },
    state: {
      ...withOrder(exampleOrder({ kind: 'working' })),
      positions: new Map([
        [
          positionKey(instrumentId('BTC-USDT'), 'net'),
          {
            instrument: instrumentId('BTC-USDT'),
            leg: 'net',
            size: decimal('0.0003'),
            owners: new Map([
              [alpha, decimal('0.0002')],
              [beta, decimal('0.0001')],
            ]),
            openedAt: now - 60_000,
          },
        ],
        [
          positionKey(instrumentId('BTC-USDT-SWAP'), 'net'),
          {
            instrument: instrumentId('BTC-USDT-SWAP'),
            leg: 'net',
            size: decimal('-0.005'),
            owners: new Map([[beta, decimal('-0.005')]]),
            openedAt: now - 60_000,
          },
        ],
      ]),
      baseline: {
        currencies: new Map([
          ['BTC', decimal('1')],
          ['ETH', decimal('0')],
        ]),
        contracts: new Map(),
      },
      ...changes,
    },
  };
}

function rows(document: { readonly [key: string]: Json }, key: string): readonly Fields[] {
  return document[key] as readonly Fields[];
}

test('an agent sees what it opened, the operator everything, and what was there before stands apart', () => {
  const own = portfolioView(exampleSeen(), alpha);
  deepStrictEqual(
    rows(own, 'positions').map((row) => pick(row, ['instrument', 'side', 'size', 'size_unit', 'value_usd', 'owners', 'dust'])),
    [{ instrument: 'BTC-USDT', side: 'long', size: '0.0002', size_unit: 'BTC', value_usd: '20', dust: false }],
  );
  strictEqual('baseline' in own, false);
  // What the exchange holds is everybody's together, and would tell one agent of the others.
  strictEqual('exchange_says' in (rows(own, 'positions')[0] ?? {}), false);
  strictEqual(rows(own, 'open_orders').length, 1);
  strictEqual(rows(portfolioView(exampleSeen(), beta), 'open_orders').length, 0);
  const all = positionsView(exampleSeen());
  deepStrictEqual(
    rows(all, 'positions').map((row) => pick(row, ['side', 'size', 'size_unit', 'owners', 'dust', 'value_usd'])),
    [
      { side: 'long', size: '0.0003', size_unit: 'BTC', value_usd: '30', dust: false, owners: { alpha: '0.0002', beta: '0.0001' } },
      // Without a quote nobody knows what it is worth.
      { side: 'short', size: '0.005', size_unit: 'contracts', value_usd: null, dust: true, owners: { beta: '-0.005' } },
    ],
  );
  deepStrictEqual(all['baseline'], [{ currency: 'BTC', amount: '1', unit: 'BTC' }]);
});

test('limits are an agent’s own, and for the operator those of the account and of everybody', () => {
  const own = limitsView(exampleSeen(), beta);
  const size = rows(own, 'limits').find((row) => row['name'] === 'max_order_size');
  deepStrictEqual(pick(size ?? {}, ['max', 'used', 'headroom', 'unit']), { max: '20', used: '0', headroom: '20', unit: 'USD' });
  deepStrictEqual(
    rows(limitsView(exampleSeen(), null), 'principals').map((group) => group['principal']),
    ['account', 'alpha', 'beta'],
  );
  deepStrictEqual((own['not_enforced'] as { readonly names: unknown }).names, []);
});

test('the status says what to do next, and nothing where there is nothing to do', () => {
  deepStrictEqual(statusView(exampleSeen())['next'], []);
  const halted = statusView(
    exampleSeen({ mode: 'HALTED', lastCompared: { at: now, clean: false, differences: 2, found: [], evidence: '' } }),
  );
  deepStrictEqual([halted['mode'], rows(halted, 'next').length], ['HALTED', 2]);
  const unresolved = exampleSeen({ openOrders: withOrder(exampleOrder({ kind: 'submitting' })).openOrders });
  strictEqual(statusView(unresolved)['orders_of_unknown_outcome'], 1);
});

test('every document says where, whose, in which mode and when', () => {
  const seen = exampleSeen();
  const head = { environment: 'sim', account: 'okx:sim:1001', mode: 'ACTIVE', as_of: '2026-11-23T10:00:00.000Z' };
  const documents = [
    statusView(seen),
    ordersView(seen),
    positionsView(seen),
    portfolioView(seen, alpha),
    agentsView(seen),
    limitsView(seen, null),
  ];
  for (const document of documents) deepStrictEqual(pick(document, Object.keys(head)), head);
});
