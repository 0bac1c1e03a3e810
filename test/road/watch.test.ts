import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, pause } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { descendants, isAlive } from './harness/program.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const often = '[watch]\nevery = "1s"\ngrace = "3s"\n';

/** An order that a person leaves in the book by hand, worth far more than twokey may ever hold. */
async function humanOrder(world: World): Promise<void> {
  const last = await world.exchange.lastPrice('BTC-USDT-SWAP');
  const px = (Math.round(last * 0.99 * 10) / 10).toFixed(1);
  await world.exchange.orderOfOthers({ instId: 'BTC-USDT-SWAP', side: 'buy', ordType: 'limit', px, sz: '20' });
}

async function modeOf(world: World): Promise<unknown> {
  return (await world.read('status'))['mode'];
}

test("a human's order beyond the limits makes the monitor halt the gateway, and no entry passes after that", async () => {
  await using world = await World.create();
  await world.up();
  world.write('watch.toml', often);
  const watch = world.start(['watch']);
  assert.match(await watch.line(/okx:sim:1001/), /okx:sim:1001 · ACTIVE · worst case 0 of 22000 USD · lost today 0 of 7500/);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'before' })).status, 'filled');
  await humanOrder(world);
  await watch.line(/✗ BTC-USDT-SWAP can come to \d+(\.\d+)? USD of at most 5500 \(max_position_size\)/);
  await eventually('the gateway is halted', async () => (await modeOf(world)) === 'HALTED');
  const entry = journalOf(world.home).findLast(({ kind, body }) => kind === 'mode' && body['to'] === 'HALTED');
  assert.match(String(entry?.body['cause']), /^the independent monitor: BTC-USDT-SWAP can come to/);
  const { orders } = await world.exchange.ledger();
  const after = await agent.place({ intent_id: 'after' });
  assert.deepEqual([after.code, after.sent_to_exchange], ['HALTED', 'no']);
  assert.equal((await world.exchange.ledger()).orders.length, orders.length);
  assert.ok(watch.running, 'it goes on looking');
  await world.haltEnded();
  assert.deepEqual(
    (await world.exchange.ledger()).orders.filter(({ instId, state }) => instId === 'BTC-USDT-SWAP' && state !== 'canceled'),
    [],
    'the halt has cancelled it',
  );
  // Nobody cancels what comes after a halt has ended.
  await humanOrder(world);
  const once = await world.run(['watch', '--once', '--json']);
  assert.equal(once.code, 1);
  const document = JSON.parse(once.stdout) as Readonly<Record<string, unknown>>;
  assert.deepEqual([document['verdict'], document['gateway']], ['halt', { state: 'running', mode: 'HALTED' }]);
});

test('a halt that is not done at the exchange yet is a halt: the monitor writes no file HALT beside it', async () => {
  await using world = await World.create();
  await world.up();
  // What the human left there cannot be cancelled, and so the halt does not end.
  await world.exchange.arm({ kind: 'http_502', path: '/api/v5/trade/cancel-batch-orders', executed: false, count: 10_000 });
  world.write('watch.toml', often);
  await eventually(
    'the gateway answers the monitor',
    async () => ((await world.read('watch', '--once'))['gateway'] as { readonly state: string }).state === 'running',
  );
  await humanOrder(world);
  const once = await world.run(['watch', '--once', '--json']);
  const document = JSON.parse(once.stdout) as { readonly halt: { readonly outcome: string } | null };
  assert.equal(document.halt?.outcome, 'halted', once.stdout);
  assert.equal(existsSync(join(world.home, 'HALT')), false);
});

