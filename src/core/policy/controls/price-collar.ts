import { compare, formatDecimal, isPositive } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { collarEdge, collarPrice } from '../draft.ts';

/** A buy above reference × (1 + collar) or a sell below reference × (1 − collar) is a mistake or worse. Exits have a wider collar of their own. */
export const priceCollar: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P1',
  name: 'price_collar',
  configKey: 'price_collar, exit_collar',
  source: 'RTS 6 art. 15(1)(a); 15c3-5(c)(1)(ii); reference/risk.md §3.1 P1',
  appliesToExits: true,
  check: ({ question: { policy }, instrument, reference, terms }) => {
    const { side, price, purpose } = terms;
    const collar = purpose === 'exit' ? policy.exitCollar : policy.priceCollar;
    const beyond = compare(price, collarEdge({ side, reference, collar }));
    if ((side === 'buy' ? beyond <= 0 : beyond >= 0) && isPositive(price)) return null;
    const edge = formatDecimal(collarPrice({ instrument, side, reference, collar }));
    const name = purpose === 'exit' ? 'exit_collar' : 'price_collar';
    return {
      code: 'PRICE_COLLAR',
      text: `a ${side} at ${formatDecimal(price)} is too far from ${formatDecimal(reference)}; ${side === 'buy' ? 'at most' : 'at least'} ${edge} passes`,
      limit: { name, max: edge, used: formatDecimal(price), unit: 'price' },
    };
  },
};
