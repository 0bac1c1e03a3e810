import type { Proposal, Refusal } from '../control.ts';

/** The last control: the answer is a full decision up to here, so that reasoning can be tested without trading. */
export function readOnly({ question: { circumstances } }: Proposal): Refusal | null {
  return circumstances.readOnly
    ? { code: 'READ_ONLY', text: 'the policy would allow this order, and the gateway is read-only', limit: null }
    : null;
}