test('what agents trade within the limits is never a reason to halt', async () => {
  await using world = await World.create({ agents: ['alpha', 'beta'] });
  await world.up();
  world.write('watch.toml', often);
  const watch = world.start(['watch', '--json']);
  await watch.line(/"verdict":"fine"/);
  const agents = await Promise.all(['alpha', 'beta'].map((name) => world.agent(name)));
  const looked = (): number => watch.stdout.split('\n').length - 1;
  for (let round = 0; round < 40 && (round < 6 || looked() < 4); round += 1) {
    // Each round is over before the next one begins.
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(
      agents.map(async (agent, index) => {
        const instrument = index === 0 ? 'BTC-USDT' : 'ETH-USDT';
        const bought = await agent.place({ intent_id: `buy-${round}`, instrument, quantity: String(500 + 10 * round) });
        assert.equal(bought.status, 'filled', JSON.stringify(bought));
        await agent.call('close_position', { intent_id: `close-${round}`, instrument, reason: 'a test of the road' });
      }),
    );
    // oxlint-disable-next-line no-await-in-loop
    await pause(100);
  }
  assert.deepEqual(modesChanged(world.home), []);
  await watch.stop();
  const looks = watch.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly verdict: string });
  assert.ok(looks.length >= 4);
  assert.ok(
    looks.every(({ verdict }) => verdict !== 'halt'),
    watch.stdout,
  );
});

test('a key that may trade is refused, and the gateway trades on', async () => {
  await using world = await World.create();
  await world.up();
  for (const key of ['sim-key', 'sim-key-withdraw']) {
    world.write('watch.toml', `api_key = "${key}"\nsecret_key = "sim-secret"\npassphrase = "sim-pass"\n`);
    // oxlint-disable-next-line no-await-in-loop
    const ran = await world.run(['watch', '--once']);
    assert.deepEqual([ran.code, ran.stdout], [1, '']);
    assert.match(ran.stderr, /^twokey: the monitor's key may (withdraw and )?trade: make one at the exchange that may read/);
    assert.doesNotMatch(ran.stderr, /sim-secret|sim-pass/);
  }
  assert.deepEqual(modesChanged(world.home), []);
});

test("a file with the monitor's key that others can read is refused with the fix", async () => {
  await using world = await World.create();
  world.write('watch.toml', often);
  chmodSync(join(world.home, 'watch.toml'), 0o644);
  const ran = await world.run(['watch', '--once']);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /run chmod 600/);
});

test('a monitor that is killed leaves nothing but its marks: no process, no lock, no half-written file', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  world.write('watch.toml', often);
  const watch = world.start(['watch']);
  await watch.line(/okx:sim:1001/);
  const children = descendants(watch.pid);
  await watch.kill();
  assert.deepEqual(children.filter(isAlive), []);
  assert.ok(gateway.running);
  assert.deepEqual(modesChanged(world.home), []);
  assert.deepEqual(
    readdirSync(join(world.home, 'state')).filter((name) => name.startsWith('watch')),
    ['watch.json'],
  );
  assert.equal(existsSync(join(world.home, 'HALT')), false);
  // The next one begins where that one was.
  const once = await world.run(['watch', '--once']);
  assert.deepEqual([once.code, once.stderr], [0, '']);
});

test('with no gateway running the monitor says so, and what passes a limit keeps the next one halted by the file HALT', async () => {
  await using world = await World.create();
  await world.startExchange();
  await (await world.up()).stop();
  world.write('watch.toml', often);
  const calm = await world.run(['watch', '--once']);
  assert.equal(calm.code, 3);
  assert.match(calm.stdout, /NO GATEWAY RUNS/);
  assert.equal(existsSync(join(world.home, 'HALT')), false);
  await humanOrder(world);
  const ran = await world.run(['watch', '--once']);
  assert.equal(ran.code, 1, ran.stdout);
  assert.match(ran.stdout, /the file .*HALT stands there, and no gateway sends anything while it does/);
  assert.equal(statSync(join(world.home, 'HALT')).mode & 0o777, 0o600);
  const next = await world.up();
  assert.match(next.stdout, /^ready okx:sim:1001 HALTED /);
});

test('a gateway that hangs is halted by the file HALT, and honours it when it wakes', async () => {
  await using world = await World.create();
  await world.startExchange();
  const gateway = await world.up();
  world.write('watch.toml', often);
  const watch = world.start(['watch']);
  await watch.line(/ACTIVE/);
  process.kill(gateway.pid, 'SIGSTOP');
  try {
    await watch.line(/the file .*HALT stands there/);
  } finally {
    process.kill(gateway.pid, 'SIGCONT');
  }
  await eventually('the gateway that woke is halted', async () => (await modeOf(world)) === 'HALTED');
  rmSync(join(world.home, 'HALT'));
  assert.equal(await modeOf(world), 'HALTED');
});
