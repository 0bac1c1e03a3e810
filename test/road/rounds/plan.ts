import { Chance } from '../../simulation/chance.ts';
import { writeKinds } from '../../simulation/storm.ts';
import type { Fault } from '../harness/exchange.ts';

export const victims = ['gateway', 'vault', 'doors', 'connection'] as const;
export type Victim = (typeof victims)[number];

export const agentNames = ['a', 'b', 'c'] as const;

/** What an agent asks for, and how long it thinks before; the same id may stand in a plan more than once. */
export type Wish = {
  readonly agent: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly thinkMilliseconds: number;
};

/** Something that happens once so many wishes of the round have been sent. */
export type At<Kind> = Kind & { readonly after: number };

export type Plan = {
  readonly seed: number;
  readonly round: number;
  /** What is asked one after the other; the lanes go at once, two for each agent. */
  readonly lanes: readonly (readonly Wish[])[];
  /** What is asked when everything works again, beside all that was asked before. */
  readonly later: readonly (readonly Wish[])[];
  readonly faults: readonly At<{ readonly fault: Fault }>[];
  readonly doubles: readonly At<object>[];
  readonly moves: readonly At<{ readonly instrument: string; readonly price: string }>[];
  readonly kill: At<{
    readonly victim: Victim;
    readonly pauseMilliseconds: number;
    /** How long a cut connection stays cut. */
    readonly cutMilliseconds: number;
    /** The gateway that is started next is killed as well, so long after its start. */
    readonly againMilliseconds: number | null;
  }>;
};

/** Around these the market moves, never further than half of what the judge allows for. */
export const referencePrices = { 'BTC-USDT': 60_000, 'ETH-USDT': 3000, 'BTC-USDT-SWAP': 60_000 } as const;
const instruments = ['BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP'] as const;
const MOVE_TEN_THOUSANDTHS = 30;

const LANES_OF_AN_AGENT = 2;
const WISHES_OF_A_LANE = 5;
const THINK_MILLISECONDS_MAX = 300;
/** The gateway waits three seconds for an answer. */
const LATE_MILLISECONDS = 3500;

const ORDER = '/api/v5/trade/order';
const CANCEL = '/api/v5/trade/cancel-order';
const reads = [
  '/api/v5/trade/order',
  '/api/v5/trade/orders-pending',
  '/api/v5/trade/orders-history',
  '/api/v5/trade/fills',
  '/api/v5/account/balance',
  '/api/v5/account/positions',
] as const;

const writes = (path: string): readonly Fault[] =>
  writeKinds.flatMap((kind) =>
    [true, false].map((executed): Fault => ({
      kind,
      path,
      executed,
      method: 'POST',
      ...(kind === 'late_ack' ? { delay_ms: LATE_MILLISECONDS } : {}),
    })),
  );
const queries: readonly Fault[] = ['query_fails', 'stale_read'].flatMap((kind) => reads.map((path): Fault => ({ kind, path, count: 2 })));

/** What a long run must have met. */
export const faultNames: readonly string[] = [
  ...writeKinds.flatMap((kind) => [`${kind}, executed`, `${kind}, not executed`]),
  'query_fails',
  'stale_read',
];

export function nameOf({ kind, executed }: Fault): string {
  if (executed === undefined || kind === 'query_fails' || kind === 'stale_read') return kind;
  return `${kind}, ${executed ? 'executed' : 'not executed'}`;
}

/** The whole of a round, from its number alone: the same seed and round give the same plan for ever. */
export function planOf(seed: number, round: number): Plan {
  const chance = new Chance(seed, `round ${round}`);
  const lanes = lanesOf(chance, `r${round}`);
  const total = LANES_OF_AN_AGENT * WISHES_OF_A_LANE * agentNames.length;
  const dealt = [
    ...deal({ seed, name: 'orders', cards: writes(ORDER), first: round * 3, count: 3 }),
    ...deal({ seed, name: 'cancels', cards: writes(CANCEL), first: round, count: 1 }),
    ...deal({ seed, name: 'queries', cards: queries, first: round * 2, count: 2 }),
  ];
  const [victim = 'gateway'] = deal({ seed, name: 'victims', cards: victims, first: round, count: 1 });
  const moment = (): number => chance.between(1, Math.floor(total / 2));
  return {
    seed,
    round,
    lanes,
    later: lanesOf(chance, `r${round}-later`),
    faults: dealt.map((fault) => ({ fault, after: moment() })),
    doubles: [{ after: moment() }],
    moves: [moveOf(chance, 'BTC-USDT', moment()), moveOf(chance, 'ETH-USDT', moment())],
    kill: {
      victim,
      after: chance.between(3, total - 6),
      pauseMilliseconds: chance.between(0, 60),
      cutMilliseconds: chance.between(100, 4000),
      againMilliseconds: victim === 'gateway' && chance.happens(0.4) ? chance.between(100, 1500) : null,
    },
  };
}

