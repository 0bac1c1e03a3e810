import assert from 'node:assert/strict';
import { test } from 'node:test';
import { d, spot, swap } from '../../../test/support/policy-samples.ts';
import { channelForm } from './channel-form.ts';
import type { ClientOrderId, OrderTerms } from './order.ts';
import type { ExchangeRequest } from './request.ts';

const id = 'tabc123000500000001' as ClientOrderId;
const terms: OrderTerms = {
  instrument: swap.id,
  product: 'linear',
  side: 'buy',
  leg: 'net',
  type: 'limit',
  size: d('1.5'),
  price: d('60000.1'),
  reduceOnly: false,
  purpose: 'entry',
};
const place = { kind: 'place', clientOrderId: id, terms, protection: null, expiresAt: 1500 } as const;

test('amounts cross a channel as texts, and everything else as it is', () => {
  const written = { ...place, terms: { ...terms, size: '1.5', price: '60000.1' } };
  assert.deepEqual(channelForm(place), written);
  const attached = { clientOrderId: id, stopLoss: d('59000'), takeProfit: null };
  assert.deepEqual(channelForm({ ...place, protection: attached }), {
    ...written,
    protection: { clientOrderId: id, stopLoss: '59000', takeProfit: null },
  });
});

test('triggers cross as texts or as nothing', () => {
  const triggers = { stopLoss: null, takeProfit: d('61000.5') };
  const stop = { instrument: spot.id, product: 'spot', side: 'sell', leg: 'net', size: d('0.25'), ...triggers } as const;
  assert.deepEqual(channelForm({ kind: 'protect', clientOrderId: id, terms: stop }), {
    kind: 'protect',
    clientOrderId: id,
    terms: { ...stop, size: '0.25', takeProfit: '61000.5' },
  });
  const amend = { kind: 'amend_protection', instrument: spot.id, clientOrderId: id, triggers } as const;
  assert.deepEqual(channelForm(amend), { ...amend, triggers: { stopLoss: null, takeProfit: '61000.5' } });
});

test('a request without amounts crosses as it is', () => {
  const cancel: ExchangeRequest = { kind: 'cancel', instrument: spot.id, clientOrderId: id };
  assert.equal(channelForm(cancel), cancel);
});
