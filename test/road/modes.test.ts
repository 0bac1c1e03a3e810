import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { descendants, procFile } from './harness/program.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** A position that is proven, and an order that rests below the market. */
async function busy(world: World, agent: Agent): Promise<void> {
  assert.equal((await agent.place({ intent_id: 'held', quantity: '41' })).status, 'filled');
  await eventually('the position is proven', async () => (await agent.intent('held')).verification === 'matched');
  const price = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
  assert.equal((await agent.place({ intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price, quantity: '40' })).status, 'working');
}

/** It ends with 4 where the exchange has not shown in time that nothing is left. */
async function halt(world: World, reason: string): Promise<void> {
  assert.match(String((await world.run(['halt', '--reason', reason])).code), /^[04]$/);
}

async function modeOf(world: World): Promise<unknown> {
  return (await world.read('status'))['mode'];
}

test('halt cancels what rests, denies what comes, and resume goes up one step at a time, each after a clean comparison', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  await halt(world, 'a drill');
  assert.equal(await modeOf(world), 'HALTED');
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  const denied = await agent.place({ intent_id: 'after', quantity: '43' });
  assert.equal(denied.code, 'HALTED');
  assert.equal(denied.sent_to_exchange, 'no');
  const close = await agent.call('close_position', { intent_id: 'close-halted', instrument: 'BTC-USDT', reason: 'halted' });
  assert.equal(close.answer.code, 'HALTED', 'in a halt exits are the operator’s');

  await world.haltEnded();
  assert.equal((await world.run(['resume', '--reason', 'looked at it'])).code, 0);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  assert.equal((await agent.place({ intent_id: 'after-2', quantity: '44' })).code, 'REDUCE_ONLY');
  assert.equal((await world.run(['resume', '--reason', 'looked again'])).code, 0);
  assert.equal(await modeOf(world), 'ACTIVE');
  assert.equal((await world.run(['resume', '--reason', 'once more'])).code, 1, 'there is nothing above ACTIVE');
  assert.equal((await agent.place({ intent_id: 'after-3', quantity: '45' })).status, 'filled');
  await booksEqualLedger(world);
});

test('an agent that stops trading leads to REDUCE_ONLY: entries are cancelled and denied, a close passes, and no tool leads back', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  await busy(world, a);
  const { answer, isError } = await b.call('halt_trading', { reason: 'the positions do not look like mine' });
  assert.equal(answer.status, 'accepted');
  assert.equal(answer.mode, 'REDUCE_ONLY');
  assert.equal(isError, false);
  await eventually('the resting entry of the other agent is cancelled', async () => (await a.intent('rests')).status === 'cancelled');
  for (const agent of [a, b]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await agent.place({ intent_id: 'more', quantity: '43' })).code, 'REDUCE_ONLY');
  }
  const sold = await b.call('close_position', { intent_id: 'steal', instrument: 'BTC-USDT', reason: 'not mine' });
  assert.equal(sold.answer.code, 'NOT_ALLOWED', 'a position is closed by whoever opened it');
  const closed = await a.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT', reason: 'out' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  await booksEqualLedger(world);
});

test('the file HALT stops a running gateway within a moment, and resume is refused while it exists', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  world.write('HALT', '');
  await eventually('the account is halted', async () => (await modeOf(world)) === 'HALTED');
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  assert.equal((await world.run(['resume', '--reason', 'too early'])).code, 1);
  await gateway.stop();
  const again = await world.up();
  assert.match(again.stdout, /^ready okx:sim:1001 HALTED /);
  rmSync(join(world.home, 'HALT'));
  await world.haltEnded();
  assert.equal((await world.run(['resume', '--reason', 'the file is gone'])).code, 0);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
});

test('halt without a gateway writes the file HALT, and the next start is halted', async () => {
  await using world = await World.create();
  assert.equal((await world.run(['halt', '--reason', 'before the start'])).code, 0);
  assert.ok(existsSync(join(world.home, 'HALT')));
  const gateway = await world.up();
  const agent = await world.agent();
  const denied = await agent.place({ intent_id: 'one' });
  assert.equal(denied.sent_to_exchange, 'no');
  assert.equal(denied.code, 'HALTED', gateway.stdout);
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});

