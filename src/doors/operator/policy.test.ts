import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Configuration, parseConfiguration, policyText } from '../../core/policy/configuration.ts';
import { type Policy, policyJson, policyShape } from '../../core/policy/policy.ts';
import { type Change, type Direction, loosens, policyChanges, renderChanges } from './policy-changes.ts';
import { policyDocument, renderPolicy } from './policy-document.ts';
import { policySection, profileOf } from './policy-profile.ts';
import { rowsOf } from './text.ts';

function read(text: string): Configuration {
  const parsed = parseConfiguration(text);
  if (!parsed.ok) throw new Error(`${parsed.error.key}: ${parsed.error.message}`);
  return parsed.value;
}

function changed(before: string, after: string): readonly Change[] {
  return policyChanges({ before: read(before), after: read(after) });
}

function told(before: string, after: string): readonly string[] {
  return changed(before, after).map(({ agent, name, change }) => `${agent ?? 'account'} ${name} ${change}`);
}

/** Every key of `[policy]`, tighter and then looser. */
const keys: readonly (readonly [string, string, string])[] = [
  ['instruments', '["BTC-USDT"]', '["BTC-USDT", "ETH-USDT"]'],
  ...['order_size', 'position_size', 'total_exposure', 'daily_loss', 'drawdown', 'account_equity'].map(
    (name) => [`max_${name}`, '10', '10.5'] as const,
  ),
  ...['open_positions', 'open_orders', 'daily_trades'].map((name) => [`max_${name}`, '2', '3'] as const),
  ['order_types', '["limit"]', '["limit", "ioc"]'],
  ['sides', '["buy"]', '["buy", "sell"]'],
  ['quiet_hours', '["22:00-06:00", "12:00-13:00"]', '["22:00-06:00"]'],
  ['max_underlying_exposure', '90', '110'],
  ['max_margin_share', '"40%"', '"60%"'],
  ['min_liquidation_distance', '"30%"', '"20%"'],
  ['max_volume_share', '"1%"', '"2%"'],
  ['max_price_move', '"2%"', '"3%"'],
  ['max_divergence', '"1%"', '"2%"'],
  ['max_funding_rate', '"0.1%"', '"0.2%"'],
  ['min_stop_distance', '"0.2%"', '"0.1%"'],
  ['max_stop_changes', '3', '4'],
  ['max_slippage', '"0.1%"', '"0.2%"'],
  ['max_rejects', '{ in_a_row = 4 }', '{ in_a_row = 5 }'],
  ['max_leverage', '1.5', '2'],
  ['min_balance', '60', '50'],
  ['price_collar', '"0.4%"', '"0.5%"'],
  ['exit_collar', '"2%"', '"3%"'],
  ['max_order_rate', '{ per_second = 1, per_minute = 10 }', '{ per_second = 1, per_minute = 11 }'],
  ['max_same_side', '{ per_10_minutes = 1, per_hour = 2 }', '{ per_10_minutes = 2, per_hour = 2 }'],
  ['duplicate_window', '"31s"', '"30s"'],
  ['max_spread', '"0.1%"', '"0.2%"'],
  ['max_book_share', '"1%"', '"2%"'],
  ['max_data_age', '"1s"', '"2s"'],
  ['require_reason', 'true', 'false'],
  ['require_stop', 'true', 'false'],
  ['loosening_wait', '"1h"', '"0s"'],
  ['agent_halt', '"halted"', '"reduce_only"'],
  ['tripwire', '"freeze"', '"alert"'],
];

test('every key of the policy is known to tighten or to loosen, and to do the opposite the other way round', () => {
  deepStrictEqual(new Set([...keys.map(([name]) => name), 'answer_wait']), new Set(Object.keys(policyShape)));
  for (const [name, tight, loose] of keys) {
    // An underlying without a limit of its own has that of the total.
    const rest = name === 'max_total_exposure' ? 'max_underlying_exposure = 50\n' : '';
    const [one, other] = [`[policy]\n${rest}${name} = ${tight}\n`, `[policy]\n${rest}${name} = ${loose}\n`];
    deepStrictEqual(told(other, one), [`account ${name} tightening`]);
    deepStrictEqual(told(one, other), [`account ${name} loosening`]);
  }
  deepStrictEqual(told('', '[policy]\nanswer_wait = "2s"\n'), ['account answer_wait neither']);
});

test('a change that tightens one part and loosens another counts as loosening', () => {
  const changes = changed('', '[policy]\nmax_order_rate = { per_second = 5, per_minute = 200 }\ninstruments = ["SOL-USDT"]\n');
  deepStrictEqual(
    changes.map(({ name, change }) => [name, change]),
    [
      ['instruments', 'both'],
      ['max_order_rate', 'both'],
    ],
  );
  ok(loosens(changes));
});

