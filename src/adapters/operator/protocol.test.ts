import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsToken, parseOperatorCall } from './protocol.ts';

function read(verb: string, given: unknown) {
  const parsed = parseOperatorCall({ id: 1, verb, arguments: given });
  return parsed.ok ? parsed.value.request : parsed.error;
}

function refusal(given: unknown): string {
  const said = read('ack', given);
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

test('nobody acknowledges, lists or tests alerts without the token', () => {
  for (const [verb, given] of [
    ['ack', { alert: 'all', reason: '' }],
    ['alerts', {}],
    ['alert_test', {}],
  ] as const) {
    const request = read(verb, given);
    assert.ok(typeof request !== 'string');
    assert.ok(needsToken(request));
  }
});
