import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playApart, shown } from '../fuzz/apart.ts';
import { doorsOutside } from '../fuzz/doors/outside.ts';

// A short run of `npm run fuzz` on real processes, from outside; what runs in one process is in test/fuzz/fuzz.test.ts.

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');

for (const { name, few } of doorsOutside) {
  test(`${name}: no odd input from outside ends the gateway or its doors, or changes what its journal does not say`, async (context) => {
    const totals = await playApart({ doors: [name], seed, much: { kind: 'few' } });
    const total = totals.get(name);
    assert.ok(total !== undefined);
    context.diagnostic(JSON.stringify(total.fates));
    assert.deepEqual(total.findings.map(shown), []);
    assert.equal(total.thrown, few);
    assert.ok(total.fates.accepted > 0);
  });
}
