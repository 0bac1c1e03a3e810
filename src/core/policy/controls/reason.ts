import type { Refusal, Wish } from '../control.ts';

/** Refuses a wish without a reason where the policy wants one: a decision without a reason cannot be judged afterwards. */
export function reason({ question: { policy, intent } }: Wish): Refusal | null {
  return policy.requireReason && intent.reason.trim() === ''
    ? { code: 'REASON_REQUIRED', text: 'say in reason why you want this', limit: null }
    : null;
}
