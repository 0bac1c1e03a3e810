import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually, pause } from './harness/eventually.ts';
import type { LedgerOrder } from './harness/exchange.ts';
import { bootedMode, journalOf } from './harness/journal.ts';
import { descendants, procFile } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** What was promised for a halt (reference/risk.md A1). */
const PROMISED_MILLISECONDS = 5000;
const ATTEMPTS_MAX = 5;

function rests({ state }: LedgerOrder): boolean {
  return state === 'live' || state === 'partially_filled';
}

async function restingIn(world: World): Promise<readonly LedgerOrder[]> {
  return (await world.exchange.ledger()).orders.filter((order) => order.account === '1001' && rests(order));
}

async function restBelow(world: World, agent: Agent, intentId: string, quantity = '40'): Promise<void> {
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9));
  const answer = await agent.place({ intent_id: intentId, type: 'limit', price, quantity });
  assert.equal(answer.status, 'working', JSON.stringify(answer));
}

type Storm = { readonly name: string; denied: number; going: boolean };

/** Places resting and immediate orders as fast as it is answered, as long as it is `going`; counts those that were denied because of a halt. */
async function rage(world: World, agent: Agent, storm: Storm): Promise<void> {
  const price = await world.exchange.lastPrice('BTC-USDT');
  for (let count = 0; storm.going; count += 1) {
    const limit = { type: 'limit', price: String(Math.floor(price * (0.9 + (count % 50) / 1000))) };
    // oxlint-disable-next-line no-await-in-loop
    const answer = await agent.place({
      intent_id: `${storm.name}-${count}`,
      quantity: (20 + count / 100).toFixed(2),
      ...(count % 3 === 0 ? {} : limit),
    });
    if (answer.code === 'HALTED') storm.denied += 1;
  }
}

/** Halts under load in a fresh world, judges it from the exchange's own ledger, and says from which mode it was halted. */
async function halted(context: TestContext): Promise<string> {
  const names = ['a', 'b', 'c', 'd'];
  await using world = await World.create({ agents: names, policy: { max_open_orders: '500', max_daily_trades: '100000' } });
  await world.up();
  const agents = await Promise.all(names.map((name) => world.agent(name)));
  const storms = agents.map((_, index): Storm => ({ name: `s${index}`, denied: 0, going: true }));
  const raging = Promise.all(agents.map((agent, index) => rage(world, agent, storms[index] ?? assert.fail())));
  const isClosed = (): boolean => journalOf(world.home).some(({ kind }) => kind === 'mode');
  await eventually('much rests at the exchange', async () => (await restingIn(world)).length >= 40 || isClosed());
  const before = (await restingIn(world)).length;
  const ran = await world.run(['halt', '--reason', 'a drill', '--json']);
  const known = new Set((await world.exchange.ledger()).orders.map(({ clOrdId }) => clOrdId));
  const left = await restingIn(world);
  await pause(2000);
  await eventually('each agent goes on asking after the halt', () => storms.every(({ denied }) => denied > 0));
  for (const storm of storms) storm.going = false;
  await raging;
  assert.equal(ran.code, 0, ran.stdout);
  const document = JSON.parse(ran.stdout) as {
    readonly mode: string;
    readonly from: string;
    readonly halt: Readonly<Record<string, unknown>>;
  };
  assert.deepEqual(
    [document.mode, document.halt['ended'], document.halt['outcome'], document.halt['entries_left']],
    ['HALTED', true, 'clear', 0],
  );
  assert.deepEqual(left, []);
  const after = (await world.exchange.ledger()).orders;
  assert.deepEqual(
    after.filter(({ clOrdId, origin }) => origin === 'api' && !known.has(clOrdId)),
    [],
    'nothing came after the command had returned',
  );
  assert.deepEqual(after.filter(rests), []);
  // By the exchange's own clock: nothing was taken after the moment that the command gave as the end, and by five seconds after the latch all had ended.
  const endedAt = Date.parse(String(document.halt['ended_at']));
  const latchedAt = endedAt - Number(document.halt['took_ms']);
  const taken = after.filter(({ account }) => account === '1001');
  const lastTaken = Math.max(...taken.map(({ at }) => at));
  const lastEnded = Math.max(...taken.map(({ changedAt }) => changedAt));
  context.diagnostic(
    `${before} orders rested when it was ${document.from}; after the latch the last was taken at ${lastTaken - latchedAt} ms, the last ended at ${lastEnded - latchedAt} ms of a promised ${PROMISED_MILLISECONDS}: ${JSON.stringify(document.halt)}`,
  );
  assert.ok(lastTaken <= endedAt, `an order was taken ${lastTaken - endedAt} ms after the end of the halt`);
  assert.ok(lastEnded > latchedAt, 'what rested ended because of the halt');
  assert.ok(lastEnded - latchedAt <= PROMISED_MILLISECONDS, `the last entry ended ${lastEnded - latchedAt} ms after the latch`);
  await booksEqualLedger(world);
  return document.from;
}

