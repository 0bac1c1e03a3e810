import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, START, trade, type Trader } from '../../test/support/sim-trader.ts';
import { civilOf, daysOf } from './instant.ts';
import { findInstrument, instrumentsAt } from './instruments.ts';

const DAY = 86_400_000;

function listed(trader: Trader): readonly string[] {
  return trader.get('/api/v5/public/instruments?instType=FUTURES').data.map(({ instId = '' }) => instId);
}

/** An account with bitcoin, so that it can trade what settles in it. */
function withCoin(): Trader {
  const trader = trade(openExchange());
  trader.desk('/sim/deposits', { ccy: 'BTC', amt: '1', to: '18' });
  return trader;
}

test('dates of the calendar go there and back, leap days too', () => {
  for (let day = -1000; day < 60_000; day += 1) {
    const civil = civilOf(day);
    assert.equal(daysOf(civil), day);
  }
  assert.deepEqual(civilOf(daysOf({ year: 2028, month: 2, day: 29 })), { year: 2028, month: 2, day: 29 });
});

test('dated contracts are those of this week, of the next and of a quarter, inverse and linear, and end on Fridays at 8:00', () => {
  // The start is Wednesday, 18 November 2026.
  const rows = trade(openExchange()).get('/api/v5/public/instruments?instType=FUTURES').data;
  assert.deepEqual(
    rows.map(({ instId, alias, ctType, settleCcy }) => [instId, alias, ctType, settleCcy].join(' ')),
    [
      'BTC-USD-261120 this_week inverse BTC',
      'BTC-USD-261127 next_week inverse BTC',
      'BTC-USD-261225 quarter inverse BTC',
      'BTC-USDT-261120 this_week linear USDT',
      'BTC-USDT-261127 next_week linear USDT',
      'BTC-USDT-261225 quarter linear USDT',
    ],
  );
  for (const { expTime } of rows) assert.equal(Number(expTime) % (7 * DAY), DAY + 8 * 3_600_000);
});

test('at every week of three years there are three expiries a family, all ahead, none twice, and each is found by name', () => {
  for (let at = START; at < START + 3 * 365 * DAY; at += 7 * DAY) {
    const dated = instrumentsAt(at).filter(({ instType }) => instType === 'FUTURES');
    assert.equal(new Set(dated.map(({ instId }) => instId)).size, 6);
    assert.equal(new Set(instrumentsAt(at).map(({ instIdCode }) => instIdCode)).size, instrumentsAt(at).length);
    for (const one of dated) {
      assert.ok((one.expiry ?? 0) > at);
      assert.equal(findInstrument(one.instId)?.instIdCode, one.instIdCode);
    }
  }
});

test('a name with a date that is no Friday, or that the calendar does not have, is no instrument', () => {
  for (const name of ['BTC-USD-261119', 'BTC-USD-261131', 'BTC-USD-999999', 'ETH-USD-261120', 'BTC-USD-26112']) {
    assert.equal(findInstrument(name), undefined, name);
  }
});

test('an inverse contract is opened, valued and closed in coin', () => {
  const trader = withCoin();
  const order = { instId: 'BTC-USD-261225', tdMode: 'cross', side: 'sell', ordType: 'market', sz: '30' };
  assert.equal(trader.post('/api/v5/trade/order', order).body['code'], '0');
  const position = firstRow(trader.get('/api/v5/account/positions?instType=FUTURES'));
  assert.deepEqual([position['pos'], position['ccy'], position['instType'], position['notionalUsd']], ['-30', 'BTC', 'FUTURES', '3000']);
  const row = firstRow(trader.get('/api/v5/trade/orders-history?instType=FUTURES'));
  assert.deepEqual([row['instType'], row['feeCcy'], row['state']], ['FUTURES', 'BTC', 'filled']);
  trader.post('/api/v5/trade/close-position', { instId: order.instId, mgnMode: 'cross' });
  assert.deepEqual(trader.get('/api/v5/account/positions?instType=FUTURES').data, []);
});

