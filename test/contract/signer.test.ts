// One suite for everything that signs: the vault in its own process, and the same vault in this one, as simulations use it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startVault } from '../../src/adapters/vault/signer.ts';
import { isSigned } from '../../src/core/journal/checkpoint.ts';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import { decimal } from '../../src/core/money/decimal.ts';
import { channelForm } from '../../src/core/order/channel-form.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import type { ExchangeRequest } from '../../src/core/order/request.ts';
import type { Signer } from '../../src/ports/signer.ts';
import { openVault } from '../../src/vault/open.ts';
import { requestHash } from '../../src/venues/okx/hash.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { publicHeaders } from '../../src/venues/okx/sign.ts';

const home = mkdtempSync(join(tmpdir(), 'twokey-signer-'));
after(() => rmSync(home, { recursive: true, force: true }));

type Opened = { readonly signer: Signer; readonly close: () => Promise<void> };

const exchange = {
  kind: 'okx',
  environment: 'sim',
  site: 'global',
  profile: 'demo',
  readOnly: false,
  deadManSeconds: 20,
  credentials: { kind: 'unnamed' },
} as const;

function inOwnProcess(): Promise<Opened> {
  const vault = startVault({ home, userHome: home, exchange, readOnly: false, credentials: 'none' });
  return Promise.resolve({
    signer: vault.signer,
    close: async () => {
      await vault.close();
    },
  });
}

function inThisProcess(): Promise<Opened> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const opened = openVault({
    home,
    userHome: home,
    environment: 'sim',
    readOnly: false,
    input: { kind: 'none' },
    serviceFolder: '',
    alertSecrets: false,
    clock,
  });
  assert.ok(opened.ok);
  const { signatory } = opened.value;
  let sequence = 0;
  let closed = false;
  const sign: Signer['sign'] = (request, expectedHash, epoch) => {
    const wire = encode(request, { simulated: true });
    if (!wire.private)
      return Promise.resolve({
        kind: 'signed',
        request: { method: wire.method, path: wire.path, headers: publicHeaders(wire), body: wire.body },
      });
    if (closed) return Promise.resolve({ kind: 'dead' });
    sequence += 1;
    const answer = signatory.answer({ kind: 'sign', id: sequence, sequence, epoch, request: channelForm(request), expectedHash });
    if (answer.kind === 'signed') return Promise.resolve({ kind: 'signed', request: answer });
    return Promise.resolve({ kind: 'refused', cause: 'cause' in answer ? answer.cause : answer.kind });
  };
  return Promise.resolve({
    signer: { sign, raise: (epoch) => void signatory.answer({ kind: 'epoch', epoch }) },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  });
}

const instrument = 'BTC-USDT' as InstrumentId;

function place(id: string, size = '0.0005'): ExchangeRequest {
  return {
    kind: 'place',
    clientOrderId: id as ClientOrderId,
    expiresAt: Date.now() + 1_500,
    protection: null,
    terms: {
      instrument,
      product: 'spot',
      side: 'buy',
      type: 'ioc',
      size: decimal(size),
      price: decimal('60000'),
      reduceOnly: false,
      leg: 'net',
      purpose: 'entry',
    },
  };
}

function hashOf(request: ExchangeRequest): string {
  return requestHash(encode(request, { simulated: true }), true);
}

async function causeOf(signer: Signer, request: ExchangeRequest, hash: string): Promise<string> {
  const signed = await signer.sign(request, hash, 0);
  assert.ok(signed.kind === 'refused', JSON.stringify(signed));
  return signed.cause;
}

