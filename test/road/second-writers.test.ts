import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const files = ['journal.db', 'journal.db-wal', 'journal.db-shm'];

/** The journal of a home as a person copies it: all of its files, while nothing runs. */
function copyJournal(from: string, to: string): void {
  for (const name of files) {
    rmSync(join(to, name), { force: true });
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

test('two gateways on one home: the second ends with why, sends nothing, and the first goes on', async () => {
  await using world = await World.create();
  await world.startExchange();
  await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'one', quantity: '41' })).status, 'filled');
  const entries = journalOf(world.home).length;
  const second = await world.run(['up']);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another twokey runs on this home \(process \d+\): stop it first, or use another --home/);
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'started').length, 1);
  assert.ok(journalOf(world.home).length >= entries);
  assert.equal((await world.exchange.ledger()).orders.length, 1);
  assert.equal((await agent.place({ intent_id: 'two', quantity: '42' })).status, 'filled');
});

test('where somebody removed the lock of a home, the one whose journal was written by the other ends, and sends nothing', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'one', quantity: '41' })).status, 'filled');
  await eventually('the fill is proven', () => journalOf(world.home).some(({ kind }) => kind === 'verified'));
  for (const name of ['lock.db', 'lock.json']) rmSync(join(world.home, 'run', name), { force: true });
  await world.up();
  await agent.place({ intent_id: 'two', quantity: '42' });
  assert.equal((await first.exited).code, 1);
  assert.match(first.stderr, /another process wrote to the journal/);
  const known = new Set(journalOf(world.home).map(({ body }) => body['client_order_id']));
  const { orders } = await world.exchange.ledger();
  assert.deepEqual(
    orders.filter(({ clOrdId }) => !known.has(clOrdId)),
    [],
    'nothing left that is not in the journal',
  );
});

test('two homes on one account: both stop at the first sign of the other', async () => {
  await using one = await World.create();
  await one.startExchange();
  await one.up();
  await using other = await World.create({ beside: one });
  await other.up();
  const [here, there] = [await one.agent(), await other.agent()];
  const price = String(Math.floor((await one.exchange.lastPrice('ETH-USDT')) * 0.9));
  // Neither reads what the other did before both have sent.
  for (const path of ['/api/v5/trade/orders-pending', '/api/v5/account'])
    // oxlint-disable-next-line no-await-in-loop
    await one.exchange.arm({ kind: 'query_fails', path, count: 10_000 });
  // What one leaves is an execution, what the other leaves is an order that rests, and is cancelled when its gateway stops.
  const [filled, resting] = await Promise.all([
    here.place({ intent_id: 'one', quantity: '41' }),
    there.place({ intent_id: 'other', instrument: 'ETH-USDT', type: 'limit', price, quantity: '42' }),
  ]);
  await one.exchange.heal();
  assert.deepEqual([filled.status, resting.status], ['filled', 'working']);
  for (const [world, agent] of [
    [one, here],
    [other, there],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await eventually('it halts', async () => (await world.read('status'))['mode'] === 'HALTED');
    const compared = journalOf(world.home).findLast(({ kind }) => kind === 'compared');
    assert.match(JSON.stringify(compared?.body), /"class":"other_writer".*another twokey, mark t[0-9a-z]{6}/);
    const mode = journalOf(world.home).findLast(({ kind }) => kind === 'mode');
    assert.match(String(mode?.body['cause']), /stop the other one/);
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await agent.place({ intent_id: 'late', quantity: '43' })).code, 'HALTED');
  }
  assert.equal((await one.exchange.ledger()).orders.length, 2);
});

test('a restored older copy of a journal halts before anything is sent, and says what to do', async () => {
  await using world = await World.create();
  await world.startExchange();
  const kept = join(world.home, 'kept');
  world.write('kept/note', '');
  const first = await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'one', quantity: '41' })).status, 'filled');
  await first.stop();
  copyJournal(join(world.home, 'state'), kept);
  const second = await world.up();
  const again = await world.agent();
  const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
  const resting = await again.place({ intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price, quantity: '42' });
  assert.equal(resting.status, 'working');
  const cancelled = await again.call('cancel_orders', { intent_id: 'cancel', reason: 'a test' });
  assert.equal(cancelled.answer.status, 'cancelled', JSON.stringify(cancelled.answer));
  await second.stop();
  copyJournal(kept, join(world.home, 'state'));
  const third = await world.up();
  assert.match(third.stdout, /^ready okx:sim:1001 HALTED /m);
  assert.match(JSON.stringify(await world.read('status')), /beyond the end of this journal.*bring back the newest journal/);
  assert.equal((await world.exchange.ledger()).orders.length, 2);
});
