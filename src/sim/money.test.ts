import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, type Row, START, trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '3' };
const inverse = { ...swap, instId: 'BTC-USD-SWAP', sz: '10' };
const FUNDING = 28_800_000;

function order(trader: Trader, fields: object): Row {
  return firstRow(trader.post('/api/v5/trade/order', fields));
}

function ledger(trader: Trader, name: string): readonly Row[] {
  return (trader.exchange.ledger()[name] ?? []) as readonly Row[];
}

function total(trader: Trader, ccy: string): number {
  return Number(ledger(trader, 'balances').find((row) => row['account'] === '1001' && row['ccy'] === ccy)?.['total'] ?? 0);
}

function bills(trader: Trader, query: string): readonly Row[] {
  return trader.get(`/api/v5/account/bills?${query}`).data;
}

test('funding is paid to the last digit at its time, by longs when the rate is above zero, and stands in bill, position and balance', () => {
  const trader = trade();
  order(trader, swap);
  order(trader, { ...swap, instId: 'ETH-USDT-SWAP', side: 'sell', sz: '5' });
  const before = total(trader, 'USDT');
  const due = (Math.floor(START / FUNDING) + 1) * FUNDING;
  const rates = ['BTC-USDT-SWAP', 'ETH-USDT-SWAP'].map((instId) =>
    Number(firstRow(trader.get(`/api/v5/public/funding-rate?instId=${instId}`))['fundingRate']),
  );
  trader.desk('/sim/clock', { advance_ms: due - trader.now() - 1 });
  assert.deepEqual(bills(trader, 'type=8'), []);
  trader.desk('/sim/clock', { advance_ms: 5000 });
  const paid = bills(trader, 'type=8').toReversed();
  assert.equal(paid.length, 2);
  for (const [index, { sz, px, balChg, pnl, subType, ts, ordId, instType, mgnMode }] of paid.entries()) {
    const [ctVal, direction] = [
      [0.01, -1],
      [0.1, 1],
    ][index] as [number, number];
    const expected = direction * Number(sz) * ctVal * Number(px) * (rates[index] ?? 0);
    assert.ok(Math.abs(Number(balChg) - expected) < 1e-9, `${balChg} of ${expected}`);
    assert.deepEqual([pnl, subType, ts], [balChg, expected < 0 ? '173' : '174', String(due)]);
    assert.deepEqual([ordId, instType, mgnMode], ['', 'SWAP', 'cross']);
  }
  const sum = paid.reduce((all, { balChg }) => all + Number(balChg), 0);
  assert.ok(Math.abs(total(trader, 'USDT') - before - sum) < 1e-9);
  assert.equal(trader.get('/api/v5/account/positions?instId=BTC-USDT-SWAP').data[0]?.['fundingFee'], paid[0]?.['balChg']);
  trader.desk('/sim/clock', { advance_ms: 3 * FUNDING });
  assert.equal(bills(trader, 'type=8').length, 8, 'a clock that leaps pays each time that it passes');
});

test('a transfer moves the sum between two accounts at once, has its bills in both, and can be asked for by either id', () => {
  const trader = trade();
  const out = { ccy: 'USDT', amt: '1500.5', from: '18', to: '6', clientId: 'mine' };
  const row = firstRow(trader.post('/api/v5/asset/transfer', out));
  assert.deepEqual([row['amt'], row['from'], row['to'], row['clientId']], ['1500.5', '18', '6', 'mine']);
  assert.equal(total(trader, 'USDT'), 8499.5);
  assert.deepEqual(firstRow(trader.get('/api/v5/asset/balances')), { availBal: '1500.5', bal: '1500.5', ccy: 'USDT', frozenBal: '0' });
  for (const query of [`transId=${row['transId']}`, 'clientId=mine']) {
    assert.equal(firstRow(trader.get(`/api/v5/asset/transfer-state?${query}`))['state'], 'success');
  }
  assert.equal(trader.get('/api/v5/asset/transfer-state?transId=999999').body['code'], '58129');
  assert.equal(trader.get('/api/v5/asset/transfer-state').body['code'], '50015');
  const bill = firstRow(trader.get('/api/v5/account/bills?type=1'));
  assert.deepEqual(
    [bill['subType'], bill['balChg'], bill['bal'], bill['sz'], bill['from'], bill['to'], bill['instId'], bill['ordId']],
    ['12', '-1500.5', '8499.5', '1500.5', '18', '6', '', ''],
  );
  assert.deepEqual(
    trader.get('/api/v5/asset/bills').data.map(({ type, balChg, bal, clientId }) => [type, balChg, bal, clientId]),
    [['130', '1500.5', '1500.5', 'mine']],
  );
  trader.post('/api/v5/asset/transfer', { ...out, from: '6', to: '18', amt: 1000 });
  assert.equal(firstRow(trader.get('/api/v5/account/bills?type=1&subType=11'))['balChg'], '1000');
  assert.deepEqual(
    ledger(trader, 'transfers').map(({ from, amt, origin }) => [from, amt, origin]),
    [
      ['18', '1500.5', 'api'],
      ['6', '1000', 'api'],
    ],
  );
});

