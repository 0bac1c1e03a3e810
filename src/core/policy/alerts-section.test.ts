import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseToml } from '../lang/toml.ts';
import { decimal } from '../money/decimal.ts';
import { type Alerts, alertsOf, isAddress, alertsShape, type Sink } from './alerts-section.ts';
import { readTable } from './fields.ts';

function section(text: string) {
  const parsed = parseToml(text);
  assert.ok(parsed.ok, text);
  return readTable(parsed.value, { name: 'alerts', shape: alertsShape });
}

function sinks(text: string): readonly Sink[] | string {
  const read = section(`[[sinks]]\n${text}`);
  return read.ok ? alertsOf(read.value, 'sim').sinks : `${read.error.line} ${read.error.key}: ${read.error.message}`;
}

test('without a section the defaults of every key hold, and each key may be set alone', () => {
  const byDefault = {
    normalOrderSize: decimal('30'),
    tradesPerWindow: { count: 5, minutes: 10 },
    maxHoldingMilliseconds: 28_800_000,
    balanceFloor: decimal('100'),
    escalation: null,
    pulseUrl: '',
    sinks: [],
  };
  assert.deepEqual(alertsOf({}, 'sim'), byDefault);
  const cases = [
    ['normal_order_size = 31', { normalOrderSize: decimal('31') }],
    ['trades_per_window = { count = 1 }', { tradesPerWindow: { count: 1, minutes: 10 } }],
    ['trades_per_window = { minutes = 1440 }', { tradesPerWindow: { count: 5, minutes: 1440 } }],
    ['max_holding = "1m"', { maxHoldingMilliseconds: 60_000 }],
    ['max_holding = "365d"', { maxHoldingMilliseconds: 31_536_000_000 }],
    ['balance_floor = 0', { balanceFloor: decimal('0') }],
    ['escalate = true', { escalation: { reduceOnlyMilliseconds: 300_000, haltedMilliseconds: 900_000 } }],
    ['escalate = false', {}],
    ['escalate_after = { halted = "20m" }', {}],
    [
      'escalate = true\nescalate_after = { reduce_only = "1s", halted = "1d" }',
      { escalation: { reduceOnlyMilliseconds: 1000, haltedMilliseconds: 86_400_000 } },
    ],
    ['pulse_url = ""', {}],
    ['pulse_url = "https://pulse.example"', { pulseUrl: 'https://pulse.example' }],
  ] as const;
  for (const [line, change] of cases) {
    const read = section(line);
    assert.ok(read.ok, line);
    assert.deepEqual(alertsOf(read.value, 'sim'), { ...byDefault, ...change });
  }
});

test('an unacknowledged red alert escalates in live where the file does not say otherwise', () => {
  const live = (line: string): Alerts['escalation'] => {
    const read = section(line);
    assert.ok(read.ok, line);
    return alertsOf(read.value, 'live').escalation;
  };
  assert.deepEqual(live(''), { reduceOnlyMilliseconds: 300_000, haltedMilliseconds: 900_000 });
  assert.deepEqual(live('escalate_after = { reduce_only = "1m" }'), { reduceOnlyMilliseconds: 60_000, haltedMilliseconds: 900_000 });
  assert.equal(live('escalate = false'), null);
  assert.equal(alertsOf({}, 'demo').escalation, null);
  for (const wrong of ['{ reduce_only = "16m" }', '{ reduce_only = "6m", halted = "5m" }', '{ reduce_only = "0s" }', '"5m"'])
    assert.ok(!section(`escalate_after = ${wrong}`).ok, wrong);
  assert.deepEqual(live('escalate_after = { reduce_only = "5m", halted = "5m" }'), {
    reduceOnlyMilliseconds: 300_000,
    haltedMilliseconds: 300_000,
  });
  const early = section('escalate_after = { reduce_only = "6m", halted = "5m" }');
  assert.ok(!early.ok);
  assert.deepEqual(early.error, {
    line: 1,
    key: 'escalate_after',
    message: 'expected halted to be no sooner than reduce_only, such as { reduce_only = "5m", halted = "15m" }',
  });
});

