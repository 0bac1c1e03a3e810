import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseToml } from '../lang/toml.ts';
import { formatDecimal } from '../money/decimal.ts';
import {
  AGENTS_MAX,
  canonicalPolicy,
  type Configuration,
  parseConfiguration,
  parsedButNotEnforced,
  policyFor,
  policyHashOf,
  policyText,
  reasonsNotToStart,
} from './configuration.ts';
import { formatConfigurationError } from './fields.ts';
import { limitsShape, policyShape, loosened, policyJson } from './policy.ts';

/** DESIGN §4.1 with every key, as `init` would write it. */
const whole = `# twokey.toml
[exchange]
kind = "okx"
environment = "sim"            # sim | demo | live; only this file can say live
site = "global"
profile = "demo"
read_only = false

[policy]
instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]
max_order_size = 50
max_position_size = 100
max_total_exposure = 300
max_open_positions = 3
max_open_orders = 10
max_daily_trades = 20
max_daily_loss = 15
max_drawdown = 50
max_leverage = 3
max_account_equity = 20000
min_balance = 50
price_collar = "0.5%"
exit_collar = "3%"
max_order_rate = { per_second = 10, per_minute = 120 }
max_same_side = { per_10_minutes = 10, per_hour = 20 }
duplicate_window = "30s"
max_spread = "0.5%"
max_book_share = "10%"
max_data_age = "2s"
require_reason = true
require_stop = false
loosening_wait = "0s"
agent_halt = "reduce_only"
tripwire = "freeze"
answer_wait = "1s"

[approval]
ttl = "120s"

[agents.default]

[alerts]
normal_order_size = 30
trades_per_window = { count = 5, minutes = 10 }
max_holding = "8h"
balance_floor = 100
pulse_url = ""

[reconcile]
full_every = "1h"

[http]
listen = "127.0.0.1:7390"
[okx_door]
listen = "127.0.0.1:7391"
[sim]
listen = "127.0.0.1:7392"
seed = 1
rate_limits = "strict"
`;

function read(text: string): Configuration {
  const parsed = parseConfiguration(text);
  assert.ok(parsed.ok, parsed.ok ? '' : formatConfigurationError({ file: 'twokey.toml', error: parsed.error }));
  return parsed.value;
}

function refusal(text: string): string {
  const parsed = parseConfiguration(text);
  assert.ok(!parsed.ok, `should have been refused: ${text}`);
  return formatConfigurationError({ file: 'twokey.toml', error: parsed.error });
}

test('an empty file is the default of every key, written out', () => {
  const { policy: byDefault, agents: agentsByDefault, ...restByDefault } = read('');
  const { policy: written, agents, ...rest } = read(whole);
  // A port is opened only where the file has the section, whatever stands in it.
  assert.deepEqual({ ...restByDefault, http: { ...restByDefault.http, wanted: true } }, rest);
  assert.deepEqual(policyJson(byDefault), policyJson(written));
  assert.deepEqual([...agentsByDefault.keys()], [...agents.keys()]);
  const { policy, exchange, approval } = read('');
  assert.equal(exchange.environment, 'sim');
  assert.equal(formatDecimal(policy.maxOrderSize), '50');
  assert.equal(formatDecimal(policy.priceCollar), '0.005');
  assert.deepEqual(approval, { threshold: { kind: 'undecided' }, ttlMilliseconds: 120_000, firstOfKind: false });
});

