import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';
import type { Outcome } from './waiting.ts';

const policy = `[policy]
max_order_size = 1000
max_position_size = 5000
max_total_exposure = 20000
max_account_equity = 20000
[approval]
above = 100
[agents.default]
[agents.other]
`;

function resultOf(outcome: Outcome) {
  assert.ok(outcome.kind === 'recorded', outcome.kind === 'refused' ? outcome.message : '');
  return outcome.record.result;
}

/** A gateway with an order of 150 USD that waits; its intent is `big`. */
async function waiting(given: Parameters<EngineWorld['place']>[0] = {}): Promise<{ readonly world: EngineWorld; readonly id: string }> {
  const world = await EngineWorld.running(policy);
  const result = resultOf(await world.until(world.place({ intent_id: 'big', quantity: '150', ...given })));
  assert.ok(result.kind === 'pending', result.kind);
  return { world, id: result.approval };
}

function judge(world: EngineWorld, approval: string, verb: 'approve' | 'deny' = 'approve'): Promise<Outcome> {
  return world.until(world.engine.judge({ approval, verb, reason: 'a test' }));
}

function codeOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.code;
  if (outcome.kind === 'uncertain') return outcome.kind;
  const { result } = outcome.record;
  return result.kind === 'denied' ? result.denial.code : result.kind;
}

test('who asks is told at once that a person has to agree, and nothing is sent before that person did', async () => {
  const { world, id } = await waiting();
  await world.pass(30_000);
  assert.deepEqual(world.ledger().orders, []);
  assert.equal(codeOf(await judge(world, id)), 'order');
  await world.pass(3000);
  const { orders } = world.ledger();
  assert.deepEqual(
    orders.map(({ instId, side, state }) => [instId, side, state]),
    [['BTC-USDT', 'buy', 'filled']],
  );
});

test('whoever agrees hears of the order and not only that they agreed; an agent that waits for the outcome hears of it too', async () => {
  const { world, id } = await waiting();
  const recalled = world.engine.recall({ principal: 'default', intentId: 'big', waitMilliseconds: 20_000 });
  await world.pass(5000);
  const judged = resultOf(await judge(world, id));
  assert.equal(judged.kind, 'order');
  const record = await world.until(recalled);
  assert.ok(record?.result.kind === 'order');
  assert.equal([...world.engine.state.openOrders.keys()].length, 0, 'it has ended');
});

test('agreeing twice, also at the same moment, gives one order', async () => {
  const { world, id } = await waiting();
  const answers = await world.until(Promise.all([1, 2, 3].map(() => world.engine.judge({ approval: id, verb: 'approve', reason: '' }))));
  assert.deepEqual(answers.map(codeOf), ['order', 'NOT_FOUND', 'NOT_FOUND']);
  assert.equal(codeOf(await judge(world, id)), 'NOT_FOUND');
  await world.pass(5000);
  assert.equal(world.ledger().orders.length, 1);
});

test('agreeing and refusing at the same moment: the first counts', async () => {
  const { world, id } = await waiting();
  const both = (['deny', 'approve'] as const).map((verb) => world.engine.judge({ approval: id, verb, reason: '' }));
  assert.deepEqual((await world.until(Promise.all(both))).map(codeOf), ['APPROVAL_DENIED', 'NOT_FOUND']);
  await world.pass(5000);
  assert.equal(world.ledger().orders.length, 0);
});

test('after its time an order can be agreed to no more, and its agent hears that nobody answered', async () => {
  const { world, id } = await waiting();
  const recalled = world.engine.recall({ principal: 'default', intentId: 'big', waitMilliseconds: 130_000 });
  await world.pass(122_000);
  const record = await world.until(recalled);
  assert.ok(record?.result.kind === 'denied');
  assert.equal(record.result.denial.code, 'APPROVAL_EXPIRED');
  assert.equal(codeOf(await judge(world, id)), 'NOT_FOUND');
  assert.deepEqual(world.ledger().orders, []);
});

