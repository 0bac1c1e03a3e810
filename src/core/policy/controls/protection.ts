import type { Refusal, Wish } from '../control.ts';

/** Refuses a take-profit or stop-loss, which cannot be attached yet: to drop it would leave somebody believing in it. */
export function protection({ question: { intent } }: Wish): Refusal | null {
  return intent.kind === 'place' && (intent.takeProfit !== null || intent.stopLoss !== null)
    ? { code: 'NOT_ALLOWED', text: 'take_profit and stop_loss cannot be attached to an order yet; leave them out', limit: null }
    : null;
}
