import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Told } from './connections/main.ts';
import { Program, root } from './harness/program.ts';

// Nobody is called but the exchange: twokey runs in a network of its own, in which every name is answered and every address leads into the void, and what it tried to
// reach is held against docs/supply-chain.md.

const PATH = process.env['PATH'] ?? '';
/** An address for what leaves, two hosts that may answer, a way into the void for the rest, and the test's name server. A system without the new addresses has no way for them either. */
const network = [
  'ip link set lo up && ip addr add 192.0.2.2/32 dev lo && ip route add default dev lo src 192.0.2.2 && ip route add local 203.0.113.0/24 dev lo',
  '{ ip -6 addr add 2001:db8::2/64 dev lo nodad && ip -6 route add default dev lo; } 2>/dev/null',
  'mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/hosts" /etc/hosts && shift && exec "$@"',
].join('; ');
const apart = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', network, 'sh'];

/** What came of one scene; `null` where this system gives no network of its own, which is told. */
async function watched(context: TestContext, scene: string): Promise<Told | null> {
  const folder = mkdtempSync(join(tmpdir(), 'tk-net-'));
  try {
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n');
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    const tried = spawnSync('unshare', [...apart, folder, 'true'], { encoding: 'utf8' });
    if (tried.status !== 0) {
      context.skip(`this system gives no network of its own (unshare, ip): ${tried.error?.message ?? tried.stderr.trim()}`);
      return null;
    }
    const script = join(root, 'test', 'road', 'connections', 'main.ts');
    const argv = [...apart, folder, process.execPath, script, folder, scene];
    await using ran = new Program({ command: 'unshare', argv, environment: { PATH, HOME: folder, TMPDIR: folder } });
    const { code } = await ran.exited;
    strictEqual(code, 0, ran.stdout + ran.stderr);
    const told = JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8')) as Told;
    // A watch that sees nothing proves nothing.
    deepStrictEqual(told.control, {
      names: ['home.example', 'other.example'],
      reached: ['192.0.2.77:8080', 'home.example:80', 'other.example:4433', 'udp 192.0.2.78:9999'],
    });
    return told;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

test('with the simulator nothing outside of this machine is looked up or tried: gateway, agent, status, doctor, checklist', async (context) => {
  const told = await watched(context, 'sim');
  if (told === null) return;
  deepStrictEqual(told.attempts, { names: [], reached: [] });
  strictEqual(told.said[1], 'filled', told.said.join('\n'));
  match(told.said.join('\n'), /live does not start/);
});

test('npm start reaches nothing either, and npm does not ask whether there is a newer npm', async (context) => {
  const told = await watched(context, 'npm');
  if (told === null) return;
  deepStrictEqual(told.attempts, { names: [], reached: [] });
  // How the play ends is test/road/try's affair: here it has to have been played.
  match(told.said[1] ?? '', /"name": "a good order",/);
});

test('in demo trading exactly the two pinned hosts of OKX are looked up and reached', async (context) => {
  const told = await watched(context, 'demo');
  if (told === null) return;
  deepStrictEqual(told.attempts, { names: ['wspap.okx.com', 'www.okx.com'], reached: ['wspap.okx.com:8443', 'www.okx.com:443'] });
  const page = readFileSync(join(root, 'docs', 'supply-chain.md'), 'utf8');
  for (const host of told.attempts.reached) ok(page.includes(`\`${host}\``), `${host} stands on the page`);
});

test('where the exchange does not answer nobody else is tried in its place', async (context) => {
  const told = await watched(context, 'unreachable');
  if (told === null) return;
  deepStrictEqual(told.attempts, { names: ['www.okx.com'], reached: ['www.okx.com:443'] });
  match(told.said.at(-1) ?? '', /www\.okx\.com|the exchange/);
});
