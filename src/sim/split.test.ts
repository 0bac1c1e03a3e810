import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json } from '../../test/support/sim-socket.ts';
import { firstRow, openExchange, type Row, trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'ioc', px: '60300', sz: '10' };
const stop = { attachAlgoClOrdId: 'stop', slTriggerPx: '59000', slOrdPx: '-1' };
const near = { attachAlgoClOrdId: 'near', tpTriggerPx: '61000', tpOrdPx: '-1', sz: '6' };
const far = { attachAlgoClOrdId: 'far', tpTriggerPx: '61500', tpOrdPx: '-1', sz: '4' };
const nearLimit = { attachAlgoClOrdId: 'near', tpOrdKind: 'limit', tpOrdPx: '61000', sz: '6' };
const farLimit = { attachAlgoClOrdId: 'far', tpOrdKind: 'limit', tpOrdPx: '61500', sz: '4' };

function order(trader: Trader, fields: object): Row {
  return firstRow(trader.post('/api/v5/trade/order', fields));
}

function bought(...attachAlgoOrds: readonly object[]): Trader {
  const trader = trade();
  const { sCode, sMsg } = order(trader, { ...swap, clOrdId: 'parent', attachAlgoOrds });
  assert.equal(sCode, '0', sMsg ?? '');
  return trader;
}

function move(trader: Trader, price: string): void {
  assert.equal(trader.desk('/sim/market', { instId: 'BTC-USDT', price }).status, 200);
}

function named(trader: Trader, algoClOrdId: string): Row {
  return firstRow(trader.get(`/api/v5/trade/order-algo?algoClOrdId=${algoClOrdId}`));
}

function position(trader: Trader): string | undefined {
  return firstRow(trader.get('/api/v5/account/positions?instId=BTC-USDT-SWAP'))['pos'];
}

/** Orders that are not of a client, by what they do and what became of them. */
function sent(trader: Trader): readonly unknown[] {
  const orders = [...trader.exchange.state().orders.values()].filter(({ origin }) => origin === 'algo');
  return orders.map(({ ordType, sz, filled, state, cancelSource }) =>
    [ordType, sz.coefficient, filled.coefficient, state, cancelSource].map(String).join(' '),
  );
}

test('split take-profits begin as stop orders of their own sizes, and the stop covers what they have not closed', () => {
  const trader = bought(near, far, stop);
  const state = (name: string) => [named(trader, name)['state'], named(trader, name)['sz'], named(trader, name)['ordType']];
  assert.deepEqual(state('near'), ['live', '6', 'conditional']);
  assert.deepEqual(state('far'), ['live', '4', 'conditional']);
  assert.deepEqual(state('stop'), ['live', '10', 'conditional']);
  const parent = firstRow(trader.get('/api/v5/trade/order?instId=BTC-USDT-SWAP&clOrdId=parent'));
  const told = parent['attachAlgoOrds'] as unknown as readonly Row[];
  assert.deepEqual(
    told.map(({ attachAlgoClOrdId, tpOrdKind, sz }) => [attachAlgoClOrdId, tpOrdKind, sz]),
    [
      ['near', 'condition', '6'],
      ['far', 'condition', '4'],
      ['stop', '', ''],
    ],
  );
  move(trader, '61200');
  assert.deepEqual([state('near')[0], position(trader)], ['effective', '4']);
  assert.deepEqual(state('stop'), ['live', '4', 'conditional']);
  move(trader, '58900');
  assert.deepEqual([state('stop')[0], state('far')[0], position(trader)], ['effective', 'canceled', '0']);
});

test('when all take-profits have closed their parts nothing is left for the stop', () => {
  const trader = bought(near, far, stop);
  move(trader, '61600');
  assert.deepEqual([named(trader, 'near')['state'], named(trader, 'far')['state']], ['effective', 'effective']);
  assert.deepEqual([named(trader, 'stop')['state'], position(trader)], ['canceled', '0']);
});

test('limit take-profits rest as reduce-only orders beside the stop, which shrinks as they are filled', () => {
  const trader = bought(nearLimit, farLimit, stop);
  const resting = trader.get('/api/v5/trade/orders-pending?instType=SWAP').data;
  const { algoId, linkedOrd } = named(trader, 'stop');
  assert.deepEqual(
    resting.map(({ px, sz, reduceOnly, isTpLimit, linkedAlgoOrd, source }) => [px, sz, reduceOnly, isTpLimit, linkedAlgoOrd, source]),
    [
      ['61500', '4', 'true', 'true', { algoId }, '7'],
      ['61000', '6', 'true', 'true', { algoId }, '7'],
    ],
  );
  assert.deepEqual(linkedOrd, { ordId: resting[1]?.['ordId'] });
  move(trader, '61200');
  assert.deepEqual([position(trader), named(trader, 'stop')['sz']], ['4', '4']);
  move(trader, '58900');
  assert.equal(position(trader), '0');
  assert.deepEqual(sent(trader), ['limit 6 6 filled ', 'limit 4 0 canceled 36', 'market 4 4 filled ']);
});

