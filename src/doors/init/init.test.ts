import { deepStrictEqual, doesNotMatch, match, ok as isTrue, strictEqual } from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { err, ok } from '../../core/lang/result.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { decimal, formatDecimal } from '../../core/money/decimal.ts';
import { parseCeiling } from '../../core/policy/ceiling-file.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import type { Person } from './ask.ts';
import { filesOf, type Priced, spotAt } from './files.ts';
import { parseFlags } from './flags.ts';
import { init, type Surroundings } from './init.ts';
import { type KeyFields, keyFromLines } from './secrets.ts';
import { writeAll } from './write.ts';

const SECRET = 'Q"7\\$x`canary';
const key: KeyFields = { api_key: 'abc-123', secret_key: 'S3CR3T', passphrase: SECRET };
const bitcoin = 'BTC-USDT' as InstrumentId;
const swap = 'BTC-USDT-SWAP' as InstrumentId;

/** A folder that ends with the test, and what is printed meanwhile. */
function setUp(context: TestContext): { readonly home: string; readonly around: Surroundings; readonly printed: () => string } {
  const home = join(mkdtempSync(join(tmpdir(), 'tk-i-')), 'home');
  context.after(() => rmSync(join(home, '..'), { recursive: true, force: true }));
  let printed = '';
  const take = (chunk: unknown): boolean => {
    printed += String(chunk);
    return true;
  };
  context.mock.method(process.stdout, 'write', take);
  context.mock.method(process.stderr, 'write', take);
  const around: Surroundings = {
    openHome: () => {
      mkdirSync(home, { recursive: true, mode: 0o700 });
      return ok(home);
    },
    homeOf: () => home,
    defaultHome: '/nowhere',
    program: '/opt/two key/twokey',
    keyInEnvironment: () => ok(undefined),
    person: undefined,
    standardInput: () => Promise.resolve(''),
    market: ({ instruments }) => Promise.resolve(ok(instruments.map((id) => spotAt(id, decimal('50000'))))),
  };
  return { home, around, printed: () => printed };
}

test('a key from standard input goes into credentials.toml, closed to others, and is printed nowhere', async (context) => {
  const { home, around, printed } = setUp(context);
  const lines = `${key.api_key}\n${key.secret_key}\n${key.passphrase}\n`;
  const argv = ['--env', 'demo', '--site', 'eea', '--equity', '300', '--agent', 'alpha', '--yes'];
  strictEqual(await init(argv, { ...around, standardInput: () => Promise.resolve(lines) }), 0);
  for (const name of ['twokey.toml', 'ceiling.toml', 'credentials.toml']) strictEqual(statSync(join(home, name)).mode & 0o777, 0o600, name);
  deepStrictEqual(readdirSync(home).length, 3, 'no other name is left');
  match(
    readFileSync(join(home, 'credentials.toml'), 'utf8'),
    /^\[profiles\.demo\]\napi_key = "abc-123"\n.*\n.*\ndemo = true\nsite = "eea"\n$/m,
  );
  doesNotMatch(printed(), /S3CR3T|canary|abc-123/);
  match(printed(), /doctor[^]*twokey up[^]*'\/opt\/two key\/twokey' mcp --agent alpha --home /);
  const read = parseConfiguration(readFileSync(join(home, 'twokey.toml'), 'utf8'));
  isTrue(read.ok);
  const { exchange, policy, agents } = read.value;
  deepStrictEqual([exchange.environment, exchange.site, exchange.profile], ['demo', 'eea', 'demo']);
  deepStrictEqual(
    [formatDecimal(policy.maxOrderSize), formatDecimal(policy.maxPositionSize), policy.looseningWaitMilliseconds],
    ['15', '40', 0],
  );
  deepStrictEqual([...agents.keys()], ['alpha']);
});

test('a key from the environment is taken before anybody is asked; a part of one is refused', async (context) => {
  const { home, around } = setUp(context);
  const argv = ['--env', 'demo', '--yes'];
  strictEqual(await init(argv, { ...around, keyInEnvironment: () => err('a part of a key') }), 1);
  isTrue(!existsSync(home), 'not even the folder was made');
  strictEqual(await init(argv, { ...around, keyInEnvironment: () => ok({ ...key, passphrase: ' spaced' }) }), 1);
  strictEqual(await init(argv, { ...around, keyInEnvironment: () => ok({ ...key, api_key: 'sim-key' }) }), 1);
  strictEqual(await init(argv, { ...around, keyInEnvironment: () => ok(key) }), 0);
});