test('halt under the load of four agents: after the command has returned no entry reaches the exchange, and none is left there', async (context) => {
  // A machine with too much to do closes entries before the halt comes, and cancels them: what is shown then holds, and shows less.
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    // One world after the other.
    // oxlint-disable-next-line no-await-in-loop
    if ((await halted(context)) === 'ACTIVE') return;
  }
  assert.fail(`in ${ATTEMPTS_MAX} attempts the account was never ACTIVE when the halt came`);
});

test('halt with the doors killed: entries of twokey and of a person are cancelled, a stop and what only reduces stay', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  const last = await world.exchange.lastPrice('BTC-USDT');
  const stop = { instrument: 'BTC-USDT-SWAP', quantity: '900', stop_loss: String(Math.floor(last * 0.8)) };
  assert.equal((await agent.place({ intent_id: 'held', ...stop })).status, 'filled');
  await eventually('the stop waits', () =>
    journalOf(world.home).some(({ kind, body }) => kind === 'armed' && body['exchange_order_id'] !== ''),
  );
  await restBelow(world, agent, 'rests');
  const px = String(Math.floor(last * 0.9));
  await world.exchange.orderOfOthers({ instId: 'BTC-USDT', side: 'buy', ordType: 'limit', px, sz: '0.001' });
  await world.exchange.orderOfOthers({
    instId: 'BTC-USDT-SWAP',
    side: 'sell',
    ordType: 'limit',
    px: String(Math.ceil(last * 1.1)),
    sz: '1',
    reduceOnly: 'true',
  });
  const doors = descendants(gateway.pid).find((pid) => procFile(pid, 'cmdline').includes('doors.ts'));
  assert.ok(doors !== undefined);
  process.kill(doors, 'SIGKILL');
  const ran = await world.run(['halt', '--reason', 'now']);
  assert.equal(ran.code, 0, ran.stdout);
  // A second after the person's order came twokey closes entries by itself and cancels its own: on a slow machine before the halt.
  assert.match(ran.stdout, /no entry is left at the exchange; [12] orders \(1 of them not of twokey\) cancelled, 2 that only reduce kept/);
  assert.deepEqual(
    (await restingIn(world)).map(({ side, instId }) => [side, instId]),
    [['sell', 'BTC-USDT-SWAP']],
  );
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'killed').length, 1);
});

test('the file HALT clears the exchange of a running gateway and of one that starts, and without the file nothing is resumed', async () => {
  await using world = await World.create();
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  await restBelow(world, agent, 'rests');
  await world.exchange.orderOfOthers({ instId: 'ETH-USDT', side: 'buy', ordType: 'limit', px: '1500', sz: '0.1' });
  world.write('HALT', '');
  await eventually('nothing rests any more', async () => (await restingIn(world)).length === 0);
  await eventually('it is told', async () => (await world.read('status'))['mode'] === 'HALTED');
  rmSync(join(world.home, 'HALT'));
  await pause(1500);
  assert.equal((await world.read('status'))['mode'], 'HALTED');
  assert.equal((await agent.place({ intent_id: 'after' })).code, 'HALTED');
  await world.haltEnded();
  assert.equal((await world.run(['resume', '--reason', 'a test'])).code, 0);
  assert.equal((await world.run(['resume', '--reason', 'a test'])).code, 0);
  await restBelow(world, agent, 'rests-2', '41');
  await gateway.kill();
  // Nobody is there who could be asked: the file is the halt.
  assert.equal((await world.run(['halt', '--reason', 'no gateway'])).code, 0);
  assert.ok(existsSync(join(world.home, 'HALT')));
  await world.up();
  await eventually('nothing rests any more', async () => (await restingIn(world)).length === 0);
});

test('an agent whose halt means HALTED clears the exchange too', async () => {
  await using world = await World.create({ policy: { agent_halt: '"halted"' } });
  await world.up();
  const agent = await world.agent();
  await restBelow(world, agent, 'rests');
  await world.exchange.orderOfOthers({ instId: 'ETH-USDT', side: 'buy', ordType: 'limit', px: '1500', sz: '0.1' });
  const { answer } = await agent.call('halt_trading', { reason: 'this is not my market' });
  assert.equal(answer.mode, 'HALTED');
  await eventually('nothing rests any more', async () => (await restingIn(world)).length === 0);
});

test('killed while an entry rests, the exchange cancels it by itself when the time of its own timer is over', async () => {
  await using world = await World.create();
  const file = join(world.home, 'twokey.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('dead_man = "2m"', 'dead_man = "10s"'));
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  await restBelow(world, agent, 'rests');
  await eventually('the timer runs', async () => (await world.read('status'))['dead_man'] !== null);
  // Longer than the timer: it is renewed, and nothing is cancelled while the gateway lives.
  await pause(11_000);
  assert.equal((await restingIn(world)).length, 1);
  await gateway.kill();
  assert.equal((await restingIn(world)).length, 1);
  // Armed for ten seconds, and moved on at most that long ago.
  await world.exchange.advance(10_000);
  assert.deepEqual(await restingIn(world), []);
  await world.up();
  // Ten seconds lie between the two clocks now, which closes entries a moment later.
  assert.equal(bootedMode(world.home), 'ACTIVE');
  await booksEqualLedger(world);
  const after = await world.agent();
  assert.equal((await after.intent('rests')).status, 'cancelled');
});
