import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, settings, START, trade, type Row, type Trader } from '../../test/support/sim-trader.ts';
import { createExchange, parseEvent } from './exchange.ts';

// Orders that wait for a price: trigger orders, which may open, and trailing stops.

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', sz: '3' };
const trigger = { ...swap, ordType: 'trigger', triggerPx: '59000', orderPx: '-1' };
const trail = { ...swap, side: 'sell', ordType: 'move_order_stop', callbackRatio: '0.01', reduceOnly: true };

function place(trader: Trader, fields: object): string {
  const { algoId = '', sCode, sMsg } = firstRow(trader.post('/api/v5/trade/order-algo', fields));
  assert.equal(sCode, '0', String(sMsg));
  return algoId;
}

function refused(trader: Trader, fields: object): unknown {
  const { body, data } = trader.post('/api/v5/trade/order-algo', fields);
  return data[0]?.['sCode'] ?? body['code'];
}

function told(trader: Trader, algoId: string): Row {
  return firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${algoId}`));
}

function move(trader: Trader, price: string): void {
  trader.wait(1000);
  assert.equal(trader.desk('/sim/market', { instId: 'BTC-USDT', price }).status, 200);
}

function long(): Trader {
  const trader = trade(openExchange());
  firstRow(trader.post('/api/v5/trade/order', { ...swap, ordType: 'market' }));
  move(trader, '60000');
  return trader;
}

test('a trigger order opens when its price is reached, from whichever side it lies, and its order says what sent it', () => {
  for (const [triggerPx, between, there] of [
    ['59000', '59500', '58990'],
    ['61000', '60500', '61010'],
  ] as const) {
    const trader = trade(openExchange());
    const algoId = place(trader, { ...trigger, triggerPx, algoClOrdId: 'waits' });
    move(trader, between);
    assert.deepEqual(
      [told(trader, algoId)['state'], told(trader, algoId)['triggerPx'], told(trader, algoId)['ordPx']],
      ['live', triggerPx, '-1'],
    );
    move(trader, there);
    const { state, ordId, actualSide } = told(trader, algoId);
    assert.deepEqual([state, actualSide], ['effective', '']);
    const order = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${ordId}`));
    assert.deepEqual([order['state'], order['source'], order['algoClOrdId'], order['ordType']], ['filled', '6', 'waits', 'market']);
  }
});

test('a trigger order with a price rests as a limit order, with what was attached to it', () => {
  const trader = trade(openExchange());
  const attachAlgoOrds = [{ attachAlgoClOrdId: 'child', slTriggerPx: '57000', slOrdPx: '-1' }];
  const algoId = place(trader, { ...trigger, orderPx: '58500', attachAlgoOrds });
  move(trader, '58900');
  const order = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${told(trader, algoId)['ordId']}`));
  assert.deepEqual([order['state'], order['px'], order['attachAlgoClOrdId']], ['live', '58500', 'child']);
  move(trader, '58400');
  trader.wait(1000);
  const child = firstRow(trader.get('/api/v5/trade/orders-algo-pending?ordType=conditional'));
  assert.deepEqual([child['algoClOrdId'], child['side'], child['slTriggerPx']], ['child', 'sell', '57000']);
});

test('a trigger can be moved, and then waits from the side on which the price stands', () => {
  const trader = trade(openExchange());
  const algoId = place(trader, trigger);
  const amended = trader.post('/api/v5/trade/amend-algos', { instId: swap.instId, algoId, newTriggerPx: '61000', newOrdPx: '61500' });
  assert.equal(amended.body['code'], '0');
  move(trader, '58000');
  assert.deepEqual([told(trader, algoId)['state'], told(trader, algoId)['ordPx']], ['live', '61500']);
  move(trader, '61000');
  assert.equal(told(trader, algoId)['state'], 'effective');
});

test('a trailing stop follows the best price and sells when it falls back by its share', () => {
  const trader = long();
  const algoId = place(trader, trail);
  move(trader, '62000');
  assert.equal(Number(told(trader, algoId)['moveTriggerPx']), 61_380);
  move(trader, '61400');
  assert.deepEqual([told(trader, algoId)['state'], Number(told(trader, algoId)['moveTriggerPx'])], ['live', 61_380]);
  move(trader, '61370');
  const { state, ordId } = told(trader, algoId);
  assert.equal(state, 'effective');
  assert.equal(firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${ordId}`))['source'], '25');
  assert.deepEqual(trader.get('/api/v5/account/positions').data, []);
});

