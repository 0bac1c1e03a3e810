import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { World } from './harness/world.ts';

/** A position that is proven, and an order that rests below the market. */
async function busy(world: World, agent: Agent): Promise<void> {
  assert.equal((await agent.place({ intent_id: 'held', quantity: '41' })).status, 'filled');
  await eventually('the position is proven', async () => (await agent.intent('held')).verification === 'matched');
  const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
  assert.equal((await agent.place({ intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price, quantity: '40' })).status, 'working');
}

async function modeOf(world: World): Promise<unknown> {
  return (await world.read('status'))['mode'];
}

test('halt cancels what rests, denies what comes, and resume goes up one step at a time, each after a clean comparison', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  assert.equal((await world.run(['halt', '--reason', 'a drill'])).code, 0);
  assert.equal(await modeOf(world), 'HALTED');
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  const denied = await agent.place({ intent_id: 'after', quantity: '43' });
  assert.equal(denied.code, 'HALTED');
  assert.equal(denied.sent_to_exchange, 'no');
  const close = await agent.call('close_position', { intent_id: 'close-halted', instrument: 'BTC-USDT', reason: 'halted' });
  assert.equal(close.answer.code, 'HALTED', 'in a halt exits are the operator’s');

  assert.equal((await world.run(['resume', '--reason', 'looked at it'])).code, 0);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  assert.equal((await agent.place({ intent_id: 'after-2', quantity: '44' })).code, 'REDUCE_ONLY');
  assert.equal((await world.run(['resume', '--reason', 'looked again'])).code, 0);
  assert.equal(await modeOf(world), 'ACTIVE');
  assert.equal((await world.run(['resume', '--reason', 'once more'])).code, 1, 'there is nothing above ACTIVE');
  assert.equal((await agent.place({ intent_id: 'after-3', quantity: '45' })).status, 'filled');
  await booksEqualLedger(world);
});

test('an agent that stops trading leads to REDUCE_ONLY: entries are cancelled and denied, a close passes, and no tool leads back', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  await busy(world, a);
  const { answer, isError } = await b.call('halt_trading', { reason: 'the positions do not look like mine' });
  assert.equal(answer.status, 'accepted');
  assert.equal(answer.mode, 'REDUCE_ONLY');
  assert.equal(isError, false);
  await eventually('the resting entry of the other agent is cancelled', async () => (await a.intent('rests')).status === 'cancelled');
  for (const agent of [a, b]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await agent.place({ intent_id: 'more', quantity: '43' })).code, 'REDUCE_ONLY');
  }
  const sold = await b.call('close_position', { intent_id: 'steal', instrument: 'BTC-USDT', reason: 'not mine' });
  assert.equal(sold.answer.code, 'NOT_ALLOWED', 'a position is closed by whoever opened it');
  const closed = await a.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT', reason: 'out' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  await booksEqualLedger(world);
});

test('the file HALT stops a running gateway within a moment, and resume is refused while it exists', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  world.write('HALT', '');
  await eventually('the account is halted', async () => (await modeOf(world)) === 'HALTED');
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  assert.equal((await world.run(['resume', '--reason', 'too early'])).code, 1);
  await gateway.stop();
  const again = await world.up();
  assert.match(again.stdout, /^ready okx:sim:1001 HALTED /);
  rmSync(join(world.home, 'HALT'));
  assert.equal((await world.run(['resume', '--reason', 'the file is gone'])).code, 0);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
});

test('halt without a gateway writes the file HALT, and the next start is halted', async () => {
  await using world = await World.create();
  assert.equal((await world.run(['halt', '--reason', 'before the start'])).code, 0);
  assert.ok(existsSync(join(world.home, 'HALT')));
  const gateway = await world.up();
  const agent = await world.agent();
  const denied = await agent.place({ intent_id: 'one' });
  assert.equal(denied.sent_to_exchange, 'no');
  assert.equal(denied.code, 'HALTED', gateway.stdout);
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});

test('a cancel and an order in flight when the halt comes: nothing new leaves, and what was on its way is found and cancelled', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9));
  await world.exchange.arm({ kind: 'lost_ack', path: '/api/v5/trade/order', executed: true });
  const asked = agent.place({ intent_id: 'in-flight', type: 'limit', price, quantity: '40' });
  await eventually('the exchange has the order', async () => (await world.exchange.ledger()).orders.length === 1);
  assert.equal((await world.run(['halt', '--reason', 'now'])).code, 0);
  await asked;
  await eventually('the order that was on its way is cancelled', async () => (await agent.intent('in-flight')).status === 'cancelled');
  const { orders } = await world.exchange.ledger();
  assert.deepEqual(
    orders.map(({ state }) => state),
    ['canceled'],
  );
  await booksEqualLedger(world);
});
