import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkSocketPaths, startDoors } from '../../src/adapters/doors/doors.ts';
import { eventually } from './harness/eventually.ts';
import { connectAgent, fakeGateway, isAlive, launcher } from './mcp-gateway.ts';

// How the processes around the sockets begin, die and end.

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the shim to its end, with what a host would have written to it. */
function shim(args: readonly string[], input: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, ['mcp', ...args], { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const listing = '{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{}}\n';

test('with no gateway the shim exits with 3, says on stderr what to do, and says nothing on stdout', async () => {
  const { code, stdout, stderr } = await shim(['--agent', 'default', '--home', '/nowhere'], listing);
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.match(stderr, /gateway not reachable at \/nowhere\/run\/agent-default\.sock; start it with twokey up/);
});

test('without an agent, or with one that has no such name, the shim exits with 2', async () => {
  for (const args of [[], ['--agent'], ['--agent', '../x']]) {
    const { code, stdout, stderr } = await shim(args, listing);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /usage: twokey mcp --agent NAME/);
  }
});

test('a host that has said everything still gets its answers, and then the shim exits with 0', async () => {
  await using gateway = await fakeGateway();
  const respond = gateway.respond;
  gateway.respond = (call) => void setTimeout(() => respond(call), 200);
  const call = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get_limits","arguments":{}}}\n';
  const { code, stdout } = await shim(['--agent', 'default', '--home', gateway.home], listing + call);
  assert.equal(code, 0);
  const ids = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: unknown }).id);
  assert.deepEqual(ids, ['x', 2]);
});

test('when the gateway is gone for good the shim gives up after 10 seconds with 3, and its host was told at once', async () => {
  const gateway = await fakeGateway();
  gateway.respond = () => {};
  const child = spawn(launcher, ['mcp', '--agent', 'default', '--home', gateway.home], { stdio: 'pipe' });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdin.write(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"halt_trading","arguments":{"intent_id":"h","reason":"x"}}}\n',
  );
  await eventually('the gateway holds the call', () => gateway.calls.length === 1);
  const lostAt = performance.now();
  await gateway[Symbol.asyncDispose]();
  await eventually('the host is told', () => stdout.includes('outcome not known'));
  assert.equal(await ended, 3);
  const seconds = (performance.now() - lostAt) / 1000;
  assert.ok(seconds > 9, `${seconds} s`);
});

test('sockets are for this user alone', async () => {
  await using gateway = await fakeGateway();
  assert.equal(statSync(join(gateway.home, 'run', 'agent-default.sock')).mode & 0o777, 0o600);
});

test('a socket path over 107 bytes is refused with what to do', () => {
  const refused = checkSocketPaths({ socketsFolder: `/${'x'.repeat(90)}`, agents: ['a', 'longer-than-that'] });
  assert.ok(!refused.ok);
  assert.match(refused.error, /119 bytes of at most 107; use a shorter --home or agent name/);
  assert.ok(checkSocketPaths({ socketsFolder: `/${'x'.repeat(90)}`, agents: ['a'] }).ok);
});

