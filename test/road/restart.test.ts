import assert from 'node:assert/strict';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { bootedMode } from './harness/journal.ts';
import { descendants, isAlive } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

for (const own of [true, false]) {
  test(`up, trade, stop, up again: the same ${own ? 'embedded exchange' : 'exchange of its own'}, the same books, ACTIVE`, async () => {
    await using world = await World.create();
    if (!own) await world.startExchange();
    const first = await world.up();
    const agent = await world.agent();
    assert.equal((await agent.place({ intent_id: 'spot', quantity: '41' })).status, 'filled');
    assert.equal((await agent.place({ intent_id: 'swap', instrument: 'BTC-USDT-SWAP', side: 'sell', quantity: '42' })).status, 'filled');
    const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
    const resting = await agent.place({ intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price, quantity: '43' });
    assert.equal(resting.status, 'working', JSON.stringify(resting));
    await eventually('everything is proven', async () => (await world.read('status'))['orders_not_verified'] === 0);
    const before = await world.exchange.ledger();
    const children = descendants(first.pid);
    assert.deepEqual(await first.stop(), { code: 0, signal: null });
    await eventually('no child is left', () => !children.some(isAlive));

    const second = await world.up();
    assert.match(second.stdout, /^ready okx:sim:1001 \w+ http=\S+ sim=\S+$/m);
    assert.equal(bootedMode(world.home), 'ACTIVE');
    const after = await world.exchange.ledger();
    assert.deepEqual(after.orders, before.orders);
    assert.deepEqual(after.fills, before.fills);
    assert.deepEqual(after.positions, before.positions);
    await booksEqualLedger(world);
    const again = await world.agent();
    const closed = await again.call('close_position', {
      intent_id: 'close',
      instrument: 'BTC-USDT-SWAP',
      reason: 'opened before the stop',
    });
    assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
    const cancelled = await again.call('cancel_orders', { intent_id: 'cancel', reason: 'rested through the stop' });
    assert.equal(cancelled.answer.status, 'cancelled', JSON.stringify(cancelled.answer));
    await booksEqualLedger(world);
  });
}

test('what happened while no gateway ran is found at the next start: an order that filled is booked, a stranger’s order ends new risk', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  const agent = await world.agent();
  const last = await world.exchange.lastPrice('BTC-USDT');
  const price = String(Math.floor(last * 0.98));
  assert.equal((await agent.place({ intent_id: 'rests', type: 'limit', price, quantity: '43' })).status, 'working');
  await first.stop();
  await world.exchange.movePrice('BTC-USDT', String(Math.floor(last * 0.95)));
  await eventually('the order filled meanwhile', async () => (await world.exchange.ledger()).fills.length > 0);
  const second = await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  await booksEqualLedger(world);
  const again = await world.agent();
  assert.equal((await again.intent('rests')).status, 'filled');
  await second.stop();

  await world.exchange.orderOfOthers({ instId: 'BTC-USDT-SWAP', side: 'buy', sz: '1' });
  await world.up();
  // The second look at the position, a moment later, halts.
  assert.equal(bootedMode(world.home), 'REDUCE_ONLY');
});

test('a mode is latched: halted stays halted, however often the gateway starts', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  // It ends with 4 where the exchange has not shown in time that nothing is left.
  assert.match(String((await world.run(['halt', '--reason', 'enough'])).code), /^[04]$/);
  await first.stop();
  const second = await world.up();
  assert.match(second.stdout, /^ready okx:sim:1001 HALTED /);
  await second.kill();
  const third = await world.up();
  assert.match(third.stdout, /^ready okx:sim:1001 HALTED /);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'one' })).code, 'HALTED');
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});