test('what is tied up cannot leave, and a transfer that makes no sense is refused and moves nothing', () => {
  const trader = trade();
  order(trader, swap);
  const most = Number(firstRow(trader.get('/api/v5/account/max-withdrawal?ccy=USDT'))['maxWd']);
  assert.ok(most > 9000 && most < 10_000);
  const before = total(trader, 'USDT');
  const good = { ccy: 'USDT', amt: '1', from: '18', to: '6' };
  const cases: [object, string][] = [
    [{ ...good, amt: String(Math.ceil(most)) }, '58350'],
    [{ ...good, from: '6', to: '18' }, '58350'],
    [{ ...good, ccy: 'DOGE' }, '51012'],
    [{ ...good, amt: '-1' }, '51000'],
    [{ ...good, amt: '0.000000001' }, '51000'],
    [{ ...good, to: '18' }, '51000'],
    [{ ...good, from: '7' }, '51000'],
    [{ ...good, type: '2' }, '51000'],
    [{ ...good, amt: '' }, '50014'],
  ];
  for (const [fields, code] of cases)
    assert.equal(trader.post('/api/v5/asset/transfer', fields).body['code'], code, JSON.stringify(fields));
  assert.equal(total(trader, 'USDT'), before);
  assert.equal(ledger(trader, 'refused').length, cases.length);
  assert.equal(
    firstRow(trader.post('/api/v5/asset/transfer', { ...good, amt: String(Math.floor(most)) }))['amt'],
    String(Math.floor(most)),
  );
});

test('a person deposits and moves money by the desk; bad requests say how to ask', () => {
  const trader = trade();
  assert.equal(trader.desk('/sim/deposits', { ccy: 'USDT', amt: '250' }).status, 200);
  assert.equal(ledger(trader, 'funding')[0]?.['total'], '250');
  assert.equal(trader.desk('/sim/transfers', { ccy: 'USDT', amt: '50', from: '6', to: '18' }).status, 200);
  assert.equal(trader.desk('/sim/deposits', { ccy: 'USDT', amt: '100', to: '18' }).status, 200);
  assert.equal(total(trader, 'USDT'), 10_150);
  assert.deepEqual(
    ledger(trader, 'transfers').map(({ origin, amt }) => [origin, amt]),
    [
      ['external', '50'],
      ['external', '100'],
    ],
  );
  for (const [path, body] of [
    ['/sim/deposits', { ccy: 'DOGE', amt: '1' }],
    ['/sim/deposits', { ccy: 'USDT', amt: '0' }],
    ['/sim/deposits', { ccy: 'USDT', amt: '1', to: '7' }],
    ['/sim/transfers', { ccy: 'USDT', amt: '201', from: '6', to: '18' }],
    ['/sim/transfers', { account: '7', ccy: 'USDT', amt: '1', from: '6', to: '18' }],
    ['/sim/liquidations', { instId: 'BTC-USDT-SWAP' }],
  ] as const) {
    const { status, body: answer } = trader.desk(path, body);
    assert.equal(status, 400, path);
    assert.equal(typeof answer['error'], 'string');
  }
});

test('a read that looks behind a transfer sees neither of its two sides', () => {
  const trader = trade();
  trader.post('/api/v5/asset/transfer', { ccy: 'USDT', amt: '10', from: '18', to: '6' });
  for (const path of ['/api/v5/asset', '/api/v5/account']) trader.desk('/sim/faults', { kind: 'stale_read', path, count: 2 });
  assert.deepEqual(trader.get('/api/v5/asset/balances').data, []);
  assert.deepEqual(trader.get('/api/v5/asset/bills').data, []);
  assert.deepEqual(trader.get('/api/v5/account/bills').data, []);
  assert.equal(firstRow(trader.get('/api/v5/account/max-withdrawal'))['maxWd'], '10000');
  assert.equal(trader.get('/api/v5/asset/balances').data.length, 1);
});

