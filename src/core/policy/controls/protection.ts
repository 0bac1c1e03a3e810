import type { WishControl } from '../control.ts';

/** Dropping a stop that somebody asked for would leave them believing in it. */
export const protection: WishControl = {
  stage: 'wish',
  id: 'P19',
  name: 'attached_protection',
  configKey: null,
  source: 'reference/risk.md §4.10',
  appliesToExits: true,
  check: ({ question: { intent } }) =>
    intent.kind === 'place' && (intent.takeProfit !== null || intent.stopLoss !== null)
      ? { code: 'NOT_ALLOWED', text: 'take_profit and stop_loss cannot be attached to an order yet; leave them out', limit: null }
      : null,
};
