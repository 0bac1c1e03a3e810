import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readHouse } from './house.ts';
import { complaintsAboutPackages } from './lock.ts';
import { complaintsAbout, countLines } from './rules.ts';
import { madeUpHouse, madeUpTree, pageWith } from './tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the house is tidy: rooms, imports, purity, cycles, budgets, processes and texts are as ARCHITECTURE.md says', (context) => {
  const complaints = complaintsAbout(ROOT);
  const house = readHouse(ROOT);
  for (const [room, lines] of countLines(house)) {
    context.diagnostic(`${room}: ${lines} of ${house.rules.rooms.find(({ name }) => name === room)?.linesMax} lines`);
  }
  assert.deepEqual(
    complaints.map(({ rule, where, what }) => `${rule}: ${where} ${what}`),
    [],
  );
});

test('what npm ci installs is pinned, hashed, bound to no address, explained, and runs one known script', () => {
  assert.deepEqual(complaintsAboutPackages(ROOT), []);
});

test('a made-up house without a mistake has no complaint', () => {
  using house = madeUpHouse();
  assert.deepEqual(complaintsAbout(house.root), []);
});

/** Each mistake with the rule that must see it, and a part of what it must say. */
const MISTAKES: readonly {
  readonly name: string;
  readonly rule: string;
  readonly says: RegExp;
  readonly files: Readonly<Record<string, string>>;
}[] = [
  {
    name: 'a room that imports a room below it',
    rule: 'imports',
    says: /room core may not import src\/engine\/engine\.ts/,
    files: { 'src/core/bad.ts': "import { run } from '../engine/engine.ts';\nexport const bad = run;\n" },
  },
  {
    name: 'a wrong import that is only of a type',
    rule: 'imports',
    says: /room core may not import src\/sim\/book\.ts/,
    files: { 'src/core/bad.ts': "import type { Price } from '../sim/book.ts';\nexport type Bad = Price;\n" },
  },
  {
    name: 'a wrong import in an export from',
    rule: 'imports',
    says: /room core may not import src\/sim\/book\.ts/,
    files: { 'src/core/bad.ts': "export { type Price } from '../sim/book.ts';\n" },
  },
  {
    name: 'a wrong import at run time',
    rule: 'imports',
    says: /room doors may not import src\/engine\/engine\.ts/,
    files: { 'src/doors/bad.ts': "export const bad = (): Promise<unknown> => import('../engine/engine.ts');\n" },
  },
  {
    name: 'a wrong import in a test file',
    rule: 'imports',
    says: /room core may not import src\/engine\/engine\.ts/,
    files: { 'src/core/bad.test.ts': "import { run } from '../engine/engine.ts';\nrun;\n" },
  },
  {
    name: 'the simulator that imports more of core than it was granted',
    rule: 'imports',
    says: /room sim may not import src\/core\/policy\.ts \(it may import core\/money\)/,
    files: { 'src/sim/bad.ts': "import type { Limit } from '../core/policy.ts';\nexport type Bad = Limit;\n" },
  },
  {
    name: 'an npm package in a trusted room',
    rule: 'imports',
    says: /may not import the package zod: no third-party code decides or holds keys/,
    files: { 'src/engine/bad.ts': "import { z } from 'zod';\nexport const bad = z;\n" },
  },
  {
    name: 'an npm package in doors that its row does not name',
    rule: 'imports',
    says: /may not import the package left-pad/,
    files: { 'src/doors/bad.ts': "import pad from 'left-pad/sub';\nexport const bad = pad;\n" },
  },
  {
    name: 'a builtin that the row does not name',
    rule: 'imports',
    says: /room core may not import node:fs/,
    files: { 'src/core/bad.ts': "import { readFileSync } from 'node:fs';\nexport const bad = readFileSync;\n" },
  },
  {
    name: 'a name of a builtin that the row does not grant',
    rule: 'imports',
    says: /may not import randomBytes of node:crypto \(granted: createHash\)/,
    files: {
      'src/core/bad.ts': "import { createHash, randomBytes as hash } from 'node:crypto';\nexport const bad = [createHash, hash];\n",
    },
  },
  {
    name: 'a builtin taken whole where only names are granted',
    rule: 'imports',
    says: /by name, and nothing else/,
    files: { 'src/core/bad.ts': "import * as all from 'node:crypto';\nexport const bad = all;\n" },
  },
  {
    name: 'an import computed at run time',
    rule: 'imports',
    says: /computed at run time/,
    files: { 'src/doors/bad.ts': 'export const bad = (name: string): Promise<unknown> => import(name);\n' },
  },
  {
    name: 'an import of a file that is not there',
    rule: 'imports',
    says: /src\/core\/gone\.ts, which is not there/,
    files: { 'src/core/bad.ts': "import './gone.ts';\n" },
  },
  {
    name: 'an import from outside the house',
    rule: 'imports',
    says: /stands outside the house/,
    files: { 'src/core/bad.ts': "import '../../tools/thing.ts';\n", 'tools/thing.ts': 'export {};\n' },
  },
  {
    name: 'a clock in a pure room',
    rule: 'purity',
    says: /uses Date/,
    files: { 'src/core/bad.ts': 'export const bad = () => Date.now();\n' },
  },
  {
    name: 'chance in a pure room',
    rule: 'purity',
    says: /uses Math\.random/,
    files: { 'src/core/bad.ts': 'export const bad = () => Math.random();\n' },
  },
  { name: 'async in a pure room', rule: 'purity', says: /uses async/, files: { 'src/core/bad.ts': 'export const bad = async () => 1;\n' } },
  {
    name: 'a promise in a pure room',
    rule: 'purity',
    says: /uses Promise/,
    files: { 'src/core/bad.ts': 'export const bad = () => new Promise<void>(() => {});\n' },
  },
  {
    name: 'impurity inside a template literal',
    rule: 'purity',
    says: /uses process/,
    files: { 'src/core/bad.ts': 'export const bad = () => `a ${`b ${process.pid}`} c`;\n' },
  },
  {
    name: 'the global object in a pure room',
    rule: 'purity',
    says: /uses globalThis/,
    files: { 'src/core/bad.ts': "export const bad = globalThis['Da' + 'te'];\n" },
  },
  {
    name: 'a timer in the engine',
    rule: 'purity',
    says: /uses setTimeout/,
    files: { 'src/engine/bad.ts': 'export const bad = () => setTimeout(() => {}, 1);\n' },
  },
  {
    name: 'an import at run time in the engine',
    rule: 'purity',
    says: /imports at run time/,
    files: { 'src/engine/bad.ts': "export const bad = () => import('../core/policy.ts');\n" },
  },
  { name: 'require', rule: 'purity', says: /uses require/, files: { 'src/doors/bad.ts': "export const bad = require('x');\n" } },
  {
    name: 'a module taken from the process',
    rule: 'purity',
    says: /uses getBuiltinModule/,
    files: { 'src/doors/bad.ts': "const { getBuiltinModule } = process;\nexport const bad = getBuiltinModule('fs');\n" },
  },
  {
    name: 'two files that import each other',
    rule: 'cycles',
    says: /src\/core\/one\.ts → src\/core\/two\.ts → src\/core\/one\.ts/,
    files: {
      'src/core/one.ts': "import type { Two } from './two.ts';\nexport type One = Two;\n",
      'src/core/two.ts': "import type { One } from './one.ts';\nexport type Two = One;\n",
    },
  },
  {
    name: 'a room over its budget',
    rule: 'budgets',
    says: /has 21 lines of at most 20/,
    files: { 'src/sim/bad.ts': 'export const a = 1;\n'.repeat(19) },
  },
  {
    name: 'a money path over its budget while each room keeps its own',
    rule: 'budgets',
    says: /has 31 lines of at most 30/,
    files: { 'src/core/long.ts': 'f();\n'.repeat(12), 'src/engine/long.ts': 'f();\n'.repeat(10) },
  },
  { name: 'a file in no room', rule: 'rooms', says: /belongs to no room/, files: { 'src/loose.ts': 'export {};\n' } },
  { name: 'a folder that is no room', rule: 'rooms', says: /belongs to no room/, files: { 'src/attic/a.ts': 'export {};\n' } },
  { name: 'a barrel', rule: 'barrels', says: /index file/, files: { 'src/core/index.ts': 'export const a = 1;\n' } },
  {
    name: 'an export of everything',
    rule: 'barrels',
    says: /exports everything/,
    files: { 'src/core/all.ts': "export * from './policy.ts';\n" },
  },
  { name: 'a folder that is named after nothing', rule: 'folders', says: /called utils/, files: { 'src/core/utils/a.ts': 'export {};\n' } },
  {
    name: 'a check switched off in a trusted room',
    rule: 'silence',
    says: /switches a check off/,
    files: { 'src/core/bad.ts': '// oxlint-disable-next-line\nexport {};\n' },
  },
  {
    name: 'a test that silences the others',
    rule: 'tests',
    says: /runs only one test/,
    files: { 'src/core/bad.test.ts': "import { test } from 'node:test';\ntest.only('x', () => {});\n" },
  },
  {
    name: 'a path of one machine',
    rule: 'machine paths',
    says: /names/,
    files: { 'docs/a.md': `see ${['', 'home', 'alice', 'x'].join('/')}\n` },
  },
  { name: 'a link that leads nowhere', rule: 'pages', says: /links to b\.md/, files: { 'docs/a.md': 'see [b](b.md)\n' } },
  {
    name: 'code that names a decision nobody wrote',
    rule: 'pages',
    says: /which is not there/,
    files: { 'src/core/bad.ts': `// See decision ${'9'.repeat(4)}.\nexport {};\n` },
  },
  {
    name: 'two decisions with one number',
    rule: 'pages',
    says: /two pages numbered 0001/,
    files: { 'docs/decisions/0001-a.md': 'a\n', 'docs/decisions/0001-b.md': 'b\n' },
  },
  {
    name: 'an entry that is not there',
    rule: 'processes',
    says: /is not there/,
    files: { 'ARCHITECTURE.md': pageWith('src/main/up.ts', 'src/main/gone.ts') },
  },
  {
    name: 'a gateway that reaches a package through another file',
    rule: 'processes',
    says: /gateway reaches zod\/v4 by src\/main\/up\.ts → src\/doors\/mcp\.ts/,
    files: { 'src/main/up.ts': "import { schema } from '../doors/mcp.ts';\nexport const main = schema;\n" },
  },
  {
    name: 'a file that cannot be read',
    rule: 'readable',
    says: /template literal does not end/,
    files: { 'src/core/bad.ts': 'export const a = `b;\n' },
  },
];

