import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, spot, swap } from '../../../test/support/policy-samples.ts';
import { unitName } from './words.ts';

test('currencies are named by the name of the instrument, and by what they are where that has none', () => {
  assert.deepEqual([unitName(spot, 'base'), unitName(spot, 'quote')], ['BTC', 'USDT']);
  assert.deepEqual([unitName(swap, 'contracts'), unitName(swap, 'usd')], ['contracts', 'USD']);
  assert.equal(unitName({ ...spot, id: id('BTCUSDT') }, 'quote'), 'quote');
});
