import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeiling } from '../core/policy/ceiling-file.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import type { WireRequest } from '../venues/okx/request.ts';
import { type Ceiling, derivedCeiling, effectOf, fileCeiling, MinuteCount, underCeiling } from './ceiling.ts';

const spotBuy = {
  instId: 'BTC-USDT',
  tdMode: 'cash',
  clOrdId: 't1',
  tag: 't1',
  side: 'buy',
  ordType: 'ioc',
  px: '50000',
  sz: '0.001',
  stpMode: 'cancel_taker',
};
const swapBuy = { ...spotBuy, instId: 'BTC-USDT-SWAP', tdMode: 'cross', sz: '1' };

function bytes(body: object | string, path = '/api/v5/trade/order'): WireRequest {
  return {
    method: 'POST',
    path,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    expTime: '1',
    private: true,
    simulated: true,
  };
}

function outcome(ceiling: Ceiling, body: object): string {
  const effect = effectOf(bytes(body));
  if (!effect.ok) return effect.error;
  const under = underCeiling(ceiling, effect.value);
  return under.ok ? effect.value.kind : under.error;
}

function fromFile(text: string): Ceiling {
  const parsed = parseCeiling(text);
  assert.ok(parsed.ok);
  return fileCeiling(parsed.value);
}

function fromPolicy(text: string): Ceiling {
  const parsed = parseConfiguration(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return derivedCeiling(parsed.value.policy);
}

const file = fromFile(
  '[instruments."BTC-USDT"]\nmax_size = "0.002"\n[instruments."BTC-USDT-SWAP"]\nmax_size = "2"\n[rate]\nper_minute = 240\n',
);
const derived = fromPolicy(
  '[policy]\nmax_order_size = 50\nmax_position_size = 100\ninstruments = ["BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP", "SOL-USDT-SWAP", "ETH-BTC"]\n',
);

test('an entry is held to the size that the file gives its instrument, to the last digit', () => {
  assert.equal(outcome(file, { ...spotBuy, sz: '0.002' }), 'entry');
  assert.equal(outcome(file, { ...spotBuy, sz: '0.00200000001' }), 'BTC-USDT 0.00200000001 of at most 0.002 (max_size in ceiling.toml)');
  assert.equal(outcome(file, { ...swapBuy, sz: '2' }), 'entry');
  assert.equal(outcome(file, { ...swapBuy, side: 'sell', sz: '2.1' }), 'BTC-USDT-SWAP 2.1 of at most 2 (max_size in ceiling.toml)');
  assert.equal(outcome(file, { ...spotBuy, instId: 'ETH-USDT' }), 'ETH-USDT has no max_size in ceiling.toml');
  assert.equal(outcome(file, { ...spotBuy, instId: 'ETH-USDT', side: 'sell' }), 'ETH-USDT has no max_size in ceiling.toml');
});

test('an exit that the exchange bounds passes, and a sale of holdings has a bound of its own', () => {
  assert.equal(outcome(file, { ...swapBuy, sz: '999', reduceOnly: true }), 'exit');
  assert.equal(outcome(file, { ...swapBuy, instId: 'ETH-USDT-SWAP', sz: '999', reduceOnly: true }), 'exit');
  assert.equal(outcome(file, { ...spotBuy, side: 'sell', sz: '0.008' }), 'exit');
  assert.equal(
    outcome(file, { ...spotBuy, side: 'sell', sz: '0.0081' }),
    'BTC-USDT 0.0081 of at most 0.008 (four times max_size in ceiling.toml)',
  );
});

test('without a file a simulation signs twice the policy', () => {
  assert.equal(outcome(derived, { ...spotBuy, sz: '0.002' }), 'entry');
  assert.equal(
    outcome(derived, { ...spotBuy, sz: '0.0021' }),
    'BTC-USDT for 105 USD of at most 100 (from the policy, as there is no ceiling.toml)',
  );
  assert.equal(outcome(derived, { ...swapBuy, sz: '0.2' }), 'entry');
  assert.match(outcome(derived, { ...swapBuy, sz: '0.21' }), /for 105 USD of at most 100/);
  assert.equal(outcome(derived, { ...swapBuy, instId: 'BTC-USD-SWAP', sz: '1' }), 'entry');
  assert.match(outcome(derived, { ...swapBuy, instId: 'BTC-USD-SWAP', sz: '2' }), /for 200 USD of at most 100/);
  assert.match(
    outcome(derived, { ...swapBuy, instId: 'SOL-USDT-SWAP' }),
    /does not know the contract of SOL-USDT-SWAP; write ceiling\.toml/,
  );
  assert.match(outcome(derived, { ...spotBuy, instId: 'ETH-BTC' }), /ETH-BTC is not quoted in dollars/);
  assert.match(outcome(derived, { ...spotBuy, instId: 'ETH-USDT' }), /not among the instruments/);
  assert.equal(outcome(derived, { ...spotBuy, side: 'sell', sz: '0.008' }), 'exit');
  assert.match(outcome(derived, { ...spotBuy, side: 'sell', sz: '0.009' }), /for 450 USD of at most 400/);
});

test('bytes that are not plainly one bounded order are refused', () => {
  const cases: readonly (object | string)[] = [
    '',
    'null',
    '[]',
    `[${JSON.stringify(spotBuy)}]`,
    ` ${JSON.stringify(spotBuy)}`,
    JSON.stringify(spotBuy).replace('{', '{"sz":"9",'),
    JSON.stringify(spotBuy).replace('"sz":"0.001"', '"sz":"0.001","sz":"9"'),
    JSON.stringify(spotBuy).replace('"sz"', '"\\u0073z"'),
    { ...spotBuy, ordType: 'market' },
    { ...spotBuy, sz: 0.001 },
    { ...spotBuy, sz: '1e-3' },
    { ...spotBuy, sz: '0' },
    { ...spotBuy, sz: '-1' },
    { ...spotBuy, px: '0' },
    { ...spotBuy, tdMode: 'cross' },
    { ...spotBuy, tdMode: 'isolated' },
    { ...spotBuy, reduceOnly: true },
    { ...swapBuy, reduceOnly: 'true' },
    { ...swapBuy, reduceOnly: false },
    { ...swapBuy, tdMode: 'cash' },
    { ...swapBuy, posSide: 'net' },
    { ...swapBuy, posSide: 'long', reduceOnly: true },
    { ...spotBuy, posSide: 'long' },
    { ...spotBuy, tgtCcy: 'quote_ccy' },
    { ...spotBuy, attachAlgoOrds: [] },
    { ...spotBuy, side: 'short' },
    Object.fromEntries(Object.entries(spotBuy).filter(([key]) => key !== 'px')),
  ];
  for (const body of cases) assert.equal(effectOf(bytes(body)).ok, false, JSON.stringify(body));
  assert.deepEqual(effectOf(bytes({ instId: 'BTC-USDT', clOrdId: 't1' }, '/api/v5/trade/cancel-order')), {
    ok: true,
    value: { kind: 'cancel' },
  });
  assert.equal(effectOf(bytes({ instId: 'BTC-USDT', clOrdId: 't1', ordId: '2' }, '/api/v5/trade/cancel-order')).ok, false);
});

test('a timer of the exchange only cancels, and holds nothing else', () => {
  const path = '/api/v5/trade/cancel-all-after';
  for (const body of [{ timeOut: '30' }, { timeOut: '0', tag: 'bot' }])
    assert.deepEqual(effectOf(bytes(body, path)), { ok: true, value: { kind: 'cancel' } });
  for (const body of [{}, { tag: 'bot' }, { timeOut: 30 }, { timeOut: '30', instId: 'BTC-USDT' }, { timeOut: '30', tag: 1 }])
    assert.equal(effectOf(bytes(body, path)).ok, false, JSON.stringify(body));
});

const legs = {
  tpTriggerPx: '55000',
  tpTriggerPxType: 'last',
  tpOrdPx: '-1',
  slTriggerPx: '45000',
  slTriggerPxType: 'last',
  slOrdPx: '-1',
};
const attached = { attachAlgoClOrdId: 't2', ...legs };
const swapAttached = { ...attached, tpTriggerPxType: 'mark', slTriggerPxType: 'mark' };

test('an entry may carry one stop order that closes at market, and its id is told; an exit may carry none', () => {
  const effect = effectOf(bytes({ ...spotBuy, attachAlgoOrds: [attached] }));
  assert.ok(effect.ok && effect.value.kind === 'entry');
  assert.equal(effect.value.attachedId, 't2');
  assert.equal(effectOf(bytes({ ...swapBuy, side: 'sell', attachAlgoOrds: [swapAttached] })).ok, true);
  const { tpTriggerPx: _, ...withoutTrigger } = attached;
  const cases: readonly object[] = [
    { ...spotBuy, side: 'sell', attachAlgoOrds: [attached] },
    { ...swapBuy, reduceOnly: true, attachAlgoOrds: [swapAttached] },
    { ...spotBuy, attachAlgoOrds: attached },
    { ...spotBuy, attachAlgoOrds: [attached, attached] },
    { ...spotBuy, attachAlgoOrds: [5] },
    { ...spotBuy, attachAlgoOrds: [{ attachAlgoClOrdId: 't2' }] },
    { ...spotBuy, attachAlgoOrds: [legs] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, attachAlgoClOrdId: '' }] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, sz: '1' }] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, slOrdPx: '44000' }] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, slTriggerPx: '0' }] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, slTriggerPx: 45000 }] },
    { ...spotBuy, attachAlgoOrds: [{ ...attached, slTriggerPxType: 'mark' }] },
    { ...swapBuy, attachAlgoOrds: [attached] },
    { ...spotBuy, attachAlgoOrds: [withoutTrigger] },
  ];
  for (const body of cases) assert.equal(effectOf(bytes(body)).ok, false, JSON.stringify(body));
});

