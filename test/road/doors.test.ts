import assert from 'node:assert/strict';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { descendants, isAlive, procFile } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const ORDER = '/api/v5/trade/order';

function childOf(gateway: number, entry: string): number {
  const found = descendants(gateway).filter((pid) => isAlive(pid) && procFile(pid, 'cmdline').includes(entry));
  assert.equal(found.length, 1, `one process runs ${entry}`);
  return found[0] ?? 0;
}

test('doors killed in the middle of a call come back, and the agent learns the outcome by get_intent', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  const doors = childOf(gateway.pid, 'doors.ts');
  await world.exchange.arm({ kind: 'late_ack', path: ORDER, executed: true, delay_ms: 1900 });
  const asked = agent.place({ intent_id: 'cut-off', quantity: '41' });
  // On its way, and not answered for almost two seconds.
  await eventually('the order is being sent', () => journalOf(world.home).some(({ kind }) => kind === 'submitting'));
  process.kill(doors, 'SIGKILL');
  await eventually('the exchange has the order', async () => (await world.exchange.ledger()).orders.length === 1);
  const told = await asked;
  assert.equal(told.code, 'OUTCOME_UNKNOWN');
  assert.equal(told.sent_to_exchange, 'unknown');
  assert.equal(told.intent_id, 'cut-off');
  assert.match(told.message ?? '', /get_intent/);
  // The same connection of the same host: the shim found the new doors by itself.
  const outcome = await agent.intent('cut-off', 10);
  assert.equal(outcome.status, 'filled', JSON.stringify(outcome));
  assert.notEqual(childOf(gateway.pid, 'doors.ts'), doors);
  const again = await agent.place({ intent_id: 'cut-off', quantity: '41' });
  assert.equal(again.order?.client_order_id, outcome.order?.client_order_id);
  assert.equal((await world.exchange.ledger()).orders.length, 1);
  assert.ok(gateway.running);
  await booksEqualLedger(world);
});

test('while the doors are dead the operator still stops everything', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9));
  assert.equal((await agent.place({ intent_id: 'rests', type: 'limit', price, quantity: '40' })).status, 'working');
  const doors = childOf(gateway.pid, 'doors.ts');
  // Stopped and not killed: doors that hang are not replaced.
  process.kill(doors, 'SIGSTOP');
  assert.equal((await world.run(['halt', '--reason', 'the doors hang'])).code, 0);
  await eventually('the entry is cancelled', async () => (await world.exchange.ledger()).orders.every(({ state }) => state === 'canceled'));
  process.kill(doors, 'SIGCONT');
  assert.equal((await agent.place({ intent_id: 'late' })).code, 'HALTED');
  await booksEqualLedger(world);
});

test('a vault that dies halts: nothing is signed, nothing is sent, and the next start is halted too', async () => {
  await using world = await World.create();
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  process.kill(childOf(gateway.pid, 'vault.ts'), 'SIGKILL');
  await eventually('the account is halted', async () => (await world.read('status'))['mode'] === 'HALTED');
  const refused = await agent.place({ intent_id: 'unsigned' });
  assert.equal(refused.status, 'denied');
  assert.equal(refused.sent_to_exchange, 'no');
  await gateway.stop();
  const again = await world.up();
  assert.match(again.stdout, /^ready okx:sim:1001 HALTED /);
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});
