import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json } from '../../test/support/sim-socket.ts';
import { firstRow, type Row, trade } from '../../test/support/sim-trader.ts';

const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.001', clOrdId: 'a' };

test('the channel tells of an amendment that it came to something, to nothing, or to the end of its order', () => {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'orders', instType: 'ANY' });
  const amend = (fields: object): unknown => firstRow(trader.post('/api/v5/trade/amend-order', { instId: 'BTC-USDT', ...fields }))['sCode'];
  const told = (): readonly unknown[] =>
    json(client.told()).map(({ data }) => {
      const [row] = data as readonly Row[];
      return [row?.['state'], row?.['amendResult'], row?.['reqId'], row?.['code'], row?.['px']];
    });
  trader.post('/api/v5/trade/order', order);
  assert.deepEqual(told(), [['live', '', '', '0', '59000']]);
  assert.equal(amend({ clOrdId: 'a', newPx: '58900', reqId: 'one' }), '0');
  assert.deepEqual(told(), [['live', '0', 'one', '0', '58900']]);
  assert.equal(amend({ clOrdId: 'a', newSz: '1000', reqId: 'two' }), '51008');
  assert.deepEqual(told(), [['live', '-1', 'two', '51008', '58900']]);
  assert.equal(amend({ clOrdId: 'a', newSz: '1000', reqId: 'three', cxlOnFail: true }), '51008');
  assert.deepEqual(told(), [['canceled', '1', 'three', '51008', '58900']]);
  assert.equal(amend({ clOrdId: 'a', newPx: '58000', reqId: 'four' }), '51503');
  assert.deepEqual(told(), [], 'there is nothing more to tell of');
});