test('a price that moved against us is not paid: what is sent is never dearer than what the person was shown', async () => {
  const { world, id } = await waiting();
  const shown = world.engine.state.approvals.get(id);
  assert.ok(shown !== undefined);
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '60900' });
  await world.pass(3000);
  assert.equal(codeOf(await judge(world, id)), 'order');
  await world.pass(3000);
  const { orders, fills } = world.ledger();
  assert.deepEqual(
    orders.map(({ state }) => state),
    ['canceled'],
  );
  assert.deepEqual(fills, []);
});

test('a limit that the collar has left behind is refused when the person agrees, and not sent', async () => {
  const { world, id } = await waiting({ type: 'limit', price: '60100' });
  world.desk('POST', '/sim/market', { instId: 'BTC-USDT', price: '50000' });
  await world.pass(3000);
  assert.equal(codeOf(await judge(world, id)), 'PRICE_COLLAR');
  await world.pass(3000);
  assert.deepEqual(world.ledger().orders, []);
});

test('a crash between asking and agreeing loses nothing: the next start knows what waits, and sends it once', async () => {
  const { world, id } = await waiting();
  world.crash();
  await world.open();
  await world.until(world.engine.start());
  assert.equal(codeOf(await judge(world, id)), 'order');
  await world.pass(3000);
  assert.equal(world.ledger().orders.length, 1);
  world.crash();
  await world.open();
  await world.until(world.engine.start());
  assert.equal(codeOf(await judge(world, id)), 'NOT_FOUND');
  await world.pass(3000);
  assert.equal(world.ledger().orders.length, 1);
});

test('a crash right after agreeing sends nothing a second time: the approval was used up before the order left', async () => {
  const { world, id } = await waiting();
  world.intercept = (request) => (request.path === '/api/v5/trade/order' && request.method === 'POST' ? new Promise(() => {}) : undefined);
  void world.engine.judge({ approval: id, verb: 'approve', reason: '' });
  await world.pass(50);
  assert.deepEqual(world.kinds().slice(-3), ['approved', 'decision', 'submitting']);
  world.crash();
  world.intercept = () => undefined;
  await world.open();
  const started = world.engine.start();
  await world.pass(20_000);
  await world.until(started);
  assert.equal(codeOf(await judge(world, id)), 'NOT_FOUND');
  await world.pass(20_000);
  assert.deepEqual(world.ledger().orders, [], 'it never reached the exchange, and is proven not to have');
  assert.equal(world.kinds().filter((kind) => kind === 'submitting').length, 1);
});

test('time that the gateway did not run counts', async () => {
  const { world, id } = await waiting();
  world.crash();
  await world.pass(200_000);
  await world.open();
  await world.until(world.engine.start());
  await world.pass(2000);
  assert.equal(codeOf(await judge(world, id)), 'NOT_FOUND');
  assert.deepEqual(world.ledger().orders, []);
});

test('what was agreed to and could not be written is not sent, now or later, and the person hears it', async () => {
  const { world, id } = await waiting();
  world.disk.rowsMax = world.disk.rows.length;
  assert.equal(codeOf(await judge(world, id)), 'HALTED');
  world.disk.rowsMax = Number.POSITIVE_INFINITY;
  await world.pass(5000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.deepEqual(world.ledger().orders, []);
  assert.ok(!world.kinds().includes('approved'));
  assert.equal(codeOf(await judge(world, id)), 'HALTED', 'it waited on, and a halted account sends nothing');
});

test('slices of two agents on two instruments of one coin reach the threshold together', async () => {
  const world = await EngineWorld.running(policy);
  assert.equal(codeOf(await world.until(world.place({ quantity: '40' }))), 'order');
  await world.pass(2000);
  const swap = { instrument: 'BTC-USDT-SWAP', quantity: '45' };
  assert.equal(codeOf(await world.until(world.place(swap, 'other'))), 'order');
  await world.pass(2000);
  assert.equal(codeOf(await world.until(world.place({ quantity: '30' }))), 'pending');
  assert.equal(codeOf(await world.until(world.place({ ...swap, quantity: '31' }, 'other'))), 'pending');
  await world.pass(700_000);
  assert.equal(codeOf(await world.until(world.place({ quantity: '41' }))), 'pending', 'ten minutes later it is still held');
  assert.equal(codeOf(await world.until(world.place({ instrument: 'ETH-USDT', quantity: '42' }))), 'order');
});
