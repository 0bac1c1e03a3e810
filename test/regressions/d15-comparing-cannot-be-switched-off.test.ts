import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { EngineWorld } from '../support/engine-world.ts';

// Elsewhere the comparison of orders and positions with the exchange was off unless somebody switched it on.

test('no file switches the comparison off or makes it rarer than once a day', () => {
  for (const line of ['full_every = "0s"', 'full_every = "2d"', 'full_every = "never"', 'full_every = false', 'enabled = false'])
    assert.equal(parseConfiguration(`[reconcile]\n${line}\n`).ok, false, line);
  assert.equal(parseConfiguration('[reconcile]\nfull_every = "1d"\n').ok, true);
});

test('without a line in any file it compares at the start and every hour', async () => {
  const world = await EngineWorld.running();
  await world.pass(3_660_000);
  const triggers = world.disk.rows
    .filter(({ kind }) => kind === 'compared')
    .map(({ body }) => (JSON.parse(body) as { trigger: string }).trigger);
  assert.deepEqual(triggers.slice(0, 1), ['boot']);
  assert.ok(triggers.filter((trigger) => trigger === 'hourly').length === 1, triggers.join());
});
