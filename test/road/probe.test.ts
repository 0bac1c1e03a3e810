import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../src/sim/rules.ts';
import { eventually, pause } from './harness/eventually.ts';
import type { Ledger } from './harness/exchange.ts';
import { loadHook, type Plant } from './harness/plant.ts';
import { Program, root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Document = {
  readonly against: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly waiting_for_demo: readonly string[];
  readonly left_behind: readonly string[];
  readonly cases: readonly Case[];
};
type Seen = { readonly facts: Readonly<Record<string, string>>; readonly body: unknown } | null;
type Case = {
  readonly name: string;
  readonly result: string;
  readonly why?: string;
  readonly seen?: readonly {
    readonly what: string;
    readonly differs?: readonly string[];
    readonly target: Seen;
    readonly reference: Seen;
  }[];
};

const assumed = Object.keys(rules).filter((name) => rules[name]?.tag === 'ASSUMED');
/** What no output of the probe may hold, of the key that it was given. */
const secrets = ['sim-key', 'sim-secret', 'sim-pass', '"1001"', '"1000"', '127.0.0.1'];

function assertNoSecret(...outputs: readonly string[]): void {
  for (const output of outputs) for (const secret of secrets) assert.ok(!output.includes(secret), `${secret} in ${output}`);
}

function reportIn(world: World): { readonly text: string; readonly document: Document } {
  const path = join(world.home, 'probe-report.json');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, 'utf8');
  return { text, document: JSON.parse(text) as Document };
}

type Stateful = { readonly state: string };

function isOpen({ state }: Stateful): boolean {
  return state === 'live' || state === 'partially_filled';
}

async function ledgerOf({ exchange }: World) {
  return (await exchange.ledger()) as Ledger & { readonly algos: readonly Stateful[] };
}

/** Everything of the probe's own is over, and what it bought is sold again. */
async function assertNothingLeft(world: World): Promise<void> {
  const { orders, positions, algos } = await ledgerOf(world);
  assert.ok(orders.length > 0, 'the ledger shows that it traded');
  assert.deepEqual([...orders, ...algos].filter(isOpen), []);
  assert.deepEqual(
    positions.filter(({ pos }) => pos !== '0'),
    [],
  );
}

/** One case waits for a timer of ten seconds, with an order and a stop order in the book: meanwhile the exchange's clock goes faster. */
async function hurry(world: World, probe: Program): Promise<void> {
  await eventually('the timer is waited for', async () => {
    const { orders, algos } = await ledgerOf(world);
    return !probe.running || (orders.some(isOpen) && algos.some(isOpen));
  });
  // No more than a signature may be old.
  for (let second = 0; second < 20 && probe.running && (await ledgerOf(world)).orders.some(isOpen); second += 2) {
    await world.exchange.advance(2000);
    await pause(200);
  }
}

