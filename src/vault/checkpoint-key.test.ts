import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type Checkpoint, isSigned } from '../core/journal/checkpoint.ts';
import { CheckpointKey } from './checkpoint-key.ts';
import { Secret } from './secret.ts';

const checkpoint: Checkpoint = { account: 'okx:sim:1001', seq: 12, hash: 'a'.repeat(64), state: 'b'.repeat(64) };

function keyOf(secret: string): CheckpointKey {
  return new CheckpointKey({ secretKey: new Secret(secret), environment: 'sim' });
}

function signature(key: CheckpointKey, changes: Partial<Checkpoint> = {}): string {
  const signed = key.sign({ ...checkpoint, ...changes });
  assert.ok(signed.ok, signed.ok ? '' : signed.error);
  return signed.value;
}

function refusal(key: CheckpointKey, changes: Partial<Checkpoint>): string {
  const signed = key.sign({ ...checkpoint, ...changes });
  assert.ok(!signed.ok);
  return signed.error;
}

test('one secret has one key in every start, and another has another', () => {
  assert.equal(keyOf('sim-secret').name, keyOf('sim-secret').name);
  assert.notEqual(keyOf('sim-secret').name, keyOf('sim-secres').name);
  assert.match(keyOf('sim-secret').name, /^[0-9a-f]{64}$/);
});

test('what it signs is signed, and nothing else is', () => {
  const key = keyOf('sim-secret');
  const signed = { ...checkpoint, key: key.name, signature: signature(key) };
  assert.ok(isSigned(signed));
  for (const other of [
    { account: 'okx:sim:1002' },
    { seq: 13 },
    { hash: 'c'.repeat(64) },
    { state: 'a'.repeat(64) },
    { key: keyOf('another').name },
    { key: 'short' },
    { signature: signed.signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) },
    { signature: '' },
  ])
    assert.ok(!isSigned({ ...signed, ...other }), JSON.stringify(other));
});

test('no request to the exchange can be got out of it, since what it signs is no such text and its key is another', () => {
  const signed = signature(keyOf('sim-secret'));
  assert.notEqual(signed, createHmac('sha256', 'sim-secret').update(`twokey checkpoint 1`).digest('hex'));
  for (const account of ['okx:sim:1001\n12', '', 'okx:sim:', 'okx:SIM:1001', 'x'.repeat(200)])
    assert.match(refusal(keyOf('sim-secret'), { account }), /its account is not/);
  for (const seq of [0, -1, 1.5, Number.NaN, 2 ** 53]) assert.match(refusal(keyOf('sim-secret'), { seq }), /its entry is not/);
  assert.match(refusal(keyOf('sim-secret'), { hash: `${'a'.repeat(63)}\n` }), /its hash is not/);
  assert.match(refusal(keyOf('sim-secret'), { state: 'B'.repeat(64) }), /the digest of its state is not/);
});

test('it signs no account of another environment, and no second head for one entry', () => {
  const key = keyOf('sim-secret');
  assert.match(refusal(key, { account: 'okx:live:1001' }), /a checkpoint of okx:live:1001, and this vault is for sim/);
  signature(key);
  assert.match(refusal(key, { hash: 'c'.repeat(64) }), /entry 12 is signed already/);
  assert.match(refusal(key, { seq: 11 }), /entry 11, and entry 12 is signed already/);
  signature(key, { seq: 13 });
});