test('a trailing stop with an activation price follows nothing before it; one with a distance falls back by that', () => {
  const trader = long();
  const algoId = place(trader, { ...trail, callbackRatio: '', callbackSpread: '300', activePx: '61000' });
  move(trader, '60900');
  move(trader, '60000');
  assert.deepEqual([told(trader, algoId)['state'], told(trader, algoId)['moveTriggerPx']], ['live', '']);
  move(trader, '61100');
  assert.equal(told(trader, algoId)['moveTriggerPx'], '60800');
  move(trader, '60800');
  assert.equal(told(trader, algoId)['state'], 'effective');
});

test('a trailing buy follows a falling price', () => {
  const trader = trade(openExchange());
  const algoId = place(trader, { ...trail, side: 'buy', reduceOnly: false });
  move(trader, '58000');
  assert.equal(Number(told(trader, algoId)['moveTriggerPx']), 58_580);
  move(trader, '58590');
  assert.equal(told(trader, algoId)['state'], 'effective');
});

test('the best price that a trailing stop saw is the same after the log was played again', () => {
  const trader = long();
  const algoId = place(trader, trail);
  for (const price of ['61000', '61800', '61500']) move(trader, price);
  trader.wait(5000);
  const copy = createExchange({ settings, startedAt: START, restored: undefined });
  for (const event of trader.events) {
    const parsed = parseEvent(JSON.stringify(event));
    assert.ok(parsed.ok);
    copy.replay(parsed.value);
  }
  assert.deepEqual(copy.state().algos.get(algoId), trader.exchange.state().algos.get(algoId));
  assert.notEqual(copy.state().algos.get(algoId)?.trail?.best, undefined);
});

test('what does not say enough, or too much, is refused, and a trailing stop cannot be amended', () => {
  const trader = long();
  for (const [fields, code] of [
    [{ ...trigger, triggerPx: '' }, '50014'],
    [{ ...trigger, orderPx: '' }, '50014'],
    [{ ...trigger, orderPx: 'x' }, '51000'],
    [{ ...trigger, triggerPx: '59000.001' }, '51150'],
    [{ ...trigger, triggerPxType: 'best' }, '51000'],
    [{ ...trigger, advanceOrdType: 'fok' }, '51000'],
    [{ ...trigger, closeFraction: '1', sz: '' }, '51000'],
    [{ ...trail, callbackRatio: '' }, '50015'],
    [{ ...trail, callbackSpread: '10' }, '50015'],
    [{ ...trail, callbackRatio: '0.0001' }, '51000'],
    [{ ...trail, callbackRatio: '1' }, '51000'],
    [{ ...trail, activePx: '-1' }, '51000'],
    [{ ...trail, side: 'buy' }, '51058'],
  ] as const) {
    assert.equal(refused(trader, fields), code, JSON.stringify(fields));
  }
  const algoId = place(trader, trail);
  assert.equal(trader.post('/api/v5/trade/amend-algos', { instId: swap.instId, algoId, newSz: '1' }).data[0]?.['sCode'], '51506');
});

test('each kind has its own cap on an instrument: 100 stops, 500 triggers, 50 trails', () => {
  const trader = long();
  const stop = { ...swap, side: 'sell', ordType: 'conditional', slTriggerPx: '50000', slOrdPx: '-1' };
  for (const [fields, cap] of [
    [stop, 100],
    [{ ...trigger, triggerPx: '50000' }, 500],
    [trail, 50],
  ] as const) {
    for (let count = 0; count < cap; count += 1) place(trader, fields);
    assert.equal(refused(trader, fields), '51299');
  }
  assert.equal(trader.get('/api/v5/trade/orders-algo-pending?ordType=move_order_stop').data.length, 50);
  assert.equal(trader.get('/api/v5/trade/orders-algo-pending?ordType=trigger').data.length, 100);
});
