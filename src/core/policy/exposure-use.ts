import { isDust } from '../account/position.ts';
import type { Books } from '../account/books.ts';
import type { Holding } from '../exposure/survey.ts';
import { withOrder, worstCase } from '../exposure/worst-case.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { notionalUsd } from '../market/valuation.ts';
import { isZero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { Proposal } from './control.ts';

/** The worst case of a proposal's instrument in US dollars, without and with the order. */
export function worstCaseUsd({ instrument, terms, situation }: Proposal): { readonly before: Usd; readonly after: Usd } {
  const { reach } = situation.holding;
  return {
    before: notionalUsd({ instrument, size: worstCase(reach), price: situation.valuation }),
    after: notionalUsd({ instrument, size: worstCase(withOrder(reach, terms)), price: situation.valuation }),
  };
}

/** Instruments with a position that is more than dust, or with an open entry. */
export function openPositions(books: Books, holdings: ReadonlyMap<InstrumentId, Holding>): ReadonlySet<InstrumentId> {
  const open = new Set<InstrumentId>();
  for (const [id, { reach, openEntries }] of holdings) {
    const instrument = books.instruments.get(id);
    const counts = !isZero(reach.position) && (instrument === undefined || !isDust(reach.position, instrument));
    if (counts || openEntries > 0) open.add(id);
  }
  return open;
}
