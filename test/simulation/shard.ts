// A part of the worlds, in a thread of its own.

import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './world.ts';
import type { Hardship } from './hardship.ts';

export type Part = { readonly first: number; readonly count: number; readonly step: number; readonly rows: number };
export type News = {
  readonly seed: number;
  readonly failure: string;
  readonly hardship: Hardship;
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMilliseconds: number;
  readonly entries: number;
  readonly head: string;
  readonly seconds: number;
  /** The last entries of the journal, as many as were asked for. */
  readonly rows: readonly string[];
};

const { first, count, step, rows } = workerData as Part;
for (let seed = first; seed < first + count * step; seed += step) {
  const begun = performance.now();
  // One after the other: a thread has one processor.
  // oxlint-disable-next-line no-await-in-loop
  const { tally, rows: journal, ...report } = await simulate({ seed });
  const seconds = (performance.now() - begun) / 1000;
  const shown = rows === 0 ? [] : journal.slice(-rows).map(({ at, seq, kind, body }) => `${seq} ${at} ${kind} ${body.slice(0, 400)}`);
  parentPort?.postMessage({ ...report, counts: tally.counts(), seconds, rows: shown } satisfies News);
}
