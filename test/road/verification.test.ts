import assert from 'node:assert/strict';
import { booksEqualLedger } from './harness/books.ts';
import { eventually, pause } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const HOLDINGS = ['/api/v5/account/positions', '/api/v5/account/balance'];

test('while nobody says what the account holds, a fill is never called proven; when somebody says it again, it is', async () => {
  await using world = await World.create();
  await world.up();
  const { exchange } = world;
  const agent = await world.agent();
  for (const path of HOLDINGS) await exchange.arm({ kind: 'query_fails', path, count: 10_000 });
  const orders = [
    { intent_id: 'spot', instrument: 'BTC-USDT', quantity: '41' },
    { intent_id: 'swap', instrument: 'BTC-USDT-SWAP', quantity: '42' },
  ];
  // At once: where nothing is said for long, entries close.
  for (const answer of await Promise.all(orders.map((order) => agent.place(order)))) {
    assert.equal(answer.status, 'filled', JSON.stringify(answer));
    assert.equal(answer.verification, 'pending');
  }
  // Long enough for several questions to fail; each time the answer is that nothing is known.
  for (let round = 0; round < 12; round += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await pause(300);
    // oxlint-disable-next-line no-await-in-loop
    for (const { intent_id } of orders) assert.equal((await agent.intent(intent_id)).verification, 'pending');
  }
  assert.deepEqual(
    journalOf(world.home).filter(({ kind }) => kind === 'verified' || kind === 'mismatch'),
    [],
  );
  assert.equal((await world.read('status'))['orders_not_verified'], 2);

  await exchange.heal();
  for (const { intent_id } of orders) {
    // oxlint-disable-next-line no-await-in-loop
    await eventually(`${intent_id} is proven`, async () => (await agent.intent(intent_id)).verification === 'matched');
  }
  // What was said is on record: the hash of the exchange's own answer.
  for (const { body } of journalOf(world.home).filter(({ kind }) => kind === 'verified'))
    assert.match(String(body['evidence']), /^[0-9a-f]{64}$/);
  await booksEqualLedger(world);
});

test('a position that somebody else changed is found, never called proven, and ends new risk', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'own', instrument: 'BTC-USDT-SWAP', quantity: '42' })).status, 'filled');
  await eventually('the position is proven', async () => (await agent.intent('own')).verification === 'matched');
  await world.exchange.orderOfOthers({ instId: 'BTC-USDT-SWAP', side: 'buy', sz: '1' });
  await eventually('new risk has ended', async () => (await world.read('status'))['mode'] === 'REDUCE_ONLY');
  const refused = await agent.place({ intent_id: 'more', instrument: 'BTC-USDT', quantity: '43' });
  assert.equal(refused.code, 'REDUCE_ONLY');
  const { code, stdout } = await world.run(['reconcile', '--json']);
  assert.equal(code, 1, 'reconcile ends with 1 on a difference');
  assert.match(stdout, /BTC-USDT-SWAP/);
  const resume = await world.run(['resume', '--reason', 'let me']);
  assert.equal(resume.code, 1, 'no way up while books and exchange differ');
});

test('a reversed position halts', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'own', instrument: 'BTC-USDT-SWAP', quantity: '42' })).status, 'filled');
  await eventually('the position is proven', async () => (await agent.intent('own')).verification === 'matched');
  await world.exchange.orderOfOthers({ instId: 'BTC-USDT-SWAP', side: 'sell', sz: '1' });
  await eventually('the account is halted', async () => (await world.read('status'))['mode'] === 'HALTED');
  assert.equal((await agent.place({ intent_id: 'more', instrument: 'BTC-USDT', quantity: '43' })).code, 'HALTED');
});

test('a close is proven flat', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  for (const instrument of ['BTC-USDT-SWAP', 'ETH-USDT']) {
    // oxlint-disable no-await-in-loop
    assert.equal((await agent.place({ intent_id: `open-${instrument}`, instrument, quantity: '42' })).status, 'filled');
    await eventually('the position is proven', async () => (await agent.intent(`open-${instrument}`)).verification === 'matched');
    const { answer } = await agent.call('close_position', { intent_id: `close-${instrument}`, instrument, reason: 'a test of closes' });
    assert.equal(answer.status, 'filled', JSON.stringify(answer));
    await eventually('the close is proven', async () => (await agent.intent(`close-${instrument}`)).verification === 'matched');
    // oxlint-enable no-await-in-loop
  }
  assert.deepEqual((await world.exchange.ledger()).positions, []);
  await booksEqualLedger(world);
});