/** Cards from a deck that is shuffled anew whenever it is empty, so that each comes equally often. */
function deal<Card>({
  seed,
  name,
  cards,
  first,
  count,
}: {
  readonly seed: number;
  readonly name: string;
  readonly cards: readonly Card[];
  readonly first: number;
  readonly count: number;
}): readonly Card[] {
  return Array.from({ length: count }, (_, index) => {
    const at = first + index;
    const chance = new Chance(seed, `${name} ${Math.floor(at / cards.length)}`);
    const shuffled = cards.map((card) => ({ card, key: chance.next() })).toSorted((left, right) => left.key - right.key);
    return shuffled.slice(at % cards.length, (at % cards.length) + 1).map(({ card }) => card);
  }).flat();
}

function moveOf(chance: Chance, instrument: (typeof instruments)[number], after: number): Plan['moves'][number] {
  const reference = referencePrices[instrument];
  return {
    instrument,
    after,
    price: String((reference * (10_000 + chance.between(-MOVE_TEN_THOUSANDTHS, MOVE_TEN_THOUSANDTHS))) / 10_000),
  };
}

function lanesOf(chance: Chance, name: string): readonly (readonly Wish[])[] {
  return agentNames.flatMap((agent) => {
    const earlier: Wish[] = [];
    return Array.from({ length: LANES_OF_AN_AGENT }, (_, lane) =>
      Array.from({ length: WISHES_OF_A_LANE }, (__, index): Wish => {
        // The same id again, and now and then with another wish behind it.
        if (earlier.length > 0 && chance.happens(0.2)) {
          const again = earlier[chance.between(0, earlier.length - 1)];
          if (again !== undefined) return chance.happens(0.15) ? otherThan(again) : again;
        }
        const wish = wishOf(chance, agent, `${name}-${lane}-${index}`);
        earlier.push(wish);
        return wish;
      }),
    );
  });
}

function otherThan(wish: Wish): Wish {
  return { ...wish, arguments: { ...wish.arguments, reason: 'the same id for another wish' } };
}

function wishOf(chance: Chance, agent: string, intentId: string): Wish {
  const instrument = chance.pick(instruments);
  const common = { intent_id: intentId, reason: 'a round' };
  const thinkMilliseconds = chance.between(0, THINK_MILLISECONDS_MAX);
  const kind = chance.weighted({ market: 34, near: 16, rest: 20, ioc: 8, close: 14, cancel: 8 });
  if (kind === 'close') return { agent, thinkMilliseconds, tool: 'close_position', arguments: { ...common, instrument } };
  if (kind === 'cancel')
    return { agent, thinkMilliseconds, tool: 'cancel_orders', arguments: chance.happens(0.5) ? { ...common, instrument } : common };
  const side = chance.weighted(instrument === 'BTC-USDT-SWAP' ? { buy: 5, sell: 5 } : { buy: 8, sell: 2 });
  const order = {
    ...common,
    instrument,
    side,
    quantity: (chance.between(1300, 6500) / 100).toFixed(2),
    quantity_unit: 'usd',
  };
  if (kind === 'market') return { agent, thinkMilliseconds, tool: 'place_order', arguments: { ...order, type: 'market' } };
  const distance = { near: chance.between(1, 25), rest: chance.between(40, 300), ioc: -chance.between(1, 20) }[kind];
  const factor = 1 + ((side === 'buy' ? -1 : 1) * distance) / 10_000;
  const price = String(Math.round(referencePrices[instrument] * factor));
  const type = { near: 'limit', rest: 'post_only', ioc: 'ioc' }[kind];
  return { agent, thinkMilliseconds, tool: 'place_order', arguments: { ...order, type, price } };
}
