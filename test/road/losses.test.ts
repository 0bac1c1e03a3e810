import assert from 'node:assert/strict';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** A spot holding and a long swap on one coin: two thousand dollars that move with its price. */
async function exposed(world: World, agent: Agent): Promise<void> {
  const [spot, swap] = await Promise.all([
    agent.place({ intent_id: 'spot', instrument: 'BTC-USDT', quantity: '990' }),
    agent.place({ intent_id: 'swap', instrument: 'BTC-USDT-SWAP', quantity: '990' }),
  ]);
  assert.equal(spot.status, 'filled', JSON.stringify(spot));
  assert.equal(swap.status, 'filled', JSON.stringify(swap));
  for (const id of ['spot', 'swap'])
    // oxlint-disable-next-line no-await-in-loop
    await eventually(`${id} is proven`, async () => (await agent.intent(id)).verification === 'matched');
  await eventually('the equity is marked', () => journalOf(world.home).some(({ kind }) => kind === 'marked'));
}

async function fall(world: World, percent: number): Promise<void> {
  await world.exchange.movePrice('BTC-USDT', ((await world.exchange.lastPrice('BTC-USDT')) * (1 - percent / 100)).toFixed(0));
}

const modeOf = async (world: World): Promise<unknown> => (await world.read('status'))['mode'];

test('after a breached daily loss an agent can still sell its spot holding and close its swap, and nothing else', async () => {
  await using world = await World.create({ policy: { max_daily_loss: '100', max_drawdown: '3000' } });
  const gateway = await world.up();
  const agent = await world.agent();
  await exposed(world, agent);
  const resting = String(Math.floor((await world.exchange.lastPrice('ETH-USDT')) * 0.9));
  const rests = { intent_id: 'rests', instrument: 'ETH-USDT', type: 'limit', price: resting, quantity: '40' };
  assert.equal((await agent.place(rests)).status, 'working');

  // About 120 dollars: more than the limit, less than half as much again.
  await fall(world, 6);
  await eventually('entries are closed', async () => (await modeOf(world)) === 'REDUCE_ONLY');
  const status = await world.read('status');
  assert.match(String(status['mode_cause']), /max_daily_loss/);
  assert.match(String(status['earned_usd']), /^-1[0-4]\d\./);
  await eventually('the resting entry is cancelled', async () => (await agent.intent('rests')).status === 'cancelled');
  for (const [instrument, side] of [
    ['BTC-USDT', 'buy'],
    ['ETH-USDT', 'buy'],
    ['BTC-USDT-SWAP', 'buy'],
    ['BTC-USDT-SWAP', 'sell'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const denied = await agent.place({ intent_id: `no-${instrument}-${side}`, instrument, side, quantity: '20' });
    assert.deepEqual([denied.status, denied.code, denied.sent_to_exchange], ['denied', 'REDUCE_ONLY', 'no'], JSON.stringify(denied));
  }

  // A start changes nothing, and a resume is refused with the reason.
  await gateway.stop();
  const again = await world.up();
  assert.match(again.stdout, /^ready okx:sim:1001 REDUCE_ONLY /);
  const refused = await world.run(['resume', '--reason', 'it will come back']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /lost since midnight UTC or the highest of the last 24 hours.*max_daily_loss/);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');

  const after = await world.agent();
  const closed = await after.call('close_position', { intent_id: 'out-swap', instrument: 'BTC-USDT-SWAP', reason: 'the day is over' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  const sold = await after.call('close_position', { intent_id: 'out-spot', instrument: 'BTC-USDT', reason: 'the day is over' });
  assert.equal(sold.answer.status, 'filled', JSON.stringify(sold.answer));
  await booksEqualLedger(world);
  const [account] = (await world.read('limits'))['principals'] as readonly {
    readonly limits: readonly Readonly<Record<string, string>>[];
  }[];
  const daily = account?.limits.find(({ name }) => name === 'max_daily_loss');
  assert.equal(daily?.['headroom'], '0', 'what was lost stays lost when everything is closed');
});

test('what a loss has halted the operator can close, and no agent can', async () => {
  await using world = await World.create({ policy: { max_daily_loss: '3000', max_drawdown: '100' } });
  await world.up();
  const agent = await world.agent();
  await exposed(world, agent);
  await fall(world, 6);
  await eventually('the account is halted', async () => (await modeOf(world)) === 'HALTED');
  assert.match(String((await world.read('status'))['mode_cause']), /max_drawdown/);
  const { answer } = await agent.call('close_position', { intent_id: 'no', instrument: 'BTC-USDT-SWAP', reason: 'out' });
  assert.deepEqual([answer.code, answer.sent_to_exchange], ['HALTED', 'no'], JSON.stringify(answer));
  const flat = await world.run(['halt', '--flatten', '--reason', 'the drawdown']);
  assert.equal(flat.code, 0, flat.stdout + flat.stderr);
  assert.deepEqual((await world.exchange.ledger()).positions, []);
  assert.equal(await modeOf(world), 'HALTED');
  await booksEqualLedger(world);
});

test('a loss of half as much again halts: no agent gets out by itself, until the operator lets exits through', async () => {
  await using world = await World.create({ policy: { max_daily_loss: '100', max_drawdown: '3000' } });
  await world.up();
  const agent = await world.agent();
  await exposed(world, agent);
  await fall(world, 9);
  await eventually('the account is halted', async () => (await modeOf(world)) === 'HALTED');
  for (const [intent_id, instrument] of [
    ['no-swap', 'BTC-USDT-SWAP'],
    ['no-spot', 'BTC-USDT'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const { answer } = await agent.call('close_position', { intent_id, instrument, reason: 'out' });
    assert.deepEqual([answer.code, answer.sent_to_exchange], ['HALTED', 'no'], JSON.stringify(answer));
  }
  assert.equal((await agent.place({ intent_id: 'no-entry', quantity: '20' })).code, 'HALTED');
  await world.haltEnded();
  assert.equal((await world.run(['resume', '--reason', 'let them out'])).code, 0);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  const { answer } = await agent.call('close_position', { intent_id: 'out', instrument: 'BTC-USDT-SWAP', reason: 'out' });
  assert.equal(answer.status, 'filled', JSON.stringify(answer));
  const refused = await world.run(['resume', '--reason', 'all the way']);
  assert.equal(refused.code, 1);
  assert.equal(await modeOf(world), 'REDUCE_ONLY', 'the same loss halts once, and opens nothing');
  await booksEqualLedger(world);
});
