import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../sim/rules.ts';
import { cases } from './cases/all.ts';
import { referenceCredentials, referenceWire } from './reference.ts';
import { probe } from './run.ts';

const assumed = Object.keys(rules).filter((name) => rules[name]?.tag === 'ASSUMED');

test('every rule that was assumed has one case, and every case is about such a rule', () => {
  assert.deepEqual(cases.map(({ rule }) => rule).sort(), assumed.sort());
});

test('a simulator like the reference differs in nothing, and only what waits is not probed', async () => {
  const ran = await probe({
    cases,
    wire: referenceWire(1_790_000_000_000),
    credentials: referenceCredentials,
    prefix: 'probe1',
    readOnly: false,
    tell: () => {},
  });
  assert.ok(ran.ok, ran.ok ? '' : ran.error);
  const { results, left } = ran.value;
  const others = results.filter(({ verdict }) => verdict !== 'PROBED' && verdict !== 'WAITS');
  assert.deepEqual(others, []);
  assert.deepEqual(left, []);
});
