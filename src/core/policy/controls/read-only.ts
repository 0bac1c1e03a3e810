import type { Proposal, Refusal } from '../control.ts';

/** Refuses everything that the others allow while the gateway is read-only: a full decision up to here, so that reasoning can be tested without trading. */
export function readOnly({ question: { circumstances } }: Proposal): Refusal | null {
  return circumstances.readOnly
    ? { code: 'READ_ONLY', text: 'the policy would allow this order, and the gateway is read-only', limit: null }
    : null;
}
