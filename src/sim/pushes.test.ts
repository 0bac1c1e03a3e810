import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, type Row, trade, type Trader } from '../../test/support/sim-trader.ts';
import { parseEvent } from './exchange.ts';
import { disordered, type Push } from './pushes.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '300' };

function channel({ message }: Push): string {
  return message.arg['channel'] ?? '';
}

function row({ message }: Push): Row {
  return message.data[0] as Row;
}

function of(pushes: readonly Push[], name: string): readonly Row[] {
  return pushes.filter((push) => channel(push) === name).map(row);
}

function leveraged(): Trader {
  const trader = trade();
  trader.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: '50', mgnMode: 'cross' });
  return trader;
}

/** An order that is filled level by level, one that rests and is cancelled, and a stop that is sent. */
function busy(): Trader {
  const trader = leveraged();
  trader.post('/api/v5/trade/order', { ...swap, clOrdId: '42' });
  const { ordId } = firstRow(trader.post('/api/v5/trade/order', { ...swap, ordType: 'limit', px: '59000', sz: '1' }));
  trader.post('/api/v5/trade/cancel-order', { instId: swap.instId, ordId });
  const stop = { ...swap, side: 'sell', ordType: 'conditional', reduceOnly: true, slTriggerPx: '59900', slOrdPx: '-1' };
  trader.post('/api/v5/trade/order-algo', { ...stop, algoClOrdId: 'stop' });
  trader.desk('/sim/market', { instId: swap.instId, price: '59900' });
  return trader;
}

test('an order is told step by step, its fills beside it, and positions and balances as they are afterwards', () => {
  const trader = leveraged();
  assert.deepEqual(trader.exchange.pushes(), []);
  trader.post('/api/v5/trade/order', { ...swap, clOrdId: '42' });
  const pushes = trader.exchange.pushes();
  const orders = of(pushes, 'orders');
  assert.deepEqual([orders[0]?.['state'], orders[0]?.['fillSz'], orders[0]?.['avgPx']], ['live', '0', '0']);
  assert.equal(orders.at(-1)?.['state'], 'filled');
  assert.ok(orders.length > 3, 'one row a match');
  const filled = orders.reduce((sum, each) => sum + Number(each['fillSz']), 0);
  assert.equal(filled, 300);
  const fills = of(pushes, 'fills');
  assert.deepEqual(
    fills.map(({ tradeId, clOrdId }) => [tradeId, clOrdId]),
    orders.slice(1).map(({ tradeId }) => [tradeId, '42']),
  );
  assert.deepEqual(
    of(pushes, 'positions').map(({ pos, posSide }) => [pos, posSide]),
    [['300', 'net']],
  );
  assert.equal(of(pushes, 'account').length, 1);
  assert.deepEqual(pushes.find((push) => channel(push) === 'positions')?.message.arg, {
    channel: 'positions',
    instType: 'ANY',
    uid: '1001',
  });
  assert.deepEqual(trader.exchange.pushes(), [], 'what was told is not told again');
  trader.get('/api/v5/account/positions');
  assert.deepEqual(trader.exchange.pushes(), [], 'asking changes nothing');
});

test('the rows of the channels have the documented keys', () => {
  const keys: Readonly<Record<string, string>> = {
    orders:
      'accFillSz algoClOrdId algoId amendResult amendSource attachAlgoClOrdId attachAlgoOrds avgPx cTime cancelSource category ccy clOrdId code execType fee feeCcy fillFee fillFeeCcy fillFwdPx fillIdxPx fillMarkPx fillMarkVol fillNotionalUsd fillPnl fillPx fillPxUsd fillPxVol fillSz fillTime instId instType isTpLimit lastPx lever linkedAlgoOrd msg notionalUsd ordId ordType outcome pnl posSide px pxType pxUsd pxVol quickMgnType rebate rebateCcy reduceOnly reqId side slOrdPx slTriggerPx slTriggerPxType source state stpId stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId tradeQuoteCcy uTime',
    fills: 'clOrdId count execType fillPx fillSz instId ordId side tradeId ts',
    'orders-algo':
      'actualPx actualSide actualSz algoClOrdId algoId amendPxOnTriggerType amendResult attachAlgoOrds cTime ccy clOrdId closeFraction failCode instId instType isTradeBorrowMode last lever linkedOrd notionalUsd ordId ordIdList ordPx ordType posSide quickMgnType reduceOnly reqId side slOrdPx slTriggerPx slTriggerPxType state sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeQuoteCcy triggerPx triggerTime uTime',
  };
  const pushes = busy().exchange.pushes();
  for (const [name, expected] of Object.entries(keys)) {
    const rows = of(pushes, name);
    assert.ok(rows.length > 1, name);
    for (const each of rows) assert.deepEqual(Object.keys(each).toSorted(), expected.split(' '), name);
  }
});

test('a bad connection loses nothing, delivers some twice and some late, and the same way for the same seed', () => {
  const trader = busy();
  const pushes = trader.exchange.pushes();
  const disorder = { seed: 5, duplicatedPerMille: 300, lateMax: 3 };
  const first = disordered(pushes, disorder);
  assert.deepEqual(first, disordered(pushes, disorder));
  assert.notDeepEqual(first, disordered(pushes, { ...disorder, seed: 6 }));
  assert.ok(first.length > pushes.length, 'some come twice');
  assert.deepEqual(new Set(first), new Set(pushes), 'none is lost or made up');
  const places = first.map((push) => pushes.indexOf(push));
  assert.ok(
    places.some((place, index) => place < (places[index - 1] ?? 0)),
    'some come late',
  );
  assert.deepEqual(disordered(pushes, { seed: 1, duplicatedPerMille: 0, lateMax: 0 }), pushes);
});

test('the exchange itself can tell in disorder; what nobody heard is bounded, and a restart forgets it', () => {
  const trader = busy();
  const copy = openExchange();
  for (const event of trader.events) {
    const parsed = parseEvent(JSON.stringify(event));
    assert.ok(parsed.ok);
    copy.replay(parsed.value);
  }
  assert.deepEqual(copy.pushes(), []);
  const all = trader.exchange.pushes({ seed: 5, duplicatedPerMille: 1000, lateMax: 2 });
  assert.equal(all.length, new Set(all).size * 2);
});

test('what somebody else and the exchange itself do is told as well', () => {
  const trader = trade();
  trader.desk('/sim/orders', { instId: swap.instId, side: 'buy', sz: '2' });
  trader.desk('/sim/liquidations', { instId: swap.instId, sz: '1' });
  const last = of(trader.exchange.pushes(), 'orders').at(-1);
  assert.deepEqual([last?.['category'], last?.['clOrdId'], last?.['tradeId']], ['partial_liquidation', '', '0']);
  trader.desk('/sim/deposits', { ccy: 'USDT', amt: '5', to: '18' });
  assert.deepEqual(trader.exchange.pushes().map(channel), ['account', 'balance_and_position']);
});
