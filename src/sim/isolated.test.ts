import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, trade, type Row, type Trader } from '../../test/support/sim-trader.ts';

// Positions with a margin of their own, beside those that the whole account backs.

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'isolated', side: 'buy', ordType: 'market', sz: '10' };

function place(trader: Trader, fields: object): void {
  assert.equal(firstRow(trader.post('/api/v5/trade/order', fields))['sCode'], '0');
}

function positions(trader: Trader): readonly Row[] {
  return trader.get('/api/v5/account/positions').data;
}

function usdt(trader: Trader): Row {
  const [balance] = trader.get('/api/v5/account/balance').data as unknown as { readonly details: readonly Row[] }[];
  return balance?.details.find(({ ccy }) => ccy === 'USDT') ?? assert.fail();
}

function move(trader: Trader, price: string): void {
  trader.wait(1000);
  trader.desk('/sim/market', { instId: swap.instId, price });
}

const near = (left: unknown, right: number): boolean => Math.abs(Number(left) - right) < 1e-6;

test('an isolated position takes its value at entry over leverage, and stands beside a cross one of the same contract', () => {
  const trader = trade(openExchange());
  assert.equal(trader.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: '10', mgnMode: 'isolated' }).body['code'], '0');
  place(trader, swap);
  place(trader, { ...swap, tdMode: 'cross', side: 'sell', sz: '1' });
  const [alone, cross, ...more] = positions(trader);
  assert.deepEqual(more, []);
  assert.deepEqual([alone?.['mgnMode'], alone?.['pos'], alone?.['lever'], alone?.['imr']], ['isolated', '10', '10', '']);
  assert.deepEqual([cross?.['mgnMode'], cross?.['pos'], cross?.['lever'], cross?.['margin']], ['cross', '-1', '3', '']);
  assert.ok(near(alone?.['margin'], (0.1 * Number(alone?.['avgPx'])) / 10), String(alone?.['margin']));
  const { isoEq, isoUpl, eq, cashBal, upl } = usdt(trader);
  assert.ok(near(isoEq, Number(alone?.['margin']) + Number(alone?.['upl'])));
  assert.ok(near(isoUpl, Number(alone?.['upl'])));
  assert.ok(near(eq, Number(cashBal) + Number(upl)));
});

test('a profit of an isolated position backs nothing else, and a loss of it takes nothing from the rest', () => {
  const trader = trade(openExchange());
  place(trader, swap);
  const before = Number(usdt(trader)['availEq']);
  move(trader, '61000');
  assert.ok(near(usdt(trader)['availEq'], before));
  move(trader, '58000');
  assert.ok(near(usdt(trader)['availEq'], before));
  place(trader, { ...swap, side: 'sell', sz: '4', reduceOnly: true });
  const [rest] = positions(trader);
  assert.deepEqual([rest?.['pos'], rest?.['mgnMode']], ['6', 'isolated']);
  assert.ok(near(rest?.['margin'], (0.06 * Number(rest?.['avgPx'])) / 3), String(rest?.['margin']));
  assert.equal(trader.post('/api/v5/trade/close-position', { instId: swap.instId, mgnMode: 'cross' }).body['code'], '51023');
  assert.equal(trader.post('/api/v5/trade/close-position', { instId: swap.instId, mgnMode: 'isolated' }).body['code'], '0');
  assert.deepEqual(positions(trader), []);
  const { availEq, cashBal } = usdt(trader);
  assert.ok(near(availEq, Number(cashBal)));
  assert.equal(firstRow(trader.get('/api/v5/account/positions-history'))['mgnMode'], 'isolated');
});

test('an isolated position is liquidated at the price it told, loses its margin at most, and leaves the cross one alone', () => {
  for (const side of ['buy', 'sell'] as const) {
    const trader = trade(openExchange());
    trader.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: '50', mgnMode: 'isolated' });
    place(trader, { ...swap, tdMode: 'cross', side, sz: '1' });
    place(trader, { ...swap, side });
    const alone = positions(trader).find(({ mgnMode }) => mgnMode === 'isolated') ?? assert.fail();
    const before = Number(usdt(trader)['cashBal']);
    const [price, step] = [Number(alone['liqPx']), side === 'buy' ? -1 : 1];
    move(trader, (price - step * 20).toFixed(1));
    assert.equal(positions(trader).length, 2);
    // A gap far beyond the price at which nothing would be left.
    move(trader, (price + step * 3000).toFixed(1));
    assert.deepEqual(
      positions(trader).map(({ mgnMode, pos }) => [mgnMode, pos]),
      [['cross', side === 'buy' ? '1' : '-1']],
    );
    assert.ok(
      near(usdt(trader)['cashBal'], before - Number(alone['margin'])),
      `${usdt(trader)['cashBal']} of ${before} less ${alone['margin']}`,
    );
    assert.equal(firstRow(trader.get('/api/v5/account/positions-history'))['type'], '3');
  }
});

