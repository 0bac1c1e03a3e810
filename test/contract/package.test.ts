import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { packagesThatRun } from '../../src/doors/checkup/packages.ts';
import { hashesOf } from '../../src/doors/checkup/program.ts';

// The package as `npm run pack` makes it, from two copies of this checkout that people with different habits could have made.

const ROOT = join(import.meta.dirname, '../..');
const PACKED = [
  'package.json',
  'package-lock.json',
  'README.md',
  'LICENSE',
  'bin',
  'src',
  'docs',
  'scenarios',
  'release',
  'twokey',
  'sbom.json',
];
const PAGES = ['ARCHITECTURE.md', 'CHANGELOG.md', 'SECURITY.md'];

type Hashes = {
  readonly version: string;
  readonly tree: string;
  readonly lock: string;
  readonly packages: string;
  readonly package: string;
};

const folder = mkdtempSync(join(tmpdir(), 'tk-pack-'));
const made: { readonly file: string; readonly hashes: Hashes }[] = [];
const unpacked = join(folder, 'unpacked', 'package');

before(() => {
  for (const [name, mode, year] of [
    ['one', 0o600, 2001],
    ['two', 0o664, 2031],
  ] as const) {
    const checkout = join(folder, name);
    copyCheckout(checkout, mode, new Date(Date.UTC(year, 1, 3)));
    const out = join(folder, `${name}-out`);
    const { status, stdout, stderr } = ran(process.execPath, [join(checkout, 'release/pack.ts'), out]);
    assert.equal(status, 0, stderr);
    const hashes = JSON.parse(stdout) as Hashes;
    const file = join(out, `twokey-${hashes.version}.tgz`);
    assert.deepEqual(JSON.parse(readFileSync(file.replace(/tgz$/, 'json'), 'utf8')), hashes);
    made.push({ file, hashes });
  }
  mkdirSync(join(folder, 'unpacked'));
  assert.equal(ran('tar', ['-xzf', made[0]?.file ?? '', '-C', join(folder, 'unpacked')]).status, 0);
  // As npm ci would lay them there: a link would lead the agent's commands out of what they may read.
  const parts = packagesThatRun(ROOT);
  assert.ok(parts.ok);
  for (const part of parts.value) cpSync(join(ROOT, part), join(unpacked, part), { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('two people with other clocks, modes and folders pack the same bytes', () => {
  const [one, two] = made.map(({ file }) => createHash('sha512').update(readFileSync(file)).digest('base64'));
  assert.equal(one, two);
  assert.deepEqual(made[0]?.hashes, made[1]?.hashes);
  assert.equal(made[0]?.hashes.package, `sha512-${one}`);
});

test('the package holds what runs, its lock file and its pages, and no test, no secret, no map and nothing of development', () => {
  const names = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter((name) => !/^node_modules(\/|$)/.test(name));
  assert.deepEqual(
    readdirSync(unpacked)
      .filter((name) => name !== 'node_modules')
      .toSorted(),
    [
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bin',
      'docs',
      'npm-shrinkwrap.json',
      'package.json',
      'sbom.json',
      'scenarios',
      'src',
      'twokey',
    ],
  );
  assert.ok(names.length > 500);
  assert.deepEqual(
    names.filter((name) => /\.test\.|\.map$|\.pem$|\.key$|\.db|\.env|\.npmrc|credentials\.toml|operator\.toml|(^|\/)\.|\.log$/.test(name)),
    [],
  );
  const texts = names.filter((name) => /\.(ts|js|json|md)$/.test(name)).map((name) => readFileSync(join(unpacked, name), 'utf8'));
  assert.deepEqual(
    texts.filter((text) => /BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]/.test(text)),
    [],
  );
  for (const name of ['src', 'bin', 'twokey', 'docs'])
    for (const each of filesBelow(ROOT, name).filter((file) => !file.endsWith('.test.ts')))
      assert.deepEqual(readFileSync(join(unpacked, each)), readFileSync(join(ROOT, each)), each);
  assert.deepEqual(readFileSync(join(unpacked, 'npm-shrinkwrap.json')), readFileSync(join(ROOT, 'package-lock.json')));
});

test('an unpacked package and a checkout have the hashes that were published with it', () => {
  const [{ hashes } = { hashes: undefined }] = made;
  const { tree, lock, packages } = hashes ?? {};
  for (const install of [`${ROOT}/`, unpacked]) assert.deepEqual(hashesOf(install), { tree, lock, packages });
});

test('the commands on the page tell the same hashes without twokey', () => {
  const page = readFileSync(join(ROOT, 'docs/supply-chain.md'), 'utf8');
  const script = /^```sh\n# in the folder of the copy\n([^]*?)^```/m.exec(page)?.[1];
  assert.ok(script !== undefined, 'the page has the commands');
  const [{ hashes } = { hashes: undefined }] = made;
  for (const install of [ROOT, unpacked]) {
    const { status, stdout, stderr } = ran('sh', ['-euc', script], install);
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.split(/\s+/)[0]),
      [hashes?.tree, hashes?.lock, ''],
    );
  }
});

test('the unpacked package starts', () => {
  const help = ran(process.execPath, [join(unpacked, 'bin/twokey.js'), '--help']);
  assert.deepEqual([help.status, help.stdout.split(' ')[0]], [0, 'usage:']);
  // One of the operator's commands, and one that loads npm packages.
  const checks = ran(process.execPath, [join(unpacked, 'bin/twokey.js'), 'doctor', '--json', '--home', join(folder, 'home')]);
  const rows = (JSON.parse(checks.stdout) as { readonly checks: readonly { readonly name: string; readonly detail: string }[] }).checks;
  assert.match(rows.find(({ name }) => name === 'code')?.detail ?? '', new RegExp(`tree ${made[0]?.hashes.tree ?? '?'}`));
  const tool = ran(process.execPath, [join(unpacked, 'bin/twokey.js'), 'market', '--help', '--home', join(folder, 'home')]);
  assert.equal(tool.status, 0, tool.stderr);
});

function ran(
  command: string,
  argv: readonly string[],
  cwd = folder,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  return spawnSync(command, [...argv], { cwd, encoding: 'utf8', env });
}

/** Modes and times are those of whoever cloned it; a mode that lets nobody start it is what some archives leave. */
function copyCheckout(to: string, mode: number, at: Date): void {
  for (const name of [...PACKED, ...PAGES]) cpSync(join(ROOT, name), join(to, name), { recursive: true });
  for (const item of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile()) chmodSync(path, mode);
    utimesSync(path, at, at);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}

function filesBelow(root: string, name: string): readonly string[] {
  if (!statSync(join(root, name)).isDirectory()) return [name];
  return readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => relative(root, join(item.parentPath, item.name)));
}
