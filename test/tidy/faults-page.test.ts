import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultKinds } from '../../src/sim/faults.ts';
import { pushFaultKinds } from '../../src/sim/push-faults.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/formats/faults.md'), 'utf8');

test('the page of the fault desk has a row for each kind that can be armed, and no other', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(new Set(rows), new Set([...faultKinds, ...pushFaultKinds]));
  assert.equal(rows.length, faultKinds.length + pushFaultKinds.length);
});
