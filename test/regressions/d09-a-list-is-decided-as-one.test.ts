import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IntentRecord, State } from '../../src/core/account/state.ts';
import { formatDecimal, zero } from '../../src/core/money/decimal.ts';
import type { Principal } from '../../src/core/order/intent.ts';
import type { Outcome } from '../../src/engine/waiting.ts';
import { answerOf } from '../../src/view/answer.ts';
import { EngineWorld } from '../support/engine-world.ts';

// Elsewhere a list was denied in part, its other half hanging for ever, and a list over several instruments was judged by one of them.

const policy = `[policy]
instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]
max_order_size = 2000
max_position_size = 3000
max_total_exposure = 6000
max_daily_loss = 1000
max_drawdown = 5000
`;
const me = 'default' as Principal;

function target(instrument: string, weight: string): { readonly instrument: string; readonly weight: string } {
  return { instrument, weight };
}

const mixed = [target('BTC-USDT', '0.3'), target('ETH-USDT', '0.2'), target('BTC-USDT-SWAP', '-0.3')];

function rebalance(
  world: EngineWorld,
  intentId: string,
  targets: readonly { readonly instrument: string; readonly weight: string }[],
): Promise<Outcome> {
  return world.ask('rebalance', { intent_id: intentId, targets: [...targets], base_usd: '5000' });
}

type Told = {
  readonly status: string;
  readonly code?: string;
  readonly message: string;
  readonly sent_to_exchange: string;
  readonly orders: readonly {
    readonly instrument: string;
    readonly side: string;
    readonly status: string;
    readonly client_order_id: string;
  }[];
};

function told(world: EngineWorld, record: IntentRecord): Told {
  return answerOf({ state: world.engine.state, record, now: world.clock.now() }).answer as Told;
}

async function answered(world: EngineWorld, asking: Promise<Outcome>): Promise<Told> {
  const outcome = await world.until(asking);
  assert.ok(outcome.kind === 'recorded', outcome.kind);
  return told(world, outcome.record);
}

/** What is owned of each instrument, as the books have it. */
function owned({ positions }: State): Readonly<Record<string, string>> {
  return Object.fromEntries([...positions].map(([id, { owners }]) => [id, formatDecimal(owners.get(me) ?? zero)]));
}

/** The same out of the exchange's own ledger: Σ of fills, fees in base taken off. */
function ledgerSums(world: EngineWorld): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { instId = '', side, sz, fee, feeCcy } of world.ledger().fills) {
    const inBase = feeCcy === instId.split('-')[0] && !instId.endsWith('SWAP');
    sums[instId] = (sums[instId] ?? 0) + (side === 'buy' ? 1 : -1) * Number(sz) + (inBase ? Number(fee) : 0);
  }
  return sums;
}

function agrees(world: EngineWorld): void {
  const books = owned(world.engine.state);
  const ledger = Object.entries(ledgerSums(world)).filter(([, sum]) => Math.abs(sum) > 1e-12);
  assert.deepEqual(Object.keys(books).toSorted(), ledger.map(([id]) => id).toSorted());
  for (const [id, sum] of ledger) assert.ok(Math.abs(Number(books[id]) - sum) < 1e-9, `${id}: books ${books[id]}, ledger ${sum}`);
}

