import type { Side } from '../story.ts';
import { type Fraction, inUnits, none, opposite, steps } from './fraction.ts';

/** An order as far as it may move a position. */
export type Mover = {
  readonly side: Side;
  readonly rest: Fraction;
  readonly reduceOnly: boolean;
  /** Whether it is only being asked for, so that nothing of it can have happened yet. */
  readonly asked: boolean;
};

export type Place = {
  readonly held: Fraction;
  /** A leg never comes to the other side of nothing by closing orders, in whatever sequence its fills are booked. */
  readonly leg: boolean;
  /** What the wallet of a spot pair holds besides; `null`: there is no wallet, and the position may be short. */
  readonly wallet: Fraction | null;
};

/** The highest and the lowest position that was ever seen. */
export type Seen = { readonly highest: Fraction; readonly lowest: Fraction };

/** The movers that are alike are moved as one pile; a lot of one is as good as a lot of another. */
const PILES = 6;
const STATES_MAX = 4_000_000;

/**
 * Plays out every way in which orders may be filled, bit by bit and in every sequence, and remembers the highest and the lowest position. A
 * reduce-only order moves a position towards nothing and no further; a wallet gives what is in it and no more.
 *
 * Fills are booked in another sequence than they happened. In net mode an open reduce-only order may therefore be done already, in part or whole,
 * with a position that fills booked since have closed or turned: the play begins with any part of it done.
 */
export function playOut({ held, leg, wallet }: Place, movers: readonly Mover[]): Seen {
  const moving = movers.filter(({ rest }) => rest.numerator > 0n);
  if (moving.length === 0) return { highest: held, lowest: held };
  const { unit, counts } = inUnits([held, wallet ?? none, ...moving.map(({ rest }) => rest)]);
  const [start = 0, there = 0, ...rests] = counts;
  const piles = Array.from({ length: PILES }, () => 0);
  moving.forEach((mover, index) => {
    const pile = pileOf(mover);
    piles[pile] = (piles[pile] ?? 0) + (rests[index] ?? 0);
  });
  const table = { start, floor: wallet === null ? -Infinity : -there, leg, piles };
  const known = `${start} ${table.floor} ${leg} ${piles.join()}`;
  const { highest, lowest } = played.get(known) ?? remembered(known, play(table));
  return { highest: scaled(highest, unit), lowest: scaled(lowest, unit) };
}

const played = new Map<string, Extremes>();
const PLAYED_MAX = 200_000;

/** Positions in whole units; the same table is played once. */
type Extremes = { readonly highest: number; readonly lowest: number };

function remembered(key: string, extremes: Extremes): Extremes {
  if (played.size >= PLAYED_MAX) played.clear();
  played.set(key, extremes);
  return extremes;
}

/** 0 and 1: plain; 2 and 3: reduce-only; 4 and 5: reduce-only and only asked for. Even numbers buy. */
function pileOf({ side, reduceOnly, asked }: Mover): number {
  return (side === 'buy' ? 0 : 1) + (reduceOnly ? (asked ? 4 : 2) : 0);
}

type Table = { readonly start: number; readonly floor: number; readonly leg: boolean; readonly piles: readonly number[] };

function play({ start, floor, leg, piles }: Table): Extremes {
  // What is done of each pile, as one number: the digits of a mixed base.
  const weights = piles.map((_, pile) => piles.slice(0, pile).reduce((product, lots) => product * (lots + 1), 1));
  const states = piles.reduce((product, lots) => product * (lots + 1), 1);
  if (states > STATES_MAX) throw new Error(`too many lots to play out: ${piles.join()}`);
  const visited = new Uint8Array(states);
  const waiting: number[] = [];
  let highest = start;
  let lowest = start;
  const done = (state: number, pile: number) => Math.floor(state / (weights[pile] ?? 1)) % ((piles[pile] ?? 0) + 1);
  const visit = (state: number) => {
    if (visited[state] === 1) return;
    visited[state] = 1;
    waiting.push(state);
  };
  const [buysDone = 0, sellsDone = 0] = leg ? [] : [piles[2], piles[3]];
  for (let buys = 0; buys <= buysDone; buys += 1)
    for (let sells = 0; sells <= sellsDone; sells += 1) visit(buys * (weights[2] ?? 0) + sells * (weights[3] ?? 0));
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    let position = start;
    for (let pile = 0; pile < PILES; pile += 1) position += pile % 2 === 0 ? done(state, pile) : -done(state, pile);
    if (position > highest) highest = position;
    if (position < lowest) lowest = position;
    for (let pile = 0; pile < PILES; pile += 1) {
      if (done(state, pile) === piles[pile]) continue;
      const buys = pile % 2 === 0;
      const allowed = pile >= 2 ? (buys ? position < 0 : position > 0) : buys || position > floor;
      if (allowed) visit(state + (weights[pile] ?? 0));
    }
  }
  return { highest, lowest };
}

function scaled(count: number, unit: Fraction): Fraction {
  return count < 0 ? opposite(steps(BigInt(-count), unit)) : steps(BigInt(count), unit);
}
