import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../money/decimal.ts';
import { expected } from './bounds.ts';
import type { Principal } from './intent.ts';
import { parseIntent, parseQuery } from './parse-intent.ts';

const principal = 'momentum' as Principal;
const instrument = 'BTC-USDT-SWAP';
const common = { intent_id: 'a-1', reason: 'because' };
const explained = { ...common, evidence: ['one', 'two'], strategy: 'mean reversion' };

/** For each tool a call that says everything there is to say. */
const whole: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  place_order: {
    ...explained,
    instrument,
    side: 'sell',
    type: 'post_only',
    quantity: '2',
    quantity_unit: 'contracts',
    price: '90000.5',
    reduce_only: true,
    take_profit: '80000',
    stop_loss: '95000',
    expected_notional_usd: '1800',
  },
  close_position: { ...explained, instrument, quantity: '2' },
  cancel_orders: { ...common, instrument },
  set_protection: { ...explained, instrument, stop_loss: '80000', take_profit: '95000' },
  rebalance: {
    ...explained,
    targets: [
      { instrument, weight: '-0.25' },
      { instrument: 'BTC-USDT', weight: '0.75' },
    ],
    base_usd: '1000',
    min_trade_usd: '10',
    dry_run: true,
  },
  halt_trading: common,
  get_limits: {},
  get_portfolio: {},
  get_market: { instrument, view: 'candles', bar: '4H', count: 100 },
  get_intent: { intent_id: 'a-1', wait_s: 25 },
};

function parse(tool: string, given: unknown) {
  return tool.startsWith('get_') ? parseQuery({ tool, arguments: given }) : parseIntent({ principal, tool, arguments: given });
}

function problem(tool: string, changes: Readonly<Record<string, unknown>>): string {
  const parsed = parse(tool, { ...whole[tool], ...changes });
  return parsed.ok ? 'accepted' : `${parsed.error.path}: ${parsed.error.message}`;
}

const said = { principal, intentId: 'a-1', reason: 'because' };
const explanation = { ...said, evidence: ['one', 'two'], strategy: 'mean reversion' };
const unexplained = { ...said, evidence: [], strategy: '' };

test('everything that can be said to a tool arrives in the intent', () => {
  const read = Object.keys(whole).map((tool) => {
    const parsed = parse(tool, whole[tool]);
    return [tool, parsed.ok ? parsed.value : parsed.error];
  });
  assert.deepEqual(Object.fromEntries(read), {
    place_order: {
      kind: 'place',
      ...explanation,
      instrument,
      side: 'sell',
      type: 'post_only',
      quantity: decimal('2'),
      quantityUnit: 'contracts',
      price: decimal('90000.5'),
      reduceOnly: true,
      takeProfit: decimal('80000'),
      stopLoss: decimal('95000'),
      expectedNotionalUsd: decimal('1800'),
    },
    close_position: { kind: 'close', ...explanation, instrument, quantity: decimal('2') },
    cancel_orders: { kind: 'cancel', ...unexplained, target: { kind: 'instrument', instrument } },
    set_protection: { kind: 'protect', ...explanation, instrument, stopLoss: decimal('80000'), takeProfit: decimal('95000') },
    rebalance: {
      kind: 'rebalance',
      ...explanation,
      targets: [
        { instrument, weight: decimal('-0.25') },
        { instrument: 'BTC-USDT', weight: decimal('0.75') },
      ],
      baseUsd: decimal('1000'),
      minTradeUsd: decimal('10'),
      dryRun: true,
    },
    halt_trading: { kind: 'halt', ...unexplained },
    get_limits: { kind: 'limits' },
    get_portfolio: { kind: 'portfolio' },
    get_market: { kind: 'market', instrument, view: { kind: 'candles', bar: '4H', count: 100 } },
    get_intent: { kind: 'intent', intentId: 'a-1', waitMilliseconds: 25_000 },
  });
});

const line = expected.reason;
const wrongExplanation = {
  evidence: [
    ['text', expected.evidence],
    [{ length: 1 }, expected.evidence],
    [Array.from({ length: 11 }, () => 'x'), expected.evidence],
  ],
  strategy: [
    ['', expected.label],
    ['a/b', expected.label],
    [7, expected.label],
  ],
} as const;
const wrongAmount = [
  ['0', expected.amount],
  ['-1', expected.amount],
  [1, expected.amount],
  [null, expected.amount],
] as const;
const wrongInstrument = [
  ['btc-usdt', expected.instrument],
  [7, expected.instrument],
] as const;
const wrongCommon = {
  intent_id: [
    ['a b', expected.intentId],
    [7, expected.intentId],
  ],
  reason: [
    ['a\nb', line],
    [null, line],
  ],
} as const;
const wrongFlag = [
  ['true', expected.flag],
  [1, expected.flag],
  [null, expected.flag],
] as const;

