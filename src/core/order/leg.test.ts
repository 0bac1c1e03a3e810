import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../market/instrument.ts';
import { instrumentIn, legFor, legsOf, positionKey } from './leg.ts';

const swap = 'BTC-USDT-SWAP' as InstrumentId;

test('in long/short mode a buy opens the long leg or closes the short one, and a sell the other way round', () => {
  const long = { product: 'linear', mode: 'long_short' } as const;
  assert.equal(legFor({ ...long, side: 'buy', purpose: 'entry' }), 'long');
  assert.equal(legFor({ ...long, side: 'buy', purpose: 'exit' }), 'short');
  assert.equal(legFor({ ...long, side: 'sell', purpose: 'entry' }), 'short');
  assert.equal(legFor({ ...long, side: 'sell', purpose: 'exit' }), 'long');
});

test('spot and net mode have no legs', () => {
  assert.equal(legFor({ product: 'spot', mode: 'long_short', side: 'sell', purpose: 'exit' }), 'net');
  assert.equal(legFor({ product: 'inverse', mode: 'net', side: 'sell', purpose: 'entry' }), 'net');
  assert.deepEqual(legsOf('spot', 'long_short'), ['net']);
  assert.deepEqual(legsOf('linear', 'net'), ['net']);
  assert.deepEqual(legsOf('linear', 'long_short'), ['long', 'short']);
});

test('a position is named as its instrument in net mode and as its leg otherwise', () => {
  assert.equal(positionKey(swap, 'net'), swap);
  assert.equal(positionKey(swap, 'long'), 'BTC-USDT-SWAP/long');
  assert.equal(positionKey(swap, 'short'), 'BTC-USDT-SWAP/short');
});

test('the name of a position gives its instrument back, whatever its leg', () => {
  for (const leg of ['net', 'long', 'short'] as const) assert.equal(instrumentIn(positionKey(swap, leg)), swap);
});