test('bills turn their pages by id, are found by what they name, and leave for the archive after a week', () => {
  const trader = trade();
  order(trader, { ...swap, instId: 'BTC-USDT', tdMode: 'cash', sz: '100' });
  order(trader, { ...swap, sz: '1' });
  order(trader, { ...swap, side: 'sell', sz: '1' });
  const all = bills(trader, '');
  assert.equal(all.length, 4);
  assert.deepEqual(bills(trader, `limit=2&after=${all[0]?.['billId']}`), all.slice(1, 3));
  assert.deepEqual(bills(trader, `before=${all[2]?.['billId']}`), all.slice(0, 2));
  assert.equal(bills(trader, 'instType=SPOT').length, 2);
  assert.equal(bills(trader, 'ctType=linear&mgnMode=cross').length, 2);
  assert.equal(bills(trader, 'subType=5&instId=BTC-USDT-SWAP').length, 1);
  assert.equal(bills(trader, 'ccy=BTC')[0]?.['subType'], '1');
  assert.equal(trader.get('/api/v5/account/bills?limit=101').body['code'], '51000');
  trader.desk('/sim/clock', { advance_ms: 7 * 86_400_000 + 10_000 });
  assert.deepEqual(bills(trader, ''), []);
  assert.equal(trader.get('/api/v5/account/bills-archive').data.length, 4);
});

/** A position as large as leverage allows. */
function stretched(fields: object, lever = '100'): Trader {
  const trader = trade();
  const { instId } = { ...swap, ...fields };
  trader.post('/api/v5/account/set-leverage', { instId, lever, mgnMode: 'cross' });
  assert.equal(order(trader, { ...swap, ...fields })['sCode'], '0');
  return trader;
}

test('a position is closed where its liquidation price says, by an order that carries no client id, and only there', () => {
  for (const side of ['buy', 'sell']) {
    const trader = stretched({ side, sz: '800' });
    const liqPx = Number(firstRow(trader.get('/api/v5/account/positions'))['liqPx']);
    const [near, beyond] = side === 'buy' ? [Math.ceil(liqPx), Math.floor(liqPx)] : [Math.floor(liqPx), Math.ceil(liqPx)];
    const resting = order(trader, { ...swap, side, ordType: 'limit', px: side === 'buy' ? '59000' : '61000', sz: '1' });
    trader.desk('/sim/market', { instId: swap.instId, price: String(near) });
    assert.deepEqual(ledger(trader, 'liquidations'), [], `${side} at ${near} of ${liqPx}`);
    trader.desk('/sim/market', { instId: swap.instId, price: String(beyond) });
    const [found] = ledger(trader, 'liquidations');
    assert.deepEqual([found?.['category'], found?.['px']], ['full_liquidation', String(beyond)]);
    assert.deepEqual(ledger(trader, 'positions'), []);
    const row = firstRow(trader.get(`/api/v5/trade/order?instId=${swap.instId}&ordId=${found?.['ordId']}`));
    assert.deepEqual([row['clOrdId'], row['category'], row['state'], row['tradeId']], ['', 'full_liquidation', 'filled', '0']);
    const [fill] = trader.get('/api/v5/trade/fills').data;
    assert.match(fill?.['tradeId'] ?? '', /^-\d+$/);
    const [bill] = bills(trader, 'type=5');
    assert.deepEqual([bill?.['ordId'], bill?.['subType']], [found?.['ordId'], side === 'buy' ? '107' : '106']);
    const pending = firstRow(trader.get(`/api/v5/trade/order?instId=${swap.instId}&ordId=${resting['ordId']}`));
    if (pending['state'] !== 'filled') assert.equal(pending['cancelSource'], '3');
  }
});

test('the liquidation price of an inverse position is where it is closed too', () => {
  const trader = trade();
  trader.post('/api/v5/account/set-leverage', { instId: inverse.instId, lever: '100', mgnMode: 'cross' });
  order(trader, { ...swap, instId: 'BTC-USDT', tdMode: 'cash', sz: '600' });
  assert.equal(order(trader, { ...inverse, sz: '400' })['sCode'], '0');
  const liqPx = Number(firstRow(trader.get('/api/v5/account/positions'))['liqPx']);
  assert.ok(liqPx > 50_000 && liqPx < 60_000, String(liqPx));
  trader.desk('/sim/market', { instId: inverse.instId, price: String(Math.ceil(liqPx)) });
  assert.equal(ledger(trader, 'positions').length, 1);
  trader.desk('/sim/market', { instId: inverse.instId, price: String(Math.floor(liqPx)) });
  assert.equal(ledger(trader, 'positions').length, 0);
});

test('of two positions the larger loss is closed first, and the other stays when that is enough', () => {
  const trader = stretched({ sz: '700' });
  trader.post('/api/v5/account/set-leverage', { instId: 'ETH-USDT-SWAP', lever: '100', mgnMode: 'cross' });
  assert.equal(order(trader, { ...swap, instId: 'ETH-USDT-SWAP', sz: '50' })['sCode'], '0');
  const liqPx = Number(trader.get('/api/v5/account/positions?instId=BTC-USDT-SWAP').data[0]?.['liqPx']);
  trader.desk('/sim/market', { instId: swap.instId, price: String(Math.floor(liqPx)) });
  assert.deepEqual(
    ledger(trader, 'positions').map(({ instId }) => instId),
    ['ETH-USDT-SWAP'],
  );
});

