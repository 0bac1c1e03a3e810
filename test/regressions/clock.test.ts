import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../support/engine-world.ts';

test('windows and decisions run on one clock: with the exchange 1.5 s ahead a rate limit still counts', async () => {
  const world = new EngineWorld('[policy]\nmax_order_rate = { per_second = 2, per_minute = 100 }\n');
  world.exchangeAheadMilliseconds = 1500;
  await world.open();
  await world.until(world.engine.start());
  await world.pass(1000);
  await world.until(Promise.all(['5', '6', '7', '8', '9'].map((quantity) => world.place({ quantity }))));
  assert.equal(world.ledger().orders.length, 2);
});

test('a clock that is off closes entries and leaves exits', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({}));
  await world.pass(3000);
  world.exchangeAheadMilliseconds = 5000;
  await world.pass(40_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  const refused = await world.until(world.engine.operate({ verb: 'resume', reason: 'a test' }));
  assert.match(refused ?? '', /^the host's clock is 5\.0 s behind the exchange's/);
  const entry = await world.until(world.place({ quantity: '39' }));
  assert.ok(entry.kind === 'recorded' && entry.record.result.kind === 'denied');
  assert.equal(entry.record.result.denial.code, 'REDUCE_ONLY');
  await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  assert.deepEqual(
    world.ledger().orders.map(({ side, state }) => [side, state]),
    [
      ['buy', 'filled'],
      ['sell', 'filled'],
    ],
  );
});

test('an exchange that does not tell its time closes entries and leaves exits', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({}));
  world.intercept = (request) => (request.path.startsWith('/api/v5/public/time') ? { kind: 'unknown', cause: 'lost' } : undefined);
  await world.pass(130_000);
  await world.until(world.place({ quantity: '39' }));
  await world.until(world.ask('close_position', { instrument: 'BTC-USDT' }));
  assert.deepEqual(
    world.ledger().orders.map(({ side }) => side),
    ['buy', 'sell'],
  );
});

for (const jump of [3_600_000, -3_600_000]) {
  test(`a wall clock set by ${jump / 60_000} minutes proves no absence early and moves no count`, async () => {
    const world = await EngineWorld.running('[policy]\nmax_daily_trades = 2\n');
    const sentAt = world.exchangeNow;
    world.intercept = (request) => (request.method === 'POST' ? { kind: 'unknown', cause: 'lost' } : undefined);
    void world.place({ quantity: '33' });
    await world.pass(20);
    world.jump(jump);
    while (!world.kinds().includes('absent') && world.exchangeNow - sentAt < 30_000) {
      // oxlint-disable-next-line no-await-in-loop
      await world.pass(100);
    }
    assert.ok(world.exchangeNow - sentAt >= 5500, `absent after ${world.exchangeNow - sentAt} ms`);
    assert.ok(world.kinds().includes('absent'), 'it ends all the same');
  });
}

test('a day that a wall clock invented gives no new count of the day', async () => {
  const world = await EngineWorld.running('[policy]\nmax_daily_trades = 1\n');
  await world.until(world.place({}));
  world.jump(86_400_000);
  await world.pass(20);
  await world.until(world.place({ quantity: '39' }));
  world.jump(-86_400_000);
  await world.pass(5000);
  const third = await world.until(world.place({ quantity: '38' }));
  assert.ok(third.kind === 'recorded' && third.record.result.kind === 'denied');
  assert.equal(third.record.result.denial.code, 'MAX_DAILY_TRADES');
  assert.equal(world.ledger().orders.length, 1);
});

test('what was read while the exchange told a time far ahead does not count as the newest when it tells the right one again', async () => {
  const world = new EngineWorld();
  const wrong = editing('/api/v5/public/time', (rows) => rows.map(({ ts, ...row }) => ({ ...row, ts: String(Number(ts) + 600_000) })));
  world.intercept = wrong;
  await world.open();
  await world.until(world.engine.start());
  await world.pass(10_000);
  world.intercept = () => undefined;
  await world.pass(40_000);
  assert.ok(Math.abs(world.engine.now() - world.exchangeNow) < 1000);
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '123', to: '18' });
  await world.pass(5000);
  const { funds, now } = world.engine.circumstances();
  assert.ok(funds !== null && Math.abs(now - funds.at) <= 5000, `the balance is of ${(now - (funds?.at ?? 0)) / 1000} s ago`);
});