test('every value of the file arrives under its own name', () => {
  const { exchange, policy, approval, agents, alerts, reconcile, http, sim } = read(`
[exchange]
environment = "live"
site = "eea"
profile = "real"
read_only = true
dead_man = "45s"
credentials_command = ["pass", "show", "okx"]
[policy]
instruments = ["ETH-USDT"]
order_types = ["limit", "ioc"]
sides = ["buy"]
quiet_hours = ["22:00-06:00", "12:00-12:30"]
max_order_size = 10.25
max_position_size = 11
max_underlying_exposure = 11.5
max_total_exposure = 12
max_open_positions = 13
max_open_orders = 14
max_daily_trades = 15
max_daily_loss = 16
max_drawdown = 17
max_leverage = 1.5
max_margin_share = "30%"
min_liquidation_distance = "40%"
max_account_equity = 19
min_balance = 0
price_collar = "0.25%"
exit_collar = "2%"
max_order_rate = { per_minute = 23 }
max_same_side = { per_10_minutes = 24, per_hour = 25 }
duplicate_window = "1m"
max_spread = "0.15%"
max_book_share = "100%"
max_volume_share = "2%"
max_price_move = "4%"
max_divergence = "0.75%"
max_funding_rate = "0.1%"
max_data_age = "1500ms"
require_reason = false
require_stop = true
min_stop_distance = "1%"
max_stop_changes = 3
max_slippage = "0.2%"
max_rejects = { in_a_row = 4 }
agent_halt = "halted"
tripwire = "alert"
answer_wait = "0s"
[approval]
above = 40
[agents.momentum-1]
shared_positions = true
max_order_size = 5
[alerts]
trades_per_window = { count = 6 }
pulse_url = "https://pulse.example/x"
[[alerts.sinks]]
kind = "webhook"
url = "https://hooks.example/a?b=c"
[[alerts.sinks]]
kind = "telegram"
chat = "42"
secret = "telegram_token"
[reconcile]
full_every = "30m"
[http]
listen = "[::1]:0"
[sim]
seed = 0
rate_limits = "lenient"
`);
  assert.deepEqual(exchange, {
    kind: 'okx',
    environment: 'live',
    site: 'eea',
    profile: 'real',
    readOnly: true,
    deadManSeconds: 45,
    credentials: { kind: 'command', command: ['pass', 'show', 'okx'] },
  });
  assert.deepEqual(policyJson(policy), {
    instruments: ['ETH-USDT'],
    order_types: ['ioc', 'limit'],
    sides: ['buy'],
    quiet_hours: ['12:00-12:30', '22:00-06:00'],
    max_order_size: '10.25',
    max_position_size: '11',
    max_underlying_exposure: '11.5',
    max_total_exposure: '12',
    max_open_positions: 13,
    max_open_orders: 14,
    max_daily_trades: 15,
    max_daily_loss: '16',
    max_drawdown: '17',
    max_leverage: '1.5',
    max_margin_share: '30%',
    min_liquidation_distance: '40%',
    max_account_equity: '19',
    min_balance: '0',
    price_collar: '0.25%',
    exit_collar: '2%',
    max_order_rate: { per_second: 10, per_minute: 23 },
    max_same_side: { per_10_minutes: 24, per_hour: 25 },
    duplicate_window: '1m',
    max_spread: '0.15%',
    max_book_share: '100%',
    max_volume_share: '2%',
    max_price_move: '4%',
    max_divergence: '0.75%',
    max_funding_rate: '0.1%',
    max_data_age: '1500ms',
    require_reason: false,
    require_stop: true,
    min_stop_distance: '1%',
    max_stop_changes: 3,
    // Live waits a day unless the file says otherwise.
    loosening_wait: '1d',
    agent_halt: 'halted',
    tripwire: 'alert',
    max_slippage: '0.2%',
    max_rejects: { in_a_row: 4, per_10_minutes: 10 },
    answer_wait: '0s',
  });
  assert.equal(policy.agentHalt, 'HALTED');
  assert.ok(approval.threshold.kind === 'above');
  assert.equal(formatDecimal(approval.threshold.amount), '40');
  assert.deepEqual([...agents.keys()], ['momentum-1']);
  assert.equal(agents.get('momentum-1')?.sharedPositions, true);
  assert.equal(formatDecimal(agents.get('momentum-1')?.policy.maxOrderSize ?? policy.maxOrderSize), '5');
  assert.deepEqual(alerts.tradesPerWindow, { count: 6, minutes: 10 });
  assert.deepEqual(alerts.sinks, [
    { kind: 'webhook', address: { kind: 'url', url: 'https://hooks.example/a?b=c' } },
    { kind: 'telegram', chat: '42', secret: 'telegram_token' },
  ]);
  assert.equal(reconcile.fullEveryMilliseconds, 1_800_000);
  assert.deepEqual(http.listen, { host: '::1', port: 0 });
  assert.deepEqual([sim.seed, sim.rateLimits], [0, 'lenient']);
});

