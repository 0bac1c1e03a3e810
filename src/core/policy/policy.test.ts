import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseToml } from '../lang/toml.ts';
import { decimal } from '../money/decimal.ts';
import { readTable } from './fields.ts';
import { canonicalPolicy, defaultPolicy, loosened, type Policy, policyJson, policyOf, policyShape } from './policy.ts';

/** `[policy]` of a file that says nothing, under the names of the file. */
const byDefault = {
  instruments: ['BTC-USDT', 'BTC-USDT-SWAP', 'ETH-USDT'],
  order_types: ['ioc', 'limit', 'market', 'post_only'],
  sides: ['buy', 'sell'],
  quiet_hours: [],
  max_order_size: '50',
  max_position_size: '100',
  max_underlying_exposure: '300',
  max_total_exposure: '300',
  max_open_positions: 3,
  max_open_orders: 10,
  max_daily_trades: 20,
  max_daily_loss: '15',
  max_drawdown: '50',
  max_leverage: '3',
  max_margin_share: '100%',
  min_liquidation_distance: '20%',
  max_account_equity: '20000',
  min_balance: '50',
  price_collar: '0.5%',
  exit_collar: '3%',
  max_order_rate: { per_second: 10, per_minute: 120 },
  max_same_side: { per_10_minutes: 10, per_hour: 20 },
  duplicate_window: '30s',
  max_spread: '0.5%',
  max_book_share: '10%',
  max_volume_share: '1%',
  max_price_move: '3%',
  max_divergence: '1%',
  max_funding_rate: '0.3%',
  max_data_age: '2s',
  require_reason: true,
  require_stop: false,
  min_stop_distance: '0.2%',
  max_stop_changes: 10,
  loosening_wait: '0s',
  agent_halt: 'reduce_only',
  tripwire: 'freeze',
  max_slippage: '0.25%',
  max_rejects: { in_a_row: 5, per_10_minutes: 10 },
  answer_wait: '1s',
};

test('what holds without a file is this, and live differs in two keys', () => {
  assert.deepEqual(policyJson(defaultPolicy('sim')), byDefault);
  assert.deepEqual(policyJson(defaultPolicy('demo')), { ...byDefault, max_account_equity: '10000' });
  assert.deepEqual(policyJson(defaultPolicy('live')), { ...byDefault, max_account_equity: '10000', loosening_wait: '1d' });
});

const other: Policy = defaultPolicy('sim');

/** The policy that a section of these lines makes of the default. */
function policy(lines: string): Policy {
  const parsed = parseToml(lines);
  assert.ok(parsed.ok, lines);
  const read = readTable(parsed.value, { name: 'policy', shape: policyShape });
  assert.ok(read.ok, read.ok ? '' : read.error.message);
  return policyOf(read.value, other);
}

function problem(line: string): string {
  const parsed = parseToml(line);
  assert.ok(parsed.ok, line);
  const read = readTable(parsed.value, { name: 'policy', shape: policyShape });
  assert.ok(!read.ok, line);
  return read.error.message;
}

/** For each key a value beside the default, as the file writes it and as the policy tells it. */
const changes: Readonly<Record<keyof typeof policyShape, readonly [written: string, told: unknown]>> = {
  instruments: ['["SOL-USDT", "BTC-USDT"]', ['BTC-USDT', 'SOL-USDT']],
  order_types: ['["post_only", "ioc"]', ['ioc', 'post_only']],
  sides: ['["sell"]', ['sell']],
  quiet_hours: ['["22:00-06:00", "12:00-13:00"]', ['12:00-13:00', '22:00-06:00']],
  max_order_size: ['51', '51'],
  max_position_size: ['101', '101'],
  max_underlying_exposure: ['301', '301'],
  max_total_exposure: ['400', '400'],
  max_open_positions: ['4', 4],
  max_open_orders: ['11', 11],
  max_daily_trades: ['21', 21],
  max_daily_loss: ['16', '16'],
  max_drawdown: ['51', '51'],
  max_leverage: ['2.5', '2.5'],
  max_margin_share: ['"90%"', '90%'],
  min_liquidation_distance: ['"100%"', '100%'],
  max_account_equity: ['20001', '20001'],
  min_balance: ['0', '0'],
  price_collar: ['"50%"', '50%'],
  exit_collar: ['"50%"', '50%'],
  max_order_rate: ['{ per_second = 11 }', { per_second: 11, per_minute: 120 }],
  max_same_side: ['{ per_hour = 21 }', { per_10_minutes: 10, per_hour: 21 }],
  duplicate_window: ['"1d"', '1d'],
  max_spread: ['"100%"', '100%'],
  max_book_share: ['"100%"', '100%'],
  max_volume_share: ['"100%"', '100%'],
  max_price_move: ['"50%"', '50%'],
  max_divergence: ['"50%"', '50%'],
  max_funding_rate: ['"50%"', '50%'],
  max_data_age: ['"60s"', '1m'],
  require_reason: ['false', false],
  require_stop: ['"derivatives"', 'derivatives'],
  min_stop_distance: ['"50%"', '50%'],
  max_stop_changes: ['0', 0],
  loosening_wait: ['"30d"', '30d'],
  agent_halt: ['"halted"', 'halted'],
  tripwire: ['"alert"', 'alert'],
  max_slippage: ['"50%"', '50%'],
  max_rejects: ['{ per_10_minutes = 9 }', { in_a_row: 5, per_10_minutes: 9 }],
  answer_wait: ['"30s"', '30s'],
};

