import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { codes } from '../core/policy/codes.ts';

test('docs/formats/codes.md lists every code once and no other', () => {
  const page = readFileSync(new URL('../../docs/formats/codes.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  strictEqual(new Set(listed).size, listed.length);
  deepStrictEqual(new Set(listed), new Set<string | undefined>(codes));
});
