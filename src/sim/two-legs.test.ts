import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, type Row, trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'market', sz: '3' };
const openLong = { ...swap, side: 'buy', posSide: 'long' };
const closeLong = { ...swap, side: 'sell', posSide: 'long' };
const openShort = { ...swap, side: 'sell', posSide: 'short' };
const closeShort = { ...swap, side: 'buy', posSide: 'short' };

function setMode(trader: Trader, posMode: string): Row {
  return trader.post('/api/v5/account/set-position-mode', { posMode }).body as Row;
}

function legs(): Trader {
  const trader = trade();
  assert.equal(setMode(trader, 'long_short_mode')['code'], '0');
  return trader;
}

function order(trader: Trader, fields: object): Row {
  return firstRow(trader.post('/api/v5/trade/order', fields));
}

function positions(trader: Trader): Readonly<Record<string, string>> {
  const rows = (trader.exchange.ledger()['positions'] ?? []) as readonly Row[];
  return Object.fromEntries(rows.map((row) => [row['posSide'] ?? '', row['pos'] ?? ''] as const));
}

test('the mode changes only while nothing is open, and the account says which one it is', () => {
  const trader = trade();
  assert.equal(setMode(trader, 'both')['code'], '51000');
  const resting = order(trader, { ...swap, side: 'buy', ordType: 'limit', px: '59000' });
  assert.equal(setMode(trader, 'long_short_mode')['code'], '59000');
  assert.equal(setMode(trader, 'net_mode')['code'], '0');
  trader.post('/api/v5/trade/cancel-order', { instId: swap.instId, ordId: resting['ordId'] });
  assert.equal(setMode(trader, 'long_short_mode')['code'], '0');
  assert.equal(firstRow(trader.get('/api/v5/account/config'))['posMode'], 'long_short_mode');
  order(trader, openLong);
  assert.equal(setMode(trader, 'net_mode')['code'], '59000');
  const stop = { ...closeLong, ordType: 'conditional', slTriggerPx: '59000', slOrdPx: '-1' };
  assert.equal(firstRow(trader.post('/api/v5/trade/order-algo', stop))['sCode'], '0');
  assert.equal(order(trader, closeLong)['sCode'], '0');
  assert.equal(setMode(trader, 'net_mode')['code'], '59000', 'a stop order alone stands in the way too');
});

test('every order of a swap names its leg in long/short mode, and none elsewhere', () => {
  const [net, trader] = [trade(), legs()];
  for (const posSide of ['', 'net', 'both']) assert.equal(order(trader, { ...openLong, posSide })['sCode'], '51000', posSide);
  for (const posSide of ['long', 'short']) assert.equal(order(net, { ...openLong, posSide })['sCode'], '51000', posSide);
  const stop = { ...closeLong, posSide: '', ordType: 'conditional', slTriggerPx: '59000', slOrdPx: '-1' };
  assert.equal(firstRow(trader.post('/api/v5/trade/order-algo', stop))['sCode'], '51000');
  const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };
  assert.equal(order(trader, spot)['sCode'], '0');
  assert.equal(order(trader, { ...spot, posSide: 'long' })['sCode'], '51000');
});

test('both legs of an instrument stand side by side, each positive, and each trade says what it did', () => {
  const trader = legs();
  order(trader, openLong);
  order(trader, { ...openShort, sz: '2' });
  order(trader, { ...closeLong, sz: '1' });
  order(trader, { ...closeShort, sz: '1' });
  const rows = trader.get('/api/v5/account/positions').data;
  assert.deepEqual(
    rows.map(({ posSide, pos, availPos }) => [posSide, pos, availPos]),
    [
      ['long', '2', '2'],
      ['short', '1', '1'],
    ],
  );
  const fills = trader.get('/api/v5/trade/fills').data;
  assert.deepEqual(
    fills.map(({ posSide, subType }) => [posSide, subType]),
    [
      ['short', '6'],
      ['long', '5'],
      ['short', '4'],
      ['long', '3'],
    ],
  );
  assert.deepEqual(
    trader.get('/api/v5/account/bills').data.map(({ subType }) => subType),
    ['6', '5', '4', '3'],
  );
  assert.deepEqual(positions(trader), { long: '2', short: '1' });
});

