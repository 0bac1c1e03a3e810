import assert from 'node:assert/strict';
import { booksEqualLedger } from './harness/books.ts';
import { eventually, pause } from './harness/eventually.ts';
import { bootedMode, journalOf, lifeOf } from './harness/journal.ts';
import { descendants, isAlive, procFile } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const ORDER = '/api/v5/trade/order';
/** Longer than any test: the exchange never answers this request. */
const NEVER = 600_000;

/** The client order id of the only order that was ever submitted. */
function onlySubmission(home: string): string {
  const ids = journalOf(home)
    .filter(({ kind }) => kind === 'submitting')
    .map(({ body }) => String(body['client_order_id']));
  assert.equal(ids.length, 1);
  return ids[0] ?? '';
}

async function gone(pids: readonly number[]): Promise<void> {
  await eventually('every child is gone', () => {
    const left = pids.filter(isAlive);
    if (left.length > 0) throw new Error(left.map((pid) => `${pid} ${procFile(pid, 'cmdline').replaceAll('\0', ' ')}`).join('; '));
    return true;
  });
}

/** Asks for one order, which hangs at the exchange, and kills the gateway while it does. */
async function killWhileHanging(world: World, { executed }: { readonly executed: boolean }): Promise<string> {
  const gateway = await world.up();
  const children = descendants(gateway.pid);
  const agent = await world.agent();
  await world.exchange.arm({ kind: 'late_ack', path: ORDER, executed, delay_ms: NEVER });
  const asked = agent.place({ intent_id: 'hangs', quantity: '40' });
  await eventually('the exchange has the request', async () => {
    const { orders, refused } = await world.exchange.ledger();
    return executed ? orders.length === 1 : refused.length === 1;
  });
  await gateway.kill();
  assert.deepEqual(await world.exchange.armed(), [], 'the fault met its request');
  assert.ok(children.length >= 2, 'a vault and doors had been there');
  await gone(children);
  // The dead process had written that it sends, and never heard an answer: it held the request when it was killed.
  const clientOrderId = onlySubmission(world.home);
  assert.deepEqual(lifeOf(world.home, clientOrderId), ['submitting']);
  const told = await asked;
  assert.equal(told.code, 'OUTCOME_UNKNOWN');
  assert.equal(told.sent_to_exchange, 'unknown');
  return clientOrderId;
}

test('killed while a request hangs that the exchange carried out: the next start finds the order, books it once and sends nothing again', async () => {
  await using world = await World.create();
  await world.startExchange();
  const clientOrderId = await killWhileHanging(world, { executed: true });
  await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  await booksEqualLedger(world);
  const agent = await world.agent();
  const outcome = await agent.intent('hangs', 10);
  assert.equal(outcome.status, 'filled', JSON.stringify(outcome));
  assert.equal(outcome.order?.client_order_id, clientOrderId);
  const { orders, refused } = await world.exchange.ledger();
  assert.deepEqual(
    orders.map(({ clOrdId }) => clOrdId),
    [clientOrderId],
  );
  assert.deepEqual(refused, []);
  // The same wish again is the same order; a new wish has an id that no start before could have given.
  assert.equal((await agent.place({ intent_id: 'hangs', quantity: '40' })).order?.client_order_id, clientOrderId);
  const next = await agent.place({ intent_id: 'next', quantity: '41' });
  assert.equal(next.status, 'filled', JSON.stringify(next));
  assert.notEqual(next.order?.client_order_id, clientOrderId);
  await eventually('the position is proven', async () => (await agent.intent('hangs')).verification === 'matched');
  await booksEqualLedger(world);
});

test('killed while a request hangs that the exchange never carried out: the next start proves that there is no order, and sends nothing again', async () => {
  await using world = await World.create();
  await world.startExchange();
  const clientOrderId = await killWhileHanging(world, { executed: false });
  await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  assert.deepEqual(lifeOf(world.home, clientOrderId), ['submitting', 'unknown', 'not_found', 'not_found', 'absent']);
  const agent = await world.agent();
  const outcome = await agent.intent('hangs');
  assert.equal(outcome.status, 'rejected', JSON.stringify(outcome));
  assert.equal(outcome.sent_to_exchange, 'no');
  const { orders, refused } = await world.exchange.ledger();
  assert.deepEqual(orders, []);
  assert.deepEqual(
    refused.map(({ clOrdId }) => clOrdId),
    [clientOrderId],
  );
  await booksEqualLedger(world);
});

test('killed before it could look at a refusal of what was carried out: the next start understands what the account holds, and books it', async () => {
  await using world = await World.create();
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  await world.exchange.arm({ kind: 'reject', path: ORDER, executed: true });
  assert.equal((await agent.place({ intent_id: 'refused', quantity: '40' })).status, 'rejected');
  await gateway.kill();
  const again = await world.up();
  assert.match(again.stdout, /^ready okx:sim:1001 REDUCE_ONLY /);
  await booksEqualLedger(world);
  const after = await world.agent();
  assert.equal((await after.intent('refused')).status, 'filled');
  // Now that the books are right again a person may go on.
  assert.equal((await world.run(['resume', '--reason', 'looked at it'])).code, 0);
  assert.equal((await after.place({ intent_id: 'next', quantity: '41' })).status, 'filled');
});

test('killed with its embedded exchange: vault, doors and exchange are gone, and the next start meets the same account', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'before', quantity: '33' })).status, 'filled');
  const children = descendants(gateway.pid);
  const lines = children.map((pid) => procFile(pid, 'cmdline')).join('\n');
  for (const entry of ['vault.ts', 'doors.ts', 'sim']) assert.ok(lines.includes(entry), `${entry} runs`);
  await gateway.kill();
  await gone(children);
  await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  const { orders } = await world.exchange.ledger();
  assert.equal(orders.length, 1);
  await booksEqualLedger(world);
});

test('killed again and again while orders are on their way, the gateway never loses one and never has one twice', async () => {
  await using world = await World.create();
  await world.startExchange();
  for (const [round, milliseconds] of [0, 4, 12, 30, 80].entries()) {
    // Each round starts from what the one before left behind.
    // oxlint-disable no-await-in-loop
    const gateway = await world.up();
    const agent = await world.agent();
    const asked = Array.from({ length: 12 }, (_, index) =>
      agent.place({ intent_id: `r${round}-${index}`, quantity: String(20 + round * 12 + index), side: 'buy' }),
    );
    await eventually('the first is on its way', () =>
      journalOf(world.home).some(({ kind, body }) => kind === 'submitting' && String(body['intent_id']).startsWith(`r${round}-`)),
    );
    await pause(milliseconds);
    await gateway.kill();
    await Promise.allSettled(asked);
    // oxlint-enable no-await-in-loop
  }
  await world.up();
  await booksEqualLedger(world);
  const { orders, refused } = await world.exchange.ledger();
  const ids = orders.map(({ clOrdId }) => clOrdId);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(refused, []);
  const submitted = journalOf(world.home).filter(({ kind }) => kind === 'submitting');
  const intents = submitted.map(({ body }) => String(body['intent_id']));
  assert.equal(new Set(intents).size, intents.length);
  // Nothing stands at the exchange that was not in the journal first.
  const known = new Set(submitted.map(({ body }) => String(body['client_order_id'])));
  for (const id of ids) assert.ok(known.has(id), `${id} was journaled before it was sent`);
});
