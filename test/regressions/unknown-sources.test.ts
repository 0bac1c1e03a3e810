import assert from 'node:assert/strict';
import { test } from 'node:test';
import { genesisHead, seal } from '../../src/core/journal/chain.ts';
import type { Row } from '../../src/core/journal/row.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { sources } from '../../src/core/order/absence.ts';
import { leaves } from '../../src/core/order/order.ts';
import { createMemoryDisk, openMemoryJournal } from '../../src/adapters/store/memory.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { EngineWorld } from '../support/engine-world.ts';

const questions: Readonly<Record<(typeof sources)[number], string>> = {
  order: '/api/v5/trade/order?',
  pending: '/api/v5/trade/orders-pending',
  history: '/api/v5/trade/orders-history',
  fills: '/api/v5/trade/fills',
  holding: '/api/v5/account/',
};

const lost = { kind: 'unknown', cause: 'lost' } as const;

/** Placements are lost on the way, and what begins with `path` is not answered. */
function losing(path: string): EngineWorld['intercept'] {
  return (request) => (request.method === 'POST' || request.path.startsWith(path) ? lost : undefined);
}

function lifeOf(world: EngineWorld): readonly string[] {
  return [...world.engine.state.openOrders.values()].map(({ life }) => life.kind);
}

for (const source of sources)
  for (const instrument of ['BTC-USDT', 'BTC-USDT-SWAP'])
    test(`while the exchange does not answer for ${source}, a lost order of ${instrument} stays unknown and its instrument frozen`, async () => {
      const world = await EngineWorld.running();
      world.intercept = losing(questions[source]);
      void world.place({ instrument });
      await world.pass(50_000);
      assert.deepEqual(lifeOf(world), ['unknown']);
      assert.ok(!world.kinds().includes('not_found'));
      const again = await world.until(world.place({ instrument, quantity: '35' }));
      // Without a balance it is denied for that already.
      const code = again.kind === 'recorded' && again.record.result.kind === 'denied' ? again.record.result.denial.code : '';
      assert.equal(code, source === 'holding' ? 'STALE_DATA' : 'INSTRUMENT_FROZEN');
      world.intercept = losing('nothing');
      await world.pass(10_000);
      assert.deepEqual(lifeOf(world), []);
      assert.deepEqual(
        world.kinds().filter((kind) => kind === 'not_found' || kind === 'absent'),
        ['not_found', 'not_found', 'absent'],
      );
      assert.deepEqual(world.ledger().orders, []);
    });

/** A journal whose `count`th look-up lacks the answer of one source, with hashes that are right. */
function without(rows: readonly Row[], source: string, count: number): readonly Row[] {
  let looks = 0;
  const drafts = rows.map(({ at, account, kind, body }) => {
    const fields = JSON.parse(body) as Record<string, never>;
    if (kind !== 'not_found' || (looks += 1) !== count) return { at, account, kind, body: fields };
    const answers = Object.fromEntries(Object.entries(fields['sources'] ?? {}).filter(([name]) => name !== source));
    return { at, account, kind, body: { ...fields, sources: answers as never } };
  });
  return seal(genesisHead, drafts);
}

test('a journal from which one source of one look-up is missing starts with the order unknown, counted whole, and looks for it anew', async () => {
  const world = await EngineWorld.running();
  world.intercept = losing('nothing');
  void world.place({});
  await world.pass(20_000);
  assert.deepEqual(lifeOf(world), []);
  world.crash();
  for (const source of sources)
    for (const count of [1, 2]) {
      const disk = createMemoryDisk();
      disk.rows = without(world.disk.rows, source, count);
      world.store = openMemoryJournal(disk);
      // oxlint-disable-next-line no-await-in-loop
      const engine = await world.open();
      assert.deepEqual(lifeOf(world), ['unknown'], `${source} of look ${count}`);
      const [order] = engine.state.openOrders.values();
      assert.ok(order !== undefined);
      assert.equal(formatDecimal(leaves(order)), formatDecimal(order.size));
      world.intercept = losing(questions[source]);
      void engine.start();
      // oxlint-disable-next-line no-await-in-loop
      await world.pass(20_000);
      assert.deepEqual(lifeOf(world), ['unknown'], `${source} is asked again`);
      world.intercept = losing('nothing');
      // oxlint-disable-next-line no-await-in-loop
      await world.pass(20_000);
      assert.deepEqual(lifeOf(world), []);
      world.crash();
    }
});

