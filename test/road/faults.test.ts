import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe } from 'node:test';
import { onWrites } from './desk/accidents.ts';
import type { Agent, Answer } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf, lifeOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** Worlds at once: each is five processes. */
const concurrency = Math.min(9, 2 * availableParallelism());
const ORDER = '/api/v5/trade/order';
const CANCEL = '/api/v5/trade/cancel-order';
const reads = [
  '/api/v5/trade/order',
  '/api/v5/trade/orders-pending',
  '/api/v5/trade/orders-history',
  '/api/v5/trade/fills',
  '/api/v5/account/balance',
];

/** One world with its exchange and a gateway, and the agent on it. */
async function ready(): Promise<{ readonly world: World; readonly agent: Agent }> {
  const world = await World.create();
  try {
    await world.up();
    return { world, agent: await world.agent() };
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until it is known what became of a wish. */
async function resolved(agent: Agent, intentId: string): Promise<Answer> {
  return eventually(`the outcome of ${intentId} is known`, async () => {
    const answer = await agent.intent(intentId, 5);
    return answer.status === 'unknown' || answer.status === 'accepted' ? undefined : answer;
  });
}

async function proven(agent: Agent, intentId: string): Promise<void> {
  await eventually(`the fill of ${intentId} is proven`, async () => {
    const { verification } = await agent.intent(intentId);
    assert.notEqual(verification, 'divergent');
    return verification === 'matched';
  });
}

/** Each wish was sent once: nothing at the exchange, taken or refused, has a name twice. */
async function nothingTwice(world: World): Promise<void> {
  const { orders, refused } = await world.exchange.ledger();
  const placements = refused.filter(({ path }) => path === ORDER);
  const names = [...orders, ...placements].map(({ clOrdId }) => clOrdId);
  assert.equal(new Set(names).size, names.length, 'no order was sent twice');
  const intents = journalOf(world.home)
    .filter(({ kind }) => kind === 'submitting')
    .map(({ body }) => String(body['intent_id']));
  assert.equal(new Set(intents).size, intents.length, 'no wish was submitted twice');
}

describe('an order whose answer is spoiled is found or proven absent, and never sent again', { concurrency }, () => {
  for (const [index, fault] of onWrites.entries()) {
    test(`${fault.kind}, carried out and not`, async () => {
      const { world, agent } = await ready();
      await using _ = world;
      const { exchange } = world;
      // First the one that is not carried out: a refusal of what was carried out ends new risk once it is found.
      await exchange.arm({ ...fault, path: ORDER, executed: false });
      await agent.place({ intent_id: 'not-done', instrument: 'ETH-USDT', quantity: '42' });
      assert.deepEqual(await exchange.armed(), []);
      await exchange.arm({ ...fault, path: ORDER, executed: true });
      await agent.place({ intent_id: 'done', instrument: index % 2 === 0 ? 'BTC-USDT-SWAP' : 'BTC-USDT', quantity: '41' });
      assert.deepEqual(await exchange.armed(), []);
      const executed = await eventually('the executed order is booked', async () => {
        const answer = await agent.intent('done', 5);
        return answer.status === 'filled' && answer;
      });
      assert.equal(executed.sent_to_exchange, 'yes');
      const absent = await resolved(agent, 'not-done');
      assert.equal(absent.status, 'rejected', JSON.stringify(absent));
      assert.equal(absent.order?.filled, '0');
      await proven(agent, 'done');
      assert.equal((await world.read('status'))['mode'], fault.kind === 'reject' ? 'REDUCE_ONLY' : 'ACTIVE');
      const { orders } = await exchange.ledger();
      assert.deepEqual(
        orders.map(({ clOrdId }) => clOrdId),
        [executed.order?.client_order_id],
      );
      await nothingTwice(world);
      await booksEqualLedger(world);
    });
  }
});

describe('a resting order and its cancel survive every fault', { concurrency }, () => {
  for (const fault of onWrites) {
    test(`a cancel under ${fault.kind}, carried out and not`, async () => {
      const { world, agent } = await ready();
      await using _ = world;
      const { exchange } = world;
      for (const [instrument, executed] of [
        ['BTC-USDT', true],
        ['ETH-USDT', false],
      ] as const) {
        // One after the other, because the desk meets the oldest fault first.
        // oxlint-disable no-await-in-loop
        const price = String(Math.floor((await exchange.lastPrice(instrument)) * 0.9));
        const placed = await agent.place({ intent_id: `rest-${instrument}`, instrument, type: 'post_only', price, quantity: '40' });
        assert.equal(placed.status, 'working', JSON.stringify(placed));
        await exchange.arm({ ...fault, path: CANCEL, executed });
        const { answer } = await agent.call('cancel_orders', {
          intent_id: `cancel-${instrument}`,
          instrument,
          reason: 'a test of cancels',
        });
        assert.ok(['cancelled', 'accepted', 'unknown'].includes(answer.status ?? ''), JSON.stringify(answer));
        assert.deepEqual(await exchange.armed(), []);
        const done = await eventually('the order has ended', async () => {
          const now = await agent.intent(`rest-${instrument}`, 5);
          return now.status === 'cancelled' && now;
        });
        assert.equal(done.order?.filled, '0');
        // oxlint-enable no-await-in-loop
      }
      const { orders } = await exchange.ledger();
      assert.deepEqual(
        orders.map(({ state }) => state),
        ['canceled', 'canceled'],
      );
      await nothingTwice(world);
      await booksEqualLedger(world);
    });
  }
});

describe('what was asked and not answered proves nothing', { concurrency }, () => {
  for (const path of reads) {
    test(`a lost order stays unknown while ${path} fails, and is proven absent when it answers again`, async () => {
      const { world, agent } = await ready();
      await using _ = world;
      const { exchange } = world;
      await exchange.arm({ kind: 'query_fails', path, count: 10_000 });
      await exchange.arm({ kind: 'reset', path: ORDER, executed: false });
      const placed = await agent.place({ intent_id: 'lost', quantity: '41' });
      assert.equal(placed.status, 'unknown', JSON.stringify(placed));
      const id = placed.order?.client_order_id ?? '';
      // Longer than it takes to prove absence when everything answers.
      for (let round = 0; round < 2; round += 1) {
        // oxlint-disable-next-line no-await-in-loop
        const answer = await agent.intent('lost', 5);
        assert.equal(answer.status, 'unknown', JSON.stringify(answer));
      }
      assert.deepEqual(lifeOf(world.home, id), ['submitting', 'unknown']);
      await exchange.heal();
      const answer = await resolved(agent, 'lost');
      assert.equal(answer.status, 'rejected');
      assert.deepEqual(lifeOf(world.home, id), ['submitting', 'unknown', 'not_found', 'not_found', 'absent']);
      assert.deepEqual((await exchange.ledger()).orders, []);
      await booksEqualLedger(world);
    });

    test(`an executed order is booked although ${path} fails for a while, and although its answers are old for a while`, async () => {
      const { world, agent } = await ready();
      await using _ = world;
      const { exchange } = world;
      await exchange.arm({ kind: 'query_fails', path, count: 3 });
      await exchange.arm({ kind: 'stale_read', path, count: 3 });
      await exchange.arm({ kind: 'reset', path: ORDER, executed: true });
      await agent.place({ intent_id: 'lost', quantity: '41' });
      const answer = await eventually('the order is booked', async () => {
        const now = await agent.intent('lost', 5);
        assert.notEqual(now.status, 'rejected', 'absent was never said');
        return now.status === 'filled' && now;
      });
      assert.equal(answer.sent_to_exchange, 'yes');
      await proven(agent, 'lost');
      await nothingTwice(world);
      await booksEqualLedger(world);
    });
  }
});

describe('answers to questions may be spoiled in every way', { concurrency }, () => {
  for (const fault of onWrites) {
    test(`reads under ${fault.kind}: nothing is believed that was not said, and everything is known in the end`, async () => {
      const { world, agent } = await ready();
      await using _ = world;
      const { exchange } = world;
      for (const path of [...reads, '/api/v5/account/positions', '/api/v5/account/config']) {
        // oxlint-disable-next-line no-await-in-loop
        await exchange.arm({ kind: fault.kind, path, method: 'GET', count: 2, delay_ms: 1000 });
      }
      const orders = [
        { intent_id: 'spot', instrument: 'ETH-USDT', quantity: '41' },
        { intent_id: 'swap', instrument: 'BTC-USDT-SWAP', quantity: '42', side: 'sell' },
      ];
      await Promise.all(orders.map((order) => agent.place(order)));
      for (const { intent_id } of orders) {
        // oxlint-disable-next-line no-await-in-loop
        await eventually('the order is booked', async () => (await agent.intent(intent_id, 5)).status === 'filled');
        // oxlint-disable-next-line no-await-in-loop
        await proven(agent, intent_id);
      }
      await nothingTwice(world);
      await booksEqualLedger(world);
      assert.equal((await world.read('status'))['mode'], 'ACTIVE');
    });
  }
});

describe('faults that meet', { concurrency }, () => {
  test('a refusal of what was carried out is found although the first look at it fails', async () => {
    const { world, agent } = await ready();
    await using _ = world;
    const { exchange } = world;
    await exchange.arm({ kind: 'query_fails', path: ORDER, count: 4 });
    await exchange.arm({ kind: 'reject', path: ORDER, executed: true });
    await agent.place({ intent_id: 'refused', quantity: '41' });
    await eventually('the order is booked', async () => (await agent.intent('refused')).status === 'filled');
    const alerts = (await world.read('status'))['alerts'] as readonly { readonly code: string }[];
    assert.ok(
      alerts.some(({ code }) => code === 'CONTRADICTION'),
      'somebody is told',
    );
    await proven(agent, 'refused');
    await booksEqualLedger(world);
  });

  test('an order that was looked at before its late answer came is no contradiction', async () => {
    const { world, agent } = await ready();
    await using _ = world;
    const { exchange } = world;
    await exchange.arm({ kind: 'late_ack', path: ORDER, executed: true, delay_ms: 1500 });
    const asked = agent.place({ intent_id: 'late', quantity: '41' });
    await eventually('the exchange has it', async () => (await exchange.ledger()).orders.length === 1);
    await world.run(['reconcile']);
    assert.equal((await asked).status, 'filled');
    const id = (await asked).order?.client_order_id ?? '';
    await eventually('the late answer is heard', () => lifeOf(world.home, id).includes('accepted'));
    const status = await world.read('status');
    assert.deepEqual(status['alerts'], []);
    assert.equal(status['mode'], 'ACTIVE');
    await booksEqualLedger(world);
  });

  test('a lost answer, lost cancels and failing questions at once', async () => {
    const { world, agent } = await ready();
    await using _ = world;
    const { exchange } = world;
    const price = String(Math.floor((await exchange.lastPrice('BTC-USDT')) * 0.9));
    await exchange.arm({ kind: 'reset', path: ORDER, executed: true });
    await exchange.arm({ kind: 'http_502', path: CANCEL, executed: false, count: 2 });
    await exchange.arm({ kind: 'query_fails', path: '/api/v5/trade', count: 6 });
    await agent.place({ intent_id: 'rests', type: 'post_only', price, quantity: '40' });
    await agent.call('cancel_orders', { intent_id: 'cancel', reason: 'a bad day' });
    await eventually('it is cancelled', async () => (await agent.intent('rests', 5)).status === 'cancelled');
    await nothingTwice(world);
    await booksEqualLedger(world);
  });
});