const spotStop = { instId: 'BTC-USDT', tdMode: 'cash', algoClOrdId: 't3', tag: 't3', side: 'sell', ordType: 'oco', sz: '0.008', ...legs };
const swapStop = {
  instId: 'BTC-USDT-SWAP',
  tdMode: 'cross',
  algoClOrdId: 't3',
  tag: 't3',
  side: 'sell',
  ordType: 'conditional',
  sz: '999',
  reduceOnly: true,
  cxlOnClosePos: true,
  slTriggerPx: '45000',
  slTriggerPxType: 'mark',
  slOrdPx: '-1',
};

function stopOutcome(ceiling: Ceiling, body: object): string {
  const effect = effectOf(bytes(body, '/api/v5/trade/order-algo'));
  if (!effect.ok) return effect.error;
  const under = underCeiling(ceiling, effect.value);
  return under.ok ? effect.value.kind : under.error;
}

test('a stop order is an exit: contracts are bounded by the exchange, a sale by the ceiling at its highest trigger', () => {
  for (const ceiling of [file, derived]) assert.equal(stopOutcome(ceiling, swapStop), 'exit');
  assert.equal(stopOutcome(file, { ...swapStop, instId: 'BTC-USDT-261225', side: 'buy' }), 'exit');
  assert.equal(stopOutcome(file, { ...swapStop, posSide: 'long' }), 'exit');
  assert.equal(stopOutcome(file, spotStop), 'exit');
  assert.match(stopOutcome(file, { ...spotStop, sz: '0.0081' }), /four times max_size/);
  assert.equal(stopOutcome(derived, { ...spotStop, sz: '0.007' }), 'exit');
  assert.match(stopOutcome(derived, spotStop), /for 440 USD of at most 400/);
});

