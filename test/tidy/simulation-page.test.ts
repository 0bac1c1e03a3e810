import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { diskFaults, networkFaults, readKinds, snapshotFaults, writeKinds } from '../simulation/storm.ts';
import { hasTest, testsNamedIn } from './named-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/simulation.md'), 'utf8');

const plants = [
  'resend on timeout',
  'release reservation on timeout',
  'count closes by sign',
  'forget in-flight',
  'ignore late fill',
  'reuse client id',
  'halt not durable',
  'reconcile synthesises',
  'amend not counted',
  'two writers',
];

test('each of the ten plants has a row that names a test which exists', () => {
  for (const plant of plants) {
    const row = page.split('\n').find((line) => line.startsWith(`| ${plant} | `)) ?? '';
    const named = testsNamedIn(row);
    assert.ok(named.length > 0, plant);
    for (const each of named) assert.ok(hasTest(ROOT, each), `${plant}: ${each.file} has no test "${each.name}"`);
  }
});

test('docs/simulation.md names every fault that a world can draw', () => {
  const [, section = ''] = page.split('## What goes wrong');
  for (const name of [...networkFaults, ...diskFaults, ...snapshotFaults, ...writeKinds, ...readKinds])
    assert.ok(section.includes(name), name);
});
