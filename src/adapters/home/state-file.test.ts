import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStateFile, writeStateFile } from './state-file.ts';

function inFolder(prove: (path: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tk-state-'));
  try {
    prove(join(folder, 'watch.json'), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a document is read back, for nobody else to read, and no draft stays behind', () => {
  inFolder((path, folder) => {
    assert.deepEqual(readStateFile(path), { ok: true, value: null });
    for (const document of [{ a: '1' }, { a: '2', b: [true] }]) {
      writeStateFile(path, document);
      assert.deepEqual(readStateFile(path), { ok: true, value: document });
    }
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.deepEqual(readdirSync(folder), ['watch.json']);
  });
});

test('a file that is no document is refused and names the file', () => {
  inFolder((path, folder) => {
    for (const text of ['', '{', '{"a":1}{']) {
      writeFileSync(path, text);
      const read = readStateFile(path);
      assert.ok(!read.ok && read.error.includes(path), text);
    }
    assert.equal(readStateFile(folder).ok, false);
  });
});
