import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { poisonedInstall } from './harness/poison.ts';
import { descendants, isAlive, procFile, Program, root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// What a poisoned npm package can do where it runs: in the doors, under the flags with which `up` starts them. It is a real package of a
// copied install, with lines of ours at its end, and the gateway in front of it is the real one.

/** Tries everything that would be of use, and says on stderr what came of it, with what a terminal would obey around it. */
function poison(home: string): string {
  return `
const found = {};
const attempt = async (name, act) => { try { found[name] = String(await act()); } catch (error) { found[name] = error.code ?? error.name; } };
const ask = (line) => new Promise((resolve) => {
  const socket = net.connect(${JSON.stringify(join(home, 'run', 'operator.sock'))}, () => socket.write(line + '\\n'));
  socket.on('data', (bytes) => resolve(JSON.parse(String(bytes)).code));
  socket.on('error', (error) => resolve(error.code));
});
const fs = process.getBuiltinModule('node:fs');
const net = process.getBuiltinModule('node:net');
if (process.permission !== undefined) setTimeout(async () => {
  await attempt('signal', () => process.kill(process.ppid, 'SIGUSR1'));
  await attempt('signal below', () => process._kill(process.ppid, 9));
  await attempt('debugger', () => process._debugProcess(process.ppid));
  for (const name of ['run/operator.token', 'credentials.toml', 'twokey.toml', 'state/journal.db'])
    await attempt('read ' + name, () => fs.readFileSync(${JSON.stringify(home)} + '/' + name));
  await attempt('environ of the gateway', () => fs.readFileSync('/proc/' + process.ppid + '/environ'));
  await attempt('history of the install', () => fs.readFileSync(${JSON.stringify('INSTALL')} + '/CHANGELOG.md'));
  await attempt('write', () => fs.writeFileSync(${JSON.stringify(join(home, 'HALT'))}, ''));
  await attempt('remove', () => fs.unlinkSync(${JSON.stringify(join(home, 'run', 'operator.sock'))}));
  await attempt('start', () => process.getBuiltinModule('node:child_process').execFileSync('/bin/true'));
  await attempt('thread', () => new (process.getBuiltinModule('node:worker_threads').Worker)('', { eval: true }));
  await attempt('foreign functions', () => process.getBuiltinModule('node:ffi').dlopen('libc.so.6', {}));
  await attempt('database', () => process.getBuiltinModule('node:sqlite').DatabaseSync);
  await attempt('become another program', () => process.execve('/bin/true', ['true'], {}));
  await attempt('resume', () => ask('{"id":1,"verb":"resume","arguments":{"reason":"because"}}'));
  await attempt('resume with a guess', () => ask('{"id":1,"token":"' + '0'.repeat(64) + '","verb":"resume","arguments":{"reason":"x"}}'));
  await attempt('approve', () => ask('{"id":1,"verb":"approve","arguments":{"approval":"a2b3","reason":"because"}}'));
  console.error('\\x1b]0;owned\\x07\\x9b2J' + JSON.stringify(found));
}, process.argv[1]?.endsWith('doors.ts') ? 500 : 0);
`;
}

test('a poisoned package in the doors reads no file of the home, signals nobody, starts nothing, resumes nothing, and no terminal obeys it', async () => {
  await using world = await World.create();
  world.write('credentials.toml', '[profiles.demo]\napi_key = "sim-key"\nsecret_key = "sim-secret"\npassphrase = "sim-pass"\n');
  const install = poisonedInstall(poison(world.home));
  try {
    await using gateway = new Program({
      command: process.execPath,
      argv: [join(install, 'bin', 'twokey.js'), 'up', '--home', world.home],
      environment: world.environment,
    });
    await gateway.line(/^ready /);
    await eventually('the package has tried everything', () => gateway.stderr.includes('resume with a guess'));
    const line = gateway.stderr.split('\n').find((each) => each.includes('resume with a guess')) ?? '';
    assert.doesNotMatch(line, /\p{Cc}/u, 'what it wrote is shown as text');
    assert.match(line, /^doors: .*\\u\{1b\}\]0;owned\\u\{7\}/);
    assertHarmless(line);
    // The agent's commands load packages too, and are typed by whoever owns the keys.
    const command = new Program({
      command: process.execPath,
      argv: [join(install, 'bin', 'twokey.js'), 'market', 'BTC-USDT', '--home', world.home],
      environment: world.environment,
    });
    assert.equal((await command.exited).code, 0, command.stdout + command.stderr);
    assertHarmless(command.stderr);
    const agent = await world.agent();
    assert.equal((await agent.place({ intent_id: 'after' })).status, 'filled');
  } finally {
    rmSync(install, { recursive: true, force: true });
  }
});

