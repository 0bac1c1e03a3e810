// A part of the worlds, in a thread of its own.

import { parentPort, workerData } from 'node:worker_threads';
import { type Hardship, hardship } from './hardship.ts';
import { Tally } from './tally.ts';
import { type Report, simulate } from './world.ts';

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
let stray = '';
process.on('unhandledRejection', (error) => {
  // Whoever looks into a broken part of a snapshot belongs to a gateway that has ended for it.
  if (!(error instanceof Error && /^part \d+ of the snapshot/.test(error.message))) stray = textOf(error);
});

/** What became of a world, also where something was thrown that no judge knows. */
async function judged(seed: number): Promise<Report> {
  stray = '';
  try {
    const report = await simulate({ seed });
    return stray === '' ? report : { ...report, failure: `thrown: ${stray}` };
  } catch (error) {
    const tally = new Tally();
    return {
      seed,
      tally,
      hardship: hardship(tally),
      failure: `thrown: ${textOf(error)}`,
      virtualMilliseconds: 0,
      head: '',
      entries: 0,
      rows: [],
    };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

for (let seed = first; seed < first + count * step; seed += step) {
  const begun = performance.now();
  // One after the other: a thread has one processor.
  // oxlint-disable-next-line no-await-in-loop
  const { tally, rows: journal, ...report } = await judged(seed);
  const seconds = (performance.now() - begun) / 1000;
  const shown = rows === 0 ? [] : journal.slice(-rows).map(({ at, seq, kind, body }) => `${seq} ${at} ${kind} ${body.slice(0, 400)}`);
  parentPort?.postMessage({ ...report, counts: tally.counts(), seconds, rows: shown } satisfies News);
}
