import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { eventually } from './harness/eventually.ts';
import { type FakeGateway, fakeGateway, head, launcher } from './mcp-gateway.ts';

// The agent's commands as a person or a script runs them, through the launcher and real doors.

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const place = ['place', 'BTC-USDT', 'buy', '--type', 'market', '--quantity', '5', '--quantity-unit', 'usd', '--reason', 'because'];

function answering(gateway: FakeGateway, failed: boolean, answer: Readonly<Record<string, string>>): void {
  gateway.respond = ({ incarnation, call }) => gateway.doors.answer({ incarnation, call, failed, answer: { ...head, ...answer } });
}

test('an order by hand reaches the gateway as an agent’s call, with a name drawn for it, and exits with 0', async () => {
  await using gateway = await fakeGateway();
  const { code, stdout } = await run(...place, '--home', gateway.home, '--json');
  assert.equal(code, 0);
  const { asked } = JSON.parse(stdout) as { asked: Record<string, unknown> };
  const { intent_id, ...rest } = asked;
  assert.match(String(intent_id), /^cli-[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '5', quantity_unit: 'usd', reason: 'because' });
  assert.equal(gateway.calls[0]?.client.name, 'twokey');
});

test('what a person reads is headed by environment, account and mode', async () => {
  await using gateway = await fakeGateway();
  const { stdout } = await run('portfolio', '--home', gateway.home);
  assert.match(stdout, /^sim · okx:sim:1001 · ACTIVE · 2026-11-23 10:00:00 UTC\n/);
});

test('exit codes: 1 refused, 2 wrong usage, 3 not reachable, 4 outcome unknown', async () => {
  await using gateway = await fakeGateway();
  const home = ['--home', gateway.home];
  answering(gateway, true, { status: 'denied', code: 'MAX_ORDER_SIZE' });
  assert.equal((await run(...place, ...home)).code, 1);
  answering(gateway, false, { status: 'unknown', code: 'OUTCOME_UNKNOWN' });
  assert.equal((await run(...place, ...home)).code, 4);
  assert.equal(gateway.calls.length, 2);
  for (const args of [
    [...place, '--quantity', '1e5'],
    [...place, '--nix'],
    ['intent'],
    [...place, '--agent', '../x'],
    [...place, '--read-only'],
  ]) {
    const { code, stdout } = await run(...args, ...home, '--json');
    assert.equal(code, 2, args.join(' '));
    assert.equal((JSON.parse(stdout) as { ok: boolean }).ok, false);
  }
  const elsewhere = await run(...place, '--agent', 'nobody', ...home);
  assert.equal(elsewhere.code, 3);
  assert.match(elsewhere.stderr, /gateway not reachable at .*agent-nobody\.sock; start it with twokey up/);
  assert.equal(gateway.calls.length, 2);
});

test('a connection lost in the middle of an order exits with 4 and names the intent; in the middle of a look, with 3', async () => {
  await using gateway = await fakeGateway();
  gateway.respond = () => {
    const pid = gateway.doors.pid();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  const order = await run(...place, '--home', gateway.home, '--intent-id', 'mine-1');
  assert.equal(order.code, 4);
  assert.match(order.stderr, /outcome not known; ask twokey intent mine-1/);
  // A command does not wait for new doors, as the shim does.
  let look = await run('portfolio', '--home', gateway.home);
  for (let attempt = 0; attempt < 20 && gateway.calls.length < 2; attempt += 1) look = await run('portfolio', '--home', gateway.home);
  await eventually('the look was asked', () => gateway.calls.length === 2);
  assert.equal(look.code, 3);
});

test('a flag that names another environment than the gateway’s stops before the order is asked', async () => {
  await using gateway = await fakeGateway();
  const { code, stderr } = await run('--demo', ...place, '--home', gateway.home);
  assert.equal(code, 1);
  assert.match(stderr, /this gateway trades on sim, not on demo; nothing was sent/);
  assert.deepEqual(
    gateway.calls.map(({ tool }) => tool),
    ['get_limits'],
  );
});