test('a cancel and an order in flight when the halt comes: nothing new leaves, and what was on its way is found and cancelled', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  const price = String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9));
  await world.exchange.arm({ kind: 'lost_ack', path: '/api/v5/trade/order', executed: true });
  const asked = agent.place({ intent_id: 'in-flight', type: 'limit', price, quantity: '40' });
  await eventually('the exchange has the order', async () => (await world.exchange.ledger()).orders.length === 1);
  await halt(world, 'now');
  await asked;
  await eventually('the order that was on its way is cancelled', async () => (await agent.intent('in-flight')).status === 'cancelled');
  const { orders } = await world.exchange.ledger();
  assert.deepEqual(
    orders.map(({ state }) => state),
    ['canceled'],
  );
  await booksEqualLedger(world);
});

test('an instrument and an agent are frozen and thawed by the operator alone; exits pass, and a kill forgets nothing', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.startExchange();
  const first = await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  await busy(world, a);
  assert.equal((await world.run(['freeze', 'ETH-USDT', '--reason', 'odd prices'])).code, 0);
  await eventually('the resting entry is cancelled', async () => (await a.intent('rests')).status === 'cancelled');
  assert.equal((await world.run(['freeze', 'agent:a'])).code, 0);
  assert.equal((await world.run(['freeze', 'agent:nobody'])).code, 1);
  assert.equal((await world.run(['freeze'])).code, 2);
  await first.kill();
  await world.up();
  const [again, other] = await Promise.all([world.agent('a'), world.agent('b')]);
  const frozen = (await world.read('status'))['frozen'] as readonly {
    readonly subject: string;
    readonly by: string;
    readonly cause: string;
  }[];
  assert.deepEqual(
    frozen.map(({ subject, by, cause }) => [subject, by, cause]),
    [
      ['instrument:ETH-USDT', 'operator', 'odd prices'],
      ['agent:a', 'operator', 'the operator froze it'],
    ],
  );
  assert.equal((await again.place({ intent_id: 'more', quantity: '43' })).code, 'AGENT_FROZEN');
  assert.equal((await other.place({ intent_id: 'eth', instrument: 'ETH-USDT', quantity: '44' })).code, 'INSTRUMENT_FROZEN');
  assert.equal((await other.place({ intent_id: 'btc', quantity: '45' })).status, 'filled');
  const closed = await again.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT', reason: 'out' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  assert.equal((await world.run(['unfreeze', 'ETH-USDT'])).code, 1, 'a person says what was looked at');
  assert.equal((await world.run(['unfreeze', 'ETH-USDT', '--reason', 'prices are right'])).code, 0);
  assert.equal((await world.run(['unfreeze', 'agent:a', '--reason', 'it was mended'])).code, 0);
  assert.equal((await again.place({ intent_id: 'eth-2', instrument: 'ETH-USDT', quantity: '46' })).status, 'filled');
  void b;
  await booksEqualLedger(world);
});

type Flattened = {
  readonly mode: string;
  readonly outcome: string;
  readonly flattened: boolean;
  readonly open_orders: number;
  readonly positions: readonly { readonly instrument: string; readonly before: string; readonly outcome: string }[];
};

test('halt --flatten under the load of two agents ends flat, and the exchange’s own ledger says the same', async () => {
  await using world = await World.create({
    agents: ['a', 'b'],
    policy: { max_open_orders: '50', max_open_positions: '10', max_position_size: '400', max_total_exposure: '2000' },
  });
  await world.up();
  const agents = await Promise.all([world.agent('a'), world.agent('b')]);
  const instruments = ['BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP', 'ETH-USDT-SWAP'];
  let going = true;
  const load = agents.map(async (agent, which) => {
    for (let count = 0; going; count += 1) {
      const instrument = instruments[(count + which) % instruments.length] ?? 'BTC-USDT';
      const side = instrument.endsWith('-SWAP') && which === 1 ? 'sell' : 'buy';
      // oxlint-disable-next-line no-await-in-loop
      await agent.place({ intent_id: `w${which}-${count}`, instrument, side, quantity: (20 + count / 10).toFixed(2) });
    }
  });
  await eventually('something of everything is held', async () => (await world.exchange.ledger()).fills.length > 20);
  let ran = await world.run(['halt', '--flatten', '--reason', 'a drill', '--json']);
  going = false;
  await Promise.all(load);
  // It gives up after half a minute; whoever asks again goes on from there.
  if ((JSON.parse(ran.stdout) as Flattened).outcome === 'remaining') ran = await world.run(['halt', '--flatten', '--json']);
  const document = JSON.parse(ran.stdout) as Flattened;
  assert.equal(ran.code, 0, ran.stdout);
  assert.deepEqual([document.mode, document.outcome, document.flattened, document.open_orders], ['HALTED', 'flat', true, 0]);
  assert.ok(document.positions.length >= 3, ran.stdout);
  for (const { outcome } of document.positions) assert.match(outcome, /^(flat|dust)$/);
  const { positions, orders, balances } = await world.exchange.ledger();
  assert.deepEqual(positions, []);
  assert.deepEqual(
    orders.filter(({ state }) => state === 'live' || state === 'partially_filled'),
    [],
  );
  for (const { ccy, total } of balances) if (ccy === 'BTC' || ccy === 'ETH') assert.ok(Number(total) < 0.001, `${ccy} ${total}`);
  await booksEqualLedger(world);
  assert.equal((await world.run(['halt', '--flatten'])).code, 0, 'asking again is safe');
});