test('a refusal names file, line, key and what would be right', () => {
  assert.equal(
    refusal('# my limits\n\n[policy]\n\n\n\nmax_order_size = -5\n'),
    'twokey.toml line 7: max_order_size: expected a number of USD above zero, such as 50',
  );
  assert.equal(refusal('x'), 'twokey.toml line 1: expected key = value');
});

test('a value of the wrong kind or size is refused', () => {
  const cases: readonly (readonly [line: string, expected: RegExp])[] = [
    ['max_order_size = 0', /max_order_size: expected a number of USD above zero/],
    ['max_order_size = "50"', /without quotes/],
    ['max_order_size = "5%"', /takes no percentage/],
    ['max_order_size = NaN', /max_order_size: .*not nan/],
    ['max_order_size = 1e5', /max_order_size: .*no exponent/],
    ['max_order_size = -0', /max_order_size: .*minus sign/],
    ['max_order_size = true', /number of USD/],
    ['max_order_size = { usd = 50 }', /number of USD/],
    ['max_leverage = 0', /above zero/],
    ['min_balance = -1', /zero or more/],
    ['max_open_orders = 0', /from 1 to 1000000/],
    ['max_open_orders = 2.5', /whole number/],
    ['max_open_orders = 10000000', /from 1 to/],
    ['max_open_orders = 123456789012345678901234567890', /from 1 to/],
    ['price_collar = 0.5', /price_collar: expected a percentage above zero in quotes, at most 50%, such as "0\.5%"/],
    ['price_collar = "0.5"', /percentage/],
    ['price_collar = "0%"', /above zero/],
    ['price_collar = "-1%"', /above zero/],
    ['price_collar = "51%"', /at most 50%/],
    ['price_collar = "1e1%"', /percentage/],
    ['price_collar = " 1%"', /percentage/],
    ['price_collar = "1 %"', /percentage/],
    ['price_collar = "٣%"', /percentage/],
    ['max_spread = "101%"', /at most 100%/],
    ['duplicate_window = 30', /duration in quotes from 1s to 1d/],
    ['duplicate_window = "30"', /units: ms, s, m, h, d/],
    ['duplicate_window = "0s"', /from 1s/],
    ['duplicate_window = "30 s"', /duration/],
    ['duplicate_window = "1.5s"', /duration/],
    ['duplicate_window = "-1s"', /duration/],
    ['duplicate_window = "2d"', /to 1d/],
    ['max_data_age = "2h"', /to 60s/],
    ['max_order_rate = 10', /expected a table with per_second, per_minute/],
    ['max_order_rate = { per_second = 0 }', /per_second: expected a whole number/],
    ['max_order_rate = { per_hour = 5 }', /per_hour: unknown key/],
    ['require_reason = "true"', /true or false, without quotes/],
    ['require_reason = 1', /true or false/],
    ['agent_halt = "active"', /"reduce_only" or "halted"/],
    ['instruments = []', /list of instruments/],
    ['instruments = "BTC-USDT"', /list of instruments/],
    ['instruments = ["btc-usdt"]', /such as "BTC-USDT"/],
    ['instruments = ["BTC-USDT", "BTC-USDT"]', /each instrument once/],
    ['max_ordersize = 5', /max_ordersize: unknown key in \[policy\]; did you mean max_order_size\?/],
    ['something = 5', /something: unknown key in \[policy\]; remove it/],
    ['__proto__ = 5', /unknown key/],
    ['constructor = 5', /constructor: unknown key/],
    ['api_secret = "canary"', /secrets stand in credentials\.toml/],
    ['shared_positions = true', /unknown key in \[policy\]/],
  ];
  for (const [line, expected] of cases) {
    const shown = refusal(`[policy]\n${line}\n`);
    assert.match(shown, expected);
    assert.match(shown, /^twokey\.toml line 2: /);
    assert.doesNotMatch(shown, /canary/);
  }
});

