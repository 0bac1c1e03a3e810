import { type Amount, amountOf, least, most, size, times } from './amount.ts';
import { closesOnly, nameOf } from './names.ts';
import type { Venue } from './venue.ts';

/** What one instrument holds and what may still execute, by side. */
export type Reach = { position: Amount; buys: Amount; sells: Amount; reduceBuys: Amount; reduceSells: Amount };

export type Ends = { readonly highest: Amount; readonly lowest: Amount };

/** A placement whose bytes have left and of which the exchange has said nothing yet. */
export type OnTheWire = {
  readonly clientOrderId: string;
  readonly instId: string;
  readonly side: string;
  /** Of a leg. */
  readonly posSide: string;
  readonly size: Amount;
  readonly reduceOnly: boolean;
  readonly expiresAt: number;
};

const empty = (): Reach => ({ position: 0n, buys: 0n, sells: 0n, reduceBuys: 0n, reduceSells: 0n });

/** Everything that can still happen to each position of the account, from the exchange's ledger and from what is on its way there. */
export function reachOfLedger(venue: Venue, wire: Iterable<OnTheWire>): ReadonlyMap<string, Reach> {
  const ledger = venue.ledger();
  const found = new Map<string, Reach>();
  const of = (name: string): Reach => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const fresh = empty();
    found.set(name, fresh);
    return fresh;
  };
  for (const held of ledger.positions) of(nameOf(held)).position = amountOf(held.pos);
  for (const { ccy, total } of ledger.balances) if (ccy !== 'USDT') of(`${ccy}-USDT`).position = amountOf(total) - venue.foundOf(ccy);
  for (const order of ledger.orders) {
    if (order.state !== 'live' && order.state !== 'partially_filled') continue;
    add(of(nameOf(order)), { ...order, size: amountOf(order.sz) - amountOf(order.accFillSz) });
  }
  for (const algo of ledger.algos) if (algo.state === 'live' && algo.sz !== '') add(of(nameOf(algo)), { ...algo, size: amountOf(algo.sz) });
  for (const request of wire) if (request.expiresAt >= venue.now) add(of(nameOf(request)), request);
  return found;
}

type Added = { readonly side: string; readonly posSide: string; readonly reduceOnly: boolean; readonly size: Amount };

function add(reach: Reach, order: Added): void {
  if (order.side === 'buy') {
    if (closesOnly(order)) reach.reduceBuys += order.size;
    else reach.buys += order.size;
  } else if (closesOnly(order)) reach.reduceSells += order.size;
  else reach.sells += order.size;
}

/** Between these the position stays, whatever executes first; a wallet does not go below its floor. */
export function endsOf(reach: Reach, floor: Amount | null): Ends {
  const { position, buys, sells, reduceBuys, reduceSells } = reach;
  const up = position > 0n ? position : least(position + reduceBuys, 0n);
  const down = position < 0n ? position : most(position - reduceSells, 0n);
  const lowest = down - sells;
  return { highest: up + buys, lowest: floor === null ? lowest : most(lowest, least(floor, position)) };
}

export function worst({ highest, lowest }: Ends): Amount {
  return most(size(highest), size(lowest));
}

/** US dollars of a size at a price; an inverse contract is a fixed number of dollars. */
export function dollars(
  venue: Venue,
  { instId, size: amount, price }: { readonly instId: string; readonly size: Amount; readonly price: Amount },
): Amount {
  const instrument = venue.instrument(instId);
  const contract = (instrument.ctVal.coefficient * 10n ** 18n) / 10n ** BigInt(instrument.ctVal.scale);
  if (instrument.ctType === '') return times(amount, price);
  return instrument.ctType === 'inverse' ? times(amount, contract) : times(times(amount, contract), price);
}
