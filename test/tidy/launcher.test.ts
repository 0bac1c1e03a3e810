import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tools } from '../../src/protocol/tools.ts';
import { madeUpTree } from './tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TELLS =
  'export async function main(argv: readonly string[]): Promise<number> {\n  console.log(JSON.stringify([FILE, ...argv]));\n  return 4;\n}\n';

/** A checkout with our launcher and made-up entries that print what they were given and end with 4. */
function madeUpCheckout(): { readonly root: string } & Disposable {
  const entries: Readonly<Record<string, string>> = Object.fromEntries(
    ['up', 'sim', 'try', 'operator', 'agent'].map((name) => [`src/main/${name}.ts`, TELLS.replace('FILE', `'${name}'`)]),
  );
  const tree = madeUpTree({ 'package.json': '{ "type": "module" }', ...entries });
  mkdirSync(join(tree.root, 'bin'));
  mkdirSync(join(tree.root, 'node_modules/.bin'), { recursive: true });
  for (const path of ['twokey', 'bin/twokey.js', 'bin/node-version.js']) copyFileSync(join(ROOT, path), join(tree.root, path));
  symlinkSync(process.execPath, join(tree.root, 'node_modules/.bin/node'));
  return tree;
}

function run(command: string, args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: tmpdir(), encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

test('the launcher finds the command word past global flags, wherever they stand', () => {
  using checkout = madeUpCheckout();
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['up', '--json'],
      ['up', '--json'],
    ],
    [
      ['--home', 'sim', 'up'],
      ['up', '--home', 'sim'],
    ],
    [
      ['--env', 'demo', '--json', 'try', '--once'],
      ['try', '--env', 'demo', '--json', '--once'],
    ],
    [
      ['--home=up', 'sim', '--port', '0'],
      ['sim', '--home=up', '--port', '0'],
    ],
    [
      ['--demo', 'account', 'balance'],
      ['operator', 'account', '--demo', 'balance'],
    ],
    [
      ['log', 'verify', 'halt'],
      ['operator', 'log', 'verify', 'halt'],
    ],
    [
      ['place', '--agent', 'a'],
      ['agent', 'place', '--agent', 'a'],
    ],
  ];
  for (const [given, expected] of cases) {
    const { code, out } = run(join(checkout.root, 'twokey'), given);
    assert.deepEqual(JSON.parse(out), expected);
    assert.equal(code, 4, 'the exit code is that of the command');
  }
});

test('each command of the tool table is one that the launcher hands to the agent’s entry, and it knows no other', () => {
  const { out } = run(join(ROOT, 'twokey'), ['--help']);
  const named = /^as agent +(.*)$/m.exec(out)?.[1]?.split(' · ') ?? [];
  assert.deepEqual(named.toSorted(), tools.flatMap(({ command }) => command ?? []).toSorted());
});

test('no command prints the usage, an unknown one says what there is, and both end with 2', () => {
  const cases = [
    [[], /usage: twokey COMMAND/],
    [['--home', 'up'], /usage: twokey COMMAND/],
    [['trade'], /"trade" is not a command; there are status.*twokey --help/],
    [['constructor'], /"constructor" is not a command/],
  ] as const;
  for (const [args, expected] of cases) {
    const { code, out, err } = run(join(ROOT, 'twokey'), args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, expected);
  }
  assert.equal(run(join(ROOT, 'twokey'), ['--help']).code, 0);
});

test('the compile cache is kept in the install and nowhere else, and the gateway has none', () => {
  using checkout = madeUpCheckout();
  run(join(checkout.root, 'twokey'), ['up']);
  assert.ok(!existsSync(join(checkout.root, '.cache')));
  run(join(checkout.root, 'twokey'), ['status']);
  assert.ok(existsSync(join(checkout.root, '.cache/compile')));
});

test('through a symbolic link the launcher works, and the script says what to do instead', () => {
  using checkout = madeUpCheckout();
  mkdirSync(join(checkout.root, 'elsewhere'));
  symlinkSync(join(checkout.root, 'bin/twokey.js'), join(checkout.root, 'elsewhere/launcher'));
  symlinkSync(join(checkout.root, 'twokey'), join(checkout.root, 'elsewhere/script'));
  assert.equal(run(process.execPath, [join(checkout.root, 'elsewhere/launcher'), 'up']).code, 4);
  const { code, err } = run(join(checkout.root, 'elsewhere/script'), ['up']);
  assert.equal(code, 2);
  assert.match(err, /link to bin\/twokey\.js instead/);
});

test('an older Node is told what to do before anything else is read', () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } }); ";
  const { code, err } = run(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(old)}`,
    join(ROOT, 'bin/twokey.js'),
    'up',
  ]);
  assert.equal(code, 1);
  assert.match(err, /needs Node 26\.10 or newer, and this is 20\.20\.2\n.*npm ci/);
});