test('a crash that takes more than there is leaves a debt, which the exchange covers', () => {
  const trader = stretched({ sz: '800' });
  trader.desk('/sim/market', { instId: swap.instId, price: '30000' });
  assert.equal(total(trader, 'USDT'), 0);
  const [cover] = bills(trader, 'subType=110');
  assert.ok(Number(cover?.['balChg']) > 0);
  assert.equal(cover?.['bal'], '0');
});

test('a stop before the liquidation price goes first, even when the price leaps over both', () => {
  const trader = stretched({ sz: '600' });
  const stop = { ...swap, side: 'sell', ordType: 'conditional', sz: '600', reduceOnly: true, slTriggerPx: '59900', slOrdPx: '-1' };
  const { algoId } = firstRow(trader.post('/api/v5/trade/order-algo', { ...stop, slTriggerPxType: 'mark' }));
  trader.desk('/sim/market', { instId: swap.instId, price: '59000' });
  assert.equal(firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${algoId}`))['state'], 'effective');
  assert.deepEqual(ledger(trader, 'liquidations'), []);
});

test('the desk liquidates a part or the whole, of a leg where there are two; closes that it leaves nothing to are displaced', () => {
  const trader = trade();
  order(trader, swap);
  const resting = order(trader, { ...swap, side: 'sell', ordType: 'limit', px: '61000', sz: '3', reduceOnly: true });
  assert.equal(trader.desk('/sim/liquidations', { instId: swap.instId, sz: '4' }).status, 400);
  assert.equal(trader.desk('/sim/liquidations', { instId: swap.instId, sz: '1' }).status, 200);
  assert.equal(ledger(trader, 'positions')[0]?.['pos'], '2');
  const displaced = firstRow(trader.get(`/api/v5/trade/order?instId=${swap.instId}&ordId=${resting['ordId']}`));
  assert.deepEqual([displaced['state'], displaced['cancelSource']], ['canceled', '2']);
  trader.desk('/sim/liquidations', { instId: swap.instId });
  assert.deepEqual(
    ledger(trader, 'liquidations').map(({ category, sz }) => [category, sz]),
    [
      ['partial_liquidation', '1'],
      ['full_liquidation', '2'],
    ],
  );
  assert.deepEqual(
    bills(trader, 'type=5').map(({ subType }) => subType),
    ['107', '103'],
  );
  const legs = trade();
  legs.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  for (const posSide of ['long', 'short']) order(legs, { ...swap, posSide, side: posSide === 'long' ? 'buy' : 'sell' });
  assert.equal(legs.desk('/sim/liquidations', { instId: swap.instId }).status, 400);
  legs.desk('/sim/liquidations', { instId: swap.instId, posSide: 'short' });
  assert.equal(bills(legs, 'type=5')[0]?.['subType'], '105');
});

test('an armed timer stands in the ledger until it fires, and leaves stop orders alone', () => {
  const trader = trade();
  order(trader, swap);
  order(trader, { ...swap, ordType: 'limit', px: '59000', tag: 'bot' });
  const stop = { ...swap, side: 'sell', ordType: 'conditional', reduceOnly: true, slTriggerPx: '50000', slOrdPx: '-1', tag: 'bot' };
  const { algoId } = firstRow(trader.post('/api/v5/trade/order-algo', stop));
  const armed = firstRow(trader.post('/api/v5/trade/cancel-all-after', { timeOut: '10', tag: 'bot' }));
  assert.deepEqual([armed['tag'], Number(armed['triggerTime']) - Number(armed['ts'])], ['bot', 10_000]);
  trader.wait(5000);
  const renewed = firstRow(trader.post('/api/v5/trade/cancel-all-after', { timeOut: '10', tag: 'bot' }));
  trader.wait(9999);
  assert.deepEqual(ledger(trader, 'timers'), [{ account: '1001', tag: 'bot', at: Number(renewed['triggerTime']) }]);
  assert.equal(trader.get('/api/v5/trade/orders-pending').data.length, 1);
  trader.wait(1);
  assert.deepEqual(ledger(trader, 'timers'), []);
  assert.equal(trader.get('/api/v5/trade/orders-pending').data.length, 0);
  assert.equal(firstRow(trader.get(`/api/v5/trade/order-algo?algoId=${algoId}`))['state'], 'live');
});
