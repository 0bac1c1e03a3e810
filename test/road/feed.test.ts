import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { type JournalEntry, journalOf } from './harness/journal.ts';
import { World } from './harness/world.ts';

const SWAP = 'BTC-USDT-SWAP';

/** Comparisons that a connection which came back has caused. */
function reconnects(world: World): readonly JournalEntry[] {
  return journalOf(world.home).filter(({ kind, body }) => kind === 'compared' && body['trigger'] === 'reconnect');
}

/** A gateway that listens: the comparison that follows its first subscriptions is in the journal. */
async function listening(): Promise<World> {
  const world = await World.create();
  try {
    await world.up();
    await eventually('it listens', () => reconnects(world).length > 0);
    return world;
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
}

/** Rests a bid a little under the market, lets the market come to it, and waits until it is booked and proven. */
async function filledByMarket(world: World, agent: Agent, intentId: string, tenths = 1): Promise<void> {
  const last = await world.exchange.lastPrice(SWAP);
  const price = String(Math.floor(last * 0.995));
  const order = { instrument: SWAP, type: 'limit', price, quantity: `0.${tenths}`, quantity_unit: 'contracts' };
  const expected = { expected_notional_usd: String(Math.floor(Number(price) * 0.001 * tenths)) };
  const answer = await agent.place({ intent_id: intentId, ...order, ...expected });
  assert.equal(answer.status, 'working', JSON.stringify(answer));
  await world.exchange.movePrice(SWAP, String(Math.floor(Number(price) * 0.999)));
  await eventually(`${intentId} is booked and proven`, async () => {
    const { status, verification } = await agent.intent(intentId);
    assert.notEqual(verification, 'divergent');
    return status === 'filled' && verification === 'matched';
  });
  await world.exchange.movePrice(SWAP, String(last));
}

test('an order that the market fills is booked, and pushes that come twice, late, turned round or not at all leave the same books', async () => {
  await using world = await listening();
  const agent = await world.agent();
  await filledByMarket(world, agent, 'plain');
  for (const [index, kind] of ['push_duplicated', 'push_reordered', 'push_delayed', 'push_missing'].entries()) {
    // oxlint-disable-next-line no-await-in-loop
    await world.exchange.arm({ kind, path: '/ws/v5/private', count: 4, ...(kind === 'push_missing' ? {} : { delay_ms: 300 }) });
    // oxlint-disable-next-line no-await-in-loop
    await filledByMarket(world, agent, kind, index + 2);
    // oxlint-disable-next-line no-await-in-loop
    await world.exchange.heal();
  }
  await booksEqualLedger(world);
  const fills = journalOf(world.home).filter(({ kind }) => kind === 'fill');
  assert.equal(new Set(fills.map(({ body }) => body['trade_id'])).size, fills.length, 'no execution is booked twice');
  assert.equal((await world.read('status'))['mode'], 'ACTIVE');
});

test('a connection that breaks, is silent or is announced to end is followed by another one, and everything is compared', async () => {
  await using world = await listening();
  const agent = await world.agent();
  const faults = [{ kind: 'socket_closed' }, { kind: 'socket_silent' }, { kind: 'service_upgrade', delay_ms: 20_000 }];
  for (const [index, fault] of faults.entries()) {
    const before = reconnects(world).length;
    // oxlint-disable-next-line no-await-in-loop
    await world.exchange.arm({ path: '/ws/v5/private', ...fault });
    // oxlint-disable-next-line no-await-in-loop
    await filledByMarket(world, agent, fault.kind, index + 1);
    // oxlint-disable-next-line no-await-in-loop
    await eventually(`${fault.kind} is followed by a comparison`, () => reconnects(world).length > before);
  }
  for (const { body } of reconnects(world)) assert.deepEqual(body['differences'], []);
  await booksEqualLedger(world);
  assert.equal((await world.read('status'))['mode'], 'ACTIVE');
});

test('while no connection lasts the account goes on by asking', async () => {
  await using world = await listening();
  const agent = await world.agent();
  await world.exchange.arm({ kind: 'socket_closed', path: '', count: 1000 });
  await filledByMarket(world, agent, 'without-pushes');
  await booksEqualLedger(world);
  assert.equal((await world.read('status'))['mode'], 'ACTIVE');
});
