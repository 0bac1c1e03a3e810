import assert from 'node:assert/strict';
import { booksEqualLedger } from './harness/books.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

test('one intent_id is one order: asked five times at once, asked again, asked after a restart, and never with another body', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  const agent = await world.agent();
  const wish = { intent_id: 'once', quantity: '31', expected_notional_usd: '31' } as const;
  const answers = await Promise.all(Array.from({ length: 5 }, () => agent.place(wish)));
  const [one] = answers;
  assert.equal(one?.status, 'filled', JSON.stringify(one));
  for (const answer of answers) {
    assert.equal(answer.order?.client_order_id, one.order?.client_order_id);
    assert.equal(answer.log_seq, one.log_seq);
    assert.equal(answer.sent_to_exchange, 'yes');
  }
  assert.equal((await agent.place(wish)).log_seq, one.log_seq);
  const conflict = await agent.place({ ...wish, side: 'sell' });
  assert.equal(conflict.code, 'INTENT_CONFLICT');
  assert.equal(conflict.sent_to_exchange, 'no');
  const otherTool = await agent.call('cancel_orders', { intent_id: 'once', reason: 'the name is taken' });
  assert.equal(otherTool.answer.code, 'INTENT_CONFLICT');

  await first.stop();
  await world.up();
  const again = await world.agent();
  const repeated = await Promise.all(Array.from({ length: 5 }, () => again.place(wish)));
  for (const answer of repeated) {
    assert.equal(answer.status, 'filled');
    assert.equal(answer.order?.client_order_id, one.order?.client_order_id);
    assert.equal(answer.log_seq, one.log_seq);
  }
  assert.equal((await again.place({ ...wish, quantity: '32' })).code, 'INTENT_CONFLICT');
  const { orders } = await world.exchange.ledger();
  assert.equal(orders.length, 1);
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'submitting').length, 1);
  await booksEqualLedger(world);
});

test('the name of an intent is its agent’s own: two agents may use the same', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  const [of, other] = await Promise.all([a.place({ intent_id: 'same', quantity: '21' }), b.place({ intent_id: 'same', quantity: '22' })]);
  assert.equal(of.status, 'filled');
  assert.equal(other.status, 'filled');
  assert.notEqual(of.order?.client_order_id, other.order?.client_order_id);
  assert.equal((await world.exchange.ledger()).orders.length, 2);
});
