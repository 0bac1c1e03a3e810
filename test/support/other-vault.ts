import assert from 'node:assert/strict';
import type { Snapshot } from '../../src/ports/snapshots.ts';
import { CheckpointKey } from '../../src/vault/checkpoint-key.ts';
import { Secret } from '../../src/vault/secret.ts';

/** A snapshot whose checkpoint was signed by the vault that has this secret, whatever it says. */
export function signedBy(secret: string, snapshot: Snapshot): Snapshot {
  const key = new CheckpointKey({ secretKey: new Secret(secret), environment: 'sim' });
  const signed = key.sign(snapshot.checkpoint);
  assert.ok(signed.ok, signed.ok ? '' : signed.error);
  return { ...snapshot, checkpoint: { ...snapshot.checkpoint, key: key.name, signature: signed.value } };
}
