import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { changing, connecting, making, memory, opening, signalling, writing } from './attack.ts';

test('an attack that works says so and leaves everything as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-attack-'));
  try {
    const file = join(folder, 'limits');
    writeFileSync(file, 'as it was');
    for (const { kind } of [
      opening(file),
      writing(file),
      making(folder),
      signalling(process.pid),
      ...(process.platform === 'linux' ? [memory(process.pid)] : []),
      changing([file], [folder]),
    ])
      strictEqual(kind, 'worked');
    deepStrictEqual([readdirSync(folder), readFileSync(file, 'utf8')], [['limits'], 'as it was']);
    const server = createServer();
    const path = join(folder, 's');
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    strictEqual((await connecting(path)).kind, 'worked');
    await new Promise((resolve) => server.close(resolve));
    deepStrictEqual(await connecting(path), { kind: 'absent', how: 'ENOENT' });
    deepStrictEqual(opening(join(folder, 'none')), { kind: 'absent', how: 'ENOENT' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
