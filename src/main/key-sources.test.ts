import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accountsIn } from '../adapters/isolation/accounts.ts';
import { type Forebear, filesNamedBy, forebearsOf, mayRead, openSources, openVariables } from './key-sources.ts';

const own = process.getuid?.() ?? 0;
const ownGroup = process.getgid?.() ?? 0;
const alice = { name: 'alice', uid: 61_000, gid: 61_000 };
const bob = { name: 'bob', uid: 61_001, gid: 61_001 };
const accounts = accountsIn({
  passwd: 'alice:x:61000:61000::/:/bin/sh\nbob:x:61001:61001::/:/bin/sh\n',
  group: `shared:x:${ownGroup}:bob\nalice:x:61000:\n`,
});

test('who may read a file is judged by owner, group and others, on every folder that leads to it', () => {
  const top = mkdtempSync(join(tmpdir(), 'twokey-readable-'));
  try {
    chmodSync(top, 0o755);
    const folder = join(top, 'keys');
    const file = join(folder, 'okx');
    mkdirSync(folder);
    writeFileSync(file, 'x');
    const readers = (folderMode: number, fileMode: number): readonly string[] => {
      chmodSync(folder, folderMode);
      chmodSync(file, fileMode);
      return [alice, bob, { name: 'own', uid: own, gid: ownGroup }].filter((user) => mayRead(user, file, accounts)).map(({ name }) => name);
    };
    deepStrictEqual(readers(0o755, 0o600), ['own']);
    deepStrictEqual(readers(0o755, 0o644), ['alice', 'bob', 'own']);
    deepStrictEqual(readers(0o755, 0o640), ['bob', 'own']);
    deepStrictEqual(readers(0o755, 0o604), ['alice', 'own'], 'a group that may not is not others');
    deepStrictEqual(readers(0o700, 0o644), ['own'], 'nobody else gets through the folder');
    deepStrictEqual(readers(0o711, 0o644), ['alice', 'bob', 'own'], 'a name that is known need not be listed');
    deepStrictEqual(readers(0o755, 0o755), ['alice', 'bob', 'own'], 'that it may be run makes no program of a key');
    for (const start of ['#!/bin/sh', '\u007fELF\u0002']) {
      writeFileSync(file, start);
      deepStrictEqual(readers(0o755, 0o755), [], 'a program is there to be read');
      deepStrictEqual(readers(0o755, 0o644), ['alice', 'bob', 'own'], 'what nobody runs is none');
    }
    const link = join(top, 'link');
    symlinkSync(file, link);
    chmodSync(file, 0o644);
    const throughLink = (folderMode: number): boolean => {
      chmodSync(folder, folderMode);
      return mayRead(alice, link, accounts);
    };
    deepStrictEqual([throughLink(0o700), throughLink(0o755)], [false, true], 'what counts is where a link leads');
    strictEqual(mayRead(alice, join(folder, 'none'), accounts), false);
    strictEqual(mayRead(alice, folder, accounts), false);
  } finally {
    rmSync(top, { recursive: true });
  }
});

test('a word names a file, also one behind an equals sign, and from the folder where the program is started', () => {
  const top = mkdtempSync(join(tmpdir(), 'twokey-words-'));
  try {
    const home = join(top, 'home');
    mkdirSync(home);
    for (const name of ['a', 'b', 'home/c', 'home/d']) writeFileSync(join(top, name), 'x');
    const words = [join(top, 'a'), `--file=${join(top, 'b')}`, 'if=c', 'd', 'show', '..', ''];
    deepStrictEqual(filesNamedBy(words, home), [join(top, 'a'), join(top, 'b'), join(home, 'c'), join(home, 'd')]);
    deepStrictEqual(filesNamedBy(['x'.repeat(256), 'a/'.repeat(4096), `${join(top, 'a')}/b`], home), [], 'what no file can be named');
  } finally {
    rmSync(top, { recursive: true });
  }
});

const shell: Forebear = { pid: 900, uid: 1000, name: 'bash', words: '-bash\0' };
const init: Forebear = { pid: 1, uid: 0, name: 'systemd', words: '/sbin/init\0' };

test('variables that an agent’s process, a command line or a unit shows are told, each with what to do', () => {
  const users = [alice];
  deepStrictEqual(openVariables([shell, init], users), [], 'the operator’s own shell is nobody else’s');
  const [ofAgent = ''] = openVariables([{ ...shell, uid: alice.uid }, init], users);
  match(ofAgent, /from process 900 of alice, an agent's user, who can read it; .*credentials\.toml/);
  const [said = '', ...more] = openVariables([{ ...shell, words: 'env\0OKX_API_SECRET=CANARY\0twokey\0up\0' }], users);
  match(said, /stands in the command line of process 900, which every user can read/);
  ok(!said.includes('CANARY') && more.length === 0);
  match(openVariables([init], users).join(), /variable of the unit.*systemctl show.*--credential/);
  deepStrictEqual(openVariables([{ ...init, name: 'tini' }], users), [], 'what starts a container is no unit');
  for (const words of ['sh\0-c\0OKX_API_SECRET=$(pass okx) twokey up\0', 'env\0OKX_API_SECRET_FILE=/run/okx\0', 'vi\0OKX_API_SECRET\0'])
    deepStrictEqual(openVariables([{ ...shell, words }], users), [], words);
});

test('the processes above this one are found up to the first, and who runs them', { skip: process.platform !== 'linux' }, () => {
  const found = forebearsOf(process.pid);
  deepStrictEqual([found[0]?.pid, found[0]?.uid, found[1]?.pid], [process.pid, own, process.ppid]);
  ok(found.every(({ name }) => name !== ''));
});

test('what cannot be looked at is told and not passed over', { skip: process.platform !== 'linux' }, () => {
  const nowhere = { home: '/no/such/home', agents: ['a'], files: [], told: [], asksKeyring: false, fromVariables: false };
  match(openSources(nowhere).join(), /could not be looked at who can read the key/);
});
