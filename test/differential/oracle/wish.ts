import type { Amend, Close, Leg, Listed, Place, Prices, Seen as View, Side, Unit } from '../story.ts';
import {
  type Fraction,
  fraction,
  isAbove,
  larger,
  less,
  none,
  plus,
  signOf,
  opposite,
  steps,
  stepsIn,
  textOf,
  times,
  whole,
} from './fraction.ts';
import { facing, type Ledger, leftOf, sumOfRests, type Waiting } from './ledger.ts';
import { mostOf, type OrderLine, pricesOf, restOf } from './orders.ts';
import { dollars, highestNamed, priceOf, raised, rateOf, reach, referenceOf, type Spot, spotsOf, worstOf, worthOf } from './scene.ts';
import type { Seen } from './playout.ts';
import { middleOfOthers, othersBook, type OthersBook } from './book.ts';

/** A wish before it has become an order. An amendment is judged as the order that it may become, beside the one that it was. */
export type Asking = {
  readonly ledger: Ledger;
  readonly wish: Place | Close;
  readonly view: View;
  readonly replaces: OrderLine | null;
  /** What a person agreed to, who is not asked again. */
  readonly agreed: Waiting | null;
  readonly listed: Listed | undefined;
  readonly prices: Prices | undefined;
  readonly exit: boolean;
  /** Of an entry, the order book as all others make it. */
  readonly book: OthersBook | null;
  /** What collars are measured from. */
  readonly reference: Fraction | null;
};

/** The order that a wish means. */
export type Meant = Asking & {
  readonly listed: Listed;
  readonly prices: Prices;
  readonly side: Side;
  readonly leg: Leg;
  readonly rate: Fraction;
  readonly reference: Fraction;
  readonly price: Fraction;
  readonly size: Fraction;
  /** In dollars, at the highest price anybody names for this order. */
  readonly worth: Fraction;
  /** What the instrument is counted at. */
  readonly valuation: Fraction;
  readonly spots: readonly Spot[];
  /** How far the position of the order goes without it and with it. */
  readonly before: Seen;
  readonly after: Seen;
  /** The worst case of the instrument with the order, both legs together, in dollars. */
  readonly worstCase: Fraction;
  readonly reducible: Reducible;
};

export type Reducible = {
  readonly held: Fraction;
  readonly owned: Fraction;
  readonly most: Fraction;
  /** An order on that side may have reduced it already. */
  readonly clouded: boolean;
};

export function askingOf(ledger: Ledger, wish: Place | Close, beside: Pick<Asking, 'replaces' | 'agreed'>): Asking {
  const listed = ledger.instruments.get(wish.instrument);
  // What is sold on spot is always something that is held.
  const exit = wish.kind === 'close' || wish.reduceOnly || (listed?.product === 'spot' && wish.side === 'sell');
  const prices = priceOf(ledger, wish.seen, wish.instrument);
  const book = exit || prices === undefined || prices.book === null ? null : othersBook(ledger, wish.instrument, prices.book);
  const reference = listed === undefined || prices === undefined ? null : (middleOfOthers(listed, book) ?? referenceOf(listed, prices));
  return { ledger, wish, view: wish.seen, ...beside, listed, prices, exit, book, reference };
}

/** What an amendment asks for, as a wish of its own for all that would be left of the order. */
export function asPlaced(amend: Amend, order: OrderLine, listed: Listed): Place {
  const size = amend.size === null ? order.size : fraction(amend.size);
  return {
    kind: 'place',
    id: amend.id,
    by: amend.by,
    reason: amend.reason,
    seen: amend.seen,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    quantity: textOf(less(size, order.booked)),
    unit: listed.product === 'spot' ? 'base' : 'contracts',
    price: amend.price ?? textOf(order.price),
    reduceOnly: order.exit,
    takeProfit: null,
    stopLoss: null,
    expected: amend.expected,
  };
}

/** The order that is meant, when there is a price to make one. `size` stands for what was asked, where another is tried. */
export function meantOf(asking: Asking, spots: readonly Spot[] = spotsOf(asking.ledger, asking.replaces)): Meant {
  const { ledger, wish, view, listed, prices, replaces, agreed, exit, reference } = asking;
  if (listed === undefined || prices === undefined) throw new Error('an order without instrument or price');
  if (reference === null) throw new Error('an order without a price to measure from');
  // An exit does not wait for the price of a coin.
  const rate = rateOf(view, listed) ?? whole;
  const { limits } = ledger.setup;
  const side = sideOf(asking);
  const leg = legOf(asking, listed, side);
  const collar = exit ? limits.exit_collar : limits.price_collar;
  const wanted =
    wish.kind === 'place' && wish.price !== null ? fraction(wish.price) : furthest({ side, reference, collar, tick: listed.tick });
  // What a person agreed to becomes better for us with the market, and never worse.
  const price = agreed === null || isAbove(agreed.price, wanted) === (side === 'buy') ? wanted : agreed.price;
  const named = replaces === null ? [price] : [price, ...pricesOf(replaces)];
  const counted = times(raised(highestNamed(prices, named), limits.price_collar), rate);
  const reducible = reducibleOf(asking, side, leg, listed);
  const wished =
    wish.kind === 'close'
      ? wish.quantity === null
        ? reducible.most
        : fraction(wish.quantity)
      : lotsOf({ listed, unit: wish.unit, quantity: fraction(wish.quantity), highest: highestNamed(prices, [price]), counted });
  // Until the exchange has answered, it may execute as it was or as it would be.
  const size = replaces === null ? (agreed?.size ?? wished) : larger(wished, restOf(replaces));
  const own = spots.filter(({ instrument }) => instrument === listed.id);
  const open = own.map(({ entryLimit }) => entryLimit);
  const valuation = times(raised(highestNamed(prices, exit ? open : [...open, ...named]), limits.price_collar), rate);
  const orders = ledger
    .open()
    .filter((order) => order !== replaces && order.instrument === listed.id && order.leg === leg && signOf(restOf(order)) > 0);
  const asked = { side, rest: size, reduceOnly: exit && listed.product !== 'spot', asked: true };
  const before = reach(ledger, { instrument: listed.id, leg, orders, asked: [] });
  const after = reach(ledger, { instrument: listed.id, leg, orders, asked: [asked] });
  const beside = own.filter((spot) => spot.leg !== leg).reduce((sum, { seen }) => plus(sum, worstOf(seen)), none);
  return {
    ...asking,
    listed,
    prices,
    side,
    leg,
    rate,
    reference,
    price,
    size,
    worth: dollars(listed, size, counted),
    valuation,
    spots,
    before,
    after,
    worstCase: dollars(listed, plus(worstOf(after), beside), valuation),
    reducible,
  };
}

