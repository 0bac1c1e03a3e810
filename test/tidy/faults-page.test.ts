import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultKinds } from '../../src/sim/faults.ts';
import { acts, onWrites } from '../road/desk/accidents.ts';
import { pushFaultKinds } from '../../src/sim/push-faults.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/formats/faults.md'), 'utf8');
const simulator = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');

test('the page of the fault desk has a row for each kind that can be armed, and no other', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(new Set(rows), new Set([...faultKinds, ...pushFaultKinds]));
  assert.equal(rows.length, faultKinds.length + pushFaultKinds.length);
});

const staged = [...onWrites.map(({ kind }) => kind), ...acts.flatMap(({ accidents }) => accidents.map(({ of }) => of))];

test('a gateway meets every kind of fault in a test with real processes, and what it makes of it is said', () => {
  const kinds: readonly string[] = [...faultKinds, ...pushFaultKinds];
  for (const kind of kinds) assert.ok(staged.includes(kind), `test/road/desk/accidents.ts has no row for ${kind}`);
  for (const kind of staged) assert.ok(kinds.includes(kind) || kind.startsWith('/sim/'), `${kind} is no fault of the desk`);
  const outcomes = acts.flatMap(({ accidents }) => accidents.map(({ of, outcome }) => `${of}: ${outcome}`));
  assert.equal(new Set(outcomes).size, outcomes.length);
});

/** What the desk does that is no accident: prices move, money comes and goes, fees change. */
const ordinary = ['/sim/faults', '/sim/market', '/sim/deposits', '/sim/transfers', '/sim/fees'];

test('a gateway meets every other accident that the desk can stage', () => {
  const paths = [...simulator.matchAll(/^\| `POST (\/sim\/[a-z]+)` \|/gm)].map((match) => match[1] ?? '');
  assert.ok(paths.length > ordinary.length, 'the page of the simulator lists what the desk does');
  const accidents = staged.filter((kind) => kind.startsWith('/sim/'));
  assert.deepEqual(new Set(paths), new Set([...ordinary, ...accidents]));
});
