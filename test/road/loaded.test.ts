import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultEntry, vaultFlags } from '../../src/adapters/vault/signer.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { eventually } from './harness/eventually.ts';
import { Program, root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// What the design promises of the trusted processes is looked at in the running ones: every module that Node loads is written down.
const hook = `
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ load(url, context, next) { writeSync(2, 'loaded ' + url + '\\n'); return next(url, context); } });
`;

function loaded(text: string): readonly string[] {
  return [...text.matchAll(/^loaded (\S+)$/gm)].map(([, url = '']) => url);
}

function assertOurs(urls: readonly string[]): void {
  const strangers = urls.filter((url) => !url.startsWith('node:') && (url.includes('/node_modules/') || !url.startsWith(`file://${root}`)));
  assert.deepEqual(strangers, []);
}

test('the gateway that places, cancels, halts and reconciles has loaded no npm package', async () => {
  await using world = await World.create();
  world.write('hook.mjs', hook);
  const gateway = new Program({
    command: process.execPath,
    argv: ['--import', join(world.home, 'hook.mjs'), join(root, 'bin', 'twokey.js'), 'up', '--home', world.home],
    environment: world.environment,
  });
  await using _running = gateway;
  await gateway.line(/^ready /);
  const agent = await world.agent();
  await agent.place({ intent_id: 'filled' });
  const ticker = (await agent.call('get_market', { instrument: 'BTC-USDT' })).answer as { readonly bid?: string };
  const price = String(Math.floor(Number(ticker.bid) - 100));
  await agent.place({ intent_id: 'resting', type: 'limit', price });
  await agent.call('cancel_orders', { intent_id: 'cancel', reason: 'done' });
  assert.equal((await world.run(['reconcile'])).code, 0);
  assert.equal((await world.run(['halt', '--reason', 'drill'])).code, 0);
  const urls = loaded(gateway.stderr).filter((url) => url !== `file://${join(world.home, 'hook.mjs')}`);
  assert.ok(
    urls.some((url) => url.endsWith('/src/core/gateway.ts')) && urls.some((url) => url.endsWith('/src/engine/engine.ts')),
    'the hook saw the gateway',
  );
  assertOurs(urls);
});

test('the vault that signs has loaded no npm package', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tk-'));
  try {
    const hookPath = join(home, 'hook.mjs');
    writeFileSync(hookPath, hook);
    const configuration = parseConfiguration('');
    assert.ok(configuration.ok);
    const { exchange } = configuration.value;
    const flags = vaultFlags({ home, userHome: home, exchange });
    const child = fork(vaultEntry, ['--home', home, '--user-home', home, '--environment', 'sim', '--input', 'none'], {
      execArgv: [...flags, `--allow-fs-read=${hookPath}`, '--import', hookPath],
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const said: unknown[] = [];
    child.on('message', (message) => said.push(message));
    await eventually('the vault is ready', () => said.length > 0);
    child.send({ kind: 'sign', id: 1, sequence: 1, epoch: 0, request: { kind: 'balance' }, expectedHash: '' });
    await eventually('the vault answers', () => said.length > 1);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await ended;
    const urls = loaded(text).filter((url) => url !== `file://${hookPath}`);
    assert.ok(
      urls.some((url) => url.endsWith('/src/vault/sign.ts')),
      'the hook saw the vault',
    );
    assertOurs(urls);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('a package among what was loaded would be seen', () => {
  assert.throws(() => assertOurs([`file://${root}node_modules/zod/index.js`]));
  assert.throws(() => assertOurs(['file:///elsewhere/code.js']));
});
