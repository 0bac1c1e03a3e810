import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFromDoors } from './parse-channel.ts';

const call = {
  kind: 'call',
  incarnation: 3,
  call: 7,
  principal: 'default',
  client: { name: 'a host', version: '1.0', toolsHash: 'a'.repeat(64) },
  tool: 'place_order',
  arguments: { quantity: '1', evidence: ['x'], reduce_only: true, wait_s: 5, price: null },
};

const page = { kind: 'page', incarnation: 3, call: 7, session: 'a-B_9', wish: { ask: 'do', verb: 'status' } };

test('what working doors say is read as it is', () => {
  for (const httpPort of [null, 7390]) {
    const ready = { kind: 'ready', incarnation: 0, httpPort };
    assert.deepEqual(parseFromDoors(ready), { ok: true, value: ready });
  }
  assert.deepEqual(parseFromDoors(call), { ok: true, value: call });
  assert.deepEqual(parseFromDoors(page), { ok: true, value: page });
});

test('an envelope that is not exactly one of ours is refused', () => {
  const bad: readonly unknown[] = [
    undefined,
    null,
    [],
    'ready',
    {},
    { kind: 'ready' },
    { kind: 'ready', incarnation: 1 },
    { kind: 'ready', incarnation: 1, httpPort: '7390' },
    { kind: 'ready', incarnation: 1, httpPort: 65_536 },
    { kind: 'ready', incarnation: -1, httpPort: null },
    { kind: 'ready', incarnation: 1.5, httpPort: null },
    { kind: 'ready', incarnation: 1, httpPort: null, more: 1 },
    { kind: 'answer', incarnation: 1 },
    { ...call, more: 1 },
    { ...call, call: '7' },
    { ...call, principal: 'Default' },
    { ...call, principal: '../x' },
    { ...call, tool: 'place order' },
    { ...call, client: undefined },
    { ...call, client: { ...call.client, more: 1 } },
    { ...call, client: { ...call.client, name: 'line\nline' } },
    { ...call, client: { ...call.client, name: 'x'.repeat(65) } },
    { ...call, client: { ...call.client, toolsHash: 'short' } },
    { ...page, more: 1 },
    { ...page, call: -1 },
    { ...page, session: 'x'.repeat(129) },
    { ...page, session: 'a b' },
    { ...page, session: null },
    { ...page, wish: undefined },
    { ...page, wish: { half: 0.5 } },
    { ...page, wish: [[[[[[[[[[]]]]]]]]]] },
  ];
  for (const message of bad) assert.ok(!parseFromDoors(message).ok, JSON.stringify(message));
});

test('arguments that have no canonical text are refused, because they could be neither hashed nor journaled', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);
  const bad: readonly unknown[] = [
    undefined,
    { quantity: 0.5 },
    { quantity: 2 ** 53 },
    { quantity: Number.NaN },
    { reason: '\ud800' },
    { ['\udfff']: 1 },
    JSON.parse('{ "__proto__": 1 }'),
    nested(9),
    Array.from({ length: 1001 }, () => 1),
    { reason: 'x'.repeat(64 * 1024 + 1) },
    { a: 'é'.repeat(20_000), b: 'é'.repeat(20_000) },
    new Map(),
    { quantity: 1n },
  ];
  for (const given of bad) assert.ok(!parseFromDoors({ ...call, arguments: given }).ok);
  for (const given of [{}, [], null, 'text', nested(8)]) assert.ok(parseFromDoors({ ...call, arguments: given }).ok, JSON.stringify(given));
});
