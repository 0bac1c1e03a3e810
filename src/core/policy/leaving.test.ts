import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { leavingChecks } from './leaving.ts';

test('what is asked when the bytes would leave stands on docs/controls.md, row by row', () => {
  const page = readFileSync(new URL('../../../docs/controls.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## Asked once more when the bytes would leave');
  const [part = ''] = section.split('\n## ');
  const rows = part.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| id ') && !line.startsWith('| --- '));
  assert.deepEqual(
    leavingChecks.map(({ id, name, refuses, applies, source }) => [
      id,
      `\`${name}\``,
      refuses,
      applies === 'both' ? 'all' : applies,
      source,
    ]),
    rows.map((row) => row.slice(2, -2).split(' | ')),
  );
});
