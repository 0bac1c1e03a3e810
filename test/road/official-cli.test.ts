import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { OfficialKit } from './harness/official-kit.ts';

// The exchange's own command line, unchanged, against `twokey sim`: what works there works for whoever uses it.

let kit: OfficialKit;

before(async () => {
  kit = await OfficialKit.install({ name: '@okx_ai/okx-trade-cli', version: '1.2.4' });
});

after(async () => {
  await kit[Symbol.asyncDispose]();
});

type Said = { readonly code: number | null; readonly out: string };

function okx(...words: string[]): Said {
  const { entry, environment } = kit;
  const ran = spawnSync(process.execPath, [entry, '--demo', ...words], { env: environment, encoding: 'utf8', timeout: 20_000 });
  return { code: ran.status, out: ran.stdout + ran.stderr };
}

test('it reads the account', () => {
  assert.match(okx('account', 'balance').out, /USDT\s+10000\s+10000/);
  const config = okx('account', 'config', '--json');
  assert.equal(config.code, 0);
  const [row] = JSON.parse(config.out) as Record<string, string>[];
  assert.deepEqual(
    [row?.['uid'], row?.['mainUid'], row?.['perm'], row?.['posMode'], row?.['acctLv']],
    ['1001', '1000', 'read_only,trade', 'net_mode', '2'],
  );
  assert.match(okx('account', 'positions').out, /No open positions/);
});

test('it reads the market', () => {
  const ticker = okx('market', 'ticker', 'BTC-USDT');
  assert.equal(ticker.code, 0);
  assert.match(ticker.out, /last\s+\d+/);
  for (const words of [
    'instruments --instType SWAP',
    'orderbook BTC-USDT',
    'candles BTC-USDT',
    'trades BTC-USDT',
    'mark-price --instType SWAP',
  ]) {
    assert.equal(okx('market', ...words.split(' ')).code, 0, words);
  }
});

test('it buys at market, rests a limit order and cancels it, and the ledger says the same', async () => {
  const bought = okx('spot', 'place', '--instId', 'BTC-USDT', '--side', 'buy', '--ordType', 'market', '--sz', '100');
  assert.deepEqual([bought.code, /Order placed: \d+ \(OK\)/.test(bought.out)], [0, true], bought.out);
  const rested = okx('spot', 'place', '--instId', 'BTC-USDT', '--side', 'buy', '--ordType', 'limit', '--px', '59000', '--sz', '0.01');
  const ordId = /Order placed: (\d+) \(OK\)/.exec(rested.out)?.[1] ?? '';
  assert.notEqual(ordId, '', rested.out);
  assert.match(okx('spot', 'cancel', 'BTC-USDT', '--ordId', ordId).out, new RegExp(`Cancelled: ${ordId} \\(OK\\)`));
  const { orders } = await kit.ledger();
  assert.deepEqual(
    orders.map(({ state }) => state),
    ['filled', 'canceled'],
  );
});

test('it opens a swap, shows it and closes it', async () => {
  const placed = okx(
    'swap',
    'place',
    '--instId',
    'BTC-USDT-SWAP',
    '--side',
    'buy',
    '--ordType',
    'market',
    '--sz',
    '1',
    '--tdMode',
    'cross',
  );
  assert.match(placed.out, /Order placed: \d+ \(OK\)/);
  assert.match(okx('swap', 'positions').out, /BTC-USDT-SWAP\s+net\s+1\s/);
  assert.match(okx('swap', 'close', '--instId', 'BTC-USDT-SWAP', '--mgnMode', 'cross').out, /Position closed: BTC-USDT-SWAP/);
  assert.match(okx('swap', 'positions').out, /No open positions/);
  assert.deepEqual((await kit.ledger()).positions, []);
});

test('an order that the exchange refuses whole ends with 1; one refused inside its answer it shows with the reason, and ends with 0', async () => {
  const malformed = okx('spot', 'place', '--instId', 'BTC-USDT', '--side', 'buy', '--ordType', 'nonsense', '--sz', '1');
  assert.equal(malformed.code, 1, malformed.out);
  // This version reads the outer code 1 as a success and only prints the inner reason: a rejected order looks placed to a script.
  const poor = okx('spot', 'place', '--instId', 'BTC-USDT', '--side', 'buy', '--ordType', 'limit', '--px', '59000', '--sz', '9');
  assert.equal(poor.code, 0);
  assert.match(poor.out, /Insufficient USDT balance/);
  const { refused } = await kit.ledger();
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['51000', '51008'],
  );
});