test('every section is as strict', () => {
  const cases: readonly (readonly [text: string, expected: RegExp])[] = [
    ['[polcy]', /line 1: polcy: unknown table or key at the top of the file; did you mean policy\?/],
    ['policy = 5', /policy: expected a table/],
    ['max_order_size = 50', /max_order_size: unknown table or key at the top/],
    ['[exchange]\nkind = "binance"', /line 2: kind: expected "okx"/],
    ['[exchange]\nenvironment = "Live"', /"sim" or "demo" or "live"/],
    ['[exchange]\nprofile = "a b"', /name of a profile/],
    ['[exchange]\nbase_url = "http://127.0.0.1"', /follows from site and environment/],
    ['[exchange]\ncredentials_file = "a"\ncredentials_command = ["b"]', /one source of credentials/],
    ['[exchange]\ncredentials_command = "pass show"', /list of texts/],
    ['[approval]\nabove = 0', /above zero, such as 50, or "never"/],
    ['[approval]\nabove = "always"', /or "never"/],
    ['[approval]\nttl = "0s"', /from 1s to 1d/],
    ['[alerts]\npulse_url = "http://pulse.example"', /https:/],
    ['[alerts]\npulse_url = "http://127.0.0.1@evil.example"', /https:/],
    ['[alerts]\nsinks = 5', /alerts\.sinks/],
    ['[[alerts.sinks]]\nurl = "https://a.example"', /kind = "…"/],
    ['[[alerts.sinks]]\nkind = "pager"', /line 2: kind: expected "webhook"/],
    ['[[alerts.sinks]]\nkind = "webhook"', /either url or secret/],
    ['[[alerts.sinks]]\nkind = "webhook"\nurl = "https://a.example"\nsecret = "x"', /either url or secret/],
    ['[[alerts.sinks]]\nkind = "telegram"\nchat = "1"', /secret for the token/],
    ['[[alerts.sinks]]\nkind = "log"\nurl = "https://a.example"', /url: unknown key in \[alerts\.sinks\]/],
    ['[alerts.secrets]\ntoken = "canary"', /secrets stand in credentials\.toml/],
    ['[reconcile]\nfull_every = "2d"', /from 1m to 1d/],
    ['[exchange]\ndead_man = "9s"', /from 10s to 2m/],
    ['[exchange]\ndead_man = "121s"', /from 10s to 2m/],
    ['[http]\nlisten = "0.0.0.0:7390"', /127\.0\.0\.1 or \[::1\] and a port/],
    ['[http]\nlisten = "127.0.0.1:65536"', /and a port/],
    ['[http]\nlisten = "localhost:1"', /and a port/],
    ['[okx_door]\nport = 5', /unknown key in \[okx_door\]/],
    ['[sim]\nseed = -1', /from 0 to 4294967295/],
    ['[sim]\nrate_limits = "off"', /"strict" or "lenient"/],
    ['[agents]', /at least one \[agents\.NAME\]/],
    ['[agents.Momentum]', /Momentum: expected the name of an agent/],
    [`[agents.${'a'.repeat(33)}]`, /name of an agent/],
    ['[agents."a/../b"]', /name of an agent/],
    ['[agents.operator]', /operator: expected another name/],
    ['[agents.twokey]', /expected another name/],
    ['[agents]\na = 5', /a: expected a section \[agents\.a\]/],
    ['[agents.a]\nanswer_wait = "1s"', /unknown key in \[agents\.a\]/],
    ['[agents.a]\nmax_order_size = 0', /line 2: max_order_size: expected a number of USD above zero/],
    [Array.from({ length: AGENTS_MAX + 1 }, (_, index) => `[agents.a${index}]\n`).join(''), /at most 64 agents/],
  ];
  for (const [text, expected] of cases) {
    assert.match(refusal(text), expected);
    assert.doesNotMatch(refusal(text), /canary/);
  }
});

