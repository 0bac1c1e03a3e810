import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recover } from '../../src/engine/recovery.ts';
import { EngineWorld, wideLimits } from '../support/engine-world.ts';
import { wholeText } from '../support/snapshot-shelf.ts';

// Found by npm run fuzz (door exchange): what stands in an entry by name came in the order in which the exchange had told it, and was read back in the order of the alphabet. Two states that
// are equal then had two texts, and so two digests for a checkpoint, according to whether their gateway had been started anew in between.

test('the state of a gateway that runs has the text of the one that its journal comes to, in whatever order the exchange names currencies', async () => {
  const world = await EngineWorld.running(`[policy]\n${wideLimits}\n`);
  const bought = await world.until(world.place({}));
  assert.equal(bought.kind, 'recorded');
  // Bills of a trade are read with the next comparison: the quote currency's first.
  await world.until(world.engine.compareNow());
  await world.pass(30_000);
  await world.until(world.engine.compareNow());
  const statements = world.disk.rows.filter(({ kind }) => kind === 'statement');
  assert.match(statements.at(-1)?.body ?? '', /"balances":\{"BTC":"[^"]+","USDT":/, 'a statement that names two currencies');
  const { state } = world.engine;
  const recovered = await recover({ account: state.account, version: '0', store: world.store, checkpoints: null });
  assert.ok(recovered.ok, recovered.ok ? '' : recovered.error);
  assert.equal(recovered.value.state.seq, state.seq);
  assert.equal(wholeText(state), wholeText(recovered.value.state));
});