test('a key that is set changes itself and nothing else', () => {
  for (const [key, [written, told]] of Object.entries(changes)) {
    // An underlying may be all of the total where nobody limits it by itself.
    const also = key === 'max_total_exposure' ? { max_underlying_exposure: '400' } : {};
    assert.deepEqual(policyJson(policy(`${key} = ${written}`)), { ...byDefault, ...also, [key]: told }, key);
  }
  assert.deepEqual(policyJson(policy('max_order_rate = { per_minute = 9 }')).max_order_rate, { per_second: 10, per_minute: 9 });
  assert.deepEqual(policyJson(policy('max_same_side = { per_10_minutes = 9 }')).max_same_side, { per_10_minutes: 9, per_hour: 20 });
  assert.deepEqual(policyJson(policy('max_rejects = { in_a_row = 9 }')).max_rejects, { in_a_row: 9, per_10_minutes: 10 });
  assert.equal(policy('require_stop = true').requireStop, 'always');
  assert.equal(policy('agent_halt = "halted"').agentHalt, 'HALTED');
  assert.equal(policyOf({ agent_halt: 'reduce_only' }, policy('agent_halt = "halted"')).agentHalt, 'REDUCE_ONLY');
  assert.equal(policyOf({}, policy('agent_halt = "halted"')).agentHalt, 'HALTED');
});

test('a limit on an underlying below the total stays, and never stands above the total', () => {
  const exposure = (values: Parameters<typeof policyOf>[0], otherwise: Partial<Policy>) =>
    policyJson(policyOf(values, { ...other, ...otherwise })).max_underlying_exposure;
  const usd = decimal;
  assert.equal(exposure({}, { maxUnderlyingExposure: usd('100') }), '100');
  assert.equal(exposure({ max_total_exposure: usd('900') }, { maxUnderlyingExposure: usd('100') }), '100');
  assert.equal(exposure({ max_total_exposure: usd('90') }, { maxUnderlyingExposure: usd('100') }), '90');
  assert.equal(exposure({ max_total_exposure: usd('900') }, { maxUnderlyingExposure: usd('300') }), '900');
  assert.equal(exposure({ max_total_exposure: usd('90') }, { maxUnderlyingExposure: usd('300') }), '90');
});

test('what lies beyond the bounds of its key is refused', () => {
  const share = (most: string) => `expected a percentage above zero in quotes, at most ${most}, such as "0.5%"`;
  const times = (least: string, most: string) =>
    `expected a duration in quotes from ${least} to ${most}, such as "30s" (units: ms, s, m, h, d)`;
  const cases = {
    max_margin_share: ['"100.1%"', share('100%')],
    min_liquidation_distance: ['"100.1%"', share('100%')],
    price_collar: ['"50.1%"', share('50%')],
    exit_collar: ['"50.1%"', share('50%')],
    max_spread: ['"100.1%"', share('100%')],
    max_book_share: ['"100.1%"', share('100%')],
    max_volume_share: ['"100.1%"', share('100%')],
    max_price_move: ['"50.1%"', share('50%')],
    max_divergence: ['"50.1%"', share('50%')],
    max_funding_rate: ['"50.1%"', share('50%')],
    min_stop_distance: ['"50.1%"', share('50%')],
    max_slippage: ['"50.1%"', share('50%')],
    duplicate_window: ['"999ms"', times('1s', '1d')],
    max_data_age: ['"99ms"', times('100ms', '60s')],
    loosening_wait: ['"31d"', times('0s', '30d')],
    answer_wait: ['"31s"', times('0s', '30s')],
    max_stop_changes: ['-1', 'expected a whole number from 0 to 1000000, without quotes'],
    max_open_positions: ['0', 'expected a whole number from 1 to 1000000, without quotes'],
    instruments: ['[]', 'expected a list of instruments, such as ["BTC-USDT"]'],
    order_types: ['[]', 'expected a list of order types, such as ["limit", "post_only"]'],
    sides: ['[]', 'expected a list of sides, such as ["buy"]'],
    quiet_hours: ['[]', 'expected a list of times of the UTC day, such as ["22:00-06:00"]'],
    require_stop: ['"swaps"', 'expected true, false or "derivatives"'],
    agent_halt: ['"active"', 'expected "reduce_only" or "halted"'],
    tripwire: ['"off"', 'expected "alert" or "freeze"'],
  } as const;
  for (const [key, [written, message]] of Object.entries(cases)) assert.equal(problem(`${key} = ${written}`), message, key);
  assert.equal(problem('require_stop = 1'), 'expected true, false or "derivatives"');
  assert.equal(problem('instruments = [5]'), 'expected an instrument such as "BTC-USDT"');
  assert.equal(problem('duplicate_window = "86401s"'), times('1s', '1d'));
  assert.equal(problem('max_data_age = "60001ms"'), times('100ms', '60s'));
});

