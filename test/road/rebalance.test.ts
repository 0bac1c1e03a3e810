import assert from 'node:assert/strict';
import type { Agent } from './harness/agent.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Row = { readonly [key: string]: string };
type Listed = {
  readonly status: string;
  readonly code?: string;
  readonly message: string;
  readonly sent_to_exchange: string;
  readonly orders?: readonly Row[];
  readonly weights?: readonly Row[];
  readonly fees_usd: string;
  readonly worst_case_after_usd: string;
  readonly verification?: string;
  readonly preview?: boolean;
};

const mixed = [
  { instrument: 'BTC-USDT', weight: '0.3' },
  { instrument: 'ETH-USDT', weight: '0.2' },
  { instrument: 'BTC-USDT-SWAP', weight: '-0.3' },
];

function typed(targets: readonly Row[]): readonly string[] {
  return targets.flatMap(({ instrument, weight }) => ['--targets', `${instrument}=${weight}`]);
}

async function asked(
  agent: Agent,
  given: Readonly<Record<string, unknown>>,
): Promise<{ readonly answer: Listed; readonly isError: boolean }> {
  const { answer, isError, text } = await agent.call('rebalance', { base_usd: '2000', reason: 'a test of the road', ...given });
  assert.deepEqual(JSON.parse(text), answer, 'the text says the same');
  return { answer: answer as Listed, isError };
}

function inWords(rows: readonly Row[] | undefined): readonly string[] {
  return (rows ?? []).map(({ side, instrument }) => `${side} ${instrument}`);
}

test('by command: a dry run tells the plan and leaves no trace, the same without it trades, and why tells the story', async () => {
  await using world = await World.create();
  await world.up();
  const command = ['rebalance', ...typed(mixed), '--base-usd', '2000', '--reason', 'monday', '--intent-id', 'monday'];
  const plan = (await world.read(...command, '--dry-run', '--read-only')) as unknown as Listed;
  assert.deepEqual([plan.status, plan.preview, plan.sent_to_exchange], ['allowed', true, 'no'], JSON.stringify(plan));
  assert.deepEqual(inWords(plan.orders), ['buy BTC-USDT', 'buy ETH-USDT', 'sell BTC-USDT-SWAP']);
  // 600 and 400 USD at 0.1 %, 600 at 0.05 %, rounded to lots.
  assert.ok(Number(plan.fees_usd) > 1.2 && Number(plan.fees_usd) <= 1.31, plan.fees_usd);
  assert.ok(Number(plan.worst_case_after_usd) > 1550 && Number(plan.worst_case_after_usd) < 1650, plan.worst_case_after_usd);
  for (const [index, row] of (plan.weights ?? []).entries()) {
    assert.equal(row['before'], '0');
    assert.ok(Math.abs(Number(row['after']) - Number(mixed[index]?.weight)) < 0.005, JSON.stringify(row));
  }
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'decision').length, 0);

  const { code, stdout } = await world.run([...command, '--json']);
  const done = JSON.parse(stdout) as Listed;
  assert.deepEqual([code, done.status], [0, 'filled'], stdout);
  assert.deepEqual(inWords(done.orders), inWords(plan.orders));
  assert.equal((await world.exchange.ledger()).orders.length, 3);
  const again = await world.run(command);
  assert.match(again.stdout, /^status: filled$/m);
  assert.equal((await world.exchange.ledger()).orders.length, 3, 'the same name is the same wish');
  await eventually(
    'all fills are proven',
    async () => ((await world.read('intent', 'monday')) as unknown as Listed).verification === 'matched',
  );
  const why = (await world.run(['why', 'monday'])).stdout;
  assert.match(why, /decided +allowed, 3 orders as one/);
  assert.equal(why.match(/^ +sending /gm)?.length, 3);
  assert.match((await world.run(['log', 'show', '--kind', 'decision'])).stdout, /asked rebalance monday: allowed, 3 orders as one/);
  await booksEqualLedger(world);
});

test('over MCP: reductions come first, a turn is only closed and said so, and another agent keeps what is its own', async () => {
  await using world = await World.create({ agents: ['a', 'b'] });
  await world.up();
  const [a, b] = await Promise.all([world.agent('a'), world.agent('b')]);
  assert.equal((await asked(a, { intent_id: 'one', targets: mixed })).answer.status, 'filled');
  assert.equal((await b.place({ intent_id: 'own', quantity: '300', instrument: 'ETH-USDT' })).status, 'filled');
  await eventually('the list is proven', async () => (await a.intent('one')).verification === 'matched');
  const sizeOf = async (agent: Agent, instrument: string): Promise<string | undefined> => {
    const { positions } = (await agent.call('get_portfolio')).answer as unknown as { readonly positions: readonly Row[] };
    return positions.find((row) => row['instrument'] === instrument)?.['size'];
  };
  const before = await sizeOf(b, 'ETH-USDT');
  const turning = [
    { instrument: 'BTC-USDT', weight: '0.4' },
    { instrument: 'BTC-USDT-SWAP', weight: '0.1' },
    { instrument: 'ETH-USDT', weight: '0' },
  ];
  const { answer } = await asked(a, { intent_id: 'two', targets: turning });
  assert.equal(answer.status, 'filled', JSON.stringify(answer));
  assert.deepEqual(inWords(answer.orders), ['buy BTC-USDT-SWAP', 'sell ETH-USDT', 'buy BTC-USDT']);
  assert.match(answer.message, /BTC-USDT-SWAP: only closed, because what was asked lies on the other side/);
  assert.equal(await sizeOf(b, 'ETH-USDT'), before);
  assert.equal(await sizeOf(a, 'BTC-USDT-SWAP'), undefined);
  const rest = await asked(a, { intent_id: 'three', targets: [{ instrument: 'BTC-USDT-SWAP', weight: '0.1' }] });
  assert.equal(rest.answer.status, 'filled');
  await booksEqualLedger(world);
});

test('all or nothing: one order over a limit and nothing leaves; a lost answer is told as unknown, then found, and sent once', async () => {
  await using world = await World.create({ policy: { max_order_size: '650' } });
  await world.up();
  const agent = await world.agent();
  const denied = await asked(agent, { intent_id: 'over', targets: [...mixed.slice(0, 2), { instrument: 'BTC-USDT-SWAP', weight: '0.5' }] });
  assert.deepEqual([denied.isError, denied.answer.code, denied.answer.sent_to_exchange], [true, 'MAX_ORDER_SIZE', 'no']);
  assert.match(denied.answer.message, /order 3 of 3/);
  assert.equal((await world.exchange.ledger()).orders.length, 0);
  const { answer } = await agent.call('rebalance', {
    intent_id: 'percent',
    targets: [{ instrument: 'BTC-USDT', weight: '30' }],
    base_usd: '2000',
    reason: 'x',
  });
  assert.equal(answer.code, 'SCHEMA');

  await world.exchange.arm({ kind: 'lost_ack', path: '/api/v5/trade/order', executed: true });
  const first = await asked(agent, { intent_id: 'lost', targets: mixed });
  assert.ok(['unknown', 'filled', 'accepted'].includes(first.answer.status), first.answer.status);
  await eventually('the outcome of all is known', async () => (await agent.intent('lost', 5)).status === 'filled');
  const { orders } = await world.exchange.ledger();
  assert.equal(orders.length, 3);
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'submitting').length, 3);
  await booksEqualLedger(world);
});