test('the doors end when the gateway is killed', async () => {
  const gateway = spawn(process.execPath, [fileURLToPath(new URL('mcp-gateway-process.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { doors, home } = await new Promise<{ doors: number; home: string }>((resolve) => {
    gateway.stdout.setEncoding('utf8').once('data', (text: string) => resolve(JSON.parse(text) as { doors: number; home: string }));
  });
  assert.ok(isAlive(doors));
  gateway.kill('SIGKILL');
  await eventually('the doors are gone', () => !isAlive(doors));
  rmSync(home, { recursive: true });
});

test('the doors have no environment, read no file but the install, write none and start nothing', async () => {
  const install = fakeInstall(`
    import { readFileSync, writeFileSync } from 'node:fs';
    const found = {};
    const attempt = (name, act) => { try { act(); found[name] = 'done'; } catch (error) { found[name] = error.code ?? 'failed'; } };
    const { execFileSync } = await import('node:child_process');
    attempt('read', () => readFileSync('/etc/hostname'));
    attempt('environ', () => readFileSync('/proc/self/environ'));
    attempt('write', () => writeFileSync(import.meta.dirname + '/x', ''));
    attempt('start', () => execFileSync('/bin/true'));
    attempt('database', () => { if (process.getBuiltinModule('node:sqlite') === undefined) throw Object.assign(new Error(), { code: 'none' }); });
    attempt('own', () => readFileSync(import.meta.filename));
    onStart(({ incarnation }) => {
      say({ kind: 'ready', incarnation, httpPort: null });
      say({ kind: 'call', incarnation, call: 1, principal: 'default', client: { name: '', version: '', toolsHash: '' }, tool: 'get_limits',
        arguments: { found, environment: Object.keys(process.env) } });
    });`);
  await using gateway = await fakeGateway({ install });
  await eventually('they report', () => gateway.calls.length === 1);
  assert.deepEqual(gateway.calls[0]?.arguments, {
    found: {
      read: 'ERR_ACCESS_DENIED',
      environ: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      start: 'ERR_ACCESS_DENIED',
      database: 'none',
      own: 'done',
    },
    environment: [],
  });
  rmSync(install, { recursive: true });
});

test('doors that say what working doors never say are killed, and new ones start under a new incarnation', async () => {
  const lies = [
    "{ kind: 'approve', incarnation }",
    "{ kind: 'ready', incarnation: incarnation + 1, httpPort: null }",
    "{ kind: 'call', incarnation, call: 1, principal: 'operator', client, tool: 'place_order', arguments: {} }",
    "{ kind: 'call', incarnation, call: 1, principal: 'default', client, tool: 'place_order', arguments: { quantity: 0.5 } }",
    "{ kind: 'page', incarnation, call: 1, session: '', wish: { half: 0.5 } }",
  ];
  const install = fakeInstall(`
    onStart(({ incarnation }) => {
      const client = { name: '', version: '', toolsHash: '' };
      const lie = [${lies.join(', ')}][incarnation - 1];
      say(lie ?? { kind: 'ready', incarnation, httpPort: null });
    });`);
  await using gateway = await fakeGateway({ install });
  assert.deepEqual(gateway.surprises, [
    'expected kind ready, call or page',
    'expected its own incarnation',
    'expected an agent that exists',
    'expected arguments whose numbers are safe integers',
    'expected arguments whose numbers are safe integers',
  ]);
  assert.deepEqual([gateway.calls, gateway.wishes], [[], []]);
  rmSync(install, { recursive: true });
});

test('doors that never stay are started again with growing pauses, and after a minute somebody is told, once', async (context) => {
  const install = fakeInstall('process.exit(1);');
  const home = mkdtempSync(join(tmpdir(), 'twokey-'));
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let told = 0;
  const doors = startDoors({
    installFolder: install,
    socketsFolder: home,
    agents: () => [{ name: 'default', tokenHash: '' }],
    http: null,
    onCall: () => {},
    onPage: () => {},
    onDown: () => (told += 1),
    onNoHttp: () => {},
    onSurprise: () => {},
  });
  const pauses: number[] = [];
  for (let pause = 50; pauses.length < 7; pause = Math.min(pause * 2, 2000)) {
    await passed(() => doors.pid() === undefined);
    context.mock.timers.tick(pause - 1);
    assert.equal(doors.pid(), undefined, `no new doors before ${pause} ms`);
    context.mock.timers.tick(1);
    assert.notEqual(doors.pid(), undefined, `new doors after ${pause} ms`);
    pauses.push(pause);
  }
  assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1600, 2000]);
  assert.equal(told, 0);
  context.mock.timers.tick(60_000);
  assert.equal(told, 1);
  await passed(() => doors.pid() === undefined);
  context.mock.timers.tick(120_000);
  assert.equal(told, 1);
  await passed(() => doors.pid() === undefined);
  await doors.close();
  rmSync(home, { recursive: true });
  rmSync(install, { recursive: true });
});

/** Waits without the timers that the test has stopped. */
async function passed(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test('a connection that was open when the doors died is closed, not left hanging', async () => {
  await using gateway = await fakeGateway();
  const socket = connect(join(gateway.home, 'run', 'agent-default.sock'));
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.resume();
  await new Promise((resolve) => socket.once('connect', resolve));
  const pid = gateway.doors.pid();
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await closed;
  await eventually('new doors stand', () => gateway.doors.pid() !== undefined && gateway.doors.pid() !== pid);
  // They have a process before they listen.
  await using agent = await eventually('they answer', () => connectAgent({ home: gateway.home, era: '2025-11-25' }));
  assert.equal((await agent.client.listTools()).tools.length > 0, true);
});

const pipe = `
  import { Socket } from 'node:net';
  const gateway = new Socket({ fd: 3, readable: true, writable: true });
  gateway.on('close', () => process.exit(0));
  const say = (message) => gateway.write(JSON.stringify(message) + '\\n');
  const onStart = (act) => gateway.once('data', (line) => act(JSON.parse(String(line))));
`;

/** A folder that looks like an install whose doors do as the test says. `say` and `onStart` speak to the gateway. */
function fakeInstall(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-install-'));
  mkdirSync(join(folder, 'src/main'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'src/main/doors.ts'), pipe + code);
  return folder;
}
