import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakers } from '../gateway/breakers.ts';
import { parsedButNotEnforced } from './configuration.ts';
import { askingControls, controls, orderControls, protectionControls } from './controls.ts';
import { policyShape } from './policy.ts';

/** Keys of `[policy]` that no control reads: they shape answers, or are the limits of another control. */
const notControls = ['agent_halt', 'answer_wait'];

test('every limit of the file is enforced by a control or a breaker, or named as not enforced', () => {
  const inFile = [...controls, ...protectionControls].filter((control) => control.inFile);
  const enforced = new Set([...inFile, ...breakers].map(({ name }) => name));
  for (const key of Object.keys(policyShape)) {
    const places = [enforced.has(key), parsedButNotEnforced.includes(key), notControls.includes(key)].filter(Boolean).length;
    assert.equal(places, 1, `${key} has one place`);
  }
  const elsewhere = ['approval.above', 'approval.first_of_kind', 'exchange.read_only'];
  for (const key of enforced) assert.ok(Object.hasOwn(policyShape, key) || elsewhere.includes(key), key);
});

test('no two controls have one name or one id', () => {
  for (const facts of [controls.map(({ name }) => name), controls.map(({ id }) => id)]) assert.equal(new Set(facts).size, controls.length);
});

test('read-only is the last that refuses, and a person is asked after it, so that everything before has been decided', () => {
  assert.equal(orderControls.at(-1)?.name, 'exchange.read_only');
  assert.deepEqual(controls.slice(-askingControls.length), askingControls);
});
