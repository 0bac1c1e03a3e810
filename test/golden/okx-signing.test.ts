import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { decimal } from '../../src/core/money/decimal.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { requestHash } from '../../src/venues/okx/hash.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { prehash, publicHeaders, signedHeaders } from '../../src/venues/okx/sign.ts';
import { instrument } from './okx-bodies.ts';

// The secret of the vectors, which OKX's documentation uses; it opens nothing.
const secret = '22582BD0CFF14C41EDBF1AB98506286D';
const timestamp = '2020-12-08T09:08:57.715Z';

const vectors = [
  { method: 'GET', path: '/api/v5/account/balance?ccy=BTC', body: '', sign: 'HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=' },
  {
    method: 'GET',
    path: '/api/v5/account/positions?instId=LTC-USDT-SWAP%2CBTC-USDT-SWAP',
    body: '',
    sign: 'bug1/ix5ZjYREeUi9BNiZF6cBJN4MNugLpeReoN84U0=',
  },
  {
    method: 'POST',
    path: '/api/v5/trade/order',
    body: '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2","clOrdId":"b15"}',
    sign: '3mDLZY/Wj7XI4ITQQpWw50Kd6ZO3DsDfrMj7luXO6aQ=',
  },
] as const;

test('the text that is signed gives the documented signatures', () => {
  for (const { method, path, body, sign } of vectors) {
    const text = prehash({ timestamp, method, path, body });
    assert.equal(createHmac('sha256', secret).update(text).digest('base64'), sign);
  }
});

const spotEntry = {
  kind: 'place',
  clientOrderId: 't0000000100000a' as ClientOrderId,
  expiresAt: 1_795_428_001_500,
  protection: null,
  terms: {
    instrument: instrument('BTC-USDT'),
    product: 'spot',
    side: 'buy',
    type: 'ioc',
    size: decimal('0.00100'),
    price: decimal('60000.0'),
    reduceOnly: false,
    leg: 'net',
  purpose: 'entry',
  },
} as const;

test('a spot entry is these bytes', () => {
  assert.deepEqual(encode(spotEntry, { simulated: true }), {
    method: 'POST',
    path: '/api/v5/trade/order',
    body: '{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"t0000000100000a","tag":"t000000","side":"buy","ordType":"ioc","px":"60000","sz":"0.001","stpMode":"cancel_taker"}',
    expTime: '1795428001500',
    private: true,
    simulated: true,
  });
});

test('a reducing swap order is these bytes', () => {
  const exit = { ...spotEntry.terms, instrument: instrument('BTC-USDT-SWAP'), product: 'linear', reduceOnly: true, purpose: 'exit', side: 'sell' } as const;
  assert.equal(
    encode({ ...spotEntry, terms: exit }, { simulated: false }).body,
    '{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"t0000000100000a","tag":"t000000","side":"sell","ordType":"ioc","px":"60000","sz":"0.001","reduceOnly":true,"stpMode":"cancel_maker","pxAmendType":"1"}',
  );
});

test('a cancel is these bytes, without expTime, which OKX takes on placements only', () => {
  const wire = encode({ kind: 'cancel', instrument: instrument('BTC-USDT'), clientOrderId: spotEntry.clientOrderId }, { simulated: true });
  assert.equal(wire.path, '/api/v5/trade/cancel-order');
  assert.equal(wire.body, '{"instId":"BTC-USDT","clOrdId":"t0000000100000a"}');
  assert.equal(wire.expTime, '');
});

test('an entry with a stop and a take-profit is these bytes', () => {
  const protection = { clientOrderId: 't0000000100000b' as ClientOrderId, takeProfit: decimal('66000'), stopLoss: decimal('57000.50') };
  assert.equal(
    encode({ ...spotEntry, protection }, { simulated: true }).body,
    '{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"t0000000100000a","tag":"t000000","side":"buy","ordType":"ioc","px":"60000","sz":"0.001","stpMode":"cancel_taker","attachAlgoOrds":[{"attachAlgoClOrdId":"t0000000100000b","tpTriggerPx":"66000","tpTriggerPxType":"last","tpOrdPx":"-1","slTriggerPx":"57000.5","slTriggerPxType":"last","slOrdPx":"-1"}]}',
  );
});

test('stop orders are placed, moved and cancelled by these bytes, without expTime', () => {
  const clientOrderId = 't0000000100000b' as ClientOrderId;
  const swap = instrument('BTC-USDT-SWAP');
  const stop = { instrument: swap, product: 'linear', side: 'sell', leg: 'net', size: decimal('3'), takeProfit: null, stopLoss: decimal('57000') } as const;
  const sale = { ...stop, instrument: instrument('BTC-USDT'), product: 'spot', takeProfit: decimal('66000') } as const;
  const requests = [
    { kind: 'protect', clientOrderId, terms: stop },
    { kind: 'protect', clientOrderId, terms: sale },
    { kind: 'amend_protection', instrument: swap, clientOrderId, triggers: { takeProfit: null, stopLoss: decimal('58000') } },
    { kind: 'cancel_protection', instrument: swap, clientOrderId, exchangeOrderId: '' },
    { kind: 'cancel_protection', instrument: swap, clientOrderId, exchangeOrderId: '77' },
  ] as const;
  assert.deepEqual(
    requests.map((request) => {
      const { method, path, body, expTime } = encode(request, { simulated: true });
      return `${method} ${path} ${body}${expTime}`;
    }),
    [
      'POST /api/v5/trade/order-algo {"instId":"BTC-USDT-SWAP","tdMode":"cross","algoClOrdId":"t0000000100000b","tag":"t000000","side":"sell","ordType":"conditional","sz":"3","reduceOnly":true,"cxlOnClosePos":true,"slTriggerPx":"57000","slTriggerPxType":"mark","slOrdPx":"-1"}',
      'POST /api/v5/trade/order-algo {"instId":"BTC-USDT","tdMode":"cash","algoClOrdId":"t0000000100000b","tag":"t000000","side":"sell","ordType":"oco","sz":"3","tpTriggerPx":"66000","tpTriggerPxType":"last","tpOrdPx":"-1","slTriggerPx":"57000","slTriggerPxType":"last","slOrdPx":"-1"}',
      'POST /api/v5/trade/amend-algos {"instId":"BTC-USDT-SWAP","algoClOrdId":"t0000000100000b","newSlTriggerPx":"58000"}',
      'POST /api/v5/trade/cancel-algos [{"instId":"BTC-USDT-SWAP","algoClOrdId":"t0000000100000b"}]',
      'POST /api/v5/trade/cancel-algos [{"instId":"BTC-USDT-SWAP","algoId":"77"}]',
    ],
  );
});

test('headers say demo and expTime only where they apply', () => {
  const wire = encode(spotEntry, { simulated: true });
  assert.deepEqual(signedHeaders(wire, { key: 'k', passphrase: 'p', timestamp, signature: 's' }), {
    'Content-Type': 'application/json',
    'x-simulated-trading': '1',
    expTime: '1795428001500',
    'OK-ACCESS-KEY': 'k',
    'OK-ACCESS-SIGN': 's',
    'OK-ACCESS-TIMESTAMP': timestamp,
    'OK-ACCESS-PASSPHRASE': 'p',
  });
  assert.deepEqual(publicHeaders(encode({ kind: 'time' }, { simulated: false })), { 'Content-Type': 'application/json' });
});

test('the journaled hash of a placement is this, whatever else changes', () => {
  assert.equal(requestHash(encode(spotEntry, { simulated: true }), true), '3b9255b5268d37bd1dfe08f809022a19d386ff78f3e0f92deabe6f7c1e7f242e');
});