test('one limit take-profit and a stop may be one object; taking the stop away takes the other along', () => {
  const both = { ...stop, tpOrdKind: 'limit', tpOrdPx: '61000' };
  const filled = bought(both);
  move(filled, '61200');
  assert.deepEqual([position(filled), named(filled, 'stop')['state']], ['0', 'canceled']);
  const trader = bought(both);
  trader.post('/api/v5/trade/cancel-algos', [{ instId: 'BTC-USDT-SWAP', algoClOrdId: 'stop' }]);
  assert.deepEqual(sent(trader), ['limit 10 0 canceled 37']);
  assert.equal(position(trader), '10');
});

test('of an order that was filled in part the take-profits begin one after the other', () => {
  const trader = trade();
  trader.desk('/sim/market', { regime: 'illiquid' });
  const { asks } = firstRow(trader.get('/api/v5/market/books?instId=BTC-USDT-SWAP&sz=1')) as unknown as { asks: string[][] };
  const attachAlgoOrds = [{ ...nearLimit, sz: '0.1' }, { ...farLimit, sz: '44.9' }, stop];
  const { ordId } = order(trader, { ...swap, sz: '45', px: asks[0]?.[0], attachAlgoOrds });
  const parent = firstRow(trader.get(`/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=${ordId}`));
  const filled = Number(parent['accFillSz']);
  assert.ok(filled > 0.1 && filled < 45, `${filled}`);
  const pending = trader.get('/api/v5/trade/orders-pending?instType=SWAP').data;
  assert.deepEqual(
    pending.map(({ sz }) => sz),
    [(filled - 0.1).toFixed(2), '0.1'],
  );
  assert.equal(named(trader, 'stop')['sz'], String(filled));
});

test('in long/short mode they close their leg, and every step is told on the channels', () => {
  const trader = trade();
  trader.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'orders', instType: 'ANY' }, { channel: 'orders-algo', instType: 'ANY' });
  order(trader, { ...swap, posSide: 'long', attachAlgoOrds: [nearLimit, farLimit, stop] });
  const rows = json(client.told()).flatMap(({ data }) => (data ?? []) as readonly Row[]);
  assert.deepEqual(
    rows.filter(({ isTpLimit }) => isTpLimit === 'true').map(({ posSide, state, sz }) => [posSide, state, sz]),
    [
      ['long', 'live', '6'],
      ['long', 'live', '4'],
    ],
  );
  assert.ok(rows.some(({ algoClOrdId, state }) => algoClOrdId === 'stop' && state === 'live'));
  move(trader, '61200');
  assert.equal(firstRow(trader.get('/api/v5/account/positions?instId=BTC-USDT-SWAP'))['pos'], '4');
});

test('what breaks the rules of split and limit take-profits refuses the order whole', () => {
  const trader = trade();
  const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59900', sz: '10' };
  const cases: readonly (readonly [readonly object[], string, object?])[] = [
    [[near, { ...far, slTriggerPx: '59000', slOrdPx: '-1' }], '51076'],
    [[near, far], '51077', spot],
    [Array.from({ length: 11 }, (_, index) => ({ ...near, attachAlgoClOrdId: '', tpTriggerPx: String(61_000 + index), sz: '1' })), '51079'],
    [[near, { ...far, tpTriggerPxType: 'mark' }], '51080'],
    [[near, { ...far, tpTriggerPx: '61000' }], '51081'],
    [[near, { ...far, tpOrdPx: '61500' }], '51082'],
    [[near, { ...far, sz: '5' }, stop], '51083'],
    [[near, far, stop, { ...stop, attachAlgoClOrdId: 'other' }], '51084'],
    [[near, { ...far, sz: '' }], '51089'],
    [[near, farLimit], '51091'],
    [[nearLimit, { ...farLimit, tpOrdPx: '61000.0' }], '51092'],
    [[{ ...stop, tpOrdKind: 'limit', tpOrdPx: '-1' }], '51093'],
    [[{ ...stop, tpOrdKind: 'limit', tpOrdPx: '61000' }], '51094', spot],
    [[near, { ...far, attachAlgoClOrdId: 'near' }], '51068'],
    [[nearLimit, { ...farLimit, tpOrdPx: '60200' }], '51046'],
  ];
  for (const [attachAlgoOrds, code, fields = swap] of cases)
    assert.equal(order(trader, { ...fields, attachAlgoOrds })['sCode'], code, JSON.stringify(attachAlgoOrds));
  const trigger = { ...swap, ordType: 'trigger', triggerPx: '61000', orderPx: '-1' };
  const answer = trader.post('/api/v5/trade/order-algo', { ...trigger, attachAlgoOrds: [near, far] });
  assert.equal(answer.body['code'], '51000');
  const alone = { ...swap, ordType: 'conditional', side: 'sell', reduceOnly: true, tpOrdKind: 'limit', tpOrdPx: '61000' };
  assert.equal(trader.post('/api/v5/trade/order-algo', alone).body['code'], '51000');
  assert.deepEqual(trader.exchange.ledger()['orders'], []);
});

test('a replay of the log comes to the same stop orders and take-profits', () => {
  const trader = bought(nearLimit, farLimit, stop);
  move(trader, '61200');
  trader.post('/api/v5/trade/cancel-algos', [{ instId: 'BTC-USDT-SWAP', algoClOrdId: 'stop' }]);
  const again = openExchange();
  for (const event of trader.events) again.replay(event);
  assert.deepEqual(again.state().orders, trader.exchange.state().orders);
  assert.deepEqual(again.state().algos, trader.exchange.state().algos);
});
