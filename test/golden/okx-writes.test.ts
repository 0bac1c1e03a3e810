import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../../src/core/money/decimal.ts';
import { decodeWrite } from '../../src/venues/okx/write.ts';
import { body, instrument, ours } from './okx-bodies.ts';

const place = {
  kind: 'place',
  clientOrderId: ours,
  expiresAt: 1_795_428_001_500,
  protection: null,
  terms: {
    instrument: instrument('BTC-USDT'),
    product: 'spot',
    side: 'buy',
    type: 'limit',
    size: decimal('1'),
    price: decimal('1'),
    reduceOnly: false,
    leg: 'net',
  purpose: 'entry',
  },
} as const;
const cancel = { kind: 'cancel', instrument: instrument('BTC-USDT'), clientOrderId: ours } as const;

test('the documented and the recorded acknowledgement of a placement', () => {
  const accepted = { kind: 'accepted', exchangeOrderId: '312269865356374016' };
  assert.deepEqual(decodeWrite(place, { status: 200, body: body('order-placed') }), accepted);
  assert.deepEqual(decodeWrite(place, { status: 200, body: body('order-placed-recorded') }), accepted);
});

test('the documented acknowledgement of a cancel', () => {
  assert.deepEqual(decodeWrite(cancel, { status: 200, body: body('order-cancelled') }), { kind: 'accepted', exchangeOrderId: '12345689' });
});

test('the documented timer: armed for a minute, for the whole account, told in seconds', () => {
  const arming = { kind: 'cancel_all_after', seconds: 60, tag: '' } as const;
  const answer = { status: 200, body: body('cancel-all-after') };
  assert.deepEqual(decodeWrite(arming, answer), { kind: 'accepted', exchangeOrderId: '' });
  for (const other of [{ seconds: 30 }, { seconds: 0 }, { tag: 'bot' }]) assert.equal(decodeWrite({ ...arming, ...other }, answer).kind, 'unknown');
});

test('a rejection stands in the row, behind code 1 and status 200', () => {
  assert.deepEqual(decodeWrite(place, { status: 200, body: body('order-refused-51008') }), { kind: 'rejected', code: '51008' });
});

test('a key that is refused comes without data', () => {
  assert.deepEqual(decodeWrite(place, { status: 401, body: body('invalid-sign-50113') }), { kind: 'rejected', code: '50113' });
});

test('a rate limit is unknown until somebody proved what it does', () => {
  assert.equal(decodeWrite(place, { status: 429, body: body('too-many-requests-50011') }).kind, 'unknown');
  assert.equal(decodeWrite(place, { status: 200, body: body('too-many-requests-50011') }).kind, 'unknown');
});

test('a cancel that found nothing to cancel says nothing about the order', () => {
  const report = decodeWrite(cancel, { status: 200, body: body('cancel-refused-51400') });
  assert.equal(report.kind, 'unknown');
  assert.match(report.kind === 'unknown' ? report.cause : '', /51400/);
});

test('the documented answers to writes of stop orders', () => {
  const swap = instrument('BTC-USDT-SWAP');
  const triggers = { takeProfit: decimal('3'), stopLoss: null };
  const terms = { instrument: swap, product: 'linear', side: 'sell', leg: 'net', size: decimal('1'), ...triggers } as const;
  const named = (id: string) => id as typeof ours;
  const protect = { kind: 'protect', clientOrderId: named('order1234'), terms } as const;
  const amend = { kind: 'amend_protection', instrument: swap, clientOrderId: named('algo01'), triggers } as const;
  const undo = { kind: 'cancel_protection', instrument: swap, clientOrderId: ours, exchangeOrderId: '1836489397437468672' } as const;
  assert.deepEqual(decodeWrite(protect, { status: 200, body: body('algo-placed') }), { kind: 'accepted', exchangeOrderId: '1836487817828872192' });
  // The example's own id has an underscore, which OKX's rule for ids forbids, and ours never has.
  const amended = body('algo-amended').replace('algo_01', 'algo01');
  assert.deepEqual(decodeWrite(amend, { status: 200, body: amended }), { kind: 'accepted', exchangeOrderId: '2510789768709120' });
  assert.deepEqual(decodeWrite(undo, { status: 200, body: body('algo-cancelled') }), { kind: 'accepted', exchangeOrderId: '1836489397437468672' });
  assert.deepEqual(decodeWrite(amend, { status: 200, body: body('algo-amend-refused-51279') }), { kind: 'rejected', code: '51279' });
});

// okx-errors.md §3 and the duplicates of §4 and §5, whatever status they come with.
const inconclusive = ['50001', '50004', '50011', '50013', '50026', '50040', '50042', '50061', '50071', '51011', '51016', '51054', '51149', '51412', '51603'];

test('no code that OKX leaves open, and none that nobody knows, is ever definitive', () => {
  for (const code of [...inconclusive, '99999', '2', '51599', '60012']) {
    for (const status of [200, 400, 429, 500, 503]) {
      const top = decodeWrite(place, { status, body: JSON.stringify({ code, msg: '', data: [] }) });
      assert.equal(top.kind, 'unknown', `${code} at the top with ${status}`);
      const row = { clOrdId: ours, ordId: '', sCode: code, sMsg: '' };
      const inside = decodeWrite(place, { status, body: JSON.stringify({ code: '1', msg: '', data: [row] }) });
      assert.equal(inside.kind, 'unknown', `${code} in the row with ${status}`);
    }
  }
});
