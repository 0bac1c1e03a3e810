import type { Amend, Close, Event, Funds, Leg, Listed, News, Place, Prices, Setup, Side, Unit } from '../story.ts';
import { type Fraction, fraction, isAbove, less, magnitude, none, opposite, plus, signOf } from './fraction.ts';
import { Purse } from './purse.ts';
import { hear, mayHear, type OrderLine, restOf } from './orders.ts';

/** What is held of one instrument or leg, and by whom. */
export type Holding = { readonly instrument: string; readonly leg: Leg; size: Fraction; readonly shares: Map<string, Fraction> };

/** One order that was sent: what rates, days, doubles and sums are counted from. */
export type Sent = {
  readonly at: number;
  readonly order: OrderLine;
  readonly by: string;
  readonly exit: boolean;
  readonly underlying: string;
  readonly type: string;
  readonly price: Fraction | null;
  readonly size: Fraction;
  readonly asked: { readonly quantity: Fraction; readonly unit: Unit } | null;
  readonly worth: Fraction;
  /** Whether with it its agent repeated itself as often as it may; `maybe`: that hangs on how a window is cut. */
  readonly last: 'yes' | 'no' | 'maybe';
  /** Proven never to have reached the exchange. */
  givenBack: boolean;
  /** Whether somebody has looked since, so that it no longer counts as repetition. */
  lookedAt: boolean;
};

/** An order as a person was shown it. */
export type Waiting = { readonly wish: Place | Close; readonly size: Fraction; readonly price: Fraction };
export type Mark = { readonly at: number; readonly usd: Fraction };
export type Amended = Pick<Sent, 'at' | 'by' | 'exit' | 'underlying' | 'worth'> & { readonly increases: boolean };

/** Everything that has happened to one account, kept as it was told. */
export class Ledger {
  readonly setup: Setup;
  readonly instruments: ReadonlyMap<string, Listed>;
  now: number;
  booting: boolean;
  mode: 'ACTIVE' | 'REDUCE_ONLY' | 'HALTED' = 'ACTIVE';
  funds: Funds;
  readonly orders = new Map<string, OrderLine>();
  readonly holdings = new Map<string, Holding>();
  readonly sent: Sent[] = [];
  readonly amended: Amended[] = [];
  readonly marks: Mark[] = [];
  readonly purse = new Purse();
  readonly frozen = new Set<string>();
  /** No person can be told of anything. */
  isSilent = false;
  /** Orders to which a person has to agree, by the number of the wish. */
  readonly waiting = new Map<number, Waiting>();
  readonly prices: Map<string, Prices>;
  readonly leverage: Map<string, string>;

  constructor(setup: Setup) {
    this.setup = setup;
    this.instruments = new Map(setup.instruments.map((listed) => [listed.id, listed]));
    this.now = setup.at;
    this.booting = !setup.booted;
    this.funds = setup.funds;
    this.prices = new Map(Object.entries(setup.prices));
    this.leverage = new Map(Object.entries(setup.leverage));
  }

  /** Whether such a thing can happen now. Wishes can always come. */
  takes(event: Event): boolean {
    switch (event.kind) {
      case 'place':
      case 'close':
      case 'mode':
      case 'freeze':
      case 'thaw':
      case 'silence':
      case 'prices':
      case 'funds':
      case 'leverage':
      case 'marked':
        return true;
      case 'amend':
        return this.orders.has(event.order);
      case 'agree':
        return this.waiting.has(event.to);
      case 'restart':
        return !this.booting;
      case 'booted':
        return this.booting;
      default: {
        const order = this.orders.get(event.order);
        return order !== undefined && mayHear(order, event);
      }
    }
  }

  /** Takes what happened. Wishes change nothing by themselves: `send` and `amend` are told what became of them. */
  take(event: Event): void {
    switch (event.kind) {
      case 'place':
      case 'close':
      case 'amend':
      case 'agree':
        return;
      case 'mode':
        this.mode = event.to;
        // Who opens the account again has looked at what stopped it.
        if (event.to === 'ACTIVE' && event.by === 'operator') this.#lookedAt(() => true);
        return;
      case 'freeze':
        this.frozen.add(event.subject);
        return;
      case 'thaw':
        this.frozen.delete(event.subject);
        this.#lookedAt(({ by }) => event.subject === `agent:${by}`);
        return;
      case 'silence':
        this.isSilent = event.isThere;
        return;
      case 'restart':
        this.booting = true;
        return;
      case 'booted':
        this.booting = false;
        return;
      case 'prices':
        this.prices.set(event.instrument, event.prices);
        return;
      case 'funds':
        this.funds = event.funds;
        return;
      case 'marked':
        this.marks.push({ at: this.now, usd: fraction(event.usd) });
        return;
      case 'leverage':
        if (event.set === null) this.leverage.delete(event.instrument);
        else this.leverage.set(event.instrument, event.set);
        return;
      default:
        this.#news(event);
    }
  }

