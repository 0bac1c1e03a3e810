import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { okxOrigin, okxSocketOrigin } from '../../src/venues/okx/hosts.ts';
import { listFiles } from './house.ts';

// Nothing that runs fetches code, and docs/supply-chain.md says of every host in the source who asks it. What runs really reaches, test/road/connections watches.

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/supply-chain.md'), 'utf8');
const files = [...listFiles(ROOT, 'src'), ...listFiles(ROOT, 'bin')]
  .filter((path) => /\.(?:ts|js|html)$/.test(path) && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

/** Who starts other programs, and which. */
const STARTERS: Readonly<Record<string, string>> = {
  'src/adapters/doors/doors.ts': 'the doors',
  'src/adapters/notify/command.ts': 'the command that the operator wrote as a sink',
  'src/adapters/process/child.ts': 'entries of src/main: gateway, vault, the search for keys',
  'src/adapters/process/core-dumps.ts': 'prlimit',
  'src/adapters/sim/embedded.ts': 'the simulator',
  'src/adapters/vault/fetch.ts': 'what hands a key over: the keyring, or the command that the operator wrote',
  'src/doors/checkup/attack.ts': 'sudo, to see whether it opens without a password',
  'src/doors/checkup/handshake.ts': 'the shim',
  'src/doors/install/command.ts': 'sudo, to list what a user may',
  'src/doors/install/perform.ts': 'useradd, groupadd, systemctl and the like',
  'src/main/try/stage.ts': 'twokey itself',
};

/** A text that is nothing but the name of a program by which code could come here. */
const FETCHER = /(['"`])(?:\/\S*\/)?(?:npm|npx|yarn|pnpm|corepack|git|curl|wget|pip3?|apt(?:-get)?|gh|tar)(?:\.cmd|\.exe)?\1/g;

test('programs are started in these files alone, and none of them is one that fetches code', () => {
  assert.ok(files.length > 500);
  const starters = files.filter(({ text }) => /\bchild_process\b/.test(text)).map(({ path }) => path);
  assert.deepEqual(starters.toSorted(), Object.keys(STARTERS).toSorted());
  assert.deepEqual(
    files.flatMap(({ path, text }) => [...text.matchAll(FETCHER)].map(([found]) => `${path} ${found}`)),
    [],
  );
  const seen = ["spawn('npm', ['ci'])", 'spawnSync("/usr/bin/git", x)', 'execFile(`curl`)'].map((text) => text.match(FETCHER)?.length);
  assert.deepEqual(seen, [1, 1, 1], 'such a text would be seen');
});

test('every host of the exchange stands on the page, and the source names no other that anything could be asked of', () => {
  const origins = (['global', 'eea', 'us'] as const).flatMap((site) => [
    okxOrigin(site),
    okxSocketOrigin(site, 'demo'),
    okxSocketOrigin(site, 'live'),
  ]);
  for (const origin of origins) {
    const { hostname, port } = new URL(origin);
    assert.ok(page.includes(`\`${hostname}:${port || '443'}\``), `${origin} stands on the page`);
  }
  const named = files.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(/\bhttps?:\/\/([\w.-]*\.[a-z]{2,})\b/g)].map(([, host = '']) => ({ path, host })),
  );
  const others = named.filter(
    ({ host }) => !origins.includes(`https://${host}`) && !origins.includes(`https://${host}:8443`) && !/(^|\.)example$/.test(host),
  );
  assert.ok(named.length > others.length);
  assert.deepEqual(others, []);
});

test('what npm asks beside what it was told to fetch is switched off', () => {
  const lines = readFileSync(join(ROOT, '.npmrc'), 'utf8').split('\n');
  for (const line of ['update-notifier=false', 'audit=false', 'fund=false', 'omit-lockfile-registry-resolved=true'])
    assert.ok(lines.includes(line), line);
});

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
}