test('a close never goes beyond its leg: what is left of it after other closes, and nothing without it', () => {
  const trader = legs();
  assert.equal(order(trader, closeLong)['sCode'], '51169');
  order(trader, openLong);
  assert.equal(order(trader, { ...closeLong, sz: '4' })['sCode'], '51112');
  assert.equal(order(trader, closeShort)['sCode'], '51169');
  const resting = order(trader, { ...closeLong, ordType: 'limit', px: '61000', sz: '2' });
  assert.equal(firstRow(trader.get('/api/v5/account/positions'))['availPos'], '1');
  assert.equal(order(trader, { ...closeLong, sz: '2' })['sCode'], '51112');
  const amend = { instId: swap.instId, ordId: resting['ordId'], newSz: '4' };
  assert.equal(firstRow(trader.post('/api/v5/trade/amend-order', amend))['sCode'], '51112');
  const legsOfStop = [{ slTriggerPx: '59000', slOrdPx: '-1' }];
  assert.equal(order(trader, { ...closeLong, sz: '1', attachAlgoOrds: legsOfStop })['sCode'], '51100');
  assert.equal(order(trader, { ...closeLong, sz: '1' })['sCode'], '0');
  assert.equal(trader.post('/api/v5/trade/close-position', { instId: swap.instId, mgnMode: 'cross' }).body['code'], '51000');
  const close = { instId: swap.instId, mgnMode: 'cross', posSide: 'long', autoCxl: true };
  assert.equal(firstRow(trader.post('/api/v5/trade/close-position', close))['posSide'], 'long');
  assert.deepEqual(positions(trader), {});
  const ended = firstRow(trader.get(`/api/v5/trade/order?instId=${swap.instId}&ordId=${resting['ordId']}`));
  assert.deepEqual([ended['state'], ended['reduceOnly']], ['canceled', 'false']);
});

test('the stop of a leg closes that leg alone, and ends with it', () => {
  const trader = legs();
  order(trader, openLong);
  order(trader, openShort);
  const stop = { ...closeLong, ordType: 'conditional', cxlOnClosePos: true, slTriggerPx: '59000', slOrdPx: '-1' };
  const bad = { ...stop, posSide: 'short', side: 'sell' };
  assert.equal(trader.post('/api/v5/trade/order-algo', bad).body['code'], '51000', 'what opens cannot end with the position');
  const { algoId } = firstRow(trader.post('/api/v5/trade/order-algo', stop));
  trader.desk('/sim/market', { instId: swap.instId, price: '59000' });
  assert.deepEqual(positions(trader), { short: '3' });
  const row = firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${algoId}`));
  assert.deepEqual([row['state'], row['posSide']], ['effective', 'long']);
  order(trader, openLong);
  const second = firstRow(trader.post('/api/v5/trade/order-algo', { ...stop, slTriggerPx: '58000' }));
  order(trader, closeLong);
  assert.equal(firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${second['algoId']}`))['state'], 'canceled');
});

test('legs tie up margin and earn by themselves: what opens one closes nothing of the other', () => {
  const trader = legs();
  order(trader, openLong);
  const one = tied(trader);
  order(trader, openShort);
  assert.ok(tied(trader) > one * 1.9, `${tied(trader)} after ${one}`);
  trader.desk('/sim/market', { instId: swap.instId, price: '60600' });
  const [long, short] = trader.get('/api/v5/account/positions').data;
  assert.ok(Number(long?.['upl']) > 15 && Number(short?.['upl']) < -15);
});

function tied(trader: Trader): number {
  const [balance] = trader.get('/api/v5/account/balance?ccy=USDT').data as unknown as readonly { readonly details: readonly Row[] }[];
  return Number(balance?.details[0]?.['imr']);
}