test('a message goes to an address of HTTPS, or to this machine', () => {
  assert.equal(isAddress('https://a.example/x'), true);
  assert.equal(isAddress('http://127.0.0.1:8080/x'), true);
  assert.equal(isAddress('http://a.example/x'), false);
});

test('a number out of its bounds is refused', () => {
  for (const [line, message] of [
    ['normal_order_size = 0', 'expected a number of USD above zero, such as 50'],
    ['trades_per_window = { count = 0 }', 'expected a whole number from 1 to 999, without quotes'],
    ['trades_per_window = { minutes = 1441 }', 'expected a whole number from 1 to 1440, without quotes'],
    ['max_holding = "59s"', 'expected a duration in quotes from 1m to 365d, such as "30s" (units: ms, s, m, h, d)'],
    ['max_holding = "366d"', 'expected a duration in quotes from 1m to 365d, such as "30s" (units: ms, s, m, h, d)'],
    ['sinks = 5', 'expected one or more [[alerts.sinks]]'],
    ['pulse_url = 5', 'expected an address that starts with https:// (http:// for 127.0.0.1 only)'],
  ] as const) {
    const read = section(line);
    assert.ok(!read.ok, line);
    assert.equal(read.error.message, message);
  }
});

test('an address is https, or http on this machine', () => {
  const read = (url: string) => sinks(`kind = "ntfy"\nurl = "${url}"`);
  for (const url of [
    'https://a',
    'https://a.example/',
    'https://a.example/b/c',
    'https://a.example?b=c',
    'https://a.example#b',
    'https://a.example:8443/x',
    'http://127.0.0.1',
    'http://127.0.0.1:80',
    'http://127.0.0.1:65535/x',
    'http://127.0.0.1/',
    'http://127.0.0.1/x',
    'http://127.0.0.1/xy',
    'http://127.0.0.1?x',
    'http://[::1]',
    'http://[::1]:8080/x',
  ])
    assert.deepEqual(read(url), [{ kind: 'ntfy', url, secret: null }], url);
  for (const url of [
    'http://a.example',
    'https://',
    'https:///x',
    'https://a b',
    'https://user@a.example',
    'https://a.example/x y',
    'https://a.example/x ',
    'xhttps://a.example',
    'ftp://a.example',
    'http://127.0.0.1.example',
    'http://127.0.0.1@a.example',
    'http://127.0.0.1:',
    'http://127.0.0.1:123456',
    'http://127.0.0.1:x',
    'http://127.0.0.1:80x',
    'http://127.0.0.1/x y',
    'http://127x0.0.1',
    'http://127.0x0.1',
    'http://127.0.0x1',
    'xhttp://127.0.0.1',
    'http://[::2]',
  ])
    assert.equal(read(url), '3 url: expected an address that starts with https:// (http:// for 127.0.0.1 only)', url);
});

test('each kind of sink is read with what it needs', () => {
  const url = 'https://a.example/x';
  for (const kind of ['webhook', 'slack', 'discord']) {
    assert.deepEqual(sinks(`kind = "${kind}"\nurl = "${url}"`), [{ kind, address: { kind: 'url', url } }]);
    assert.deepEqual(sinks(`kind = "${kind}"\nsecret = "the_key-1"`), [{ kind, address: { kind: 'secret', secret: 'the_key-1' } }]);
  }
  assert.deepEqual(sinks('kind = "telegram"\nchat = "42"\nsecret = "t"'), [{ kind: 'telegram', chat: '42', secret: 't' }]);
  assert.deepEqual(sinks(`kind = "ntfy"\nurl = "${url}"\nsecret = "t"`), [{ kind: 'ntfy', url, secret: 't' }]);
  const mail = 'kind = "email"\nserver = "s:465"\nfrom = "a@x"\nto = "b@x"';
  assert.deepEqual(sinks(mail), [{ kind: 'email', server: 's:465', from: 'a@x', to: 'b@x', user: null, secret: null }]);
  assert.deepEqual(sinks(`${mail}\nuser = "u"\nsecret = "p"`), [
    { kind: 'email', server: 's:465', from: 'a@x', to: 'b@x', user: 'u', secret: 'p' },
  ]);
  assert.deepEqual(sinks('kind = "command"\ncommand = ["/usr/bin/notify-send", "twokey"]'), [
    { kind: 'command', command: ['/usr/bin/notify-send', 'twokey'] },
  ]);
  assert.deepEqual(sinks('kind = "log"'), [{ kind: 'log' }]);
});