for (const { name, rule, says, files } of MISTAKES) {
  test(`the check turns red on ${name}`, () => {
    using house = madeUpHouse(files);
    const complaints = complaintsAbout(house.root);
    const seen = complaints.filter((complaint) => complaint.rule === rule);
    assert.ok(
      seen.some(({ what }) => says.test(what)),
      `expected ${says} among ${JSON.stringify(complaints)}`,
    );
  });
}

test('comments, texts, members and keys are not mistaken for the thing they name', () => {
  using house = madeUpHouse({
    'src/core/fine.ts': [
      '// Date, async and process may be spoken of; so may import x from "left-pad".',
      "export const text = 'await fetch(process.env)'; /* Math.random() */",
      'export const record = { process: 1, Date: 2, fetch: `console ${text.length} Date` };',
      'export const member = record.process / 2 / record.Date;',
      "export const pattern = /Date['\"`]/u.test(text) ? 'Date' : text;",
      'export type Waits = { readonly console?: string; answer: (input: string) => Promise<string> };',
    ].join('\n'),
  });
  assert.deepEqual(complaintsAbout(house.root), []);
});

test('a check that saw no files is not green', () => {
  using house = madeUpTree({ 'ARCHITECTURE.md': pageWith('| doors | src/main/doors.ts | any |\n', '') });
  const seen = complaintsAbout(house.root).filter(({ rule }) => rule === 'seen');
  assert.deepEqual(
    seen.map(({ where }) => where),
    ['src', 'bin'],
  );
});

