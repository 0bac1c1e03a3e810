import type { Json } from '../lang/canonical.ts';
import { err, ok, type Result } from '../lang/result.ts';
import type { Entry, EntryKind } from './entry.ts';

/** What each kind of entry must have beside its kind. A body without one of these was not written by this program. */
const keys: Readonly<Record<EntryKind, readonly string[]>> = {
  genesis: ['journal', 'environment', 'version'],
  started: ['epoch', 'policy_hash', 'version', 'read_only'],
  instruments: ['instruments'],
  baseline: ['currencies', 'contracts', 'evidence'],
  booted: ['mode'],
  decision: [
    'principal',
    'intent_id',
    'tool',
    'arguments',
    'body_hash',
    'client',
    'outcome',
    'code',
    'message',
    'limit',
    'would_be_allowed',
    'inputs',
  ],
  denied_again: ['principal', 'intent_id', 'body_hash', 'same_as'],
  approval_asked: [
    'approval_id',
    'principal',
    'intent_id',
    'instrument',
    'product',
    'side',
    'leg',
    'type',
    'size',
    'price',
    'take_profit',
    'stop_loss',
    'notional_usd',
    'window_usd',
    'underlying_worst_case_usd',
    'digest',
    'fingerprints',
    'expires_at',
  ],
  approved: ['approval_id', 'principal', 'intent_id', 'digest', 'by', 'reason'],
  approval_ended: ['approval_id', 'principal', 'intent_id', 'digest', 'by', 'reason', 'outcome', 'message', 'next_allowed_at'],
  submitting: [
    'client_order_id',
    'principal',
    'intent_id',
    'instrument',
    'product',
    'side',
    'type',
    'size',
    'price',
    'reduce_only',
    'purpose',
    'strategy',
    'notional_usd',
    'marks',
    'expires_at',
    'request_hash',
  ],
  accepted: ['client_order_id', 'exchange_order_id'],
  rejected: ['client_order_id', 'code'],
  not_sent: ['client_order_id', 'cause'],
  unknown: ['client_order_id', 'cause'],
  not_found: ['client_order_id', 'evidence'],
  absent: ['client_order_id', 'evidence'],
  reported: ['client_order_id', 'exchange_order_id', 'state', 'filled'],
  fill: [
    'client_order_id',
    'exchange_order_id',
    'trade_id',
    'bill_id',
    'instrument',
    'side',
    'size',
    'price',
    'fee',
    'fee_currency',
    'exchange_at',
  ],
  protecting: [
    'client_order_id',
    'principal',
    'intent_id',
    'instrument',
    'product',
    'side',
    'leg',
    'size',
    'take_profit',
    'stop_loss',
    'request_hash',
  ],
  armed: ['client_order_id', 'exchange_order_id', 'size'],
  triggered: ['client_order_id', 'exchange_order_id'],
  moving: ['client_order_id', 'principal', 'intent_id', 'take_profit', 'stop_loss', 'request_hash'],
  moved: ['client_order_id', 'take_profit', 'stop_loss'],
  amending: ['client_order_id', 'size', 'price', 'increases', 'notional_usd'],
  amended: ['client_order_id', 'outcome'],
  cancelling: ['client_order_id', 'principal', 'intent_id', 'reason'],
  cancel_answered: ['client_order_id', 'outcome', 'code'],
  verified: ['instrument', 'outcome', 'orders', 'books', 'exchange', 'evidence'],
  leftover: ['client_order_id', 'size'],
  mismatch: ['instrument', 'books', 'exchange', 'evidence'],
  compared: ['trigger', 'clean', 'differences', 'evidence'],
  statement: ['through', 'balances', 'items', 'trades', 'settled', 'evidence'],
  adopted: ['by', 'reason', 'differences', 'changes', 'contracts', 'currencies', 'balances'],
  mode: ['from', 'to', 'by', 'cause'],
  frozen: ['subject', 'by', 'cause'],
  thawed: ['subject', 'by', 'cause'],
  stage: ['from', 'to', 'by', 'ground', 'cause', 'wait_until'],
  agent_added: ['agent', 'token_hash', 'by', 'reason'],
  agent_revoked: ['agent', 'by', 'reason'],
  flattening: ['phase', 'reason', 'instrument', 'positions'],
  flattened: ['outcome', 'positions', 'open_orders', 'clean'],
  killing: ['by', 'cause'],
  clearing: ['orders', 'listed', 'evidence'],
  killed: ['outcome', 'cancelled', 'foreign', 'kept', 'left', 'milliseconds', 'evidence'],
  timer: ['seconds'],
  marked: ['managed_usd', 'prices', 'halting'],
  unvalued: ['cause'],
  checkpoint: ['entry', 'entry_hash', 'state_digest', 'key', 'signature'],
  alert: ['severity', 'code', 'message'],
  alert_ended: ['key'],
  delivered: ['alert', 'sink', 'outcome', 'attempts'],
  policy: ['in_force', 'pending', 'policy_hash', 'by', 'cause'],
  proof: ['purpose', 'outcome', 'cause', 'step'],
  acknowledged: ['alert', 'by', 'reason'],
  notifier: ['sink', 'state', 'cause', 'closes'],
};

/** Every kind of entry that there is. */
export const entryKinds: readonly string[] = Object.keys(keys);

/** Turns a journaled body back into its entry. The chain vouches for the bytes; this refuses what a newer program wrote. */
export function readEntry(kind: string, body: Json): Result<Entry> {
  if (!Object.hasOwn(keys, kind)) return err(`entries of kind ${kind} are not known to this version`);
  if (!isObject(body)) return err(`the body of a ${kind} entry is not an object`);
  const missing = keys[kind as EntryKind].find((key) => !(key in body));
  if (missing !== undefined) return err(`a ${kind} entry lacks ${missing}`);
  return ok({ kind, ...body } as Entry);
}

/** What of an entry stands in the journal's body; the kind has a column of its own. */
export function bodyOf(entry: Entry): { readonly [key: string]: Json } {
  const { kind: _kind, ...body } = entry;
  return body;
}

function isObject(body: Json): body is { readonly [key: string]: Json } {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}
