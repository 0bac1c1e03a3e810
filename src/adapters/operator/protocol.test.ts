import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsToken, parseOperatorCall } from './protocol.ts';

function read(verb: string, given: unknown) {
  const parsed = parseOperatorCall({ id: 1, verb, arguments: given });
  return parsed.ok ? parsed.value.request : parsed.error;
}

function refusal(given: unknown, verb = 'ack'): string {
  const said = read(verb, given);
  return typeof said === 'string' ? said : '';
}

test('an acknowledgement names one alert or all, and may say why', () => {
  assert.deepEqual(read('ack', { alert: 'a2b3', reason: '' }), { verb: 'ack', alert: 'a2b3', reason: '' });
  assert.deepEqual(read('ack', { alert: 'all', reason: 'seen' }), { verb: 'ack', alert: 'all', reason: 'seen' });
  for (const given of [{ alert: '', reason: '' }, { alert: 'A2B3', reason: '' }, { alert: 7, reason: '' }, { reason: '' }])
    assert.match(refusal(given), /^expected alert as/);
  assert.match(refusal({ alert: 'a2b3' }), /^expected reason as/);
  assert.match(refusal({ alert: 'a2b3', reason: 'a\nb' }), /^expected reason as/);
  assert.equal(read('ack', { alert: 'a2b3', reason: '', all: true }), 'expected no argument but those of the verb');
  assert.deepEqual([read('alerts', {}), read('alert_test', {})], [{ verb: 'alerts' }, { verb: 'alert_test' }]);
  assert.equal(read('alert_test', { reason: '' }), 'expected no arguments');
});

test('a word on an order names it by its id and carries a reason', () => {
  assert.deepEqual(read('resolve', { order: 'tabcdef000100000001', reason: 'not there' }), {
    verb: 'resolve',
    order: 'tabcdef000100000001',
    reason: 'not there',
  });
  for (const order of ['', 'a-b', 'x'.repeat(33), 7]) assert.match(refusal({ order, reason: '' }, 'resolve'), /^expected order as/);
  assert.match(refusal({ order: 't1' }, 'resolve'), /^expected reason as/);
  assert.equal(read('resolve', { order: 't1', reason: '', all: true }), 'expected no argument but those of the verb');
});

test('a leverage is a plain number with at most two digits after the point', () => {
  const given = { instrument: 'BTC-USDT-SWAP', leverage: '2.5', reason: '' };
  assert.deepEqual(read('set_leverage', given), { verb: 'set_leverage', ...given });
  for (const leverage of ['', '-2', '2.', '02', '1e1', '2.555', '99999', 2])
    assert.match(refusal({ ...given, leverage }, 'set_leverage'), /^expected leverage as/);
  assert.match(refusal({ ...given, instrument: 'btc' }, 'set_leverage'), /instrument/i);
  assert.match(refusal({ instrument: 'BTC-USDT-SWAP', leverage: '2' }, 'set_leverage'), /^expected reason as/);
  assert.match(refusal({ ...given, margin: 'isolated' }, 'set_leverage'), /^expected no argument but/);
});

test('nobody acknowledges, lists or tests alerts without the token', () => {
  for (const [verb, given] of [
    ['ack', { alert: 'all', reason: '' }],
    ['alerts', {}],
    ['alert_test', {}],
    ['resolve', { order: 't1', reason: 'x' }],
    ['set_leverage', { instrument: 'BTC-USDT-SWAP', leverage: '2', reason: '' }],
  ] as const) {
    const request = read(verb, given);
    assert.ok(typeof request !== 'string');
    assert.ok(needsToken(request));
  }
});
