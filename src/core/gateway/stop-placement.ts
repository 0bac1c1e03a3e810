import type { State } from '../account/state.ts';
import type { ProtectingBody } from '../journal/entry.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { ProtectionTerms } from '../order/order.ts';
import type { Write } from '../order/request.ts';
import type { Context, Effect } from './events.ts';
import { textsOf } from './trigger-texts.ts';
import { nextId } from './wishes.ts';

type Placing = {
  /** Under which of the ids that were not given yet. */
  readonly ahead: number;
  readonly terms: ProtectionTerms;
  readonly principal: string;
  /** Empty where nobody asked for it. */
  readonly intentId: string;
};

/** A stop order of its own: what is written of it, and what is then sent. */
export function stopPlacement(
  state: State,
  context: Context,
  { ahead, terms, principal, intentId }: Placing,
): { readonly entry: ProtectingBody; readonly effect: Effect } {
  const id = nextId(state, context, ahead);
  const request: Write = { kind: 'protect', clientOrderId: id, terms };
  const requestHash = context.requestHash(request);
  const { instrument, product, side, leg } = terms;
  const what = { instrument, product, side, leg, size: formatDecimal(terms.size), ...textsOf(terms) };
  return {
    entry: { kind: 'protecting', client_order_id: id, principal, intent_id: intentId, ...what, request_hash: requestHash },
    effect: { kind: 'submit', clientOrderId: id, request, requestHash },
  };
}