test('halt --flatten works with dead doors, ends with 1 where something is left, and names the position', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  const doors = descendants(gateway.pid).find((pid) => procFile(pid, 'cmdline').includes('doors.ts'));
  assert.ok(doors !== undefined);
  process.kill(doors, 'SIGSTOP');
  await world.exchange.arm({ kind: 'reject', path: '/api/v5/trade/order', executed: false, count: 1000 });
  const refused = await world.run(['halt', '--flatten', '--reason', 'now']);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stdout, /NOT FLAT: remaining/);
  assert.match(refused.stdout, /BTC-USDT .* open +the exchange refused the order with code \d+/);
  await world.exchange.heal();
  const flat = await world.run(['halt', '--flatten']);
  assert.equal(flat.code, 0, flat.stdout);
  process.kill(doors, 'SIGCONT');
  await booksEqualLedger(world);
});

test('flatten closes one instrument and freezes it, and what an agent left that is gone from the file is the operator’s to close', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.startExchange();
  const first = await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  assert.equal((await a.place({ intent_id: 'swap', instrument: 'BTC-USDT-SWAP', quantity: '60' })).status, 'filled');
  assert.equal((await b.place({ intent_id: 'spot', quantity: '40' })).status, 'filled');
  await first.stop();
  const file = join(world.home, 'twokey.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('[agents.a]', ''));
  await world.up();
  const alerts = (await world.read('status'))['alerts'] as readonly { readonly code: string; readonly message: string }[];
  assert.match(
    alerts.find(({ code }) => code === 'ORPHAN')?.message ?? '',
    /^agent a is no agent of this gateway any more and holds BTC-USDT-SWAP;/,
  );
  const ran = await world.run(['flatten', 'BTC-USDT-SWAP', '--reason', 'its agent is gone']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(modesChanged(world.home), []);
  assert.deepEqual((await world.exchange.ledger()).positions, []);
  const other = await world.agent('b');
  assert.equal((await other.place({ intent_id: 'no', instrument: 'BTC-USDT-SWAP', quantity: '61' })).code, 'INSTRUMENT_FROZEN');
  assert.equal((await other.call('close_position', { intent_id: 'yes', instrument: 'BTC-USDT', reason: 'out' })).answer.status, 'filled');
  await booksEqualLedger(world);
});

test('without a gateway nothing can be flattened: it halts by the file and says so', async () => {
  await using world = await World.create();
  const ran = await world.run(['halt', '--flatten', '--reason', 'nobody is there']);
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /nothing was closed, because that takes a gateway/);
  assert.ok(existsSync(join(world.home, 'HALT')));
  assert.equal((await world.run(['flatten', 'BTC-USDT'])).code, 3);
  assert.equal((await world.run(['freeze', 'BTC-USDT'])).code, 3);
});

test('whoever has no token may halt, and may not flatten, freeze or thaw', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  await busy(world, agent);
  rmSync(join(world.home, 'run', 'operator.token'));
  for (const argv of [
    ['freeze', 'BTC-USDT'],
    ['unfreeze', 'BTC-USDT', '--reason', 'x'],
    ['flatten', 'BTC-USDT'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await world.run(argv)).code, 1);
  }
  const ran = await world.run(['halt', '--flatten', '--reason', 'x']);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^twokey: halted, and not flattened: .*operator\.token/);
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  assert.equal((await world.exchange.ledger()).orders.filter(({ side }) => side === 'sell').length, 0);
});
