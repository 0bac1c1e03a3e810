import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Agent, Answer } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** What a gateway on a small disk of its own is started with: a mount that only it and its children see. */
const unshare = ['unshare', '-Urm'] as const;

function isAbleToMount(context: TestContext): boolean {
  const tried = spawnSync(unshare[0], [...unshare.slice(1), 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], { encoding: 'utf8' });
  if (tried.status === 0) return true;
  context.skip(`this machine does not let a test mount a small disk: ${tried.stderr ?? ''}${tried.error?.message ?? ''}`);
  return false;
}

async function resting(world: World, agent: Agent): Promise<Answer> {
  const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
  return agent.place({ intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price, quantity: '40' });
}

test('a full disk: nothing is sent, the account is halted on the space that was kept, and cancels still leave', async (context) => {
  if (!isAbleToMount(context)) return;
  await using world = await World.create();
  await world.startExchange();
  // The exchange keeps its own state where it was opened: only the gateway sees the small disk.
  const state = join(world.home, 'state');
  const mounting = `mount -t tmpfs -o size=3m,mode=0700 tmpfs ${state} && exec "$@"`;
  const gateway = world.startThrough([...unshare, 'sh', '-c', mounting, 'sh'], ['up']);
  await gateway.line(/^ready /);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'held', instrument: 'BTC-USDT-SWAP', quantity: '60' })).status, 'filled');
  assert.equal((await resting(world, agent)).status, 'working');
  const seen = `/proc/${gateway.pid}/root${state}`;
  assert.throws(() => writeFileSync(join(seen, 'filler'), Buffer.alloc(4 * 1024 * 1024)), /ENOSPC/);

  const outcomes: Answer[] = [];
  await eventually('an append fails', async () => {
    outcomes.push(await agent.place({ intent_id: `w${outcomes.length}`, quantity: String(20 + outcomes.length) }));
    return outcomes.at(-1)?.code === 'HALTED';
  });
  const refused = outcomes.at(-1);
  assert.equal(refused?.sent_to_exchange, 'no', JSON.stringify(refused));
  const sent = outcomes.filter(({ sent_to_exchange: whether }) => whether !== 'no').length;
  await eventually('the account is halted', async () => (await world.read('status'))['mode'] === 'HALTED');
  await eventually('what rested is cancelled', async () => {
    const { orders } = await world.exchange.ledger();
    return orders.some(({ state: is }) => is === 'canceled') && orders.length === 2 + sent;
  });
  assert.equal((await agent.place({ intent_id: 'after', quantity: '77' })).code, 'HALTED');
  assert.equal((await world.exchange.ledger()).orders.length, 2 + sent);

  // With room on the disk again the same process goes on, and the first order after it is as good as any.
  rmSync(join(seen, 'filler'));
  // The halt is done when the exchange has shown that nothing is left, and only then it may be taken back.
  await eventually('resume is taken', async () => (await world.run(['resume', '--reason', 'there is room again'])).code === 0);
  const closed = await agent.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT-SWAP', reason: 'out' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  assert.deepEqual((await world.exchange.ledger()).positions, []);
  assert.ok(gateway.running);
});

test('a write that fails without a known outcome stops the gateway, and the next start reads the truth', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  await first.stop();
  // No file may grow beyond 160 KiB: the reserve exists already, the journal's write-ahead log meets the limit after some orders.
  const limiting = 'ulimit -f 320; exec "$@"';
  const gateway = world.startThrough(['sh', '-c', limiting, 'sh'], ['up']);
  await gateway.line(/^ready /);
  const agent = await world.agent();
  const asked = new Set<string>();
  for (let index = 0; index < 200 && gateway.running; index += 1) {
    asked.add(`w${index}`);
    // oxlint-disable-next-line no-await-in-loop
    await agent.place({ intent_id: `w${index}`, quantity: (20 + index / 10).toFixed(1), instrument: 'ETH-USDT' }).catch(() => undefined);
  }
  const { code } = await gateway.exited;
  assert.equal(code, 1, gateway.stderr);
  assert.match(gateway.stderr, /stopped: the outcome of a journal write is not known/);
  const { orders } = await world.exchange.ledger();
  const submitted = journalOf(world.home).filter(({ kind }) => kind === 'submitting');
  assert.ok(orders.length <= submitted.length, 'nothing stands at the exchange that was not written first');

  await world.up();
  await booksEqualLedger(world);
  const after = await world.exchange.ledger();
  assert.equal(after.orders.length, orders.length);
});