test('an order that was proven absent and rests after all is open again, told, and cancelled at the exchange', async () => {
  const world = await EngineWorld.running();
  let kept: SignedRequest | undefined;
  world.intercept = (request) => {
    if (request.method !== 'POST' || request.path !== '/api/v5/trade/order') return undefined;
    kept = request;
    return lost;
  };
  void world.place({ type: 'post_only', price: '59800' });
  await world.pass(20_000);
  assert.ok(world.kinds().includes('absent'));
  assert.equal(world.engine.state.activity.today.entries, 0);
  world.intercept = () => undefined;
  assert.ok(kept !== undefined);
  const { expTime: _, ...headers } = kept.headers;
  world.reach({ ...kept, headers });
  await world.pass(15_000);
  const { state } = world.engine;
  assert.deepEqual(
    world.ledger().orders.map((order) => order['state']),
    ['canceled'],
  );
  assert.equal(state.openOrders.size, 0);
  assert.equal(state.activity.today.entries, 1, 'it counts as one of the day again');
  assert.equal(state.mode, 'REDUCE_ONLY');
  assert.ok(state.alerts.some(({ code }) => code === 'CONTRADICTION'));
});

test('an entry of unknown outcome that is found resting when its agent has moved on is cancelled, and counts until that is certain', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request, reach) => {
    if (request.method === 'GET') return request.path.startsWith('/api/v5/trade/') ? lost : undefined;
    reach();
    return lost;
  };
  void world.place({ type: 'post_only', price: '59800' });
  await world.pass(7000);
  assert.deepEqual(lifeOf(world), ['unknown']);
  // The cancel is lost too, and what it came to cannot be seen: nothing is given back.
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/cancel-order') ? lost : undefined);
  await world.pass(10_000);
  assert.deepEqual(lifeOf(world), ['working']);
  const [order] = world.engine.state.openOrders.values();
  assert.equal(order?.cancel, 'requested');
  world.intercept = () => undefined;
  await world.pass(3000);
  assert.deepEqual(lifeOf(world), []);
  assert.deepEqual(
    world.ledger().orders.map(({ state }) => state),
    ['canceled'],
  );
});

test('an entry that still waits to leave when another of its instrument gets no answer does not leave; one of another instrument does', async () => {
  const world = new EngineWorld();
  const held: (() => void)[] = [];
  let count = 0;
  const pace = (request: { readonly kind: string }): Promise<void> => {
    if (request.kind !== 'place' || (count += 1) === 1) return Promise.resolve();
    return new Promise((resolve) => held.push(resolve));
  };
  await world.open({ pace });
  await world.until(world.engine.start());
  world.intercept = losing('/api/v5/trade/');
  const placed = [
    world.place({ type: 'post_only', price: '59800' }),
    world.place({ type: 'post_only', price: '59700' }),
    world.place({ instrument: 'ETH-USDT', type: 'post_only', price: '2900' }),
  ];
  await world.pass(100);
  assert.deepEqual(lifeOf(world), ['unknown', 'submitting', 'submitting']);
  world.intercept = (request) => (request.path.startsWith('/api/v5/trade/order?') ? lost : undefined);
  for (const release of held) release();
  await world.pass(3000);
  assert.deepEqual(
    world.ledger().orders.map(({ instId }) => instId),
    ['ETH-USDT'],
  );
  assert.equal(world.kinds().filter((kind) => kind === 'not_sent').length, 1);
  await Promise.all(placed.map((each) => world.until(each)));
});

test('an order that no look-up can prove absent any more counts until a person says that it is not there; then the account can be opened again', async () => {
  const world = await EngineWorld.running();
  world.intercept = losing(questions.history);
  void world.place({});
  await world.pass(100);
  const [id = ''] = world.engine.state.openOrders.keys();
  assert.match((await world.until(world.engine.resolve({ clientOrderId: id, reason: 'x' }))) ?? '', /still being looked up/);
  world.crash();
  await world.pass(5_400_000);
  world.intercept = () => undefined;
  await world.open();
  await world.until(world.engine.start());
  await world.pass(120_000);
  assert.deepEqual(lifeOf(world), ['unknown']);
  assert.ok(world.engine.state.alerts.some(({ code, action }) => code === 'OUTCOME_UNRESOLVED' && action.includes(id)));
  assert.equal(await world.until(world.engine.resolve({ clientOrderId: id, reason: 'nothing on the page of the exchange' })), null);
  assert.deepEqual(lifeOf(world), []);
  for (const mode of ['REDUCE_ONLY', 'ACTIVE']) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'looked' })), null);
    assert.equal(world.engine.state.mode, mode);
  }
});
