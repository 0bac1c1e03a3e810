import type { Likeness } from './activity.ts';
import type { Proposal } from './control.ts';

/** A proposal as duplicates are recognised: by what was asked and by what it became. */
export function likenessOf({ question: { intent }, instrument, terms }: Proposal): Likeness {
  return {
    principal: intent.principal,
    instrument: instrument.id,
    side: terms.side,
    type: intent.kind === 'place' ? intent.type : 'market',
    price: intent.kind === 'place' ? intent.price : null,
    tick: instrument.tick,
    size: terms.size,
    asked: intent.kind === 'place' ? { quantity: intent.quantity, unit: intent.quantityUnit } : null,
  };
}
