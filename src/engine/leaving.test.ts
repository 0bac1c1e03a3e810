import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';

// Between a decision and the socket time passes. Each order here is decided, written and signed, and then held up by the exchange's own rate.

const TICKER = '/api/v5/market/ticker';
const BOOK = '/api/v5/market/books';

async function heldUp(): Promise<{ readonly world: EngineWorld; readonly release: () => void; readonly asked: Promise<unknown> }> {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = new EngineWorld('[policy]\nmax_data_age = "500ms"\n');
  const engine = await world.open({ pace: (request) => (request.kind === 'place' ? held : Promise.resolve()) });
  await world.until(engine.start());
  const asked = world.place({ type: 'limit', price: '59000' });
  await world.pass(20);
  assert.ok(world.kinds().includes('submitting'), 'it was decided on young prices');
  return { world, release, asked };
}

function silence(world: EngineWorld, paths: readonly string[]): void {
  world.intercept = (request) => (paths.some((path) => request.path.startsWith(path)) ? { kind: 'unknown', cause: 'silence' } : undefined);
}

function left(world: EngineWorld): number {
  return world.sent.filter(({ path }) => path === '/api/v5/trade/order').length;
}

for (const [what, paths] of [
  ['price', [TICKER]],
  ['order book', [BOOK]],
] as const) {
  test(`an entry whose ${what} has become too old between its decision and the socket does not leave (I-T2)`, async () => {
    const { world, release, asked } = await heldUp();
    silence(world, paths);
    await world.pass(1200);
    release();
    await world.until(asked);
    assert.equal(left(world), 0);
    assert.deepEqual(world.ledger().orders, []);
    assert.ok(world.kinds().includes('not_sent'));
  });
}

test('the same entry leaves after the same time where prices went on coming', async () => {
  const { world, release, asked } = await heldUp();
  await world.pass(1200);
  release();
  await world.until(asked);
  assert.equal(left(world), 1);
  assert.equal(world.ledger().orders.length, 1);
});