/** The worst cases of all other instruments together. Their prices have to be known. */
export function otherWorths({ ledger, view, spots, listed }: Meant): Fraction {
  const others = spots.filter(({ instrument }) => instrument !== listed.id);
  return others.reduce((sum, spot) => plus(sum, worthOf(ledger, view, spot, worstOf(spot.seen))), none);
}

function sideOf({ ledger, wish }: Asking): Side {
  if (wish.kind === 'place') return wish.side;
  const [first] = ledger.heldOf(wish.instrument);
  return first !== undefined && signOf(first.size) < 0 ? 'buy' : 'sell';
}

function legOf({ ledger, exit }: Asking, { product }: Listed, side: Side): Leg {
  if (product === 'spot' || ledger.setup.positionMode === 'net') return 'net';
  if (exit) return side === 'sell' ? 'long' : 'short';
  return side === 'buy' ? 'long' : 'short';
}

export type Edge = { readonly side: Side; readonly reference: Fraction; readonly collar: string };

/** The last price inside a collar. */
export function edgeOf({ side, reference, collar }: Edge): Fraction {
  const share = fraction(collar);
  return times(reference, plus(whole, side === 'buy' ? share : opposite(share)));
}

/** The furthest price that is a multiple of the tick and inside the collar. */
function furthest({ tick, ...edge }: Edge & { readonly tick: string }): Fraction {
  const step = fraction(tick);
  const end = edgeOf(edge);
  const fitting = stepsIn(end, step);
  const inside = edge.side === 'buy' || !isAbove(end, steps(fitting, step)) ? fitting : fitting + 1n;
  return steps(inside, step);
}

type Lots = {
  readonly listed: Listed;
  readonly unit: Unit;
  readonly quantity: Fraction;
  readonly highest: Fraction;
  readonly counted: Fraction;
};

/** How much a quantity buys, in whole lots. Dollars buy what is counted as no more, quote currency what costs no more. */
export function lotsOf({ listed, unit, quantity, highest, counted }: Lots): Fraction {
  const lot = fraction(listed.lot);
  return steps(stepsIn(quantity, amountOf({ listed, unit, size: lot, highest, counted })), lot);
}

/** What a size is in a unit that was asked in. */
export function amountOf({ listed, unit, size, highest, counted }: Omit<Lots, 'quantity'> & { readonly size: Fraction }): Fraction {
  if (unit === 'usd') return dollars(listed, size, counted);
  if (unit === 'quote') return dollars(listed, size, highest);
  return unit === 'base' && listed.product === 'linear' ? times(size, fraction(listed.contractValue)) : size;
}

function reducibleOf({ ledger, wish, replaces, exit }: Asking, side: Side, leg: Leg, listed: Listed): Reducible {
  if (!exit) return { held: none, owned: none, most: none, clouded: false };
  const held = facing(ledger.held(listed.id, leg), side);
  const everybodys = wish.by === 'operator' || ledger.setup.sharing.includes(wish.by);
  const share = facing(ledger.share(listed.id, leg, wish.by), side);
  const owned = everybodys || isAbove(share, held) ? held : share;
  // A stop that waits is not on its way.
  const moving = ledger
    .open()
    .filter((order) => order !== replaces && order.instrument === listed.id && order.side === side && order.leg === leg)
    .filter((order) => order.phase !== 'waiting' && signOf(restOf(order)) > 0);
  const exits = moving.filter((order) => order.exit);
  const own = exits.filter(({ by }) => everybodys || by === wish.by);
  const [ofOwn, ofAll] = [leftOf(owned, sumOfRests(own)), leftOf(held, sumOfRests(exits))];
  const free = isAbove(ofOwn, ofAll) ? ofAll : ofOwn;
  const lot = fraction(listed.lot);
  return { held, owned, most: steps(stepsIn(free, lot), lot), clouded: moving.some(({ phase }) => phase === 'unknown') };
}

/** Whether with it an entry may execute more than it can as it is. What closes counts as no trade, however much of it there is. */
export function isIncrease(amend: Amend, order: OrderLine): boolean {
  return !order.exit && amend.size !== null && isAbove(fraction(amend.size), mostOf(order));
}
