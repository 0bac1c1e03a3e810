import { throws } from 'node:assert/strict';
import { test } from 'node:test';
import { assert, unreachable } from './assert.ts';

test('an assertion states the fact that does not hold', () => {
  assert(true, 'one is one');
  throws(() => assert(false, 'filled at most ordered'), { name: 'AssertionFailure', message: 'does not hold: filled at most ordered' });
});

test('an unexpected case is named by its kind, and its content is not shown', () => {
  const shown =
    (value: unknown): (() => never) =>
    () =>
      unreachable(value as never);
  throws(shown({ kind: 'new', secret: 'canary', amount: 1n }), { name: 'AssertionFailure', message: 'unexpected case: new' });
  throws(shown('word'), { message: 'unexpected case: word' });
  throws(shown({ secret: 'canary' }), { message: 'unexpected case: object' });
  throws(shown(null), { message: 'unexpected case: object' });
});