test('a page whose tables cannot be read stops the check instead of passing it', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['| core | yes | yes |', '| core | yes | mostly |'],
    ['| engine | yes | awaits | core |', '| engine | yes | awaits | cellar |'],
    ['| node:crypto(createHash) |', '| crypto |'],
    ['money path (core, engine)', 'money path of core and engine'],
    ['| room | trusted |', '| chamber | trusted |'],
    ['| sim | no | yes | core/money | – | – | 20 |', '| sim | no | yes | core/money | – | – | many |'],
  ];
  for (const [from, to] of broken) {
    using house = madeUpHouse({ 'ARCHITECTURE.md': pageWith(from, to) });
    assert.throws(() => complaintsAbout(house.root), Error, `${to} should be refused`);
  }
});

test('lines are counted without blanks and comments, and with every line of a long text', () => {
  using house = madeUpHouse({ 'src/sim/counted.ts': '\n// a\n/* b\n c */\nexport const a = `1\n2\n3`; // d\n\nf();\n' });
  const file = readHouse(house.root).files.find(({ path }) => path === 'src/sim/counted.ts');
  assert.equal(file?.lines, 4);
});

const PACKAGES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ dependencies: { zod: '4.6.7' }, devDependencies: { node: '26.10.0' }, allowScripts: { node: true } }),
  'package-lock.json': JSON.stringify({
    packages: {
      '': {},
      'node_modules/zod': { version: '4.6.7', integrity: 'sha512-x' },
      'node_modules/node': { version: '26.10.0', integrity: 'sha512-y', hasInstallScript: true },
    },
  }),
  'docs/decisions/0006-runtime-packages.md': '- `zod`: because.\n',
};