/** Per tool and argument the values that are refused, and in what words. */
const wrong: Readonly<Record<string, Readonly<Record<string, readonly (readonly [unknown, string])[]>>>> = {
  place_order: {
    ...wrongCommon,
    ...wrongExplanation,
    instrument: wrongInstrument,
    side: [['Buy', 'expected one of buy, sell']],
    type: [['stop', 'expected one of market, limit, post_only, ioc']],
    quantity: wrongAmount,
    quantity_unit: [['lots', 'expected one of base, contracts, quote, usd']],
    price: wrongAmount,
    reduce_only: wrongFlag,
    take_profit: wrongAmount,
    stop_loss: wrongAmount,
    expected_notional_usd: wrongAmount,
  },
  close_position: { ...wrongCommon, ...wrongExplanation, instrument: wrongInstrument, quantity: wrongAmount },
  cancel_orders: { ...wrongCommon, instrument: wrongInstrument },
  set_protection: {
    ...wrongCommon,
    ...wrongExplanation,
    instrument: wrongInstrument,
    stop_loss: wrongAmount,
    take_profit: wrongAmount,
  },
  rebalance: {
    ...wrongCommon,
    ...wrongExplanation,
    targets: [
      ['all', expected.targets],
      [{ length: 1 }, expected.targets],
      [[], expected.targets],
      [Array.from({ length: 11 }, () => ({ instrument, weight: '0' })), expected.targets],
      [
        [
          { instrument, weight: '0.1' },
          { instrument, weight: '0.1' },
        ],
        expected.targetTwice,
      ],
      [
        [
          { instrument, weight: '0.6' },
          { instrument: 'BTC-USDT', weight: '-0.5' },
        ],
        expected.weightsAboveOne,
      ],
    ],
    base_usd: wrongAmount,
    min_trade_usd: wrongAmount,
    dry_run: wrongFlag,
  },
  halt_trading: wrongCommon,
  get_market: {
    instrument: wrongInstrument,
    view: [['depth', 'expected one of ticker, book, candles']],
    bar: [['2m', 'expected one of 1m, 5m, 15m, 1H, 4H, 1D']],
    count: [
      [0, 'expected a whole number from 1 to 100'],
      [101, 'expected a whole number from 1 to 100'],
      ['5', 'expected a whole number from 1 to 100'],
      [1.5, 'expected a whole number from 1 to 100'],
    ],
    depth: [[5, expected.depthOfBook]],
  },
  get_intent: {
    intent_id: wrongCommon.intent_id,
    wait_s: [
      [-1, 'expected a whole number from 0 to 25'],
      [26, 'expected a whole number from 0 to 25'],
      [Number.NaN, 'expected a whole number from 0 to 25'],
    ],
  },
};

for (const [tool, byArgument] of Object.entries(wrong)) {
  test(`${tool} refuses each wrong value with the argument's name and what was expected`, () => {
    for (const [argument, rows] of Object.entries(byArgument))
      for (const [value, message] of rows) assert.equal(problem(tool, { [argument]: value }), `${argument}: ${message}`);
  });
}

test('each tool takes the arguments it names and no other', () => {
  for (const tool of Object.keys(whole)) assert.equal(problem(tool, { leverage: '5' }), 'leverage: is not an argument of this tool', tool);
  assert.equal(problem('close_position', { price: '5' }), 'price: is not an argument of this tool');
  assert.equal(problem('cancel_orders', { evidence: [] }), 'evidence: is not an argument of this tool');
});

test('what a tool cannot do without is missed by name, and what may be left out is not', () => {
  const needed: Readonly<Record<string, readonly string[]>> = {
    place_order: [
      'intent_id',
      'instrument',
      'side',
      'type',
      'quantity',
      'quantity_unit',
      'price: every type but market needs a price',
      'expected_notional_usd: required unless quantity_unit is usd',
      'reason',
    ],
    close_position: ['intent_id', 'instrument', 'reason'],
    cancel_orders: ['intent_id', 'reason'],
    set_protection: ['intent_id', 'instrument', 'reason'],
    rebalance: ['intent_id', 'targets', 'base_usd', 'reason'],
    halt_trading: ['intent_id', 'reason'],
    get_limits: [],
    get_portfolio: [],
    get_market: ['instrument'],
    get_intent: ['intent_id'],
  };
  for (const [tool, names] of Object.entries(needed)) {
    // A bar without the view that it goes with is a contradiction, and not what this is about.
    const all = tool === 'get_market' ? { instrument } : (whole[tool] ?? {});
    const missed = Object.keys(all).flatMap((name) => {
      const rest = Object.fromEntries(Object.entries(all).filter(([other]) => other !== name));
      const parsed = parse(tool, rest);
      if (parsed.ok) return [];
      assert.ok(parsed.error.path === name && parsed.error.message.startsWith('is missing'));
      return [`${name}${parsed.error.message.slice('is missing'.length)}`];
    });
    assert.deepEqual(missed.toSorted(), names.toSorted(), tool);
  }
});