test('an agent may be tighter than the account and never looser, in every key', () => {
  const cases: readonly (readonly [key: string, tighter: string, looser: string, fix: RegExp])[] = [
    ['instruments', '["BTC-USDT"]', '["BTC-USDT", "SOL-USDT"]', /only BTC-USDT, ETH-USDT, BTC-USDT-SWAP/],
    ['order_types', '["limit"]', '["limit", "market"]', /only limit, ioc/],
    ['sides', '["buy"]', '["sell"]', /only buy/],
    ['quiet_hours', '["22:00-06:00", "12:00-13:00"]', '["12:00-13:00"]', /at least 22:00-06:00/],
    ['max_order_size', '49.99', '50.01', /at most 50,/],
    ['max_position_size', '99', '101', /at most 100/],
    ['max_underlying_exposure', '249', '251', /at most 250/],
    ['max_total_exposure', '299', '301', /at most 300/],
    ['max_open_positions', '2', '4', /at most 3/],
    ['max_open_orders', '9', '11', /at most 10/],
    ['max_daily_trades', '19', '21', /at most 20/],
    ['max_daily_loss', '14', '16', /at most 15/],
    ['max_drawdown', '49', '51', /at most 50/],
    ['max_leverage', '2.5', '3.5', /at most 3/],
    ['max_margin_share', '"40%"', '"60%"', /at most 50%/],
    ['min_liquidation_distance', '"30%"', '"10%"', /at least 20%/],
    ['max_account_equity', '19999', '20001', /at most 20000/],
    ['min_balance', '51', '49', /at least 50/],
    ['price_collar', '"0.4%"', '"0.6%"', /at most 0\.5%/],
    ['exit_collar', '"2%"', '"4%"', /at most 3%/],
    ['max_order_rate', '{ per_second = 9 }', '{ per_second = 9, per_minute = 121 }', /at most per_second = 10, per_minute = 120/],
    ['max_same_side', '{ per_hour = 19 }', '{ per_10_minutes = 11 }', /at most per_10_minutes = 10, per_hour = 20/],
    ['duplicate_window', '"31s"', '"29s"', /at least 30s/],
    ['max_spread', '"0.4%"', '"0.6%"', /at most 0\.5%/],
    ['max_book_share', '"9%"', '"11%"', /at most 10%/],
    ['max_volume_share', '"0.9%"', '"1.1%"', /at most 1%/],
    ['max_price_move', '"2%"', '"4%"', /at most 3%/],
    ['max_divergence', '"0.9%"', '"1.1%"', /at most 1%/],
    ['max_funding_rate', '"0.2%"', '"0.4%"', /at most 0\.3%/],
    ['max_data_age', '"1s"', '"3s"', /at most 2s/],
    ['require_reason', 'true', 'false', /expected true,/],
    ['require_stop', 'true', 'false', /expected true,/],
    ['min_stop_distance', '"0.3%"', '"0.1%"', /at least 0\.2%/],
    ['max_stop_changes', '9', '11', /at most 10/],
    ['loosening_wait', '"2h"', '"1s"', /at least 1h/],
    ['agent_halt', '"halted"', '"reduce_only"', /expected halted,/],
    ['tripwire', '"freeze"', '"alert"', /expected freeze,/],
  ];
  const base = whole
    .replace('require_stop = false', 'require_stop = true')
    .replace('loosening_wait = "0s"', 'loosening_wait = "1h"')
    .replace(
      '[policy]',
      '[policy]\norder_types = ["limit", "ioc"]\nsides = ["buy"]\nquiet_hours = ["22:00-06:00"]\nmax_underlying_exposure = 250\nmax_margin_share = "50%"',
    );
  assert.deepEqual(cases.map(([key]) => key).toSorted(), Object.keys(limitsShape).toSorted(), 'every key has its case');
  for (const [key, tighter, looser, fix] of cases) {
    const account = key === 'agent_halt' ? base.replace('"reduce_only"', '"halted"') : base;
    const section = account.indexOf('[agents.default]\n') + '[agents.default]\n'.length;
    const withAgent = (value: string): string => `${account.slice(0, section)}${key} = ${value}\n${account.slice(section)}`;
    const configuration = read(withAgent(tighter));
    const agent = policyFor(configuration, 'default');
    assert.equal(loosened({ key, policy: agent, limit: configuration.policy }), null);
    const shown = refusal(withAgent(looser));
    assert.match(shown, fix);
    assert.match(shown, new RegExp(`^twokey\\.toml line ${account.slice(0, section).split('\n').length}: ${key}: expected `));
    assert.match(shown, /as in \[policy\]/);
  }
});

test('the policy of an agent is its own limits and otherwise those of the account', () => {
  const configuration = read(
    '[policy]\nmax_daily_trades = 7\n[agents.a]\nmax_order_size = 5\nmax_order_rate = { per_second = 1 }\n[agents.b]\n',
  );
  const a = policyFor(configuration, 'a');
  assert.equal(formatDecimal(a.maxOrderSize), '5');
  assert.deepEqual(a.maxOrderRate, { perSecond: 1, perMinute: 120 });
  assert.equal(a.maxDailyTrades, 7);
  assert.deepEqual(policyFor(configuration, 'b'), configuration.policy);
  assert.deepEqual(policyFor(configuration, 'operator'), configuration.policy);
  assert.deepEqual(policyFor(configuration, 'twokey'), configuration.policy);
});

