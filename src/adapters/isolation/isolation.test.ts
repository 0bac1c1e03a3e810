import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accountsIn, agentGroup, namesIn } from './accounts.ts';
import { lookAtIsolation, powersOf } from './look.ts';
import { openingsBelow, openingsOn } from './openings.ts';

const accounts = accountsIn({
  passwd: 'root:x:0:0::/root:/bin/sh\ntwokey:x:990:990::/:/bin/false\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n',
  group: 'root:x:0:\nsudo:x:27:bob\ndocker:x:999:\ntwokey:x:990:\ntwokey-a:x:1100:twokey,alice\ntwokey-b:x:1001:twokey,carol\n',
});

test('who is in a group is read from both files, and names that no user has are not left out', () => {
  const group = (agent: string) => agentGroup(accounts, { service: 'twokey', agent });
  strictEqual(group('c'), undefined);
  const [a, b] = [group('a'), group('b')];
  ok(a !== undefined && b !== undefined);
  deepStrictEqual(namesIn(accounts, a), ['twokey', 'alice']);
  deepStrictEqual(namesIn(accounts, b), ['twokey', 'carol', 'bob']);
});

test('a user who can become root is no user to keep out', () => {
  deepStrictEqual(powersOf('bob', accounts), ['sudo']);
  deepStrictEqual(powersOf('alice', accounts), []);
});

test('every folder on the way, every link and every file below is looked at', () => {
  const top = mkdtempSync(join(tmpdir(), 'twokey-openings-'));
  const trusted = new Set([0, process.getuid?.() ?? 0]);
  try {
    for (const name of ['code', 'code/src', 'elsewhere']) mkdirSync(join(top, name));
    writeFileSync(join(top, 'code/src/a.ts'), '');
    writeFileSync(join(top, 'elsewhere/b.ts'), '');
    symlinkSync(join(top, 'elsewhere/b.ts'), join(top, 'code/src/b.ts'));
    const found = () => [...openingsOn(join(top, 'code/src'), trusted), ...openingsBelow(join(top, 'code'), trusted)];
    // The folder for temporary files is open to all, and nobody moves there what is another's.
    deepStrictEqual(found(), []);
    for (const name of ['code', 'code/src', 'code/src/a.ts', 'elsewhere', 'elsewhere/b.ts']) {
      const path = join(top, name);
      chmodSync(path, 0o775);
      ok(found().includes(`others than its owner can write to ${path}`), name);
      chmodSync(path, 0o755);
    }
    deepStrictEqual(found(), []);
    ok(openingsOn(join(top, 'code'), new Set([123_456])).length > 0);
    symlinkSync(join(top, 'loop'), join(top, 'loop'));
    match(openingsOn(join(top, 'loop', 'x'), trusted).join(), /circle/);
    // As the last step of a way it is where somebody could lay a program.
    chmodSync(join(top, 'elsewhere'), 0o1777);
    strictEqual(openingsOn(join(top, 'elsewhere'), trusted).length, 1);
    deepStrictEqual(openingsOn(join(top, 'elsewhere/b.ts'), trusted), []);
  } finally {
    rmSync(top, { recursive: true });
  }
});

test('what cannot be looked at is advisory, and says why', () => {
  const place = {
    home: '/no/such/home',
    install: '/',
    runtime: process.execPath,
    searchPath: '/usr/bin',
    agents: ['a'],
    named: [],
    looks: 'everywhere',
  } as const;
  const found = lookAtIsolation(place);
  strictEqual(found.kind, 'advisory');
  match(found.kind === 'advisory' ? found.reasons.join() : '', /could not be looked at|only looked at on Linux/);
});
