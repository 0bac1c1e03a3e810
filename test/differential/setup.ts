import type { Chance } from '../simulation/chance.ts';
import type { Limits, Listed, Prices, Setup } from './story.ts';
import { type Habits, themes, usual, wide } from './themes.ts';

export const agents = ['alpha', 'beta', 'gamma'] as const;

export type Scenario = { readonly setup: Setup; readonly habits: Habits; readonly themes: readonly string[] };

/** Round, small instruments: a lot is worth about five dollars, so that few lots are enough for any limit, and all of them can be played out. */
const listings: readonly Listed[] = [
  listing({ id: 'AAA-USDT', base: 'AAA', quote: 'USDT', lot: '0.5', minimum: '1', maximum: '6' }),
  listing({ id: 'BBB-USDC', base: 'BBB', quote: 'USDC', lot: '1', minimum: '2', maximum: '12' }),
  listing({ id: 'AAA-USDT-SWAP', product: 'linear', base: 'AAA', quote: 'USDT', contractValue: '0.5' }),
  listing({ id: 'DDD-USDT-FUT', product: 'linear', base: 'DDD', quote: 'USDT', contractValue: '2.5', expiry: 2_000_000_000_000 }),
  listing({ id: 'CCC-USD-SWAP', product: 'inverse', base: 'CCC', quote: 'USD', settle: 'CCC', contractValue: '5' }),
  listing({
    id: 'AAA-USD-FUT',
    product: 'inverse',
    base: 'AAA',
    quote: 'USD',
    settle: 'AAA',
    contractValue: '5',
    expiry: 2_000_000_000_000,
  }),
  listing({ id: 'AAA-EUR', base: 'AAA', quote: 'EUR', lot: '0.5', minimum: '1', maximum: '6' }),
];

/** What one of each costs when a history begins, about. */
const priceOf: Readonly<Record<string, number>> = { AAA: 10, BBB: 4, CCC: 20, DDD: 2 };

function listing(given: Partial<Listed> & Pick<Listed, 'id' | 'base' | 'quote'>): Listed {
  return {
    product: 'spot',
    settle: given.quote,
    tick: '0.01',
    lot: '1',
    minimum: '1',
    maximum: '10',
    contractValue: '1',
    expiry: null,
    tradable: true,
    ...given,
  };
}

/** One is quoted in no dollar, and one pays in what another one trades: listed together they are refused. */
const odds: Readonly<Record<string, number>> = { 'AAA-EUR': 0.03, 'AAA-USD-FUT': 0.1 };

/** Where a history begins, drawn by chance around one or two themes. */
export function scenarioOf(chance: Chance): Scenario {
  const names = Object.keys(themes);
  const chosen = [0, 1].map(() => names[chance.between(0, names.length - 1)] ?? '');
  let [limits, habits]: [Omit<Limits, 'instruments'>, Habits] = [{ ...wide }, { ...usual }];
  let [equity, only, midnight]: [string, readonly string[], boolean] = ['5000', [], false];
  for (const name of chosen) {
    const drawn = themes[name]?.(chance) ?? {};
    limits = { ...limits, ...drawn.limits };
    habits = { ...habits, ...drawn.habits };
    equity = drawn.equity ?? equity;
    only = drawn.only ?? only;
    midnight = drawn.midnight ?? midnight;
  }
  const mode = chosen.includes('both legs') || chance.happens(0.35) ? 'long_short' : 'net';
  const traded = listings.filter(({ id }) => (only.length > 0 ? only.includes(id) : chance.happens(odds[id] ?? 0.75)));
  const listed = traded.length === 0 ? listings.slice(0, 1) : traded;
  const instruments = listings.map((each) => ({ ...each, tradable: chance.happens(0.99) }));
  const at = startAt(chance, midnight);
  return {
    setup: {
      at,
      // One in a hundred, and no draw of its own: of every seed the rest of its history is what it was.
      opens: at % 101 !== 0,
      booted: chance.happens(0.99),
      positionMode: mode,
      instruments,
      limits: { ...limits, instruments: [...listed.map(({ id }) => id), ...(chance.happens(0.05) ? ['NEW-USDT'] : [])] },
      sharing: agents.filter(() => chance.happens(0.2)),
      prices: Object.fromEntries(
        listings.map(({ id, product, base }) => [id, pricesAround(chance, { product, price: priceOf[base] ?? 1, habits })]),
      ),
      leverage: Object.fromEntries(listed.flatMap(({ id, product }) => (product === 'spot' ? [] : [[id, String(chance.between(1, 5))]]))),
      funds: { equity, available: { USDT: equity, USDC: equity } },
      baseline: {
        currencies: chance.happens(0.3) ? { AAA: String(chance.between(0, 8) / 2), BBB: String(chance.between(0, 9)) } : {},
        contracts: mode === 'net' && chance.happens(0.1) ? { 'AAA-USDT-SWAP': String(chance.pick([-3, 2])) } : {},
      },
    },
    habits,
    themes: chosen,
  };
}