test('the first problem in the order of the arguments is told, and contradictions only when each argument by itself is right', () => {
  assert.equal(problem('place_order', { type: 'market', side: 'x', quantity: 'x' }), 'side: expected one of buy, sell');
  assert.equal(problem('place_order', { type: 'market', quantity: 'x' }), `quantity: ${expected.amount}`);
  assert.equal(problem('place_order', { type: 'market' }), `price: ${expected.priceOfMarket}`);
  assert.equal(problem('place_order', { evidence: ['fine', 'a\nb', 7] }), `evidence[1]: ${expected.evidenceItem}`);
  assert.equal(problem('place_order', { evidence: [7, 'a\nb'], strategy: '' }), `evidence[0]: ${expected.evidenceItem}`);
});

test('a target is an instrument and a weight, and nothing else', () => {
  const good = { instrument: 'BTC-USDT', weight: '0.1' };
  const bad: readonly unknown[] = [
    null,
    'BTC-USDT',
    [],
    {},
    { instrument: 'BTC-USDT' },
    { weight: '0.1' },
    { ...good, weight: 0.1 },
    { ...good, weight: '10' },
    { ...good, weight: '' },
    { ...good, instrument: 'btc' },
    { ...good, price: '5' },
  ];
  for (const target of bad)
    assert.equal(problem('rebalance', { targets: [good, target] }), `targets[1]: ${expected.target}`, JSON.stringify(target));
  assert.equal(problem('rebalance', { targets: [null, good] }), `targets[0]: ${expected.target}`);
  const ten = Array.from({ length: 10 }, (_, index) => ({ instrument: `X${index}-USDT`, weight: '0.1' }));
  assert.equal(problem('rebalance', { targets: ten }), 'accepted');
});

test('ten pieces of evidence are read', () => {
  assert.equal(problem('place_order', { evidence: Array.from({ length: 10 }, () => 'x') }), 'accepted');
});

test('protection names a stop, a target or both', () => {
  const { stop_loss: _stop, take_profit: _profit, ...rest } = whole['set_protection'] ?? {};
  const parsed = parse('set_protection', rest);
  assert.deepEqual(parsed, { ok: false, error: { path: 'stop_loss', message: expected.someTrigger } });
  const one = parse('set_protection', { ...rest, take_profit: '95000' });
  assert.ok(one.ok && one.value.kind === 'protect');
  assert.deepEqual([one.value.stopLoss, one.value.takeProfit], [null, decimal('95000')]);
});

test('a cancel by order checks the id, and by both is refused', () => {
  const byOrder = { ...common, client_order_id: 'tabc' };
  const parsed = parse('cancel_orders', byOrder);
  assert.ok(parsed.ok && parsed.value.kind === 'cancel');
  assert.deepEqual(parsed.value.target, { kind: 'order', clientOrderId: 'tabc' });
  assert.deepEqual(parse('cancel_orders', { ...common, client_order_id: 'a-b' }), {
    ok: false,
    error: { path: 'client_order_id', message: expected.clientOrderId },
  });
  assert.equal(problem('cancel_orders', { client_order_id: 'tabc' }), `client_order_id: ${expected.oneTarget}`);
});

test('a question about the market has the defaults of its view, and refuses what belongs to another view', () => {
  const view = (given: object) => {
    const parsed = parse('get_market', { instrument, ...given });
    if (!parsed.ok) return `${parsed.error.path}: ${parsed.error.message}`;
    return parsed.value.kind === 'market' ? parsed.value.view : parsed.value;
  };
  assert.deepEqual(view({ view: 'candles' }), { kind: 'candles', bar: '1m', count: 20 });
  assert.deepEqual(view({ view: 'candles', count: 1 }), { kind: 'candles', bar: '1m', count: 1 });
  assert.deepEqual(view({ view: 'book', depth: 20 }), { kind: 'book', depth: 20 });
  assert.deepEqual(view({ view: 'book', depth: 1 }), { kind: 'book', depth: 1 });
  assert.equal(view({ view: 'book', bar: '1m' }), `bar: ${expected.candlesOnly}`);
  assert.equal(view({ view: 'book', count: 5 }), `count: ${expected.candlesOnly}`);
  assert.equal(view({ bar: '1m' }), `bar: ${expected.candlesOnly}`);
  assert.equal(view({ view: 'candles', depth: 5 }), `depth: ${expected.depthOfBook}`);
});
