import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json } from '../../test/support/sim-socket.ts';
import { firstRow, type Row, trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'market', sz: '3' };

function ledger(trader: Trader, name: string): readonly Row[] {
  return (trader.exchange.ledger()[name] ?? []) as readonly Row[];
}

test('a position is deleveraged by an order of the exchange, of category adl and without a fee, after its pending orders', () => {
  const trader = trade();
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy' });
  const resting = firstRow(trader.post('/api/v5/trade/order', { ...swap, side: 'sell', ordType: 'limit', px: '61000', reduceOnly: true }));
  const other = firstRow(
    trader.post('/api/v5/trade/order', { ...swap, instId: 'ETH-USDT-SWAP', side: 'buy', ordType: 'limit', px: '2900' }),
  );
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '60900' });
  const told = trader.desk('/sim/deleveragings', { instId: 'BTC-USDT-SWAP' }).body as Row;
  assert.deepEqual([told['category'], told['state'], told['clOrdId'], told['fee'], told['tradeId']], ['adl', 'filled', '', '0', '0']);
  const state = (ordId: string | undefined, instId: string) => firstRow(trader.get(`/api/v5/trade/order?instId=${instId}&ordId=${ordId}`));
  const ended = state(resting['ordId'], 'BTC-USDT-SWAP');
  assert.deepEqual([ended['state'], ended['cancelSource']], ['canceled', '6']);
  assert.equal(state(other['ordId'], 'ETH-USDT-SWAP')['state'], 'live', 'orders elsewhere stay');
  assert.deepEqual(ledger(trader, 'positions'), []);
  assert.deepEqual([ledger(trader, 'deleveragings').length, ledger(trader, 'liquidations').length], [1, 0]);
  assert.equal(ledger(trader, 'orders').at(-1)?.['origin'], 'adl');
  const bill = firstRow(trader.get('/api/v5/account/bills'));
  assert.deepEqual([bill['type'], bill['subType'], bill['fee']], ['9', '128', '0']);
  assert.ok(Number(bill['pnl']) > 0);
  const fill = firstRow(trader.get('/api/v5/trade/fills'));
  assert.match(fill['tradeId'] ?? '', /^-\d+$/);
  assert.equal(fill['subType'], '128');
  const history = firstRow(trader.get('/api/v5/account/positions-history'));
  assert.equal(history['type'], '6');
});

test('a leg is deleveraged in part, and the history of positions says so', () => {
  const trader = trade();
  trader.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  trader.post('/api/v5/trade/order', { ...swap, side: 'sell', posSide: 'short' });
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy', posSide: 'long' });
  assert.equal(trader.desk('/sim/deleveragings', { instId: 'BTC-USDT-SWAP' }).status, 400, 'both legs are open');
  assert.equal(trader.desk('/sim/deleveragings', { instId: 'BTC-USDT-SWAP', posSide: 'short', sz: '1' }).status, 200);
  assert.equal(trader.desk('/sim/deleveragings', { instId: 'BTC-USDT-SWAP', posSide: 'long', sz: '4' }).status, 400);
  assert.deepEqual(
    ledger(trader, 'positions').map(({ posSide, pos }) => [posSide, pos]),
    [
      ['short', '2'],
      ['long', '3'],
    ],
  );
  assert.equal(firstRow(trader.get('/api/v5/account/bills'))['subType'], '126');
  assert.equal(firstRow(trader.get('/api/v5/account/positions-history'))['type'], '5');
});

test('deleveraging is told on the channels of orders and of what is held', () => {
  const trader = trade();
  trader.post('/api/v5/trade/order', { ...swap, side: 'buy' });
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'orders', instType: 'ANY' });
  client.subscribe({ channel: 'balance_and_position' });
  client.told();
  trader.desk('/sim/deleveragings', { instId: 'BTC-USDT-SWAP' });
  const rows = json(client.told()).map(({ data }) => (data as readonly Row[])[0]);
  const pushed = rows.find((row) => row?.['category'] === 'adl');
  assert.deepEqual([pushed?.['state'], pushed?.['clOrdId'], pushed?.['accFillSz'], pushed?.['tradeId']], ['filled', '', '3', '0']);
  assert.ok(
    rows.some((row) => row?.['eventType'] === 'adl'),
    JSON.stringify(rows),
  );
});
