import { isOpen } from '../../exposure/survey.ts';
import type { OrderControl } from '../control.ts';
import { countLimit } from '../words.ts';

/** Instruments with a position, or with an entry that may become one. Dust is not counted. */
export const maxOpenPositions: OrderControl = {
  stage: 'order',
  bySize: 'sizeless',
  id: 'P9p',
  name: 'max_open_positions',
  configKey: 'max_open_positions',
  source: 'FIA; DESIGN §4.1',
  appliesToExits: false,
  check: ({ question: { books, policy }, instrument, situation }) => {
    let used = 0;
    for (const [id, holding] of situation.holdings) if (isOpen(books, id, holding)) used += 1;
    const max = policy.maxOpenPositions;
    const wouldBe = isOpen(books, instrument.id, situation.holding) ? used : used + 1;
    if (wouldBe <= max) return null;
    return {
      code: 'MAX_OPEN_POSITIONS',
      text: `this would be position ${wouldBe} of at most ${max}`,
      limit: countLimit({ name: 'max_open_positions', max, used, unit: 'positions' }),
    };
  },
};