const BAD_PACKAGES: readonly { readonly name: string; readonly rule: string; readonly files: Readonly<Record<string, string>> }[] = [
  {
    name: 'an install script that nobody allowed',
    rule: 'install scripts',
    files: { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/bad': { integrity: 'sha512-z', hasInstallScript: true } } }) },
  },
  {
    name: 'a download address in the lock file',
    rule: 'addresses',
    files: {
      'package-lock.json': JSON.stringify({
        packages: { 'node_modules/bad': { integrity: 'sha512-z', resolved: 'https://registry.invalid/bad.tgz' } },
      }),
    },
  },
  {
    name: 'a package without a hash',
    rule: 'integrity',
    files: { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/bad': {} } }) },
  },
  { name: 'an empty lock file', rule: 'seen', files: { 'package-lock.json': '{}' } },
  {
    name: 'a version that is not pinned',
    rule: 'pins',
    files: { 'package.json': JSON.stringify({ devDependencies: { node: '^26.10.0' }, allowScripts: { node: true } }) },
  },
  {
    name: 'scripts allowed to more than node',
    rule: 'install scripts',
    files: { 'package.json': JSON.stringify({ allowScripts: { node: true, bad: true } }) },
  },
  {
    name: 'a runtime package without a reason',
    rule: 'runtime packages',
    files: { 'docs/decisions/0006-runtime-packages.md': 'nothing\n' },
  },
];

test('made-up packages without a mistake have no complaint', () => {
  using tree = madeUpTree(PACKAGES);
  assert.deepEqual(complaintsAboutPackages(tree.root), []);
});

for (const { name, rule, files } of BAD_PACKAGES) {
  test(`the check turns red on ${name}`, () => {
    using tree = madeUpTree({ ...PACKAGES, ...files });
    assert.ok(complaintsAboutPackages(tree.root).some((complaint) => complaint.rule === rule));
  });
}

test('the version is said in one place: package.json asks for the Node that it installs', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly engines: { readonly node: string };
    readonly devDependencies: { readonly node: string };
  };
  const [, wanted = 'nothing'] = /^>=(\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
  assert.ok(manifest.devDependencies.node.startsWith(`${wanted}.`));
  assert.equal(process.versions.node, manifest.devDependencies.node);
});
