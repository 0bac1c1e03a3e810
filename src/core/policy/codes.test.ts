import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { codes } from './codes.ts';

test('the codes are those of docs/formats/codes.md, each once', () => {
  const page = readFileSync(new URL('../../../docs/formats/codes.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((row) => row[1]);
  assert.deepEqual([...codes].toSorted(), rows.map(String).toSorted());
});