test('the probe passes against the simulator, says which cases wait, leaves nothing there, and tells no secret', async () => {
  await using world = await World.create();
  const sim = world.start(['sim', '--port', new URL(world.exchange.url).port, '--rate-limits', 'strict']);
  await sim.line(/listening/);
  const ran = world.start(['probe', '--yes']);
  await hurry(world, ran);
  assert.equal((await ran.exited).code, 0, ran.stdout + ran.stderr);
  const { text, document } = reportIn(world);
  assertNoSecret(text, ran.stdout, ran.stderr);
  assert.equal(document.against, 'simulator');
  assert.deepEqual(document.cases.map(({ name }) => name).toSorted(), assumed.toSorted());
  const of = (result: string) => document.cases.filter((each) => each.result === result);
  assert.deepEqual(
    document.cases.filter(({ result }) => result !== 'PROBED' && result !== 'WAITS'),
    [],
  );
  assert.ok(of('PROBED').length > 25 && of('WAITS').every(({ why = '' }) => why.length > 10));
  // Nothing that ran against the simulator is decided for the exchange.
  assert.deepEqual(
    document.waiting_for_demo.toSorted(),
    assumed.filter((name) => !of('WAITS').some((each) => each.name === name)).toSorted(),
  );
  assert.match(ran.stdout, /cases still wait for a run against OKX's own demo/);
  await assertNothingLeft(world);
});

/** Five rules that the exchange which is probed has and twokey does not believe in. */
const plants: readonly (Plant & { readonly rule: string; readonly fact: string })[] = [
  {
    rule: 'transfer-unknown',
    fact: 'code',
    file: 'src/sim/refusal.ts',
    from: "transferUnknown: () => refusal('58129'",
    to: "transferUnknown: () => refusal('58202'",
  },
  {
    rule: 'available-funds',
    fact: 'is_cash_less_frozen',
    file: 'src/sim/margin.ts',
    from: 'available: floor(minimum(free, cashFree)),',
    to: 'available: floor(balance.cash),',
  },
  {
    rule: 'cancel-all-after-time',
    fact: 'digits',
    file: 'src/sim/trade.ts',
    from: 'triggerTime: String(trigger), ts',
    to: 'triggerTime: String(Math.floor(trigger / 1000)), ts',
  },
  {
    rule: 'attached-size-of-spot',
    fact: 'sells',
    file: 'src/sim/algo-run.ts',
    from: "if (instrument.instType !== 'SPOT' || order.side === 'sell') return order.filled;",
    to: 'return order.filled;',
  },
  {
    rule: 'close-beyond-leg',
    fact: 'sCode',
    file: 'src/sim/refusal.ts',
    from: "closeTooLarge: () => refusal('51112'",
    to: "closeTooLarge: () => refusal('51148'",
  },
];

test('of an exchange with five other rules the probe says in which it differs, with both bodies, and ends with 1', async () => {
  await using world = await World.create();
  world.write('plants.mjs', loadHook(plants));
  const port = new URL(world.exchange.url).port;
  await using sim = new Program({
    command: process.execPath,
    argv: ['--import', join(world.home, 'plants.mjs'), join(root, 'bin', 'twokey.js'), 'sim', '--port', port, '--home', world.home],
    environment: world.environment,
  });
  await sim.line(/listening/);
  const others = ['algo-amend-adds-no-leg', 'initial-margin'];
  const only = [...plants.map(({ rule }) => rule), ...others].flatMap((rule) => ['--only', rule]);
  const ran = await world.run(['probe', '--yes', '--json', ...only]);
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  const document = JSON.parse(ran.stdout) as Document;
  assertNoSecret(ran.stdout, ran.stderr, reportIn(world).text);
  for (const { rule, fact } of plants) {
    const found = document.cases.find(({ name }) => name === rule);
    assert.equal(found?.result, 'DIFFERS', `${rule}: ${JSON.stringify(found)}`);
    const step = found.seen?.find(({ differs = [] }) => differs.includes(fact));
    assert.ok(step?.target?.body !== undefined && step.reference?.body !== undefined, JSON.stringify(found.seen));
    assert.notEqual(step.target.facts[fact], step.reference.facts[fact]);
  }
  for (const rule of others) assert.equal(document.cases.find(({ name }) => name === rule)?.result, 'PROBED');
  await assertNothingLeft(world);
});

test('the probe asks before it does anything, and never beside live trading', async () => {
  await using world = await World.create();
  await using _sim = await world.startExchange();
  const unasked = await world.run(['probe']);
  assert.equal(unasked.code, 1);
  assert.match(unasked.stderr, /places orders of the smallest size[^]*--yes agrees beforehand/);
  assert.equal((await world.run(['probe', '--env', 'live', '--yes'])).code, 2);
  const before = readFileSync(join(world.home, 'twokey.toml'), 'utf8');
  world.write('twokey.toml', before.replace('environment = "sim"', 'environment = "live"'));
  const live = await world.run(['probe', '--demo', '--yes']);
  assert.equal(live.code, 1);
  assert.match(live.stderr, /never runs beside live trading/);
  const { orders, refused } = await world.exchange.ledger();
  assert.deepEqual([orders, refused], [[], []], 'nothing was sent');
});

test('keys that come in the environment are taken, and what they may not do is skipped', async () => {
  await using world = await World.create();
  await using _sim = await world.startExchange();
  const keys = { OKX_API_KEY: 'sim-key-readonly', OKX_API_SECRET: 'sim-secret', OKX_PASSPHRASE: 'sim-pass' };
  const ran = await world.run(['probe', '--yes', '--only', 'order-margin', '--only', 'transfer-unknown'], keys);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^SKIPPED +order-margin +the key may not trade\nPROBED +transfer-unknown$/m);
  assertNoSecret(ran.stdout, ran.stderr, reportIn(world).text);
});

test('a probe that is stopped in the middle undoes what it did', async () => {
  await using world = await World.create();
  await using _sim = await world.startExchange();
  // It waits for ten seconds with an order and a stop order in the book.
  const probe = world.start(['probe', '--yes', '--only', 'cancel-all-after-spares-stops', '--only', 'order-margin']);
  await eventually('its order is there', async () => (await ledgerOf(world)).orders.length > 0);
  const { code } = await probe.stop(60_000);
  assert.equal(code, 1, probe.stdout + probe.stderr);
  assert.deepEqual(
    reportIn(world).document.cases.map(({ result }) => result),
    ['SKIPPED', 'SKIPPED'],
  );
  await assertNothingLeft(world);
});
