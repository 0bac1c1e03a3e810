import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hashesOf, programAt } from './program.ts';
import { publishedAt } from './published.ts';

const folder = mkdtempSync(join(tmpdir(), 'twokey-published-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const install = join(folder, 'install');
const place = join(folder, 'home', 'published.json');

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A small install; each test adds what it is about. */
function madeUp(): void {
  rmSync(install, { recursive: true, force: true });
  const packages = { '': {}, 'node_modules/@scope/one': {}, 'node_modules/knip': { dev: true } };
  for (const [name, text] of [
    ['package.json', '{}'],
    ['package-lock.json', JSON.stringify({ packages })],
    ['twokey', '#!/bin/sh'],
    ['bin/twokey.js', '1'],
    ['src/main/up.ts', '2'],
    ['src/main/up.test.ts', '3'],
    ['node_modules/@scope/one/index.js', '4'],
    ['node_modules/knip/index.js', '5'],
  ] as const)
    write(join(install, name), text);
}

const hash = 'a'.repeat(64);
const whole = { version: '1.0.0', tree: hash, lock: hash, packages: hash };

test('published hashes are read strictly, and from outside of what they speak of', () => {
  madeUp();
  strictEqual(publishedAt(place, install), null);
  write(place, JSON.stringify({ ...whole, package: 'sha512-x' }));
  deepStrictEqual(publishedAt(place, install), { ok: true, value: whole });
  const bad = [{ ...whole, tree: 'b' }, { ...whole, version: '\u001b[2K' }, { ...whole, more: 1 }, { version: '1.0.0' }, null, []];
  for (const text of ['', ...bad.map((each) => JSON.stringify(each))]) {
    write(place, text);
    const read = publishedAt(place, install);
    ok(read?.ok === false, text);
    match(read.error, /cannot be understood/);
  }
  write(join(install, 'published.json'), JSON.stringify(whole));
  rmSync(place);
  symlinkSync(join(install, 'published.json'), place);
  const own = publishedAt(place, install);
  ok(own?.ok === false);
  match(own.error, /lies in the copy that it is to vouch for/);
});

test('tests and development packages change no hash; each byte that runs does, and so does a package put where it is found first', () => {
  const changed = (name: string, text: string): string => {
    madeUp();
    const before = hashesOf(install);
    write(join(install, name), text);
    const after = hashesOf(install);
    return (['tree', 'lock', 'packages'] as const).filter((part) => before[part] !== after[part]).join();
  };
  for (const [name, which] of [
    ['src/main/up.test.ts', ''],
    ['node_modules/knip/index.js', ''],
    ['src/main/up.ts', 'tree'],
    ['bin/twokey.js', 'tree'],
    ['twokey', 'tree'],
    ['package.json', 'tree'],
    ['src/node_modules/zod/index.js', 'tree'],
    ['node_modules/@scope/one/index.js', 'packages'],
    ['node_modules/@scope/one/node_modules/zod/index.js', 'packages'],
    ['node_modules/@scope/node_modules/zod/index.js', 'packages'],
    ['node_modules/bufferutil/index.js', 'packages'],
    ['node_modules/@other/one/index.js', 'packages'],
    ['node_modules/.package-lock.json', ''],
  ] as const)
    strictEqual(changed(name, 'other'), which, name);
  madeUp();
  const before = hashesOf(install).packages;
  symlinkSync('/elsewhere', join(install, 'node_modules/@scope/one/node_modules'));
  notStrictEqual(hashesOf(install).packages, before, 'a link is seen as one');
  rmSync(join(install, 'node_modules/@scope/one'), { recursive: true });
  strictEqual(hashesOf(install).packages, '', 'without one of the packages there is nothing to compare');
});

test('a program in the place of the runtime is named, and the runtime itself is not', async () => {
  madeUp();
  const starts = join(install, 'node_modules/.bin/node');
  const instead = async (): Promise<string> => (await programAt(install)).runtime.instead;
  strictEqual(await instead(), '', 'without one ./twokey starts that of the system');
  write(starts, '#!/bin/sh\nexec node "$@"\n');
  strictEqual(await instead(), '', 'and so it does where this cannot be run');
  chmodSync(starts, 0o755);
  strictEqual(await instead(), realpathSync(starts));
  rmSync(starts);
  symlinkSync(process.execPath, starts);
  strictEqual(await instead(), '');
});
