import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readScenarios } from './command.ts';
import { parseScenario } from './scenario.ts';

const head = 'name = "one"\nshows = "something"\n';

test('a scenario names its steps by what happens, and counts from the start', () => {
  const read = parseScenario(`${head}accident = "doubt"
[policy]
max_order_size = 100
max_same_side = { per_10_minutes = 3 }
[[steps]]
after = "0s"
market = { regime = "gap", period_ms = 60000 }
[[steps]]
after = "1500ms"
agent = { tool = "place_order", intent_id = "a", reduce_only = true }
[[steps]]
after = "2m"
post = "/sim/ghosts"
body = { instId = "BTC-USDT", price = "1" }
[[steps]]
after = "1h"
heal = true
`);
  assert.ok(read.ok, read.ok ? '' : read.error);
  assert.equal(read.value.accident, 'doubt');
  assert.deepEqual(read.value.policy, { max_order_size: '100', max_same_side: '{ per_10_minutes = 3 }' });
  assert.deepEqual(read.value.steps, [
    { kind: 'desk', afterMilliseconds: 0, method: 'POST', path: '/sim/market', body: { regime: 'gap', period_ms: 60_000 } },
    { kind: 'agent', afterMilliseconds: 1500, tool: 'place_order', given: { intent_id: 'a', reduce_only: true } },
    { kind: 'desk', afterMilliseconds: 120_000, method: 'POST', path: '/sim/ghosts', body: { instId: 'BTC-USDT', price: '1' } },
    { kind: 'desk', afterMilliseconds: 3_600_000, method: 'DELETE', path: '/sim/faults', body: {} },
  ]);
});

test('a step may wait for something at the exchange, and an agent may ask until it is so; then the time counts anew', () => {
  const read = parseScenario(`${head}[[steps]]
after = "5s"
agent = { tool = "place_order", intent_id = "a" }
until = "an order rests"
[[steps]]
after = "1s"
heal = true
[[steps]]
once = "an order is filled"
throttle = { divisor = 60 }
[[steps]]
once = "a position is open"
after = "2s"
heal = true
`);
  assert.ok(read.ok, read.ok ? '' : read.error);
  assert.deepEqual(
    read.value.steps.map(({ afterMilliseconds, once }) => [afterMilliseconds, once]),
    [
      [5000, undefined],
      [1000, undefined],
      [0, 'an order is filled'],
      [2000, 'a position is open'],
    ],
  );
  const [first] = read.value.steps;
  assert.deepEqual(first, {
    kind: 'agent',
    afterMilliseconds: 5000,
    tool: 'place_order',
    given: { intent_id: 'a' },
    until: 'an order rests',
  });
});

test('what is wrong in a scenario is refused with its line', () => {
  const step = '[[steps]]\nafter = "0s"\nmarket = { regime = "gap" }\n';
  for (const [text, expected] of [
    [`${head}nonsense = 1\n${step}`, /^3: "nonsense" is unknown/],
    [`shows = "x"\n${step}`, /^1: "name" is missing/],
    [`name = "one"\n${step}`, /^1: "shows" is missing/],
    [`${head}accident = "fire"\n${step}`, /^3: "accident" is none of doubt/],
    [head, /^1: there is no \[\[steps\]\]/],
    [`${head}${step}[[steps]]\nafter = "soon"\nheal = true\n`, /^7: "after" is the time since the start/],
    [`${head}[[steps]]\nafter = "2s"\nheal = true\n[[steps]]\nafter = "1s"\nheal = true\n`, /^7: "after" counts from the start/],
    [`${head}[[steps]]\nafter = "0s"\nfire = { a = 1 }\n`, /^3: a step is "after", "once" or both, and one of market, fault/],
    [`${head}[[steps]]\nafter = "0s"\nmarket = { a = 1 }\nheal = true\n`, /^3: a step is "after", "once" or both, and one of/],
    [`${head}[[steps]]\nafter = "0s"\npost = "/api/v5/trade/order"\nbody = { a = 1 }\n`, /^5: "post" is no path of the desk/],
    [`${head}[[steps]]\nafter = "0s"\nmarket = { price = 0.5 }\n`, /^5: write an amount as a text/],
    [`${head}[[steps]]\nafter = "0s"\nagent = { intent_id = "a" }\n`, /^5: "agent" names the tool/],
    [`${head}[[steps]]\nonce = "it rains"\nheal = true\n`, /^4: "once" is none of an order rests/],
    [`${head}[[steps]]\nafter = "0s"\nagent = { tool = "x" }\nuntil = "it rains"\n`, /^6: "until" is none of an order rests/],
    [`${head}[[steps]]\nafter = "0s"\nheal = true\nuntil = "an order rests"\n`, /^3: a step is "after", "once" or both/],
    [`${head}[[steps]\n`, /^3: /],
  ] as const) {
    const read = parseScenario(text);
    assert.ok(!read.ok, text);
    assert.match(read.error, expected);
  }
});

test('each scenario of the project is named as its file is, and has an accident to be judged', () => {
  const read = readScenarios(fileURLToPath(new URL('../../../scenarios', import.meta.url)));
  assert.ok(read.ok, read.ok ? '' : read.error);
  assert.ok(read.value.length >= 18);
  assert.equal(new Set(read.value.map(({ name }) => name)).size, read.value.length);
});
