import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEntry } from '../../src/core/journal/read-entry.ts';

// Journals of before closes that follow were counted have no count: they are read as they are, and none had followed.
test('what a close left over is read from a journal that did not count how many closes had followed', () => {
  const read = readEntry('leftover', { client_order_id: 'tabcdef000100000001', size: '2' });
  assert.ok(read.ok, JSON.stringify(read));
});
