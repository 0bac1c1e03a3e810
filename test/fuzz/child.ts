// Plays doors in a process of its own, which may die or hang of it: whoever started it reads how far it came from the file `progress`.
// The parent says what to play in one message and gets a report for each round.

import { openSync, writeSync } from 'node:fs';
import { doorsHere } from './doors/all.ts';
import { doorsOutside } from './doors/outside.ts';
import { catchStrays, type Report } from './door.ts';

export type Order = {
  readonly doors: readonly string[];
  readonly seed: number;
  /** Each door so many rounds, or rounds until so many milliseconds have passed, or the few inputs of a short run. */
  readonly much: { readonly kind: 'rounds' | 'milliseconds'; readonly count: number } | { readonly kind: 'few' };
  readonly progress: string;
};
export type Played = Report & { readonly door: string; readonly seed: number };

catchStrays();
process.on('message', (order: Order) => void obey(order));

async function obey({ doors, seed, much, progress }: Order): Promise<void> {
  const file = openSync(progress, 'w');
  for (const door of [...doorsHere, ...doorsOutside].filter(({ name }) => doors.includes(name))) {
    const until = performance.now() + (much.kind === 'milliseconds' ? much.count : Infinity);
    const isOver = (): boolean => performance.now() >= until;
    const rounds = much.kind === 'rounds' ? much.count : much.kind === 'few' ? 1 : Infinity;
    for (let round = 0; round < rounds && !isOver(); round += 1) {
      const own = seed + round;
      const begins = (input: number): void =>
        void writeSync(file, `${JSON.stringify({ door: door.name, seed: own, input })}\n`.padEnd(120), 0);
      const inputs = much.kind === 'few' ? door.few : door.round;
      // One after the other: an error that nobody caught belongs to the one that runs.
      // oxlint-disable-next-line no-await-in-loop
      const report = await door.play({ seed: own, inputs, begins, isOver });
      process.send?.({ ...report, door: door.name, seed: own } satisfies Played);
      if (report.finding !== null) break;
    }
  }
  process.disconnect?.();
  // A door that leaves something open must not keep this process.
  process.exit(0);
}