test('where nobody limits an underlying by itself it may be all of the total, and an agent never more than the account', () => {
  const underlying = (file: string, name = 'operator') => formatDecimal(policyFor(read(file), name).maxUnderlyingExposure);
  assert.equal(underlying(''), '300');
  assert.equal(underlying('[policy]\nmax_total_exposure = 5000\n'), '5000');
  assert.equal(underlying('[policy]\nmax_total_exposure = 5000\n[agents.a]\nmax_total_exposure = 100\n', 'a'), '100');
  const limited = '[policy]\nmax_underlying_exposure = 50\n[agents.a]\nmax_total_exposure = 100\n';
  assert.equal(underlying(limited, 'a'), '50');
  assert.equal(underlying('[policy]\nmax_underlying_exposure = 50\n[agents.a]\nmax_total_exposure = 20\n', 'a'), '20');
});

test('times of the day, stops and lists of words are refused when they are none', () => {
  const refused = (line: string) => refusal(`[policy]\n${line}\n`);
  for (const times of ['"6-7"', '"24:00-06:00"', '"22:00-06:60"', '"22:00 - 06:00"'])
    assert.match(refused(`quiet_hours = [${times}]`), /UTC day/);
  assert.match(refused('quiet_hours = ["22:00-06:00", "22:00-06:00"]'), /expected each time once/);
  assert.match(refused('require_stop = "swaps"'), /expected true, false or "derivatives"/);
  assert.match(refused('sides = ["long"]'), /expected "buy" or "sell"/);
  assert.match(refused('order_types = []'), /expected a list of order types/);
  assert.equal(policyFor(read('[policy]\nrequire_stop = "derivatives"\n'), 'operator').requireStop, 'derivatives');
});

test('a name that nobody gave may trade nothing', () => {
  for (const name of ['c', '', 'constructor', '__proto__']) assert.deepEqual(policyFor(read('[agents.a]\n'), name).instruments, []);
});

test('two ways to write the same policy have one canonical text, and a changed limit has another', () => {
  const one = canonicalPolicy(read('').policy);
  assert.equal(
    canonicalPolicy(
      read(
        '[policy]\nmax_order_size = 50.00\nprice_collar = "0.50%"\nduplicate_window = "30000ms"\ninstruments = ["ETH-USDT", "BTC-USDT-SWAP", "BTC-USDT"]',
      ).policy,
    ),
    one,
  );
  assert.notEqual(canonicalPolicy(read('[policy]\nmax_order_size = 50.01').policy), one);
  assert.ok(one.startsWith('{"agent_halt":"reduce_only","answer_wait":"1s","duplicate_window":"30s","exit_collar":"3%",'));
});

test('the hash of a decision is that of one text, which any other limit, approval or agent changes', () => {
  const text = policyText(read(whole));
  assert.equal(policyHashOf(read(whole)), createHash('sha256').update(text).digest('hex'));
  assert.equal(policyHashOf(read('')), policyHashOf(read(whole)), 'every default, written out or not');
  const others = [
    '[policy]\nmax_order_size = 51\n',
    '[approval]\nabove = 40\n',
    '[approval]\nabove = "never"\n',
    '[approval]\nttl = "60s"\n',
    '[approval]\nfirst_of_kind = true\n',
    '[agents.other]\n',
    '[agents.default]\nmax_order_size = 49\n',
    '[agents.default]\nshared_positions = true\n',
    '[agents.default]\n[agents.other]\n',
  ].map((file) => policyHashOf(read(file)));
  assert.equal(new Set([...others, policyHashOf(read(''))]).size, others.length + 1);
});

test('demo starts as sim does, whatever a loosening waits', () => {
  assert.deepEqual(reasonsNotToStart(read('')), []);
  assert.deepEqual(reasonsNotToStart(read('[policy]\nloosening_wait = "1h"')), [], 'sim starts with any');
  const demo = '[exchange]\nenvironment = "demo"\n';
  assert.deepEqual(reasonsNotToStart(read(demo)), []);
  assert.deepEqual(reasonsNotToStart(read(`${demo}[policy]\nloosening_wait = "1h"`)), []);
  for (const key of parsedButNotEnforced) assert.ok(Object.hasOwn(policyShape, key), key);
});