test('no file is written over, and none is written where one of them stands', async (context) => {
  const { home, around, printed } = setUp(context);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'ceiling.toml'), 'mine');
  strictEqual(await init(['--yes'], around), 1);
  deepStrictEqual(readdirSync(home), ['ceiling.toml']);
  match(printed(), /ceiling\.toml is there already, and nothing was written; move them away/);
  strictEqual(readFileSync(join(home, 'ceiling.toml'), 'utf8'), 'mine');
  const late = writeAll(home, [
    { name: 'twokey.toml', text: 'a' },
    { name: 'ceiling.toml', text: 'b' },
  ]);
  isTrue(!late.ok, 'also when it came while questions were asked');
  deepStrictEqual(readdirSync(home), ['ceiling.toml'], 'the first one went with it');
});

test('a person is asked for what no flag says, a secret unseen, and the answers are those of flags', async (context) => {
  const { home, around } = setUp(context);
  const questions: string[] = [];
  const secrets = [key.api_key, key.secret_key, key.passphrase];
  const answers = ['demo', 'us', '600', 'btc', 'BTC-USDT', 'alpha'];
  const person: Person = {
    ask: async (question, _otherwise, parse) => {
      for (;;) {
        questions.push(question);
        const parsed = parse(answers.shift() ?? '');
        // oxlint-disable-next-line no-await-in-loop
        if (parsed.ok) return await Promise.resolve(parsed);
      }
    },
    askSecret: (_question, parse) => Promise.resolve(parse(secrets.shift() ?? '')),
    close: () => {},
  };
  strictEqual(await init([], { ...around, person: () => person }), 0);
  strictEqual(questions.length, 6, 'one was asked again');
  match(readFileSync(join(home, 'twokey.toml'), 'utf8'), /site = "us"[^]*max_order_size = 30\n[^]*\[agents\.alpha\]/);
});

test('live, a secret as a flag, and what cannot be read are refused before anything is made', async (context) => {
  const { home, around, printed } = setUp(context);
  for (const argv of [
    ['--env', 'live'],
    ['--passphrase', 'x'],
    ['--equity', '-1'],
    ['--instruments', 'BTC-EUR'],
    ['--instruments', 'BTC-USDT,BTC-USDT'],
    ['--agent', 'operator'],
    ['--site', 'mars'],
    ['--prices', 'BTC-USDT'],
    ['--demo', '--env', 'sim'],
  ])
    // oxlint-disable-next-line no-await-in-loop
    strictEqual(await init([...argv, '--yes'], around), 2, argv.join(' '));
  match(printed(), /set environment = "live" in twokey\.toml later/);
  strictEqual(await init(['--equity', '20', '--yes'], around), 1);
  match(printed(), /too small for BTC-USDT/);
  isTrue(!existsSync(home));
  isTrue(!keyFromLines('one\ntwo\n').ok);
  isTrue(!keyFromLines('one\ntwo\nthree\nfour\n').ok);
});

const perpetual: Priced = {
  price: decimal('50000'),
  instrument: {
    kind: 'linear',
    id: swap,
    base: 'BTC',
    quote: 'USDT',
    settle: 'USDT',
    tick: decimal('0.1'),
    lot: decimal('0.01'),
    minimum: decimal('0.01'),
    maximum: decimal('1000'),
    tradable: true,
    expiry: null,
    contractValue: decimal('0.01'),
  },
};

test('the ceiling is twice the policy: in base currency on spot, in contracts on derivatives, rounded up to what the exchange takes', () => {
  const flags = parseFlags(['--equity', '300', '--instruments', 'BTC-USDT,BTC-USDT-SWAP']);
  isTrue(flags.ok);
  const { equityUsd = decimal('0'), instruments = [] } = flags.value;
  const answers = { environment: 'demo', site: 'global', equityUsd, instruments, agent: 'a', key } as const;
  const files = filesOf(answers, [spotAt(bitcoin, decimal('50000')), perpetual]);
  isTrue(files.ok);
  const ceiling = parseCeiling(files.value.find(({ name }) => name === 'ceiling.toml')?.text ?? '');
  isTrue(ceiling.ok);
  // An order of 15 USD, twice: 0.0006 BTC, and 0.06 contracts of 500 USD.
  deepStrictEqual(
    [...ceiling.value.instruments].map(([id, size]) => [id, formatDecimal(size)]),
    [
      ['BTC-USDT', '0.0006'],
      ['BTC-USDT-SWAP', '0.06'],
    ],
  );
  strictEqual(ceiling.value.perMinute, 20);
  match(files.value[0]?.text ?? '', /\ninstruments = \["BTC-USDT", "BTC-USDT-SWAP"\]\n/);
});