const denied = 'ERR_ACCESS_DENIED';

function assertHarmless(printed: string): void {
  const found = JSON.parse(printed.slice(printed.indexOf('{"signal"')).trim()) as unknown;
  assert.deepEqual(found, {
    signal: 'TypeError',
    'signal below': 'TypeError',
    debugger: 'TypeError',
    'read run/operator.token': denied,
    'read credentials.toml': denied,
    'read twokey.toml': denied,
    'read state/journal.db': denied,
    'environ of the gateway': denied,
    'history of the install': denied,
    write: denied,
    remove: denied,
    start: denied,
    thread: denied,
    'foreign functions': denied,
    database: 'TypeError',
    'become another program': denied,
    resume: 'NOT_ALLOWED',
    'resume with a guess': 'NOT_ALLOWED',
    approve: 'NOT_ALLOWED',
  });
}

/** The descriptors of a process on which somebody could connect over the network, by what the kernel says. */
function listening(pid: number): number {
  const open = ['tcp', 'tcp6']
    .flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, 'latin1').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A')
    .map((columns) => `socket:[${columns[9] ?? ''}]`);
  return readdirSync(`/proc/${pid}/fd`).filter((name) => {
    try {
      return open.includes(readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      return false;
    }
  }).length;
}

test('no process opens its debugger on a signal, neither the gateway nor its children nor the shim of an agent', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const agent = await world.agent();
  const pids = [gateway.pid, agent.pid, ...descendants(gateway.pid)];
  assert.ok(pids.length >= 5, 'gateway, shim, exchange, vault and doors run');
  const before = pids.map(listening);
  for (const pid of pids) process.kill(pid, 'SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(pids.every(isAlive));
  assert.deepEqual(pids.map(listening), before);
  assert.doesNotMatch(gateway.stderr, /Debugger/);
  assert.equal((await agent.place({ intent_id: 'after' })).status, 'filled');
});

test('a gateway starts anew without what its shell had for Node, and with its debugger off', async () => {
  await using world = await World.create();
  const burden = {
    NODE_OPTIONS: '--trace-exit',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    SSLKEYLOGFILE: '/nowhere',
    HTTPS_PROXY: 'http://nowhere:1',
  };
  const gateway = await world.up([], { ...burden, LD_PRELOAD: '', AWS_SECRET_ACCESS_KEY: 'canary-of-another-service', LANG: 'C.UTF-8' });
  for (const pid of [gateway.pid, ...descendants(gateway.pid)]) {
    const names = procFile(pid, 'environ')
      .split('\0')
      .map((entry) => entry.replace(/=.*/s, ''))
      .filter((name) => name !== '');
    for (const name of names)
      assert.match(name, /^(PATH|HOME|LANG|TWOKEY_CLEAN|NODE_CHANNEL_.*|NODE_UNIQUE_ID)$/, procFile(pid, 'cmdline'));
  }
  for (const pid of [gateway.pid, ...descendants(gateway.pid)]) assert.match(procFile(pid, 'cmdline'), /--disable-sigusr1/);
});

test('a home among the programs of twokey is refused, because packages may read there', async () => {
  await using world = await World.create();
  const home = join(root, 'src', `home-${process.pid}`);
  try {
    const program = new Program({ command: join(root, 'twokey'), argv: ['up', '--home', home], environment: world.environment });
    const { code } = await program.exited;
    assert.equal(code, 1);
    assert.match(program.stderr, /lies among the programs of twokey, which npm packages may read; use a --home elsewhere/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
