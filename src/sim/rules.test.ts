import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rules } from './rules.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

function citations(): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'rules.ts');
  assert.ok(files.length > 10, 'the files of the simulator were found');
  return files.flatMap((name) =>
    [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(/@rule ([a-z0-9-]+)/g)].map((match) => match[1] ?? ''),
  );
}

test('each rule that the code cites stands in the table, and each rule of the table is cited', () => {
  assert.deepEqual([...new Set(citations())].sort(), Object.keys(rules).sort());
});