test('a live start is refused without a decision about approvals and a way to people, all of it told at once', () => {
  const live = '[exchange]\nenvironment = "live"\n';
  assert.match(reasonsNotToStart(read(live)).join('\n'), /\[approval\][^]*\[\[alerts\.sinks\]\]/);
  const decided =
    '[policy]\nloosening_wait = "0s"\n[approval]\nabove = "never"\n[[alerts.sinks]]\nkind = "ntfy"\nurl = "https://ntfy.sh/x"\n';
  assert.deepEqual(reasonsNotToStart(read(live + decided)), [], 'the file is right; whether it may be used the checklist says');
});

test('a file with any one line missing or repeated is read or refused, and never throws', () => {
  const lines = whole.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    parseConfiguration(lines.toSpliced(index, 1).join('\n'));
    parseConfiguration(lines.toSpliced(index, 0, lines[index] ?? '').join('\n'));
    parseConfiguration(lines.with(index, (lines[index] ?? '').slice(0, -1)).join('\n'));
  }
  assert.ok(parseToml(whole).ok);
});

test('what the whole file needs is said in whole sentences', () => {
  const sentences: readonly (readonly [text: string, sentence: string])[] = [
    ['[agents]\na = 5', 'line 2: a: expected a section [agents.a]'],
    ['[agents]', 'line 1: agents: expected at least one [agents.NAME]'],
    ['agents = 5', 'line 1: agents: expected [agents.NAME] sections'],
    ['[agents.A]', 'line 1: A: expected the name of an agent: 1 to 32 of a-z, 0-9 and -'],
    ['[agents."a b"]', 'line 1: a b: expected the name of an agent: 1 to 32 of a-z, 0-9 and -'],
    ['[agents.operator]', 'line 1: operator: expected another name: this one is no agent but one who also acts on the account'],
    [
      '[agents.a]\nmax_order_size = 51',
      'line 2: max_order_size: expected at most 50, as in [policy]; an agent may have tighter limits, never looser ones',
    ],
    [Array.from({ length: AGENTS_MAX + 1 }, (_, index) => `[agents.a${index}]\n`).join(''), 'line 1: agents: expected at most 64 agents'],
    ['[approval]\nabove = 0', 'line 2: above: expected a number of USD above zero, such as 50, or "never"'],
    ['[approval]\nabove = "Never"', 'line 2: above: expected a number of USD above zero, such as 50, without quotes, or "never"'],
    ['[exchange]\nprofile = "a b"', 'line 2: profile: expected the name of a profile: letters, digits, - and _'],
    [`[exchange]\nprofile = "${'a'.repeat(65)}"`, 'line 2: profile: expected the name of a profile: letters, digits, - and _'],
    ['[exchange]\ncredentials_file = " "', 'line 2: credentials_file: expected the path of a file'],
    ['[exchange]\ncredentials_command = [" "]', 'line 2: credentials_command: expected a text that is not empty'],
    [
      '[exchange]\ncredentials_command = []',
      'line 2: credentials_command: expected a list of texts, the program first, such as ["pass", "show", "okx"]',
    ],
    [
      '[exchange]\ncredentials_file = "a"\ncredentials_command = ["b"]',
      'line 1: exchange: expected one source of credentials: remove credentials_file or credentials_command',
    ],
    [
      '[exchange]\ncredentials_command = ["b"]\ncredentials_keyring = "/usr/bin/secret-tool"',
      'line 1: exchange: expected one source of credentials: remove credentials_command or credentials_keyring',
    ],
    ...['secret-tool', '/usr/bin/secret-tool2', '/usr/bin/', 'bin/security', ' /usr/bin/security'].map(
      (program) =>
        [
          `[exchange]\ncredentials_keyring = "${program}"`,
          'line 2: credentials_keyring: expected the full path of secret-tool (Linux) or of security (macOS), such as "/usr/bin/secret-tool"',
        ] as const,
    ),
    ['[exchange]\nkind = "x"', 'line 2: kind: expected "okx"'],
    ['[exchange]\nsite = "x"', 'line 2: site: expected "global" or "eea" or "us"'],
    ['[exchange]\nenvironment = "x"', 'line 2: environment: expected "sim" or "demo" or "live"'],
    ['[sim]\nrate_limits = "x"', 'line 2: rate_limits: expected "strict" or "lenient"'],
    ['[sim]\nseed = 4294967296', 'line 2: seed: expected a whole number from 0 to 4294967295, without quotes'],
  ];
  for (const [text, sentence] of sentences) assert.equal(refusal(text), `twokey.toml ${sentence}`);
  assert.equal(read(Array.from({ length: AGENTS_MAX }, (_, index) => `[agents.a${index}]\n`).join('')).agents.size, AGENTS_MAX);
});

