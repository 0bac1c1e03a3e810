// A part of the histories, in a thread of its own.

import { parentPort, workerData } from 'node:worker_threads';
import { Tally } from '../simulation/tally.ts';
import { playSeed } from './play.ts';
import { shrunk } from './shrink.ts';
import { told } from './tell.ts';

export type Part = { readonly first: number; readonly count: number; readonly step: number };
export type News = { readonly played: number; readonly counts: ReadonlyMap<string, number>; readonly failures: readonly string[] };

const REPORT_EVERY = 500;
const { first, count, step } = workerData as Part;

let [tally, failures, played]: [Tally, string[], number] = [new Tally(), [], 0];
for (let index = 0; index < count; index += 1) {
  const { history, disagreement } = playSeed(first + index * step, tally);
  played += 1;
  if (disagreement !== null) failures.push([`seed ${history.seed}: ${disagreement.says}`, ...told(shrunk(history))].join('\n  '));
  if (played < REPORT_EVERY && index + 1 < count) continue;
  parentPort?.postMessage({ played, counts: tally.counts(), failures } satisfies News);
  [tally, failures, played] = [new Tally(), [], 0];
}
