// Found by simulation, seed 5803: somebody else had traded on the account, and the operator asked to resume once a second. Each asked for a
// comparison of its own, each of those repeated itself, and what the exchange allows to be asked was used up by then: none ever ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPace } from '../../src/engine/pace.ts';
import { EngineWorld } from '../support/engine-world.ts';

test('an impatient operator gets one comparison and its end, not many without', async () => {
  const world = new EngineWorld();
  await world.open({ pace: keepPace(world.clock) });
  await world.until(world.engine.start());
  // An order that rests may explain the difference, so that the comparison repeats itself until it believes it.
  await world.until(world.place({ type: 'limit', price: '59800' }));
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT', side: 'buy', sz: '0.0005', tgtCcy: 'base_ccy' });
  let asked = 0;
  const { intercept } = world;
  world.intercept = (request, reach) => {
    if (request.path.startsWith('/api/v5/account/config')) asked += 1;
    return intercept(request, reach);
  };
  const answers = [];
  for (let second = 0; second < 30; second += 1) {
    answers.push(world.engine.operate({ verb: 'resume', reason: 'go on' }));
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(1000);
  }
  const refusals = await world.until(Promise.all(answers), 60_000);
  assert.ok(refusals.every((refusal) => refusal !== null));
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  asked = 0;
  await world.pass(30_000);
  // What is left are the routine ones.
  assert.ok(asked <= 4, `${asked} more comparisons in half a minute`);
});
