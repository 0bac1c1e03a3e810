import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Waiting = { readonly id: string; readonly agent: string; readonly agent_says: { readonly reason?: string } };

async function waiting(world: World): Promise<readonly Waiting[]> {
  return (await world.read('approvals'))['approvals'] as readonly Waiting[];
}

/** A gateway where everything above 100 USD of one coin waits for a person, and an agent of it. */
async function worldOf(ttl = '10m'): Promise<World> {
  const world = await World.create({ agents: ['default', 'other'], sections: `[approval]\nabove = 100\nttl = "${ttl}"` });
  await world.up();
  return world;
}

/** One line over the operator's socket, as anybody who reaches it could send it. */
function say(world: World, line: unknown): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(join(world.home, 'run', 'operator.sock'), () => socket.write(`${JSON.stringify(line)}\n`));
    socket.on('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(JSON.parse(String(bytes)) as Readonly<Record<string, unknown>>);
    });
  });
}

const big = { intent_id: 'big', quantity: '150', reason: 'the range broke, approve this now' };

async function askBig(agent: Agent): Promise<void> {
  const called = await agent.call('place_order', { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity_unit: 'usd', ...big });
  assert.equal(called.answer.status, 'pending_approval', called.text);
  assert.equal(called.isError, false);
  assert.equal(called.answer.sent_to_exchange, 'no');
}

test('an order above the threshold waits for a person, who sees it and agrees once: the exchange gets one order', async () => {
  await using world = await worldOf();
  const agent = await world.agent();
  await askBig(agent);
  const [order] = await waiting(world);
  assert.ok(order !== undefined);
  assert.equal(order.agent_says.reason, big.reason);
  const shown = await world.run(['approvals', 'list']);
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, new RegExp(`^${order.id} {2}asked by agent default$`, 'm'));
  assert.match(shown.stdout, /order +buy 0\.00\d+ BTC of BTC-USDT as ioc/);
  assert.match(shown.stdout, /if you agree +sent at/);
  assert.match(shown.stdout, /│ the range broke, approve this now/);
  assert.match((await world.run(['status'])).stdout, /amber +APPROVAL_ASKED/);
  assert.deepEqual((await world.exchange.ledger()).orders, []);

  const outcome = agent.intent('big', 20);
  const agreed = await world.run(['approve', order.id, '--reason', 'looked at it']);
  assert.equal(agreed.code, 0, agreed.stdout + agreed.stderr);
  assert.match(agreed.stdout, /status +filled/);
  assert.equal((await outcome).status, 'filled');
  const again = await world.run(['approve', order.id]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /no order waits under/);
  const { orders } = await world.exchange.ledger();
  assert.equal(orders.length, 1);
  assert.deepEqual(await waiting(world), []);
  const why = (await world.run(['why', 'big'])).stdout;
  assert.match(why, /agreed +operator agreed to .*: looked at it/);
  await booksEqualLedger(world);
});

test('a person refuses, and the agent hears it with their words; nothing is sent', async () => {
  await using world = await worldOf();
  const agent = await world.agent();
  await askBig(agent);
  const [order] = await waiting(world);
  const outcome = agent.intent('big', 20);
  const refused = await world.run(['deny', order?.id ?? '', '--reason', 'not today', '--json']);
  assert.equal(refused.code, 0, refused.stdout);
  assert.equal((JSON.parse(refused.stdout) as { readonly code: string }).code, 'APPROVAL_DENIED');
  const answer = await outcome;
  assert.deepEqual([answer.status, answer.code, answer.sent_to_exchange], ['denied', 'APPROVAL_DENIED', 'no']);
  assert.match(answer.message ?? '', /they say: not today/);
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});

test('what nobody answers expires, and a start in between changes neither the order nor its time', async () => {
  await using world = await World.create({ sections: '[approval]\nabove = 100\nttl = "5s"' });
  const gateway = await world.up();
  await askBig(await world.agent());
  await gateway.kill();
  await world.up();
  const agent = await world.agent();
  const answer = await agent.intent('big', 20);
  assert.equal(answer.code, 'APPROVAL_EXPIRED', JSON.stringify(answer));
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});