test('a stop order that could open, that buys on spot, or that is read in part only is refused', () => {
  const cases: readonly object[] = [
    { ...swapStop, reduceOnly: false },
    { ...swapStop, reduceOnly: 'true' },
    { ...swapStop, cxlOnClosePos: false },
    Object.fromEntries(Object.entries(swapStop).filter(([key]) => key !== 'reduceOnly')),
    { ...swapStop, tdMode: 'isolated' },
    { ...swapStop, slOrdPx: '44000' },
    { ...swapStop, slTriggerPx: '0' },
    { ...swapStop, slTriggerPxType: 'last' },
    { ...swapStop, ordType: 'oco' },
    { ...swapStop, ordType: 'trigger' },
    { ...swapStop, sz: '0' },
    { ...swapStop, closeFraction: '1' },
    { ...swapStop, posSide: 'short' },
    { ...swapStop, posSide: 'net' },
    { ...spotStop, posSide: 'long' },
    { ...swapStop, instId: 'BTC-USD-261225-60000-C' },
    { ...spotStop, side: 'buy' },
    { ...spotStop, reduceOnly: true },
    { ...spotStop, ordType: 'conditional' },
    { ...spotStop, tgtCcy: 'quote_ccy' },
  ];
  for (const body of cases) assert.equal(effectOf(bytes(body, '/api/v5/trade/order-algo')).ok, false, JSON.stringify(body));
});

