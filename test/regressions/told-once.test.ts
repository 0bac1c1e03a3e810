// Found by reading: of several differences one alert says the first with what to do about it, and how many more there are. It was not found again
// among the alerts, so that the same was told anew as soon as its key let it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyState } from '../../src/core/account/state.ts';
import { toldOf } from '../../src/core/gateway/routine.ts';
import type { DifferenceBody } from '../../src/core/journal/entry.ts';

const foreign: DifferenceBody = { kind: 'order', class: 'foreign_order', subject: 'BTC-USDT', books: '', exchange: 'exchange order 7' };
const held: DifferenceBody = { kind: 'position', class: 'position_drift', subject: 'BTC-USDT-SWAP', books: '2', exchange: '1' };

function telling(...messages: readonly string[]) {
  const state = emptyState('okx:sim:1001');
  return { ...state, alerts: messages.map((message) => ({ code: 'DIFFERENCE', message })) as unknown as typeof state.alerts };
}

function messagesOf(told: ReturnType<typeof toldOf>): readonly string[] {
  return told.map((entry) => (entry.kind === 'alert' ? entry.message : ''));
}

test('a difference that an alert began with is not told again, whatever stood behind it', () => {
  const [first = ''] = messagesOf(toldOf(telling(), [foreign, held]));
  assert.match(first, /^BTC-USDT: .*, and 1 more; cancel it at the exchange/);
  const [next = '', ...none] = messagesOf(toldOf(telling(first), [foreign, held]));
  assert.match(next, /^BTC-USDT-SWAP: the books say 2, the exchange says 1$/);
  assert.deepEqual(none, []);
  assert.deepEqual(messagesOf(toldOf(telling(first, next), [foreign, held])), []);
});

test('a size is not taken for another one that begins with it', () => {
  const [half = ''] = messagesOf(toldOf(telling(), [{ ...held, exchange: '1.5' }]));
  assert.equal(messagesOf(toldOf(telling(half), [held])).length, 1);
});