test('what waits survives a kill, and is sent once when the person agrees to it after the next start', async () => {
  await using world = await World.create({ sections: '[approval]\nabove = 100\nttl = "10m"' });
  await world.startExchange();
  const gateway = await world.up();
  await askBig(await world.agent());
  const [order] = await waiting(world);
  await gateway.kill();
  await world.up();
  assert.deepEqual(
    (await waiting(world)).map(({ id }) => id),
    [order?.id],
  );
  const agreed = await world.run(['approve', order?.id ?? '']);
  assert.equal(agreed.code, 0, agreed.stdout + agreed.stderr);
  assert.equal((await world.exchange.ledger()).orders.length, 1);
});

test('neither an agent nor anybody without the token can answer, and slices of two agents wait like one order', async () => {
  await using world = await worldOf();
  const [agent, other] = await Promise.all([world.agent(), world.agent('other')]);
  assert.equal((await agent.place({ intent_id: 'slice-1', quantity: '60' })).status, 'filled');
  assert.equal((await other.place({ intent_id: 'slice-2', quantity: '61', instrument: 'BTC-USDT-SWAP' })).status, 'pending_approval');
  assert.equal((await other.place({ intent_id: 'elsewhere', quantity: '62', instrument: 'ETH-USDT' })).status, 'filled');
  const [order] = await waiting(world);
  assert.equal(order?.agent, 'other');
  for (const tool of ['approve', 'approve_order', 'approvals', 'deny']) {
    // oxlint-disable-next-line no-await-in-loop
    const said: string = await other.call(tool, { approval: order.id, reason: 'mine', intent_id: 'x' }).then(
      ({ isError }) => (isError ? 'refused' : 'taken'),
      () => 'refused',
    );
    assert.equal(said, 'refused', tool);
  }
  assert.equal((await agent.call('cancel_orders', { intent_id: 'c', reason: 'all of it' })).answer.code, 'NOT_FOUND');
  for (const token of [undefined, '0'.repeat(64)]) {
    for (const verb of ['approve', 'deny', 'approvals']) {
      const given = verb === 'approvals' ? {} : { approval: order.id, reason: '' };
      // oxlint-disable-next-line no-await-in-loop
      const answer = await say(world, { id: 1, token, verb, arguments: given });
      assert.equal(answer['code'], 'NOT_ALLOWED', verb);
    }
  }
  const token = readFileSync(join(world.home, 'run', 'operator.token'), 'utf8').trim();
  for (const given of [
    { approval: 'a b', reason: '' },
    { approval: order.id },
    { approval: order.id, reason: 'a\nb' },
    { approval: order.id, reason: '', more: 1 },
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await say(world, { id: 1, token, verb: 'approve', arguments: given }))['code'], 'SCHEMA');
  }
  assert.equal((await waiting(world)).length, 1, 'it still waits');
  assert.equal((await agent.call('halt_trading', { reason: 'something is wrong' })).answer.mode, 'REDUCE_ONLY');
  const late = await world.run(['approve', order.id]);
  assert.equal(late.code, 1);
  assert.match(late.stdout, /status +denied REDUCE_ONLY/);
  await eventually('nothing of it is open', async () => (await waiting(world)).length === 0);
  const sent = journalOf(world.home).filter(({ kind }) => kind === 'submitting');
  assert.deepEqual(
    sent.map(({ body }) => body['intent_id']),
    ['slice-1', 'elsewhere'],
  );
});

test('a command of the agent is told that its order waits, and ends well; preview tells it before', async () => {
  await using world = await worldOf();
  const wish = ['BTC-USDT', 'buy', '--type', 'market', '--quantity', '150', '--quantity-unit', 'usd', '--reason', 'because'];
  const previewed = await world.run(['preview', ...wish, '--intent-id', 'p', '--json']);
  assert.match(previewed.stdout, /"pending_approval"/);
  const placed = await world.run(['place', ...wish, '--intent-id', 'big', '--json']);
  assert.equal(placed.code, 0, placed.stdout);
  assert.match(placed.stdout, /"pending_approval"/);
  assert.equal((await waiting(world)).length, 1);
});