test('a sink that lacks something, or has what is not its own, says so', () => {
  const either =
    'expected a sink of kind "slack" to have either url or secret, the name of the key under [alerts.secrets] that holds the address';
  const telegram = 'expected a sink of kind "telegram" to have chat, and secret for the token';
  const email = 'expected a sink of kind "email" to have server, from and to';
  const unknown = (key: string) => `3 ${key}: unknown key in [alerts.sinks]; remove it, or see the list of keys in twokey.toml`;
  const secretName = 'expected the name of a key under [alerts.secrets] of credentials.toml';
  const words = 'expected "webhook" or "slack" or "discord" or "telegram" or "ntfy" or "email" or "command" or "log"';
  for (const [text, message] of [
    ['url = "https://a"', '1 sinks: expected each sink to have kind = "…"'],
    ['kind = "pager"', `2 kind: ${words}`],
    ['kind = "slack"', `1 sinks: ${either}`],
    ['kind = "slack"\nurl = "https://a"\nsecret = "x"', `1 sinks: ${either}`],
    ['kind = "slack"\nchat = "x"', unknown('chat')],
    ['kind = "slack"\nsecret = "X"', `3 secret: ${secretName}`],
    ['kind = "slack"\nsecret = "xé"', `3 secret: ${secretName}`],
    ['kind = "slack"\nsecret = "x y"', `3 secret: ${secretName}`],
    [`kind = "slack"\nsecret = "${'x'.repeat(33)}"`, `3 secret: ${secretName}`],
    ['kind = "telegram"\nchat = "42"', `1 sinks: ${telegram}`],
    ['kind = "telegram"\nsecret = "x"', `1 sinks: ${telegram}`],
    ['kind = "telegram"\nurl = "https://a"', unknown('url')],
    ['kind = "telegram"\nchat = " "', '3 chat: expected a text in quotes'],
    ['kind = "ntfy"', '1 sinks: expected a sink of kind "ntfy" to have url'],
    ['kind = "ntfy"\nchat = "x"', unknown('chat')],
    ['kind = "email"\nfrom = "a"\nto = "b"', `1 sinks: ${email}`],
    ['kind = "email"\nserver = "a"\nto = "b"', `1 sinks: ${email}`],
    ['kind = "email"\nserver = "a"\nfrom = "b"', `1 sinks: ${email}`],
    ['kind = "email"\nurl = "https://a"', unknown('url')],
    ['kind = "command"', '1 sinks: expected a sink of kind "command" to have command'],
    ['kind = "command"\nurl = "https://a"', unknown('url')],
    [
      'kind = "command"\ncommand = "x"',
      '3 command: expected a list of texts, the program first, such as ["/usr/bin/notify-send", "twokey"]',
    ],
    [
      'kind = "command"\ncommand = ["notify-send"]',
      '3 command: expected the whole path of the program, such as ["/usr/bin/notify-send", "twokey"]',
    ],
    [
      'kind = "command"\ncommand = ["./notify"]',
      '3 command: expected the whole path of the program, such as ["/usr/bin/notify-send", "twokey"]',
    ],
    ['kind = "log"\nurl = "https://a"', unknown('url')],
  ] as const)
    assert.equal(sinks(text), message, text);
  const plain = section('sinks = [5]');
  assert.ok(!plain.ok);
  assert.equal(plain.error.message, 'expected [[alerts.sinks]] with kind = "…"');
});
