import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codes } from '../../src/core/policy/codes.ts';
import { controls } from '../../src/core/policy/controls.ts';
import { controlFacts, controlsPage } from '../support/controls-page.ts';

// The page is what an auditor reads. To change it on purpose, change the table or the comment above a control and run this file with TWOKEY_WRITE=1.

const codesPage = readFileSync(new URL('../../docs/formats/codes.md', import.meta.url), 'utf8');
const pageFile = fileURLToPath(new URL('../../docs/controls.md', import.meta.url));

if (process.env['TWOKEY_WRITE'] === '1') writeFileSync(pageFile, controlsPage());

test('docs/controls.md says what the table of controls and the code behind it say', () => {
  assert.equal(controlsPage(), readFileSync(pageFile, 'utf8'));
});

test('every control says in one sentence what it refuses, and no two say the same', () => {
  const sentences = controlFacts().map(({ refuses }) => refuses);
  assert.equal(sentences.length, controls.length);
  assert.equal(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) assert.ok(sentence.length > 20 && sentence.length < 260, sentence);
});

test('the codes of a control are found in helpers and in what it imports, and not in its neighbours', () => {
  const of = (name: string) => controlFacts().find(({ control }) => control.name === name)?.codes;
  assert.deepEqual(of('precision'), ['SCHEMA', 'UNIT_MISMATCH', 'PRECISION']);
  assert.deepEqual(of('exchange_minimum'), ['MIN_ORDER_SIZE']);
  assert.deepEqual(of('exchange_maximum'), ['MAX_ORDER_SIZE']);
  assert.deepEqual(of('others_position'), ['NOT_ALLOWED']);
});

test('every code that an order may be refused with stands on the page, and none of those is called reserved', () => {
  const page = new Set(controlFacts().flatMap((facts) => facts.codes));
  // What the doors, the gateway and the exchange refuse.
  const elsewhere = ['APPROVAL_EXPIRED', 'INTENT_CONFLICT', 'EXCHANGE_REJECTED', 'OUTCOME_UNKNOWN', 'NOT_FOUND', 'UNAVAILABLE', 'INTERNAL', 'PROOF_REQUIRED', 'PROOF_REFUSED'];
  for (const code of codes) {
    const row = codesPage.split('\n').find((line) => line.startsWith(`| \`${code}\` |`)) ?? '';
    const reserved = row.includes('(reserved:');
    assert.notEqual(page.has(code), reserved || elsewhere.includes(code), `${code}: ${row}`);
  }
});
