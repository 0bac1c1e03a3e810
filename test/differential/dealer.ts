import { Chance } from '../simulation/chance.ts';
import { type Asker, wishBy } from './asks.ts';
import { fraction, less, signOf, steps, stepsIn, textOf, plus } from './oracle/fraction.ts';
import type { Ledger } from './oracle/ledger.ts';
import { managedEquity } from './oracle/losses.ts';
import { mostOf, type OrderLine, restOf } from './oracle/orders.ts';
import { agents, pricesAround, type Scenario, scenarioOf } from './setup.ts';
import type { Book, Change, Event, News, Seen, Wish } from './story.ts';

const EVENTS_LEAST = 7;
const EVENTS_MOST = 16;

/** Draws one history from a seed, event by event, looking at what has become of it so far. */
export class Dealer {
  readonly scenario: Scenario;
  readonly #chance: Chance;
  readonly #asked: Wish[] = [];
  readonly #planned: ((ledger: Ledger) => News | null)[] = [];
  #left: number;

  constructor(seed: number) {
    this.#chance = new Chance(seed, 'differential');
    this.scenario = scenarioOf(this.#chance);
    this.#left = this.#chance.between(EVENTS_LEAST, EVENTS_MOST);
  }

  /** The next event; `null` at the end. */
  next(ledger: Ledger): Event | null {
    if (this.#left <= 0) return null;
    this.#left -= 1;
    const chance = this.#chance;
    const planned = this.#planned.shift()?.(ledger) ?? null;
    if (planned !== null) return { after: chance.between(0, 80), ...planned };
    const change = this.#change(ledger);
    if (change !== null) return { after: this.#pause(), ...change };
    const news = chance.happens(0.4) ? this.#news(ledger) : null;
    if (news !== null) return { after: this.#pause(), ...news };
    const wish = this.#agreement(ledger) ?? this.#wish(ledger);
    this.#asked.push(wish);
    if (wish.kind !== 'amend') {
      const name = String(wish.kind === 'agree' ? wish.to : wish.id);
      const accepted = (now: Ledger) => heard(now, name, 'accepted');
      if (chance.happens(this.scenario.habits.filling))
        this.#planned.push(accepted, (now) => this.#fillOf(now.orders.get(name), chance.happens(0.7)));
      else if (chance.happens(this.scenario.habits.hearing)) this.#planned.push(accepted);
    }
    return { after: this.#pause(), ...wish };
  }

  #pause(): number {
    const chance = this.#chance;
    if (chance.happens(this.scenario.habits.hurry)) return chance.pick([0, 10, 90, 250, 600, 900]);
    return chance.pick([
      500,
      1000,
      3000,
      15_000,
      31_000,
      59_500,
      150_000,
      595_000,
      605_000,
      3_599_000,
      chance.happens(0.2) ? 86_000_000 : 20_000,
    ]);
  }

  #wish(ledger: Ledger): Wish {
    const { habits } = this.scenario;
    const asker: Asker = {
      chance: this.#chance,
      habits,
      ledger,
      id: this.#asked.length + 1,
      seen: this.#seen(ledger),
      before: this.#asked,
    };
    return wishBy(asker);
  }

  /** A person agrees to something that waits. */
  #agreement(ledger: Ledger): Wish | null {
    const [waiting] = ledger.waiting.keys();
    if (waiting === undefined || !this.#chance.happens(this.scenario.habits.agree)) return null;
    return { kind: 'agree', id: this.#asked.length + 1, to: waiting, seen: this.#seen(ledger) };
  }

  #seen(ledger: Ledger): Seen {
    const chance = this.#chance;
    const { habits } = this.scenario;
    const ids = [...ledger.instruments.keys()];
    const some = (probability: number) => ids.filter(() => chance.happens(probability));
    const ages = (probability: number) =>
      Object.fromEntries(some(probability).map((id) => [id, chance.pick([900, 2001, 9000, 11_000, 31_000])]));
    const stale = chance.happens(0.5) ? habits.staleOthers : habits.stalePrice;
    return {
      missing: some(stale / 4),
      age: ages(stale / 2),
      received: ages(stale / 2),
      bookAge: ages(habits.wideBook / 4),
      coins: Object.fromEntries(['USDT', 'USDC'].filter(() => chance.happens(habits.coin)).map((coin) => [coin, this.#coin()])),
      funding: Object.fromEntries(some(habits.funding).map((id) => [id, this.#funding()])),
      fundsAge: chance.happens(habits.stalePrice / 3) ? chance.pick([null, 10_001]) : chance.pick([0, 0, 400, 4000]),
      clockTrusted: !chance.happens(habits.stalePrice / 6),
      readOnly: chance.happens(habits.readOnly),
    };
  }

  #coin(): { price: string; age: number } | null {
    const chance = this.#chance;
    if (chance.happens(0.1)) return null;
    return {
      price: chance.pick(['0.9991', '1.0004', '0.97', '1.03', '1.00000001', '0.49', '1.51']),
      age: chance.pick([0, 0, 0, 59_000, 61_000]),
    };
  }

  #funding(): { rate: string; left: number; age: number } | null {
    const chance = this.#chance;
    if (chance.happens(0.15)) return null;
    return {
      rate: chance.pick(['0.0031', '-0.004', '0.003', '0.0001']),
      left: chance.pick([60_000, 1_799_999, 1_800_001, -1000, -130_000]),
      age: chance.pick([0, 0, 0, 0, 119_000, 121_000]),
    };
  }

  /** Something around the account, sometimes. */
  #change(ledger: Ledger): Change | null {
    const chance = this.#chance;
    const { habits } = this.scenario;
    if (ledger.booting && chance.happens(0.5)) return { kind: 'booted' };
    if (chance.happens(habits.restart)) return { kind: ledger.booting ? 'booted' : 'restart' };
    if (chance.happens(ledger.mode === 'ACTIVE' ? habits.mode : 0.35)) {
      const to = ledger.mode === 'ACTIVE' ? chance.pick(['REDUCE_ONLY', 'REDUCE_ONLY', 'HALTED', 'ACTIVE'] as const) : 'ACTIVE';
      return { kind: 'mode', to, by: 'operator' };
    }
    if (ledger.isSilent && chance.happens(0.2)) return { kind: 'silence', isThere: false };
    if (chance.happens(ledger.frozen.size > 0 ? 0.2 : habits.freeze)) {
      if (habits.silence > 0 && chance.happens(habits.silence)) return { kind: 'silence', isThere: true };
      const [frozen] = ledger.frozen;
      const subject = chance.happens(0.5) ? `agent:${chance.pick([...agents])}` : `instrument:${ledger.setup.limits.instruments[0] ?? ''}`;
      return frozen === undefined && chance.happens(0.8) ? { kind: 'freeze', subject } : { kind: 'thaw', subject: frozen ?? subject };
    }
    if (chance.happens(habits.transfer)) {
      const equity = (Number(ledger.funds.equity) * chance.pick([0.3, 0.8, 1.3, 3])).toFixed(2);
      return { kind: 'funds', funds: { equity, available: { USDT: equity, USDC: equity } } };
    }
    const derivatives = [...ledger.instruments.values()].filter(({ product }) => product !== 'spot').map(({ id }) => id);
    const one = derivatives[chance.between(0, derivatives.length - 1)];
    if (one !== undefined && chance.happens(habits.leverage))
      return { kind: 'leverage', instrument: one, set: chance.happens(0.2) ? null : chance.pick(['1', '3', '7', '0.5', '101']) };
    if (chance.happens(habits.mark)) return this.#mark(ledger);
    if (chance.happens(this.scenario.habits.price)) return this.#moved(ledger);
    return null;
  }

  #moved(ledger: Ledger): Change {
    const chance = this.#chance;
    const own = ledger.setup.limits.instruments.flatMap((id) => ledger.instruments.get(id) ?? []);
    const ids = chance.happens(0.8) && own.length > 0 ? own : [...ledger.instruments.values()];
    const listed = ids[chance.between(0, ids.length - 1)];
    if (listed === undefined) throw new Error('there are no instruments');
    const price =
      Number(ledger.prices.get(listed.id)?.bid ?? '1') *
      (chance.happens(this.scenario.habits.rise) ? 1.03 : chance.pick([0.9, 0.97, 0.995, 1, 1.004, 1.03, 1.1]));
    const prices = pricesAround(chance, { product: listed.product, price, habits: this.scenario.habits });
    const book = prices.book === null ? null : this.#withOwn(ledger, listed.id, prices.book);
    return { kind: 'prices', instrument: listed.id, prices: { ...prices, book } };
  }

  /** A book as the exchange shows it: with our own orders in it, alone at their price or among others. */
  #withOwn(ledger: Ledger, instrument: string, book: Book): Book {
    let shown = book;
    for (const order of ledger.open()) {
      if (order.instrument !== instrument || order.stop || signOf(restOf(order)) === 0 || this.#chance.happens(0.3)) continue;
      const price = textOf(order.price);
      const key = order.side === 'buy' ? 'bids' : 'asks';
      const there = shown[key].find(([at]) => Number(at) === Number(price));
      const size = String(Number(textOf(restOf(order))) + (this.#chance.happens(0.5) ? Number(there?.[1] ?? 0) : 0));
      const rest = shown[key].filter(([at]) => Number(at) !== Number(price));
      const sign = key === 'bids' ? -1 : 1;
      shown = { ...shown, [key]: [...rest, [price, size] as const].toSorted((one, other) => sign * (Number(one[0]) - Number(other[0]))) };
    }
    return shown;
  }

  #mark(ledger: Ledger): Change | null {
    const worth = managedEquity(ledger, allSeen);
    if (worth === null) return null;
    const cent = fraction('0.01');
    const odd = this.#chance.happens(0.4) ? fraction(String(this.#chance.between(-200, 300) / 100)) : fraction('0');
    return { kind: 'marked', usd: textOf(steps(stepsIn(plus(worth, odd), cent), cent)) };
  }

  #news(ledger: Ledger): News | null {
    const chance = this.#chance;
    const orders = [...ledger.orders.values()].filter((order) => order.phase !== 'over' || (order.never !== null && chance.happens(0.15)));
    const order = orders[chance.between(0, orders.length - 1)];
    if (order === undefined) return null;
    const name = order.name;
    const { unknown } = this.scenario.habits;
    switch (order.phase) {
      case 'sending': {
        if (chance.happens(unknown)) return { kind: 'unknown', order: name };
        return this.#oneOf(order, ['accepted', 'accepted', 'accepted', 'rejected', 'not_sent', 'absent', 'not_found', 'fill', 'reported']);
      }
      case 'unknown':
        return this.#oneOf(order, ['accepted', 'absent', 'rejected', 'not_found', 'fill', 'reported']);
      case 'waiting':
        return this.#oneOf(order, ['armed', 'triggered', 'absent', 'fill', 'rejected']);
      case 'resting':
        if (order.amending !== null && chance.happens(0.6))
          return { kind: 'amended', order: name, outcome: chance.happens(0.7) ? 'applied' : 'refused' };
        return this.#oneOf(order, [
          'fill',
          'fill',
          'fill',
          'reported',
          'reported',
          'cancelling',
          chance.happens(unknown) ? 'not_found' : 'fill',
        ]);
      case 'ended':
        if (chance.happens(0.3)) return { kind: 'reported', order: name, state: 'live', filled: '0' };
        return this.#fillOf(order, false);
      case 'over':
        return this.#fillOf(order, false);
    }
  }

  #oneOf(order: OrderLine, kinds: readonly [Kind, ...Kind[]]): News | null {
    const kind = this.#chance.pick(kinds);
    if (kind === 'fill') return this.#fillOf(order, false);
    if (kind === 'reported') return this.#report(order);
    if (kind === 'armed') return { kind, order: order.name, size: this.#chance.happens(0.7) ? '' : textOf(order.size) };
    return { kind, order: order.name };
  }

  #report(order: OrderLine): News {
    const chance = this.#chance;
    const seen = signOf(less(order.booked, order.reported)) > 0 ? order.booked : order.reported;
    const lot = fraction(order.spot ? '0.5' : '1');
    const room = Number(stepsIn(less(mostOf(order), seen), lot));
    const more = plus(seen, steps(BigInt(chance.between(0, Math.max(room, 0))), lot));
    const state = chance.pick(['live', 'live', 'cancelled', 'cancelled', 'filled'] as const);
    const old = state !== 'filled' && chance.happens(0.3);
    const filled = state === 'filled' ? mostOf(order) : old ? steps(BigInt(chance.between(0, 2)), lot) : more;
    return {
      kind: 'reported',
      order: order.name,
      state: state === 'live' && signOf(filled) > 0 ? 'partially_filled' : state,
      filled: textOf(filled),
    };
  }

  /** Some of what is left of an order, or all of it. */
  #fillOf(order: OrderLine | undefined, whole: boolean): News | null {
    if (order === undefined) return null;
    const chance = this.#chance;
    const lot = fraction(order.spot ? (order.instrument === 'BBB-USDC' ? '1' : '0.5') : '1');
    const rest = order.phase === 'over' ? less(order.size, order.booked) : restOf(order);
    const lots = Number(stepsIn(rest, lot));
    const some = steps(BigInt(chance.between(1, Math.max(lots, 1))), lot);
    const size = whole || lots < 1 ? rest : some;
    if (signOf(size) <= 0) return null;
    const price = Math.max(Math.round(Number(textOf(order.price)) * 100) + (order.side === 'buy' ? -1 : 1) * chance.between(0, 3), 1);
    const base = order.spot && order.side === 'buy' && chance.happens(0.5);
    const feeCurrency = feeIn(order.instrument, base);
    const fee = base
      ? chance.pick(['0', order.instrument === 'BBB-USDC' ? '-0.5' : '-0.25'])
      : order.instrument.includes('-USD-')
        ? '-0.0003'
        : '-0.01';
    return { kind: 'fill', order: order.name, size: textOf(size), price: (price / 100).toFixed(2), fee, feeCurrency };
  }
}

type Kind = 'accepted' | 'rejected' | 'not_sent' | 'absent' | 'not_found' | 'fill' | 'reported' | 'armed' | 'triggered' | 'cancelling';

function heard(ledger: Ledger, name: string, kind: 'accepted'): News | null {
  return ledger.orders.get(name)?.phase === 'sending' ? { kind, order: name } : null;
}

/** Spot pays in what was bought or in what it was paid with, contracts in what they settle in. */
function feeIn(instrument: string, base: boolean): string {
  const [coin = '', quote = ''] = instrument.split('-');
  return base || quote === 'USD' ? coin : quote;
}

const allSeen: Seen = {
  missing: [],
  age: {},
  received: {},
  bookAge: {},
  coins: {},
  funding: {},
  fundsAge: 0,
  clockTrusted: true,
  readOnly: false,
};
