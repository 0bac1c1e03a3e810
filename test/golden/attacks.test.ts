import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attacks } from '../attack/attacks.ts';
import { attacksPage } from '../support/attacks-page.ts';

// The page is what an auditor reads. To change it on purpose, change an attack and run this file with TWOKEY_WRITE=1.

const pageFile = fileURLToPath(new URL('../../docs/attacks.md', import.meta.url));

if (process.env['TWOKEY_WRITE'] === '1') writeFileSync(pageFile, attacksPage(attacks));

test('docs/attacks.md says what the attacks of test/attack say of themselves', () => {
  assert.equal(attacksPage(attacks), readFileSync(pageFile, 'utf8'));
});