  send(sent: Omit<Sent, 'givenBack' | 'lookedAt'>, stop: OrderLine | null): void {
    if (stop !== null) this.orders.set(stop.name, stop);
    this.orders.set(sent.order.name, sent.order);
    this.sent.push({ ...sent, givenBack: false, lookedAt: false });
  }

  amend(order: OrderLine, wish: Amend, of: Omit<Amended, 'at' | 'by' | 'exit'>): void {
    order.amending = {
      size: wish.size === null ? order.size : fraction(wish.size),
      price: wish.price === null ? order.price : fraction(wish.price),
    };
    this.amended.push({ ...of, at: this.now, by: order.by, exit: order.exit });
  }

  /** Orders that may still do something, or of which no end is proven. */
  open(): readonly OrderLine[] {
    return [...this.orders.values()].filter(({ phase }) => phase !== 'over');
  }

  held(instrument: string, leg: Leg): Fraction {
    return this.holdings.get(`${instrument} ${leg}`)?.size ?? none;
  }

  share(instrument: string, leg: Leg, by: string): Fraction {
    return this.holdings.get(`${instrument} ${leg}`)?.shares.get(by) ?? none;
  }

  /** What is held of an instrument: a net position, or the long one and then the short one. */
  heldOf(instrument: string): readonly Holding[] {
    return (['net', 'long', 'short'] as const).flatMap((leg) => this.holdings.get(`${instrument} ${leg}`) ?? []);
  }

  #lookedAt(which: (sent: Sent) => boolean): void {
    for (const sent of this.sent) if (which(sent)) sent.lookedAt = true;
  }

  #news(news: News): void {
    const order = this.orders.get(news.order);
    if (order === undefined) throw new Error(`no order ${news.order}`);
    if (news.kind === 'absent' && !order.named) {
      for (const sent of this.sent) if (sent.order === order && !sent.exit) sent.givenBack = true;
    }
    // It executed, so that it was sent after all.
    if (news.kind === 'fill') for (const sent of this.sent) if (sent.order === order) sent.givenBack = false;
    hear(order, news);
    if (news.kind === 'fill') this.#book(order, fraction(news.size), news);
  }

  #book(order: OrderLine, size: Fraction, { price, fee, feeCurrency }: Extract<News, { kind: 'fill' }>): void {
    const listed = this.instruments.get(order.instrument);
    const traded = order.side === 'buy' ? size : opposite(size);
    // A fee in the currency that was bought is not held.
    const change = listed?.product === 'spot' && feeCurrency === listed.base ? plus(traded, fraction(fee)) : traded;
    const key = `${order.instrument} ${order.leg}`;
    const holding = this.holdings.get(key) ?? { instrument: order.instrument, leg: order.leg, size: none, shares: new Map() };
    share(holding, order.by, change);
    if (signOf(holding.size) === 0) this.holdings.delete(key);
    else this.holdings.set(key, holding);
    if (listed !== undefined)
      this.purse.book({ listed, key, traded, price: fraction(price), fee: fraction(fee), feeCurrency, held: holding.size });
  }
}

/** A closing trade takes from its trader's own share first, then from the others by name; what goes beyond flat is the trader's. */
function share(holding: Holding, by: string, change: Fraction): void {
  let left = change;
  const others = [...holding.shares.keys()].filter((name) => name !== by).toSorted();
  for (const name of [by, ...others]) {
    const there = holding.shares.get(name) ?? none;
    if (signOf(there) * signOf(left) >= 0) continue;
    const all = isAbove(magnitude(left), magnitude(there));
    holding.shares.set(name, all ? none : plus(there, left));
    left = all ? plus(left, there) : none;
  }
  holding.shares.set(by, plus(holding.shares.get(by) ?? none, left));
  holding.size = plus(holding.size, change);
}

/** A stop order that travels with an entry. */
export function stopOf(parent: OrderLine, trigger: Fraction): OrderLine {
  return {
    ...parent,
    name: `${parent.name}s`,
    side: oppositeSide(parent.side),
    reduceOnly: !parent.spot,
    exit: true,
    stop: true,
    price: trigger,
    phase: 'waiting',
  };
}

export function oppositeSide(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** The part of a position that an order on this side would close. */
export function facing(size: Fraction, side: Side): Fraction {
  const closes = side === 'sell' ? size : opposite(size);
  return signOf(closes) > 0 ? closes : none;
}

/** What is left of one amount after another; never below nothing. */
export function leftOf(amount: Fraction, taken: Fraction): Fraction {
  const left = less(amount, taken);
  return signOf(left) > 0 ? left : none;
}

/** Everything of these orders that may still execute. */
export function sumOfRests(orders: readonly OrderLine[]): Fraction {
  return orders.reduce((sum, order) => plus(sum, restOf(order)), none);
}
