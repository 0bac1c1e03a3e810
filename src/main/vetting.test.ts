import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../core/market/instrument.ts';
import { type Decimal, decimal } from '../core/money/decimal.ts';
import type { AccountConfigReport } from '../core/order/report.ts';
import { type Configuration, parseConfiguration } from '../core/policy/configuration.ts';
import { findingText, type Seen, vet } from './vetting.ts';

function read(text: string): Configuration {
  const parsed = parseConfiguration(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const sim = read('');
const demo = read('[exchange]\nenvironment = "demo"\n');
const live = read('[exchange]\nenvironment = "live"\n');

const good: AccountConfigReport = {
  uid: '1001',
  mainUid: '1000',
  accountLevel: '2',
  positionMode: 'net_mode',
  permissions: ['read_only', 'trade'],
  addresses: ['192.0.2.1'],
  label: '',
  autoLoan: false,
  spotBorrow: false,
};

function judged(changes: Partial<AccountConfigReport>, configuration = sim, more: Partial<Seen> = {}): readonly string[] {
  const seen: Seen = { account: { ...good, ...changes }, funding: [], leverage: new Map(), ...more };
  return vet(seen, configuration).map(({ verdict, topic }) => `${verdict} ${topic}`);
}

function told(changes: Partial<AccountConfigReport>, configuration = sim, more: Partial<Seen> = {}): string {
  const seen: Seen = { account: { ...good, ...changes }, funding: [], leverage: new Map(), ...more };
  return vet(seen, configuration).map(findingText).join('\n');
}

test('nothing is said of a sub-account with a bound key that may read and trade, in any environment', () => {
  for (const configuration of [sim, demo, live]) assert.deepEqual(judged({}, configuration), []);
  assert.deepEqual(judged({ positionMode: 'long_short_mode' }), []);
});

test('a key that may withdraw is refused everywhere, and one that may not trade unless only reading is wanted', () => {
  for (const configuration of [sim, demo, live, read('[exchange]\nread_only = true\n')])
    assert.deepEqual(judged({ permissions: ['read_only', 'withdraw', 'trade'] }, configuration), ['refuse key rights']);
  assert.deepEqual(judged({ permissions: ['read_only'] }), ['refuse key rights']);
  assert.deepEqual(judged({ permissions: ['read_only'] }, read('[exchange]\nread_only = true\n')), []);
  assert.match(told({ permissions: [] }, demo), /may not trade.*Demo trading API/);
});

test('the main account is refused in sim and live, and only told in demo, which has no other', () => {
  assert.deepEqual(judged({ mainUid: '1001' }), ['refuse sub-account']);
  assert.deepEqual(judged({ mainUid: '1001' }, live), ['refuse sub-account']);
  assert.deepEqual(judged({ mainUid: '1001' }, demo), ['warn sub-account']);
  assert.match(told({ mainUid: '1001' }), /profile → Sub-accounts → Create sub-account/);
});

test('a key without an address is refused in live alone', () => {
  assert.deepEqual(
    [sim, demo, live].flatMap((environment) => judged({ addresses: [] }, environment)),
    ['warn key address', 'warn key address', 'refuse key address'],
  );
});

test('a position mode without books, spot mode beside a swap or a dated future, and borrowing are refused with the way to change them', () => {
  assert.match(told({ positionMode: 'another' }), /mode is another.*Trade → Settings → Position mode/);
  const policy = (names: string) => read(`[policy]\ninstruments = [${names}]\n`);
  for (const name of ['BTC-USDT-SWAP', 'BTC-USDT-261225']) {
    const text = told({ accountLevel: '1' }, policy(`"BTC-USDT", "${name}"`));
    assert.match(text, new RegExp(`in spot mode, and the policy names ${name};.*Trade → Settings → Account mode → Futures mode`));
  }
  assert.deepEqual(judged({ accountLevel: '1' }, policy('"BTC-USDT"')), [], 'spot pairs need nothing else');
  assert.deepEqual(judged({ autoLoan: true }), ['refuse borrowing']);
  assert.deepEqual(judged({ spotBorrow: true }), ['refuse borrowing']);
  assert.deepEqual(
    judged({ permissions: [], positionMode: 'another', autoLoan: true }),
    ['refuse key rights', 'refuse position mode', 'refuse borrowing'],
    'all of it at once',
  );
});

function held(...amounts: readonly (readonly [currency: string, total: string])[]): Seen['funding'] {
  return amounts.map(([currency, total]) => ({ currency, total: decimal(total), available: decimal('0') }));
}

test('what was left in the funding account is named with its amount and the transfer that moves it', () => {
  const funding = held(['USDT', '250.5'], ['BTC', '0'], ['ETH', '0.1']);
  assert.deepEqual(judged({}, sim, { funding }), ['warn funding account']);
  assert.match(told({}, sim, { funding }), /holds 250\.5 USDT, 0\.1 ETH, .*Assets → Transfer → from Funding to Trading/);
  assert.deepEqual(judged({}, sim, { funding: null }), [], 'what was not said is not judged');
  const many = held(...['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => [name, '1'] as const));
  assert.match(told({}, sim, { funding: many }), /1 E and 2 more currencies/);
});

test('a leverage above max_leverage is named with the command that sets it; one at the limit is not', () => {
  const leverage = (set: string): ReadonlyMap<InstrumentId, Decimal> => new Map([['BTC-USDT-SWAP' as InstrumentId, decimal(set)]]);
  assert.deepEqual(judged({}, sim, { leverage: leverage('3') }), []);
  assert.match(
    told({}, sim, { leverage: leverage('3.01') }),
    /leverage of BTC-USDT-SWAP is 3\.01 of at most 3 .*twokey account set-leverage BTC-USDT-SWAP 3/,
  );
});
