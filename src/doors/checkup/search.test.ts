import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { search } from './search.ts';

const needles = new Map([
  ['the API key', '3f0c8a52-7b1e-4d2f'],
  ['the passphrase', 'two "words" \\ here'],
]);

function folder(files: Readonly<Record<string, string | Buffer>>) {
  const root = mkdtempSync(join(tmpdir(), 'twokey-search-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

test('a key is found wherever it stands: in a folder of folders, as JSON escapes it, in bytes that are no text, and across two pieces of a large file', () => {
  const edge = Buffer.alloc(3 * 1024 * 1024, 'x');
  edge.write('3f0c8a52-7b1e-4d2f', 1024 * 1024 - 7);
  using made = folder({
    'a/b/plain.txt': 'it is two "words" \\ here, is it not',
    'transcript.jsonl': JSON.stringify({ said: 'two "words" \\ here 3f0c8a52-7b1e-4d2f' }),
    'binary.db': Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from('3f0c8a52-7b1e-4d2f'), Buffer.from([0])]),
    'large.log': edge,
    'clean.txt': '3f0c8a52-7b1e-4d2e two words here',
  });
  const { found, files, unread } = search(needles, { roots: [made.root], except: [] });
  deepStrictEqual(found.map(({ file, what }) => `${file.slice(made.root.length + 1)}: ${what.join(', ')}`).toSorted(), [
    'a/b/plain.txt: the passphrase',
    'binary.db: the API key',
    'large.log: the API key',
    'transcript.jsonl: the API key, the passphrase',
  ]);
  deepStrictEqual([files, unread], [5, []]);
});

test('the files in which it is meant to stand, links, and code of others are not looked at, and a place that is not there is none', () => {
  using made = folder({ 'credentials.toml': '3f0c8a52-7b1e-4d2f', 'node_modules/x.js': '3f0c8a52-7b1e-4d2f', 'empty.txt': '' });
  symlinkSync(join(made.root, 'credentials.toml'), join(made.root, 'link'));
  const roots = [made.root, join(made.root, 'empty.txt'), join(made.root, 'missing')];
  const { found, files, unread } = search(needles, { roots, except: [join(made.root, 'credentials.toml')] });
  deepStrictEqual([found, files, unread], [[], 1, []], 'a file that two roots share is read once');
});

test('a place that is a link is looked at where it leads, and a name that is itself the key is not told', () => {
  using made = folder({ 'real/3f0c8a52-7b1e-4d2f.txt': '3f0c8a52-7b1e-4d2f' });
  symlinkSync(join(made.root, 'real'), join(made.root, 'link'));
  const { found } = search(needles, { roots: [join(made.root, 'link')], except: [] });
  deepStrictEqual(found, [{ file: join(made.root, 'real', '[key].txt'), what: ['the API key'] }]);
});

test('what is too much is named as not looked at, and never taken for clean', () => {
  using made = folder({ 'one.txt': 'x'.repeat(100), 'two.txt': '3f0c8a52-7b1e-4d2f', 'three.txt': 'y' });
  const few = search(needles, { roots: [made.root], except: [] }, { files: 2, bytes: 1000 });
  deepStrictEqual([few.files, few.unread.length], [2, 1]);
  const small = search(needles, { roots: [made.root], except: [] }, { files: 10, bytes: 50 });
  deepStrictEqual(small.unread, [join(made.root, 'one.txt')]);
  strictEqual(small.found.length, 1);
});

test('a text so short that it stands everywhere is not looked for', () => {
  using made = folder({ 'one.txt': 'abc' });
  ok(search(new Map([['the passphrase', 'abc']]), { roots: [made.root], except: [] }).found.length === 0);
});