test('a value written otherwise, in another order, or as the default that it is, is no change', () => {
  const same =
    '[policy]\nmax_order_size = 50.0\ninstruments = ["ETH-USDT", "BTC-USDT-SWAP", "BTC-USDT"]\nduplicate_window = "30000ms"\n[agents.default]\n';
  deepStrictEqual(changed('', same), []);
  strictEqual(renderChanges([]), 'no limit differs');
});

test('approvals, read-only and shared positions have a direction too, and another environment has none', () => {
  const cases: readonly (readonly [string, string, string, Direction])[] = [
    ['', '[approval]\nabove = 40\n', 'account approval.above', 'tightening'],
    ['[approval]\nabove = 40\n', '[approval]\nabove = 41\n', 'account approval.above', 'loosening'],
    ['[approval]\nabove = 40\n', '[approval]\nabove = "never"\n', 'account approval.above', 'loosening'],
    ['', '[approval]\nabove = "never"\n', 'account approval.above', 'neither'],
    ['', '[approval]\nttl = "60s"\n', 'account approval.ttl', 'tightening'],
    ['', '[approval]\nfirst_of_kind = true\n', 'account approval.first_of_kind', 'tightening'],
    ['', '[exchange]\nread_only = true\n', 'account exchange.read_only', 'tightening'],
    ['', '[agents.default]\nshared_positions = true\n', 'default shared_positions', 'loosening'],
  ];
  for (const [before, after, what, direction] of cases) {
    deepStrictEqual(told(before, after), [`${what} ${direction}`]);
    const back = direction === 'tightening' ? 'loosening' : direction === 'loosening' ? 'tightening' : 'neither';
    deepStrictEqual(told(after, before), [`${what} ${back}`]);
  }
  ok(told('', '[exchange]\nenvironment = "demo"\n').includes('account exchange.environment neither'));
});

test('what an agent has from the account is told once, what is its own for itself, and who may trade at all is told', () => {
  const before = '[agents.account]\nmax_order_size = 20\n[agents.b]\n[agents.gone]\n';
  const after = '[policy]\nmax_order_size = 60\n[agents.account]\nmax_order_size = 30\n[agents.b]\n[agents.new]\n';
  deepStrictEqual(
    changed(before, after).map(({ agent, name, before: was, after: is, change }) => [agent, name, was, is, change]),
    [
      [null, 'max_order_size', '50', '60', 'loosening'],
      ['account', 'max_order_size', '20', '30', 'loosening'],
      ['gone', 'agent', 'may trade', null, 'tightening'],
      ['new', 'agent', null, 'may trade', 'loosening'],
    ],
  );
});

test('the document holds every limit of everybody, marks defaults, and has the text of which its hash is', () => {
  const configuration = read('[policy]\nmax_order_size = 40\n[agents.a]\nmax_order_size = 10\n[agents.b]\nshared_positions = true\n');
  const document = policyDocument(configuration);
  const text = policyText(configuration);
  deepStrictEqual([document['hashed_text'], document['policy_hash']], [text, createHash('sha256').update(text).digest('hex')]);
  const from = (rows: ReturnType<typeof rowsOf>, name: string) => rows.find((row) => row['name'] === name)?.['from'];
  const account = rowsOf(document, 'account');
  deepStrictEqual(
    account.map(({ name }) => name),
    Object.keys(policyShape),
  );
  deepStrictEqual([from(account, 'max_order_size'), from(account, 'max_leverage')], ['account', 'default']);
  const [a, b] = rowsOf(document, 'agents').map((agent) => rowsOf(agent, 'limits'));
  ok(a !== undefined && b !== undefined && a.length === account.length);
  deepStrictEqual([from(a, 'max_order_size'), from(b, 'max_order_size'), from(a, 'max_leverage')], ['own', 'account', 'default']);
});

test('a person reads the account whole, of an agent and what is its own', () => {
  const text = renderPolicy(
    policyDocument(read('[policy]\nmax_order_size = 40\n[agents.a]\nmax_order_size = 10\n[agents.b]\nshared_positions = true\n')),
  );
  match(text, /^max_order_size +40$/m);
  match(text, /^max_leverage +3 +default$/m);
  match(text, /^loosening_wait +0s +default$/m);
  match(text, /^agent a: every other limit as the account's\nlimit +value\nmax_order_size +10$/m);
  match(text, /^agent b, may close what others opened: every limit as the account's$/m);
  doesNotMatch(text, /undefined|\[object/);
});

test('the profile of a small account is a section that the file takes, with every limit that it computed', () => {
  for (const equity of ['300', '1234.5']) {
    const profile = profileOf([equity, 'ETH-USDT', '5']);
    ok(profile.ok);
    const file = `[exchange]\nenvironment = "live"\n${policySection(profile.value)}\n`;
    deepStrictEqual(policyJson(read(file).policy), policyJson(profile.value));
  }
  match(policySection((profileOf(['300']) as { readonly value: Policy }).value), /^max_order_size = 15$/m);
  for (const words of [['0'], ['-5'], ['x'], ['300', 'btc'], ['300', 'BTC-USDT', '0']]) ok(!profileOf(words).ok, words.join(' '));
});
