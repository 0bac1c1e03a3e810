import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOrderId, journalOf, journalOfMark, markOf, sequenceOf } from './identity.ts';

test('an id is made of fixed widths, so that no two pairs of epoch and sequence read the same', () => {
  assert.equal(clientOrderId({ journal: 'abc123', epoch: 37, sequence: 71 }), 'tabc12300110000001z');
  assert.equal(clientOrderId({ journal: 'abc123', epoch: 36 ** 4 - 1, sequence: 36 ** 8 - 1 }), 'tabc123zzzzzzzzzzzz');
});

test('the sequence is read out of an id of ours, and is 0 for any other text', () => {
  for (const sequence of [0, 1, 35, 36, 36 ** 8 - 1])
    assert.equal(sequenceOf(clientOrderId({ journal: 'a0z9b8', epoch: 5, sequence })), sequence);
  const ours = 'tabc123000500000001';
  assert.equal(sequenceOf(ours), 1);
  for (const other of [
    '',
    'x',
    ours.slice(1),
    `x${ours}`,
    `${ours}0`,
    `t${ours}`,
    ours.slice(0, -1),
    'tABC123000500000001',
    'tabc123000-00000001',
    'tabc12300050000000-',
    'tabc123000500000_01',
  ])
    assert.equal(sequenceOf(other), 0, other);
});

test('an id and its mark name the journal that made them, and a text of any other shape names none', () => {
  const id = clientOrderId({ journal: 'abc123', epoch: 5, sequence: 1 });
  assert.equal(journalOf(id), 'abc123');
  assert.equal(markOf(id), 'tabc123');
  assert.equal(journalOfMark(markOf(id)), 'abc123');
  for (const other of ['', 'abc123', `x${id}`, `${id}0`, id.toUpperCase()]) assert.equal(journalOf(other), '', other);
  for (const other of ['', 'abc123', 'tabc12', 'tabc1234', 'tABC123', ' tabc123', 'tabc123 '])
    assert.equal(journalOfMark(other), '', other);
});