test('at its end a contract delivers: orders and stop orders go with source 7, positions at the price of that moment, and its name is expired', () => {
  const trader = withCoin();
  const instId = 'BTC-USDT-261120';
  const order = { instId, tdMode: 'cross', side: 'buy', ordType: 'market', sz: '5' };
  trader.post('/api/v5/trade/order', order);
  trader.post('/api/v5/trade/order', { ...order, ordType: 'limit', px: '59000', clOrdId: 'resting' });
  const stop = { ...order, side: 'sell', ordType: 'conditional', slTriggerPx: '50000', slOrdPx: '-1', reduceOnly: true };
  assert.equal(trader.post('/api/v5/trade/order-algo', stop).body['code'], '0');
  trader.desk('/sim/clock', { advance_ms: 2 * DAY });
  assert.deepEqual(trader.get('/api/v5/account/positions').data, []);
  assert.equal(firstRow(trader.get('/api/v5/trade/orders-algo-history?ordType=conditional&state=canceled'))['instId'], instId);
  const [delivered, resting] = trader.get('/api/v5/trade/orders-history?instType=FUTURES').data;
  assert.deepEqual([delivered?.['category'], delivered?.['side'], delivered?.['accFillSz']], ['delivery', 'sell', '5']);
  assert.deepEqual([resting?.['clOrdId'], resting?.['state'], resting?.['cancelSource']], ['resting', 'canceled', '7']);
  const bill = firstRow(trader.get('/api/v5/account/bills?type=3'));
  assert.deepEqual([bill['subType'], bill['instId'], bill['sz']], ['112', instId, '5']);
  const fee = Number(bill['fee']);
  assert.ok(Math.abs(fee + 0.0001 * 0.05 * Number(bill['px'])) < 1e-9, `${fee}`);
  assert.equal(trader.post('/api/v5/trade/order', order).data[0]?.['sCode'], '51027');
  assert.equal(trader.post('/api/v5/trade/order', { ...order, instId: 'BTC-USDT-270108' }).data[0]?.['sCode'], '51001');
  assert.ok(listed(trader).includes('BTC-USDT-261127') && !listed(trader).includes(instId));
});

test('the leverage of dated contracts holds for all of one underlying, and for no swap', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/account/set-leverage', { instId: 'BTC-USDT-261120', lever: '7', mgnMode: 'cross' });
  const levers = trader.get('/api/v5/account/leverage-info?instId=BTC-USDT-261225,BTC-USDT-SWAP,BTC-USD-261225&mgnMode=cross').data;
  assert.deepEqual(
    levers.map(({ lever }) => lever),
    ['7', '3', '3'],
  );
});

test('options can be looked at and not traded', () => {
  const trader = trade(openExchange());
  assert.equal(trader.get('/api/v5/public/instruments?instType=OPTION').body['code'], '50014');
  const rows = trader.get('/api/v5/public/instruments?instType=OPTION&uly=BTC-USD').data;
  assert.equal(rows.length, 8);
  const call = rows.find(({ optType, stk }) => optType === 'C' && stk === '62000') ?? {};
  const summary = trader.get('/api/v5/public/opt-summary?instFamily=BTC-USD').data;
  assert.equal(summary.length, 8);
  for (const { delta, deltaBS, vegaBS, instId = '' } of summary) {
    assert.ok(Number(deltaBS) * (instId.endsWith('C') ? 1 : -1) > 0, `${instId} ${deltaBS}`);
    assert.ok(Number(delta) < Number(deltaBS) && Number(vegaBS) > 0);
  }
  // A call and a put of one strike differ by what the contract is away from it, whatever the volatility.
  const marks = new Map(
    trader.get('/api/v5/public/mark-price?instType=OPTION&instFamily=BTC-USD').data.map((row) => [row['instId'], Number(row['markPx'])]),
  );
  const name = String(call['instId']).slice(0, -1);
  const forward = Number(summary[0]?.['fwdPx']);
  assert.ok(Math.abs((marks.get(`${name}C`) ?? 0) - (marks.get(`${name}P`) ?? 0) - (forward - 62_000) / forward) < 1e-5);
  assert.equal(trader.get(`/api/v5/market/ticker?instId=${name}C`).data.length, 1);
  assert.equal(trader.get('/api/v5/market/tickers?instType=OPTION&instFamily=BTC-USD').data.length, 8);
  assert.equal(trader.get('/api/v5/market/tickers?instType=SPOT').data.length, 3);
  const order = { instId: `${name}C`, tdMode: 'cross', side: 'buy', ordType: 'limit', px: '0.01', sz: '1' };
  assert.equal(trader.post('/api/v5/trade/order', order).data[0]?.['sCode'], '51010');
});
