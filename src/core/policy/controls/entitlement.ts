import { refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses an entry of a type that the policy does not name, whatever it would do otherwise. */
export function orderTypes({ question: { intent, policy } }: Wish): Refusal | null {
  if (intent.kind !== 'place' || policy.orderTypes.includes(intent.type)) return null;
  return refusal('NOT_ALLOWED', `the policy takes entries of type ${policy.orderTypes.join(', ')}, and this is ${intent.type}`);
}

/** Refuses an entry on a side that the policy does not name: with `sides = ["buy"]` nobody goes short. */
export function sides({ question: { intent, policy } }: Wish): Refusal | null {
  if (intent.kind !== 'place' || policy.sides.includes(intent.side)) return null;
  return refusal('NOT_ALLOWED', `the policy takes entries that ${policy.sides.join(' or ')}, and this is a ${intent.side}`);
}
