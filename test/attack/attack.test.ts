import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../road/harness/program.ts';
import { type Attack, plantsOf } from './attack.ts';
import { attacks } from './attacks.ts';
import { withPlant } from './copy.ts';
import { type Row, runAttack } from './run.ts';
import { isGood, renderRow, renderSum } from './table.ts';
import { Victims } from './victim.ts';

// `npm run attack` runs all of them and takes minutes; here run those that take a second each.

test('there are at least 40 attacks, and no two have one name', () => {
  assert.ok(attacks.length >= 40, `${attacks.length} attacks`);
  assert.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length);
});

test('the text that a plant replaces stands exactly once in its file, and is replaced by another', () => {
  for (const attack of attacks) {
    assert.ok('setting' in attack.plant || plantsOf(attack).length > 0, `${attack.name}: no control is removed`);
    for (const plant of plantsOf(attack)) {
      const source = readFileSync(join(root, plant.file), 'utf8');
      assert.notEqual(withPlant(source, plant), source, attack.name);
    }
  }
});

test('what is not defended between processes of one user is defended between two', () => {
  for (const { name, undefended, modes } of attacks) assert.ok(undefended === undefined || modes === 'both', name);
});

for (const attack of attacks.filter(({ isQuick, modes }) => isQuick === true && modes !== 'two users'))
  test(`the attacker ${attack.name}: only where the control is gone`, async (context) => {
    await using victims = new Victims(root);
    const row = await runAttack(attack, 'one user', victims);
    if (row.outcome === 'not run') return context.skip(renderRow(row));
    assert.equal(row.outcome, 'held', renderRow(row));
  });

test('an attack that works on the code as it is, that never works, or that breaks off fails the run, and the table says so', async () => {
  const bare = (name: string, attempt: Attack['attempt']): Attack => ({
    name,
    adversary: 'nobody',
    asset: 'nothing',
    control: 'none',
    modes: 'one user',
    plant: { setting: 'nothing is undone' },
    attempt,
  });
  const verdict = (succeeded: boolean) => Promise.resolve({ succeeded, saw: 'it' });
  await using victims = new Victims(root);
  const outcomes: Row['outcome'][] = [];
  for (const attack of [
    bare('works always', () => verdict(true)),
    bare('works never', () => verdict(false)),
    bare('works only as it is', ({ isPlanted }) => verdict(!isPlanted)),
    bare('breaks off as it is', ({ isPlanted }) => (isPlanted ? verdict(true) : Promise.reject(new Error('gone')))),
    { ...bare('is said to work, and does not', () => verdict(false)), undefended: 'one user' as const },
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    const row = await runAttack(attack, 'one user', victims);
    assert.equal(isGood([row]), false, attack.name);
    assert.match(renderRow(row), /^✗ /);
    outcomes.push(row.outcome);
  }
  assert.deepEqual(outcomes, ['HOLE', 'NO ATTACK', 'HOLE', 'NO ATTACK', 'NO ATTACK']);
  const held = await runAttack(
    bare('is held', ({ isPlanted }) => verdict(isPlanted)),
    'one user',
    victims,
  );
  assert.ok(isGood([held]));
  assert.match(renderSum([held]), /^1 attacks, 1 rows: 1 held, /);
});