test('credentials come from a file, a command, a keyring, or are not named, and every other default is written down', () => {
  const byDefault = {
    kind: 'okx',
    environment: 'sim',
    site: 'global',
    profile: 'demo',
    readOnly: false,
    deadManSeconds: 20,
    credentials: { kind: 'unnamed' },
  };
  assert.deepEqual(read('').exchange, byDefault);
  assert.deepEqual(read('[exchange]\ncredentials_file = "a/b"').exchange, { ...byDefault, credentials: { kind: 'file', path: 'a/b' } });
  for (const program of ['/usr/bin/secret-tool', '/usr/bin/security'])
    assert.deepEqual(read(`[exchange]\ncredentials_keyring = "${program}"`).exchange, {
      ...byDefault,
      credentials: { kind: 'keyring', program },
    });
  assert.deepEqual(read('[exchange]\nkind = "okx"\nprofile = "a_B-9"\nsite = "us"').exchange, {
    ...byDefault,
    site: 'us',
    profile: 'a_B-9',
  });
  const { reconcile, http, okxDoor, sim } = read('');
  assert.deepEqual(
    { reconcile, http, okxDoor, sim },
    {
      reconcile: { fullEveryMilliseconds: 3_600_000 },
      http: { wanted: false, listen: { host: '127.0.0.1', port: 7390 }, allowedHosts: [], allowedOrigins: [], publicUrl: '' },
      okxDoor: { listen: { host: '127.0.0.1', port: 7391 } },
      sim: { listen: { host: '127.0.0.1', port: 7392 }, seed: 1, rateLimits: 'strict' },
    },
  );
  assert.deepEqual(read('[http]').http, { ...http, wanted: true });
  assert.deepEqual(read('[http]\nallowed_hosts = ["box.example:8443"]\nallowed_origins = ["https://box.example"]').http, {
    ...http,
    wanted: true,
    allowedHosts: ['box.example:8443'],
    allowedOrigins: ['https://box.example'],
  });
  assert.equal(read('[http]\npublic_url = "https://box.example:8443"').http.publicUrl, 'https://box.example:8443');
  for (const line of ['public_url = "box.example"', 'public_url = "https://box.example/page"', 'public_url = "ftp://box.example"'])
    assert.match(refusal(`[http]\n${line}`), /^twokey.toml line 2/);
  for (const line of ['allowed_hosts = ["*"]', 'allowed_hosts = ["Box"]', 'allowed_origins = ["*"]', 'allowed_origins = ["https://a/b"]'])
    assert.match(refusal(`[http]\n${line}`), /^twokey.toml line 2/);
  const moved = read('[okx_door]\nlisten = "[::1]:5"\n[sim]\nlisten = "127.0.0.1:6"\n');
  assert.deepEqual(
    [moved.okxDoor.listen, moved.sim.listen],
    [
      { host: '::1', port: 5 },
      { host: '127.0.0.1', port: 6 },
    ],
  );
});

test('the text that is hashed has a line for the account, one for approvals, and one for each agent in order of name', () => {
  const configuration = read(
    '[approval]\nabove = 40\nttl = "60s"\nfirst_of_kind = true\n[agents.b]\nshared_positions = true\n[agents.a]\n',
  );
  const policy = canonicalPolicy(configuration.policy);
  assert.deepEqual(policyText(configuration).split('\n'), [policy, '40 1m true', `a false ${policy}`, `b true ${policy}`]);
  assert.deepEqual(policyText(read('')).split('\n').slice(1), ['undecided 2m false', `default false ${canonicalPolicy(read('').policy)}`]);
  assert.equal(policyText(read('[approval]\nabove = "never"')).split('\n')[1], 'never 2m false');
});