test('an amendment moves triggers to prices above zero and nothing else', () => {
  const path = '/api/v5/trade/amend-algos';
  const amend = { instId: 'BTC-USDT', algoClOrdId: 't3', newSlTriggerPx: '46000' };
  assert.deepEqual(effectOf(bytes(amend, path)), { ok: true, value: { kind: 'amend' } });
  assert.equal(effectOf(bytes({ ...amend, newTpTriggerPx: '56000' }, path)).ok, true);
  const cases: readonly object[] = [
    { instId: 'BTC-USDT', algoClOrdId: 't3' },
    { ...amend, newSlTriggerPx: '0' },
    { ...amend, newTpTriggerPx: '0' },
    { ...amend, newSlTriggerPx: '' },
    { ...amend, newSlOrdPx: '-1' },
    { ...amend, newSz: '9' },
    { ...amend, cxlOnFail: true },
    { ...amend, algoId: '1' },
    [amend],
  ];
  for (const body of cases) assert.equal(effectOf(bytes(body, path)).ok, false, JSON.stringify(body));
});

test('cancels name what is cancelled by one id: the exchange’s own in a list, or our own for one', () => {
  const path = '/api/v5/trade/cancel-algos';
  const one = { instId: 'BTC-USDT', algoId: '5' };
  const own = { instId: 'BTC-USDT', algoClOrdId: 't3' };
  for (const body of [[one], [own], Array.from({ length: 10 }, () => one)])
    assert.deepEqual(effectOf(bytes(body, path)), { ok: true, value: { kind: 'cancel' } });
  const batch = '/api/v5/trade/cancel-batch-orders';
  const order = { instId: 'BTC-USDT', ordId: '5' };
  assert.deepEqual(
    effectOf(
      bytes(
        Array.from({ length: 20 }, () => order),
        batch,
      ),
    ),
    { ok: true, value: { kind: 'cancel' } },
  );
  for (const body of [[], order, Array.from({ length: 21 }, () => order), [one], [{ ...order, newSz: '9' }], [{ ...order, ordId: '' }]])
    assert.equal(effectOf(bytes(body, batch)).ok, false, JSON.stringify(body));
  for (const body of [
    one,
    [],
    Array.from({ length: 11 }, () => one),
    [own, own],
    [one, own],
    [{ ...one, algoId: '' }],
    [{ ...one, algoClOrdId: 't3' }],
    [{ ...one, algoId: 5 }],
    [[one]],
  ])
    assert.equal(effectOf(bytes(body, path)).ok, false, JSON.stringify(body));
});

test('in long/short mode what closes a leg is an exit, and what opens one is an entry', () => {
  const kindOf = (changes: object) => {
    const read = effectOf(bytes({ ...swapBuy, ...changes }));
    return read.ok ? read.value.kind : read.error;
  };
  assert.equal(kindOf({ posSide: 'long' }), 'entry');
  assert.equal(kindOf({ posSide: 'short' }), 'exit');
  assert.equal(kindOf({ side: 'sell', posSide: 'long' }), 'exit');
  assert.equal(kindOf({ side: 'sell', posSide: 'short' }), 'entry');
});

test('a minute admits its number, and what lies a minute back counts no more', () => {
  const count = new MinuteCount(3);
  const at = (seconds: number): boolean => count.take(1_000_000 + seconds * 1_000);
  assert.deepEqual([at(0), at(0.5), at(30), at(31), at(59.9)], [true, true, true, false, false]);
  assert.deepEqual([at(60), at(61), at(61)], [true, true, false]);
  assert.deepEqual([at(90), at(91), at(500), at(500), at(500), at(500)], [true, false, true, true, true, false]);
});

test('an order whose tag is not the mark of its id is not signed, and neither is one without', () => {
  const id = 'tabc123000100000001';
  for (const [body, path] of [
    [{ ...swapBuy, clOrdId: id, tag: 'tabc123' }, '/api/v5/trade/order'],
    [{ ...swapStop, algoClOrdId: id, tag: 'tabc123' }, '/api/v5/trade/order-algo'],
  ] as const) {
    assert.equal(effectOf(bytes(body, path)).ok, true);
    for (const tag of ['tabc124', '', 'tabc1230', undefined]) assert.equal(effectOf(bytes({ ...body, tag }, path)).ok, false, String(tag));
  }
});
