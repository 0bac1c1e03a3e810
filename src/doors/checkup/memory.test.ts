import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { keySourceCheck } from './key-source.ts';
import { memoryCheck, type MemoryFacts } from './memory.ts';

const closed: MemoryFacts = { coreLimit: '1', corePattern: 'core', swaps: [], isKeptOutOfSwap: false, ptraceScope: '1' };

function row(changes: Partial<MemoryFacts>) {
  const [check] = memoryCheck({ ...closed, ...changes });
  if (check === undefined) throw new Error('no row');
  return check;
}

test('memory that goes nowhere is fine, and who may read it is told all the same', () => {
  deepStrictEqual([row({}).status, row({}).fix], ['ok', '']);
  match(row({}).detail, /core dumps are off.*no swap on a disk.*its parents alone may read it/);
  match(row({ ptraceScope: null }).detail, /every process of its own user may read it/);
  match(row({ ptraceScope: '0' }).detail, /every process of its own user may read it/);
  match(row({ ptraceScope: '3' }).detail, /root alone may read it/);
});

test('a dump that a program is handed is one, whatever the limit says but for the one that Linux heeds', () => {
  const pattern = { corePattern: '|/usr/share/apport/apport %p' };
  strictEqual(row({ coreLimit: '0' }).status, 'ok');
  strictEqual(row({ coreLimit: '1', ...pattern }).status, 'ok');
  for (const facts of [{ coreLimit: '0', ...pattern }, { coreLimit: 'unlimited' }, { coreLimit: '4096' }]) {
    strictEqual(row(facts).status, 'warning', JSON.stringify(facts));
    match(row(facts).detail, /a crash would write its memory, keys included/);
    match(row(facts).fix, /LimitCORE=1/);
  }
});

test('swap is named unless the vault is kept out of it; where nothing can be looked at that is said', () => {
  match(row({ swaps: ['/swapfile'] }).detail, /may be moved to \/swapfile/);
  strictEqual(row({ swaps: ['/swapfile'] }).status, 'warning');
  strictEqual(row({ swaps: ['/swapfile'], isKeptOutOfSwap: true }).status, 'ok');
  match(row({ coreLimit: null }).detail, /no vault runs/);
  deepStrictEqual(
    memoryCheck(null).map(({ status, detail }) => `${status} ${detail}`),
    ['warning it is not looked at on this system'],
  );
});

test('a key that an agent can read is red in live and told elsewhere', () => {
  const open = ["carol, an agent's user, can read /etc/key; run chmod 600 /etc/key"];
  const isolated = { kind: 'isolated', users: ['alpha is carol'] } as const;
  strictEqual(keySourceCheck(open, { environment: 'live', isolation: isolated }).status, 'failed');
  strictEqual(keySourceCheck(open, { environment: 'demo', isolation: isolated }).status, 'warning');
  match(keySourceCheck(open, { environment: 'live', isolation: isolated }).detail, /carol.*chmod 600/);
  strictEqual(keySourceCheck([], { environment: 'live', isolation: isolated }).status, 'ok');
  const advisory = { kind: 'advisory', reasons: ['x'] } as const;
  const untold = keySourceCheck([], { environment: 'live', isolation: advisory });
  deepStrictEqual([untold.status, /gateway’s own user can read the key/.test(untold.detail)], ['warning', true]);
});
