import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startVault, type Vault } from '../../src/adapters/vault/signer.ts';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import type { ExchangeRequest } from '../../src/core/order/request.ts';
import { requestHash } from '../../src/venues/okx/hash.ts';
import { encode } from '../../src/venues/okx/request.ts';

const home = mkdtempSync(join(tmpdir(), 'twokey-vault-'));
after(() => rmSync(home, { recursive: true, force: true }));

const exchange = {
  kind: 'okx',
  environment: 'sim',
  site: 'global',
  profile: 'demo',
  readOnly: false,
  credentials: { kind: 'unnamed' },
} as const;

function start(): Vault {
  return startVault({ home, userHome: home, exchange, readOnly: false, credentials: 'none' });
}

function place(id: string, size = '0.0005'): ExchangeRequest {
  return {
    kind: 'place',
    clientOrderId: id as ClientOrderId,
    expiresAt: Date.now() + 1_500,
    terms: {
      instrument: 'BTC-USDT' as InstrumentId,
      product: 'spot',
      side: 'buy',
      type: 'ioc',
      size: decimal(size),
      price: decimal('60000'),
      reduceOnly: false,
      purpose: 'entry',
    },
  };
}

function hashOf(request: ExchangeRequest): string {
  return requestHash(encode(request, { simulated: true }), true);
}

test('a real vault signs an order, a cancel and a read with the key of the simulator', async () => {
  await using vault = start();
  const ready = await vault.ready;
  assert.ok(ready.ok, ready.ok ? '' : ready.error);
  assert.equal(ready.value.source, 'the key of the simulator itself');
  const order = place('t000001a1');
  const requests: readonly ExchangeRequest[] = [
    order,
    { kind: 'cancel', instrument: 'BTC-USDT' as InstrumentId, clientOrderId: 't000001a1' as ClientOrderId },
    { kind: 'balance' },
  ];
  for (const request of requests) {
    const signed = await vault.signer.sign(request, request.kind === 'balance' ? '' : hashOf(request));
    assert.ok(signed.kind === 'signed', JSON.stringify(signed));
    const { method, path, headers, body } = signed.request;
    const text = `${headers['OK-ACCESS-TIMESTAMP'] ?? ''}${method}${path}${body}`;
    assert.equal(headers['OK-ACCESS-SIGN'], createHmac('sha256', 'sim-secret').update(text).digest('base64'));
    assert.equal(headers['OK-ACCESS-KEY'], 'sim-key');
    assert.equal(headers['x-simulated-trading'], '1');
  }
  const again = await vault.signer.sign(order, hashOf(order));
  assert.ok(again.kind === 'refused');
  assert.match(again.cause, /signed before/);
  const other = await vault.signer.sign(place('t000001a2'), hashOf(order));
  assert.ok(other.kind === 'refused');
  assert.match(other.cause, /hash differs/);
  const large = place('t000001a3', '0.01');
  const refused = await vault.signer.sign(large, hashOf(large));
  assert.ok(refused.kind === 'refused');
  assert.match(refused.cause, /BTC-USDT for 600 USD of at most 100/);
  assert.equal(readFileSync(`/proc/${vault.pid ?? 0}/environ`, 'utf8').replace(/NODE_CHANNEL_[A-Z_]+=[a-z0-9]+\0/g, ''), '');
  await vault.close();
  const dead = await vault.signer.sign(order, hashOf(order));
  assert.equal(dead.kind, 'dead');
});