test('nothing stands twice in a list', () => {
  for (const [line, message] of [
    ['instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT"]', 'expected each instrument once'],
    ['order_types = ["limit", "limit"]', 'expected each type once'],
    ['sides = ["buy", "buy"]', 'expected each side once'],
    ['quiet_hours = ["22:00-06:00", "22:00-06:00"]', 'expected each time once'],
  ] as const)
    assert.equal(problem(line), message);
});

test('a time of the day goes from 00:00 to 24:00', () => {
  for (const good of ['00:00-24:00', '09:59-10:00', '19:30-20:59', '23:59-00:00'])
    assert.deepEqual(policy(`quiet_hours = ["${good}"]`).quietHours, [good]);
  for (const bad of [
    '24:00-06:00',
    '22:60-23:00',
    '22:00-24:01',
    '22:00-25:00',
    '2:00-6:00',
    'x22:00-06:00',
    '22:00-06:00x',
    '22:00-06:60',
    '32:00-06:00',
    '22:00-36:00',
  ])
    assert.equal(problem(`quiet_hours = ["${bad}"]`), 'expected times of the UTC day such as "22:00-06:00", from 00:00 to 24:00', bad);
});

test('a policy has one canonical text, its keys in order', () => {
  const text = canonicalPolicy(other);
  assert.deepEqual(JSON.parse(text), byDefault);
  assert.deepEqual(Object.keys(JSON.parse(text) as object), Object.keys(byDefault).toSorted());
});

test('what is looser than a limit is told what the limit is, what is equal or tighter is not, and what is no limit never', () => {
  const limit = policy(
    'order_types = ["limit"]\nsides = ["buy"]\nquiet_hours = ["22:00-06:00"]\nrequire_stop = "derivatives"\nloosening_wait = "1h"\nagent_halt = "halted"',
  );
  const against = (key: string, line: string) => loosened({ key, policy: policy(line), limit });
  for (const [key, looser, told] of [
    ['instruments', '["BTC-USDT", "SOL-USDT"]', 'only BTC-USDT, ETH-USDT, BTC-USDT-SWAP'],
    ['order_types', '["limit", "ioc"]', 'only limit'],
    ['sides', '["buy", "sell"]', 'only buy'],
    ['quiet_hours', '["12:00-13:00"]', 'at least 22:00-06:00'],
    ['max_order_size', '50.01', 'at most 50'],
    ['min_balance', '49.99', 'at least 50'],
    ['max_order_rate', '{ per_minute = 121 }', 'at most per_second = 10, per_minute = 120'],
    ['max_order_rate', '{ per_second = 11 }', 'at most per_second = 10, per_minute = 120'],
    ['max_rejects', '{ in_a_row = 6 }', 'at most in_a_row = 5, per_10_minutes = 10'],
    ['max_rejects', '{ per_10_minutes = 11 }', 'at most in_a_row = 5, per_10_minutes = 10'],
    ['max_slippage', '"0.26%"', 'at most 0.25%'],
    ['duplicate_window', '"29s"', 'at least 30s'],
    ['require_reason', 'false', 'true'],
    ['require_stop', 'false', 'derivatives'],
    ['loosening_wait', '"59m"', 'at least 1h'],
    ['agent_halt', '"reduce_only"', 'halted'],
    ['tripwire', '"alert"', 'freeze'],
  ] as const)
    assert.equal(against(key, `${key} = ${looser}`), told, `${key} = ${looser}`);
  for (const [key, tighter] of [
    ['instruments', '["BTC-USDT"]'],
    ['order_types', '["limit"]'],
    ['quiet_hours', '["22:00-06:00", "12:00-13:00"]'],
    ['max_order_size', '50'],
    ['min_balance', '50'],
    ['max_order_rate', '{ per_second = 9, per_minute = 120 }'],
    ['require_stop', '"derivatives"'],
    ['require_stop', 'true'],
    ['agent_halt', '"halted"'],
    ['answer_wait', '"30s"'],
  ] as const)
    assert.equal(against(key, `${key} = ${tighter}`), null, `${key} = ${tighter}`);
  const quiet = policy('quiet_hours = ["22:00-06:00", "12:00-13:00"]');
  assert.equal(loosened({ key: 'quiet_hours', policy: policy(''), limit: quiet }), 'at least 22:00-06:00, 12:00-13:00');
  for (const key of ['shared_positions', 'constructor', '']) assert.equal(against(key, ''), null, key);
});
