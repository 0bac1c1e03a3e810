import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Agent } from './harness/agent.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { descendants } from './harness/program.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const passphrase = 'sim-pass';

/** A credentials.toml with this key. */
function keys(key: string, words = passphrase): string {
  return `[profiles.demo]\napi_key = "${key}"\nsecret_key = "sim-secret"\npassphrase = '${words}'\n`;
}

/** What became of a small order, each of another size: two of one size soon after each other could be one that was meant once. */
async function filled(agent: Agent, name: string): Promise<readonly unknown[]> {
  const { status, message } = await agent.place({ intent_id: name, quantity: String(20 + name.length) });
  return [status, status === 'filled' ? undefined : message];
}

/** Has an order rest. One that was too late to leave, as happens on a slow machine, is asked for again at another price, for it is no double. */
async function rests(agent: Agent, name: string, price: number): Promise<void> {
  const asked = await agent.place({ intent_id: name, type: 'limit', price: `${price}` });
  const { status, code, sent_to_exchange } = asked.status === 'unknown' ? await agent.intent(name, 25) : asked;
  if (status === 'rejected' && code === 'UNAVAILABLE' && sent_to_exchange === 'no') return rests(agent, `${name}-again`, price + 100);
  assert.match(String(status), /^(working|accepted)$/, String(code));
}

function vaultsOf(pid: number): readonly number[] {
  return descendants(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('vault.ts'));
}

test('new keys of the same account take over while orders are placed: none fails, the old vault ends, and no file or line holds a key', async () => {
  await using world = await World.create();
  world.write('credentials.toml', keys('sim-key'));
  const gateway = await world.up();
  await using agent = await world.agent();
  const [before] = vaultsOf(gateway.pid);
  assert.deepEqual(await filled(agent, 'before'), ['filled', undefined]);

  world.write('credentials.toml', keys('sim-key-noip'));
  const placing = Array.from({ length: 20 }, (_, index) => rests(agent, `during-${index}`, 30_000 + index));
  const rotating = world.run(['credentials', 'rotate', '--reason', 'once a quarter']);
  await Promise.all(placing);
  const rotated = await rotating;
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.match(rotated.stdout, /the keys in .*credentials\.toml sign from here on\nwarning: this key is bound to no address/);
  assert.match(rotated.stdout, /→ delete the old key at the exchange/);

  await eventually('one vault is left, and it is another', () => {
    const left = vaultsOf(gateway.pid);
    return left.length === 1 && left[0] !== before;
  });
  assert.deepEqual(await filled(agent, 'after'), ['filled', undefined]);
  assert.deepEqual((await world.read('account', 'config'))['key_bound_to'], []);
  assert.deepEqual(modesChanged(world.home), []);
  assert.equal((await world.run(['reconcile'])).code, 0);

  const noted = journalOf(world.home).filter(({ body }) => body['code'] === 'CREDENTIALS');
  assert.equal(noted.length, 1);
  assert.match(
    String(noted[0]?.body['message']),
    /^the operator exchanges the keys of okx:sim:1001 for others of the same account \(once a quarter\)$/,
  );
  const shown = [gateway.stdout, gateway.stderr, rotated.stdout, rotated.stderr, JSON.stringify(journalOf(world.home))].join('\n');
  for (const secret of ['sim-secret', 'sim-key-noip', passphrase]) assert.ok(!shown.includes(secret), secret);
});

test('what is not right about the new keys is said, and the old ones go on', async () => {
  await using world = await World.create();
  world.write('credentials.toml', keys('sim-key'));
  const gateway = await world.up();
  await using agent = await world.agent();
  const [before] = vaultsOf(gateway.pid);
  const refusals: readonly (readonly [string, RegExp])[] = [
    [keys('sim-key'), /holds the same keys as before; put the new ones there first/],
    [keys('sim-key-withdraw'), /of the new key: this key may withdraw .*read and trade only/],
    [keys('sim-key-readonly'), /of the new key: this key may not trade/],
    [keys('sim-key-main'), /of the new key: this key opens the main account 1000; /],
    [keys('sim-key-demo'), /the new key opens okx:sim:2000, and the books are those of okx:sim:1001|this key opens the main account 2000/],
    [keys('sim-key-noip', 'CANARYwrong'), /of the new key: the passphrase is wrong \(code 50105 of OKX\); .*single quotes/],
    [keys('sim-key-unknown'), /of the new key: OKX does not know this key/],
    [
      '[profiles.demo]\napi_key = "sim-key-noip"\npassphrase = "CANARY\\d"\n',
      /line 3: passphrase: expected .*; in credentials\.toml write it between single quotes/,
    ],
  ];
  for (const [text, words] of refusals) {
    world.write('credentials.toml', text);
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout, stderr } = await world.run(['credentials', 'rotate']);
    assert.equal(code, 1, text);
    assert.match(stderr, /the keys stay as they were: /);
    assert.match(stderr, words);
    assert.ok(!`${stdout}${stderr}`.includes('CANARY'));
  }
  world.write('credentials.toml', keys('sim-key-noip'));
  world.write('ceiling.toml', '[instruments."BTC-USDT"]\nmax_size = "100"\n[rate]\nper_minute = 240\n');
  assert.match(
    (await world.run(['credentials', 'rotate'])).stderr,
    /twokey\.toml, ceiling\.toml or operator\.toml is not as it was at the start/,
  );
  assert.equal((await world.run(['credentials'])).code, 2);

  await eventually('the refused vaults are gone', () => vaultsOf(gateway.pid).length === 1);
  assert.equal(vaultsOf(gateway.pid)[0], before);
  assert.deepEqual(await filled(agent, 'after'), ['filled', undefined]);
  assert.deepEqual(modesChanged(world.home), []);
  assert.ok(!JSON.stringify(journalOf(world.home)).includes('CANARY'));
});

test('the vault that took over is the one whose death halts, and a start after that finds everything as it was', async () => {
  await using world = await World.create();
  await using _sim = await world.startExchange();
  world.write('credentials.toml', keys('sim-key'));
  const gateway = await world.up();
  world.write('credentials.toml', keys('sim-key-noip'));
  assert.equal((await world.run(['credentials', 'rotate'])).code, 0);
  await eventually('the old vault is gone', () => vaultsOf(gateway.pid).length === 1);
  assert.deepEqual(modesChanged(world.home), []);
  process.kill(vaultsOf(gateway.pid)[0] ?? 0, 'SIGKILL');
  await eventually('the account is halted', async () => (await world.read('status'))['mode'] === 'HALTED');
  await gateway.stop();
  await world.up();
  assert.equal((await world.run(['log', 'verify'])).code, 0);
  assert.equal((await world.run(['reconcile'])).code, 0);
});
