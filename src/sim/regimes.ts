import { hash32, hashText } from './random.ts';

/** How a market behaves for a while. `seeded` draws one of the others for each period, and has thin weekends. */
export type RegimeKind = 'calm' | 'trending' | 'gap' | 'illiquid' | 'seeded';
export const regimeKinds: readonly RegimeKind[] = ['calm', 'trending', 'gap', 'illiquid', 'seeded'];

export function isRegimeKind(text: string): text is RegimeKind {
  return regimeKinds.some((kind) => kind === text);
}

/** What the desk chose, and from when on: periods are counted from there. */
export type Regime = { readonly kind: RegimeKind; readonly since: number; readonly periodMilliseconds: number };

export const PERIOD_DEFAULT = 3_600_000;
/** Shorter periods of drawn regimes would make a weekend of more of them than are looked back over. */
export const SEEDED_PERIOD_LEAST = 600_000;
const PERIODS_BACK_MAX = 400;
const DAY = 86_400_000;

/** Steps of 1e-7 of the price: a level lies 1 % to 3 % from where the regime began. */
const LEVEL_LEAST = 100_000;
const LEVEL_MOST = 300_000;

/** How much of the leader's move a coin makes, in tenths, and the most of its own that it adds. */
const followers: Readonly<Record<string, { readonly tenths: number; readonly own: number }>> = {
  BTC: { tenths: 10, own: 0 },
  ETH: { tenths: 12, own: 40_000 },
  SOL: { tenths: 15, own: 80_000 },
};

export type Followed = { readonly tenths: number; readonly own: number };

/** How a coin goes with the leader; a coin that nobody knows stands still. */
export function followerOf(base: string): Followed {
  return followers[base] ?? { tenths: 0, own: 0 };
}

export type Placed = { readonly seed: number; readonly base: string; readonly regime: Regime; readonly at: number };

/**
 * How far the price stands from where the regime began, in 1e-7 of it: a function of the seed and the clock. In a trending period it goes
 * straight to the next level, in a gap period it jumps there at a drawn moment, in any other it stays.
 */
export function levelAt({ seed, base, regime, at }: Placed): number {
  // @rule regimes
  const { since, periodMilliseconds: period } = regime;
  const index = Math.floor(Math.max(0, at - since) / period);
  const within = Math.max(0, at - since) - index * period;
  const start = levelBefore({ seed, base, regime }, index);
  const kind = kindIn({ seed, regime }, index);
  if (kind === 'trending') return start + Math.trunc(((levelOf({ seed, base }, index) - start) * within) / period);
  if (kind !== 'gap') return start;
  const moment = Math.trunc((period * (10 + (hash32(seed, hashText('gap'), index) % 80))) / 100);
  return within < moment ? start : levelOf({ seed, base }, index);
}

/** Whether the market makers show little, and far from the price. */
export function isThin({ seed, regime, at }: Omit<Placed, 'base'>): boolean {
  const index = Math.floor(Math.max(0, at - regime.since) / regime.periodMilliseconds);
  return kindIn({ seed, regime }, index) === 'illiquid';
}

/** The level at the start of a period: that to which the last period that moved went. */
function levelBefore({ seed, base, regime }: Omit<Placed, 'at'>, index: number): number {
  const last = Math.max(0, index - PERIODS_BACK_MAX);
  for (let before = index - 1; before >= last; before -= 1) {
    const kind = kindIn({ seed, regime }, before);
    if (kind === 'trending' || kind === 'gap') return levelOf({ seed, base }, before);
  }
  return 0;
}

const drawn = ['calm', 'trending', 'gap', 'illiquid'] as const;

function kindIn({ seed, regime }: Pick<Placed, 'seed' | 'regime'>, index: number): RegimeKind {
  if (regime.kind !== 'seeded') return regime.kind;
  // The first day of all was a Thursday.
  const day = Math.floor((regime.since + index * regime.periodMilliseconds) / DAY) % 7;
  if (day === 2 || day === 3) return 'illiquid';
  return drawn[hash32(seed, hashText('regime'), index) % drawn.length] ?? 'calm';
}

function levelOf({ seed, base }: Pick<Placed, 'seed' | 'base'>, index: number): number {
  // @rule coins-go-together
  const chance = hash32(seed, hashText('level'), index);
  const distance = LEVEL_LEAST + ((chance >>> 1) % (LEVEL_MOST - LEVEL_LEAST + 1));
  const leader = (chance & 1) === 0 ? distance : -distance;
  const { tenths, own } = followerOf(base);
  const apart = (hash32(seed, hashText('level'), hashText(base), index) % (2 * own + 1)) - own;
  return Math.trunc((leader * tenths) / 10) + apart;
}
