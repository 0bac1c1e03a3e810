import { positionKey } from '../order/leg.ts';
import { addedUp, addedUpAt, type Holdings, type Place, type Surveyed } from './holding.ts';

/** What was added up of which books: good for as long as none of them was replaced. */
type Known = Surveyed & { readonly holdings: Holdings };

const known = new WeakMap<Surveyed['openOrders'], Known>();

/**
 * Every position that is held or may come about. It is asked for every decision and changes by one position at a time, so what was added up is kept with
 * the books that it was added up of.
 */
export function survey(books: Surveyed): Holdings {
  return kept(books) ?? keep(books, addedUp(books));
}

/** The survey of books in which orders and holdings of one position have changed, made of the one before. `survey` would say the same. */
export function resurvey(before: Surveyed, after: Surveyed, place: Place): void {
  const holdings = kept(before);
  if (holdings === null || before.instruments !== after.instruments || before.baseline !== after.baseline) return;
  const changed = new Map(holdings);
  const key = positionKey(place.instrument, place.leg);
  const holding = addedUpAt(after, place);
  if (holding === null) changed.delete(key);
  else changed.set(key, holding);
  keep(after, changed);
}

function kept({ positions, openOrders, instruments, baseline }: Surveyed): Holdings | null {
  const of = known.get(openOrders);
  if (of === undefined || of.positions !== positions || of.instruments !== instruments || of.baseline !== baseline) return null;
  return of.holdings;
}

function keep({ positions, openOrders, instruments, baseline }: Surveyed, holdings: Holdings): Holdings {
  known.set(openOrders, { positions, openOrders, instruments, baseline, holdings });
  return holdings;
}