test('the told liquidation price of an inverse position is where its ratio is one', () => {
  const trader = trade(openExchange());
  trader.desk('/sim/deposits', { ccy: 'BTC', amt: '1', to: '18' });
  for (const side of ['buy', 'sell'] as const) {
    place(trader, { ...swap, instId: 'BTC-USD-SWAP', side, sz: '100' });
    const row = firstRow(trader.get('/api/v5/account/positions?instType=SWAP'));
    const [pos, avg, margin, liq] = [row['pos'], row['avgPx'], row['margin'], row['liqPx']].map(Number) as [number, number, number, number];
    const equity = margin + pos * 100 * (1 / avg - 1 / liq);
    const needed = ((Math.abs(pos) * 100) / liq) * (0.004 + 0.0005);
    assert.ok(Math.abs(equity / needed - 1) < 1e-6, `${side}: ${equity} against ${needed}`);
    trader.post('/api/v5/trade/close-position', { instId: 'BTC-USD-SWAP', mgnMode: 'isolated' });
  }
});

test('margin is added and taken out again down to the initial margin', () => {
  const trader = trade(openExchange());
  const balance = (fields: object) =>
    trader.post('/api/v5/account/position/margin-balance', { instId: swap.instId, posSide: 'net', ...fields }).body['code'];
  assert.equal(balance({ type: 'add', amt: '100' }), '51043');
  place(trader, swap);
  const margin = Number(positions(trader)[0]?.['margin']);
  assert.equal(balance({ type: 'add', amt: '100' }), '0');
  assert.ok(near(positions(trader)[0]?.['margin'], margin + 100));
  assert.equal(balance({ type: 'add', amt: '100000' }), '51008');
  assert.equal(balance({ type: 'reduce', amt: '90' }), '0');
  assert.equal(balance({ type: 'reduce', amt: '90' }), '51008');
  assert.equal(balance({ type: 'both', amt: '90' }), '51000');
});

test('isolated legs have a leverage of their own each, which waits for pending orders', () => {
  const trader = trade(openExchange());
  trader.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  const lever = (posSide: string, times: string) =>
    trader.post('/api/v5/account/set-leverage', { instId: swap.instId, lever: times, mgnMode: 'isolated', posSide }).body['code'];
  assert.deepEqual([lever('long', '10'), lever('short', '5'), lever('', '5')], ['0', '0', '51000']);
  const told = trader.get(`/api/v5/account/leverage-info?instId=${swap.instId}&mgnMode=isolated`).data;
  assert.deepEqual(
    told.map(({ posSide, lever: times }) => [posSide, times]),
    [
      ['long', '10'],
      ['short', '5'],
    ],
  );
  place(trader, { ...swap, posSide: 'long', ordType: 'limit', px: '59000' });
  assert.equal(lever('long', '20'), '59101');
});

test('funding of an isolated position comes out of its margin', () => {
  const trader = trade(openExchange());
  place(trader, swap);
  const margin = Number(positions(trader)[0]?.['margin']);
  trader.desk('/sim/clock', { advance_ms: 9 * 3_600_000 });
  const [row] = positions(trader);
  assert.notEqual(Number(row?.['fundingFee']), 0);
  assert.ok(near(row?.['margin'], margin + Number(row?.['fundingFee'])));
});

test('a stop order closes the isolated position and not the cross one', () => {
  const trader = trade(openExchange());
  place(trader, swap);
  place(trader, { ...swap, tdMode: 'cross' });
  const stop = { ...swap, side: 'sell', ordType: 'conditional', reduceOnly: true, slTriggerPx: '59000', slOrdPx: '-1' };
  assert.equal(firstRow(trader.post('/api/v5/trade/order-algo', stop))['sCode'], '0');
  move(trader, '58900');
  assert.deepEqual(
    positions(trader).map(({ mgnMode }) => mgnMode),
    ['cross'],
  );
});
