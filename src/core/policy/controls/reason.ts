import type { WishControl } from '../control.ts';

export const reason: WishControl = {
  stage: 'wish',
  id: 'A1',
  name: 'require_reason',
  configKey: 'require_reason',
  source: 'DESIGN §4.3',
  appliesToExits: true,
  check: ({ question: { policy, intent } }) =>
    policy.requireReason && intent.reason.trim() === ''
      ? { code: 'REASON_REQUIRED', text: 'say in reason why you want this', limit: null }
      : null,
};