test('a list over spot and swap executes, its answer lists each order, and books and ledger are equal', async () => {
  const world = await EngineWorld.running(policy);
  const first = await answered(world, rebalance(world, 'one', mixed));
  assert.equal(first.status, 'filled', JSON.stringify(first));
  assert.deepEqual(
    first.orders.map(({ side, instrument, status }) => `${side} ${instrument} ${status}`),
    ['buy BTC-USDT filled', 'buy ETH-USDT filled', 'sell BTC-USDT-SWAP filled'],
  );
  agrees(world);
  await world.pass(60_000);
  const second = await answered(
    world,
    rebalance(world, 'two', [target('ETH-USDT', '0.05'), target('BTC-USDT', '0.35'), target('BTC-USDT-SWAP', '0')]),
  );
  assert.deepEqual(
    second.orders.map(({ side, instrument, status }) => `${side} ${instrument} ${status}`),
    ['sell ETH-USDT filled', 'buy BTC-USDT-SWAP filled', 'buy BTC-USDT filled'],
  );
  agrees(world);
  assert.deepEqual(Object.keys(owned(world.engine.state)).toSorted(), ['BTC-USDT', 'ETH-USDT']);
  await world.pass(60_000);
  // Fees were paid in what was bought, and prices move: what is left to do is less than two thousandths.
  const plan = await answered(
    world,
    world.ask('rebalance', { targets: [target('BTC-USDT', '0.35'), target('ETH-USDT', '0.05')], base_usd: '5000', min_trade_usd: '50' }),
  );
  assert.deepEqual([plan.status, plan.sent_to_exchange, plan.orders], ['filled', 'no', []]);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('one order that is refused refuses the whole list: nothing is reserved and nothing is sent', async () => {
  const world = await EngineWorld.running(policy);
  const denied = await answered(
    world,
    rebalance(world, 'one', [target('BTC-USDT', '0.1'), target('ETH-USDT', '0.1'), target('BTC-USDT-SWAP', '0.5')]),
  );
  assert.deepEqual([denied.status, denied.code, denied.sent_to_exchange], ['denied', 'MAX_ORDER_SIZE', 'no']);
  assert.match(denied.message, /order 3 of 3, buy [0-9.]+ contracts on BTC-USDT-SWAP/);
  await world.pass(5000);
  assert.deepEqual([world.engine.state.openOrders.size, world.sent.length, world.ledger().orders.length], [0, 0, 0]);
  assert.deepEqual(
    world.kinds().filter((kind) => kind === 'submitting'),
    [],
  );
});

test('each instrument of a list is judged by itself: the first one passing lets no other one through', async () => {
  const world = await EngineWorld.running(policy.replace('"ETH-USDT", ', ''));
  const denied = await answered(world, rebalance(world, 'one', [target('BTC-USDT', '0.1'), target('ETH-USDT', '0.1')]));
  assert.equal(denied.code, 'NOT_ALLOWED');
  assert.equal(world.sent.length, 0);
});

test('the answer about one of three is lost: it is told as unknown, looked up, found, and never sent a second time', async () => {
  const world = await EngineWorld.running(policy);
  let placements = 0;
  world.intercept = (request, reach) => {
    if (request.method !== 'POST') return undefined;
    placements += 1;
    if (placements !== 2) return undefined;
    reach();
    return { kind: 'unknown', cause: 'connection reset' };
  };
  // Nobody can look it up while the caller waits.
  const look = world.intercept;
  world.intercept = (request, reach) => {
    const own = look(request, reach);
    return own === undefined && request.method === 'GET' && request.path.startsWith('/api/v5/trade/') && request.path.includes('ETH-USDT')
      ? { kind: 'unknown', cause: 'no answer' }
      : own;
  };
  const first = await answered(world, rebalance(world, 'one', mixed));
  assert.deepEqual([first.status, first.code, first.sent_to_exchange], ['unknown', 'OUTCOME_UNKNOWN', 'unknown']);
  assert.deepEqual(
    first.orders.map(({ status }) => status),
    ['filled', 'unknown', 'filled'],
  );
  assert.match(first.message, /of 3 orders: 2 filled, 1 of unknown outcome/);
  world.intercept = () => undefined;
  const record = await world.until(world.engine.recall({ principal: me, intentId: 'one', waitMilliseconds: 20_000 }));
  assert.ok(record !== null);
  assert.equal(told(world, record).status, 'filled');
  assert.equal(placements, 3);
  assert.equal(world.ledger().orders.length, 3);
  agrees(world);
});

test('one of three that the exchange refuses is told as it is, and the others stand', async () => {
  const world = await EngineWorld.running(policy);
  let placements = 0;
  world.intercept = (request) => {
    if (request.method === 'POST') placements += 1;
    if (request.method === 'POST' && placements === 2)
      world.desk('POST', '/sim/faults', { kind: 'reject', path: '/api/v5/trade/order', executed: false, count: 1 });
    return undefined;
  };
  const first = await answered(world, rebalance(world, 'one', mixed));
  assert.deepEqual([first.status, first.code, first.sent_to_exchange], ['cancelled', 'EXCHANGE_REJECTED', 'yes']);
  assert.match(first.message, /of 3 orders: 2 filled, 1 not taken; nothing more of it can fill/);
  agrees(world);
});

test('asked five times under one name it is one set of orders, and the same answer each time', async () => {
  const world = await EngineWorld.running(policy);
  const calls = Array.from({ length: 5 }, () => rebalance(world, 'one', mixed));
  const answers = await Promise.all(calls.map((call) => answered(world, call)));
  await world.pass(2000);
  assert.equal(world.ledger().orders.length, 3);
  assert.equal(new Set(answers.map(({ orders }) => orders.map(({ client_order_id: id }) => id).join())).size, 1);
  const conflict = await world.until(rebalance(world, 'one', mixed.slice(1)));
  assert.deepEqual(conflict.kind === 'refused' ? conflict.code : '', 'INTENT_CONFLICT');
  assert.equal(world.ledger().orders.length, 3);
});

test('a start in the middle of a list looks up what may have left, sends nothing again, and ends with the books of the ledger', async () => {
  const world = await EngineWorld.running(policy);
  let placements = 0;
  world.intercept = (request, reach) => {
    if (request.method !== 'POST') return undefined;
    placements += 1;
    if (placements === 1) reach();
    // The process dies before anybody hears of it; the second and third never arrive.
    return new Promise(() => {});
  };
  void rebalance(world, 'one', mixed);
  await world.pass(100);
  assert.equal(placements, 3);
  world.crash();
  world.intercept = () => undefined;
  await world.open();
  await world.until(world.engine.start());
  const record = await world.until(world.engine.recall({ principal: me, intentId: 'one', waitMilliseconds: 25_000 }));
  assert.ok(record !== null);
  const after = told(world, record);
  assert.deepEqual(
    after.orders.map(({ status }) => status),
    ['filled', 'rejected', 'rejected'],
  );
  assert.equal(world.ledger().orders.length, 1);
  agrees(world);
});
