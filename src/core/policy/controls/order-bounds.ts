import { compare, formatDecimal } from '../../money/decimal.ts';
import type { OrderControl } from '../control.ts';
import { inSize, sizeUnit, unitName } from '../words.ts';

/** The smallest size that the exchange takes. Dust in a position is told apart by `reducing`. */
export const minimumSize: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P3b',
  name: 'exchange_minimum',
  configKey: null,
  source: 'reference/okx-orders.md §1',
  appliesToExits: true,
  check: ({ question: { intent }, instrument, terms: { size } }) => {
    // Closing everything takes what there is; that it is dust is said by the control which knows.
    if (intent.kind === 'close' && intent.quantity === null) return null;
    if (compare(size, instrument.minimum) >= 0) return null;
    return {
      code: 'MIN_ORDER_SIZE',
      text: `${inSize(instrument, size)} is below the exchange's minimum of ${inSize(instrument, instrument.minimum)} for ${instrument.id}`,
      limit: null,
    };
  },
};

/** The largest size of one limit order that the exchange takes. Larger exits have to be asked in parts. */
export const maximumSize: OrderControl = {
  stage: 'order',
  bySize: 'monotone',
  id: 'P3c',
  name: 'exchange_maximum',
  configKey: null,
  source: 'RTS 6 art. 15(1)(c); reference/risk.md §3.1 P3',
  appliesToExits: true,
  check: ({ instrument, terms: { size } }) =>
    compare(size, instrument.maximum) <= 0
      ? null
      : {
          code: 'MAX_ORDER_SIZE',
          text: `${inSize(instrument, size)} is above the exchange's maximum of ${inSize(instrument, instrument.maximum)} for one order`,
          limit: {
            name: 'exchange_maximum',
            max: formatDecimal(instrument.maximum),
            used: formatDecimal(size),
            unit: unitName(instrument, sizeUnit(instrument)),
          },
        },
};