for (const { name, open } of [
  { name: 'the vault in its own process', open: inOwnProcess },
  { name: 'the vault in this process', open: inThisProcess },
]) {
  test(`${name} signs exactly the bytes that were allowed`, async () => {
    const { signer, close } = await open();
    const cancel: ExchangeRequest = { kind: 'cancel', instrument, clientOrderId: 't1' as ClientOrderId };
    const stopLoss = decimal('50000');
    const carried = { clientOrderId: 't3' as ClientOrderId, takeProfit: null, stopLoss };
    const triggers = { takeProfit: decimal('70000'), stopLoss };
    const terms = { instrument, product: 'spot', side: 'sell', leg: 'net', size: decimal('0.0005'), ...triggers } as const;
    const guarded = { ...place('t2'), protection: carried } as ExchangeRequest;
    const protect: ExchangeRequest = { kind: 'protect', clientOrderId: 't4' as ClientOrderId, terms };
    const amend: ExchangeRequest = { kind: 'amend_protection', instrument, clientOrderId: 't4' as ClientOrderId, triggers };
    for (const request of [place('t1'), cancel, guarded, protect, amend, { kind: 'positions' } as const]) {
      const isRead = request.kind === 'positions';
      const signed = await signer.sign(request, isRead ? '' : hashOf(request), 0);
      assert.ok(signed.kind === 'signed', JSON.stringify(signed));
      const { method, path, headers, body } = signed.request;
      const wire = encode(request, { simulated: true });
      assert.deepEqual([method, path, body], [wire.method, wire.path, wire.body]);
      const text = `${headers['OK-ACCESS-TIMESTAMP'] ?? ''}${method}${path}${body}`;
      assert.equal(headers['OK-ACCESS-SIGN'], createHmac('sha256', 'sim-secret').update(text).digest('base64'));
      assert.deepEqual(
        [headers['OK-ACCESS-KEY'], headers['OK-ACCESS-PASSPHRASE'], headers['x-simulated-trading']],
        ['sim-key', 'sim-pass', '1'],
      );
      assert.equal(headers['expTime'], request.kind === 'place' ? String(request.expiresAt) : undefined);
    }
    await close();
  });

  test(`${name} lets a public read pass without a key`, async () => {
    const { signer, close } = await open();
    const signed = await signer.sign({ kind: 'ticker', instrument }, '', 0);
    assert.ok(signed.kind === 'signed');
    assert.equal(signed.request.path, '/api/v5/market/ticker?instId=BTC-USDT');
    assert.deepEqual(
      Object.keys(signed.request.headers).filter((header) => header.startsWith('OK-')),
      [],
    );
    await close();
  });

  test(`${name} refuses other bytes, a second signature and what is over its ceiling`, async () => {
    const { signer, close } = await open();
    const order = place('t2');
    assert.match(await causeOf(signer, place('t3'), hashOf(order)), /hash differs/);
    assert.match(await causeOf(signer, order, ''), /hash differs/);
    assert.equal((await signer.sign(order, hashOf(order), 0)).kind, 'signed');
    assert.match(await causeOf(signer, order, hashOf(order)), /signed before/);
    const large = place('t4', '0.01');
    assert.match(await causeOf(signer, large, hashOf(large)), /BTC-USDT for 600 USD of at most 100/);
    await close();
  });

  test(`${name} answers many questions at once, each its own`, async () => {
    const { signer, close } = await open();
    const orders = Array.from({ length: 200 }, (_, index) => place(`t5${String(index).padStart(4, '0')}`));
    const answers = await Promise.all(orders.map((order) => signer.sign(order, hashOf(order), 0)));
    answers.forEach((answer, index) => {
      assert.ok(answer.kind === 'signed', JSON.stringify(answer));
      assert.equal(answer.request.body, encode(orders[index] ?? place('none'), { simulated: true }).body);
    });
    await close();
  });

  test(`${name} is dead once it is gone`, async () => {
    const { signer, close } = await open();
    await close();
    assert.equal((await signer.sign({ kind: 'balance' }, '', 0)).kind, 'dead');
  });
}

test('a vault that is killed with questions open answers every one of them with dead', async () => {
  const vault = startVault({ home, userHome: home, exchange, readOnly: false, credentials: 'none' });
  assert.ok((await vault.ready).ok);
  assert.ok(vault.pid !== undefined);
  process.kill(vault.pid, 'SIGSTOP');
  const open = Promise.all([1, 2, 3].map(() => vault.signer.sign({ kind: 'balance' }, '', 0)));
  process.kill(vault.pid, 'SIGKILL');
  assert.deepEqual(await open, [{ kind: 'dead' }, { kind: 'dead' }, { kind: 'dead' }]);
  assert.equal((await vault.exited).signal, 'SIGKILL');
});

test('the clock of a simulation moves the timestamps by as much', async () => {
  const vault = startVault({ home, userHome: home, exchange, readOnly: false, credentials: 'none' });
  assert.ok((await vault.ready).ok);
  vault.setClockOffset(3_600_000);
  const signed = await vault.signer.sign({ kind: 'balance' }, '', 0);
  assert.ok(signed.kind === 'signed');
  const ahead = Date.parse(signed.request.headers['OK-ACCESS-TIMESTAMP'] ?? '') - Date.now();
  assert.ok(Math.abs(ahead - 3_600_000) < 5_000, `${ahead} ms ahead`);
  await vault.close();
});

test('the vault in its own process signs checkpoints with the key that it names when it is ready, among its other work', async () => {
  const vault = startVault({ home, userHome: home, exchange, readOnly: true, credentials: 'none' });
  try {
    const ready = await vault.ready;
    assert.ok(ready.ok, ready.ok ? '' : ready.error);
    const checkpoint = { account: 'okx:sim:1001', seq: 12, hash: 'a'.repeat(64), state: 'b'.repeat(64) };
    const [signed, read, again] = await Promise.all([
      vault.signCheckpoint(checkpoint),
      vault.signer.sign({ kind: 'positions' }, '', 0),
      vault.signCheckpoint({ ...checkpoint, hash: 'c'.repeat(64) }),
    ]);
    assert.ok(signed.kind === 'signed');
    assert.ok(isSigned({ ...checkpoint, key: ready.value.checkpointKey, signature: signed.signature }));
    assert.equal(read.kind, 'signed');
    assert.deepEqual(again, { kind: 'refused', cause: 'a checkpoint of entry 12, and entry 12 is signed already' });
  } finally {
    await vault.close();
  }
  assert.deepEqual(await vault.signCheckpoint({ account: 'okx:sim:1001', seq: 13, hash: '', state: '' }), { kind: 'dead' });
});
