import type { Chance } from './chance.ts';

/** What few worlds have, each drawn from a stream of its own, so that a world without it is what it would be if there were no such thing. */
export type Rare = {
  /** Appends that a crash may take away after the disk had told them as written; 0: it does not lie. */
  readonly lostAppends: number;
  /** The exchange closes a position of the account once, whole or in part. */
  readonly liquidation: boolean;
  /** The account has a long and a short position of each contract beside each other. */
  readonly legs: boolean;
  /** The gateway hears what the exchange pushes, and asks less often where it hears. */
  readonly feed: boolean;
};

export const nothingRare: Rare = { lostAppends: 0, liquidation: false, legs: false, feed: false };

export function drawRare(stream: (name: string) => Chance): Rare {
  const disk = stream('lying disk');
  const lostAppends = disk.happens(0.05) ? disk.between(1, 6) : 0;
  return {
    lostAppends,
    liquidation: stream('liquidation').happens(0.08),
    legs: stream('legs').happens(0.1),
    feed: stream('feed').happens(0.2),
  };
}