function startAt(chance: Chance, late: boolean): number {
  const midnight = Date.UTC(2026, 10, 23);
  if (late) return midnight - chance.between(0, 60_000);
  return chance.happens(0.4) ? midnight - chance.between(0, 3_600_000) : midnight + 10 * 3_600_000 + chance.between(0, 600_000);
}

export type Around = { readonly product: Listed['product']; readonly price: number; readonly habits: Habits };

/** Prices near one price, and a book around it. */
export function pricesAround(chance: Chance, { product, price, habits }: Around): Prices {
  const ticks = Math.max(Math.round(price * 100), 4);
  const gap = chance.happens(habits.wideBook) ? chance.between(2, 12) : 1;
  const [bid, ask] = [hundredths(ticks), hundredths(ticks + gap)];
  const off = () =>
    chance.happens(habits.diverging) ? chance.between(-ticks / 20, ticks / 20) : chance.between(-ticks / 500, ticks / 500);
  // Prices that an exchange computes have long decimals.
  const near = () => hundredths(ticks + off()) + (chance.happens(0.2) ? String(chance.between(1, 999_999_999)) : '');
  const moved = chance.happens(habits.moved) ? chance.between(1, Math.ceil(ticks / 12)) : 0;
  return {
    bid: chance.happens(habits.stalePrice / 10) ? ask : bid,
    ask,
    last: hundredths(ticks + off()),
    mark: product === 'spot' || chance.happens(habits.stalePrice / 10) ? null : near(),
    index: chance.happens(habits.diverging / 4) ? null : near(),
    volume: chance.happens(habits.thinBook / 5) ? null : chance.happens(habits.thinBook) ? String(chance.between(10, 200)) : '100000',
    range: chance.happens(habits.moved / 5)
      ? null
      : { lowest: hundredths(Math.max(ticks - moved, 1)), highest: hundredths(ticks + gap + (chance.happens(0.5) ? moved : 0)) },
    book: bookAround(chance, { ticks, gap, habits }),
  };
}

type BookAround = { readonly ticks: number; readonly gap: number; readonly habits: Habits };

function bookAround(chance: Chance, { ticks, gap, habits }: BookAround): Prices['book'] {
  if (chance.happens(habits.wideBook / 6)) return null;
  const thin = chance.happens(habits.thinBook * 2);
  const levels = (first: number, step: 1 | -1) => {
    const count = chance.happens(habits.wideBook / 6) ? 0 : chance.between(1, 4);
    return Array.from(
      { length: count },
      (_, level) =>
        [hundredths(first + step * level * chance.between(1, 3)), String(thin ? chance.between(1, 12) : chance.between(20, 400))] as const,
    ).filter(([price], index, all) => Number(price) > 0 && all.findIndex(([other]) => other === price) === index);
  };
  const [bids, asks] = [levels(ticks, -1), levels(ticks + gap, 1)];
  return {
    bids: bids.toSorted((one, other) => Number(other[0]) - Number(one[0])),
    asks: asks.toSorted((one, other) => Number(one[0]) - Number(other[0])),
  };
}

export function hundredths(count: number): string {
  const whole = Math.max(Math.round(count), 0);
  return `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}
