import { hash } from 'node:crypto';
import { assert } from '../../core/lang/assert.ts';
import type { WireRequest } from './request.ts';

/**
 * What a decision journals about the bytes it allows, and what the vault compares before it signs: SHA-256, in hex, over method, path,
 * body, expTime and whether it is a demo request. They stand in a JSON list, so that no text can pose as two fields.
 */
export function requestHash(wire: WireRequest, demo: boolean): string {
  assert(wire.simulated === demo, 'a request is for demo where its wiring says so');
  return hash('sha256', JSON.stringify([wire.method, wire.path, wire.body, wire.expTime, demo ? 'demo' : 'live']), 'hex');
}
