import assert from 'node:assert/strict';
import type { Answer } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const agents = ['a', 'b'] as const;
const wishes = 40;

type Wished = { readonly agent: (typeof agents)[number]; readonly answer: Answer };

/** Asks for forty orders at the same time, half of them by each agent. */
async function askForForty(world: World, wish: (index: number) => Readonly<Record<string, unknown>>): Promise<readonly Wished[]> {
  const [first, second] = await Promise.all([world.agent('a'), world.agent('b')]);
  return Promise.all(
    Array.from({ length: wishes }, async (_, index): Promise<Wished> => {
      const [agent, name] = index % 2 === 0 ? ([first, 'a'] as const) : ([second, 'b'] as const);
      return { agent: name, answer: await agent.place({ intent_id: `wish-${index}`, ...wish(index) }) };
    }),
  );
}

const isDenied = ({ answer }: Wished): boolean => answer.status === 'denied';
/** Allowed, and not sent, because the machine was too slow to send it in time: its place is free again. */
const isUnsent = ({ answer }: Wished): boolean => answer.code === 'UNAVAILABLE' && answer.sent_to_exchange === 'no';

/** Every wish was denied, came to nothing or is at the exchange, where there are `most`, or fewer by those that came to nothing. */
function countsAddUp(answers: readonly Wished[], sent: number, most: number): void {
  const [denied, unsent] = [answers.filter(isDenied).length, answers.filter(isUnsent).length];
  assert.equal(denied + unsent + sent, wishes, JSON.stringify(answers, null, 1));
  assert.ok(sent <= most && sent + unsent >= most, `${sent} were sent and ${unsent} came to nothing`);
}

test('of forty resting orders of distinct sizes that two agents ask for at once, exactly as many reach the exchange as may be open', async () => {
  await using world = await World.create({ policy: { max_open_orders: '7' }, agents });
  await world.up();
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9));
  const answers = await askForForty(world, (index) => ({
    type: 'post_only',
    price,
    quantity: (20 + index / 10).toFixed(2),
    quantity_unit: 'usd',
  }));
  const denied = answers.filter(isDenied);
  for (const { answer } of denied) {
    assert.equal(answer.code, 'MAX_OPEN_ORDERS');
    assert.equal(answer.sent_to_exchange, 'no');
  }
  const { orders, refused } = await world.exchange.ledger();
  countsAddUp(answers, orders.length, 7);
  assert.equal(new Set(orders.map(({ sz }) => sz)).size, orders.length);
  assert.deepEqual(refused, []);
  await booksEqualLedger(world);
});

test('of forty market orders of distinct sizes that two agents ask for at once, exactly as many are filled as the position may hold', async () => {
  // Three of 30 to 34 dollars fit under 110, four do not, whichever come first; the price may move while they do.
  await using world = await World.create({ policy: { max_position_size: '110' }, agents });
  await world.up();
  const answers = await askForForty(world, (index) => ({ type: 'market', quantity: (30 + index / 10).toFixed(2), quantity_unit: 'usd' }));
  const denied = answers.filter(isDenied);
  for (const { answer } of denied) {
    assert.equal(answer.code, 'MAX_POSITION_SIZE');
    assert.equal(answer.limit?.name, 'max_position_size');
    assert.equal(answer.sent_to_exchange, 'no');
  }
  const { orders, refused } = await world.exchange.ledger();
  countsAddUp(answers, orders.length, 3);
  assert.deepEqual(refused, []);
  await booksEqualLedger(world);
});

test('of forty orders of one size that two agents ask for at once, each agent gets one, and the others are suspected to be doubles', async () => {
  await using world = await World.create({ agents });
  await world.up();
  const answers = await askForForty(world, () => ({ type: 'market', quantity: '25', quantity_unit: 'usd' }));
  for (const name of agents) {
    const own = answers.filter(({ agent }) => agent === name);
    assert.equal(own.filter((wished) => !isDenied(wished)).length, 1);
    for (const { answer } of own.filter(isDenied)) {
      assert.equal(answer.code, 'DUPLICATE_SUSPECT');
      assert.equal(answer.sent_to_exchange, 'no');
    }
  }
  const { orders } = await world.exchange.ledger();
  assert.equal(orders.length, 2);
  await booksEqualLedger(world);
});
