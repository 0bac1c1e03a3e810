import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playApart, shown } from './apart.ts';
import { doorsHere } from './doors/all.ts';

// A short run of `npm run fuzz` on the doors whose code runs in one process; those of real processes are in test/road/fuzz.test.ts.

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');

test('no odd input at any door ends, hangs or misleads what is behind it', async (context) => {
  const totals = await playApart({ doors: doorsHere.map(({ name }) => name), seed, much: { kind: 'few' } });
  for (const { name, few } of doorsHere) {
    const total = totals.get(name);
    assert.ok(total !== undefined, `${name} was played`);
    const { thrown, fates, findings } = total;
    context.diagnostic(`${name}: ${thrown} thrown, ${fates.accepted} accepted, ${fates.refused} refused, ${fates.closed} closed`);
    assert.deepEqual(findings.map(shown), []);
    assert.equal(thrown, few);
    // A door that refuses everything was not tried: what lies behind it never ran.
    assert.ok(fates.accepted > 0, `${name} took some`);
    assert.ok(fates.refused + fates.closed > 0, `${name} refused some`);
  }
});
