import { setTimeout as pause } from 'node:timers/promises';
import type { Configuration } from '../../core/policy/configuration.ts';
import { isQuiet, lastOf, type Ledger, type Recorded, type StepFacts } from './facts.ts';
import { judge } from './judge.ts';
import type { Cast, Step } from './story.ts';
import { outcomeOf } from './telling.ts';
import type { Judged, Transcript } from './transcript.ts';

const QUIET_MILLISECONDS = 15_000;
const LOOK_AGAIN_MILLISECONDS = 40;

/** Who plays, and the two sources of truth: the journal on disk and the ledger of the exchange. */
export type Stage = {
  readonly cast: Cast;
  readonly journal: () => Promise<readonly Recorded[]>;
  readonly ledger: () => Promise<Ledger>;
};

export type Performed = { readonly facts: StepFacts; readonly judged: Judged };
export type Performance = {
  readonly stage: Stage;
  readonly story: readonly Step[];
  readonly declared: Configuration;
  readonly transcript: Pick<Transcript, 'begin' | 'step'>;
  readonly signal: AbortSignal;
};

/** Plays the steps one after the other. Each is looked at from outside when it has come to rest, and judged from what is seen then. */
export async function perform({ stage, story, declared, transcript, signal }: Performance): Promise<readonly Performed[]> {
  const performed: Performed[] = [];
  for (const [index, step] of story.entries()) {
    signal.throwIfAborted();
    transcript.begin(`${step.name}: ${step.asked}`);
    const began = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- a story is told in its sequence
    const facts = await factsOf(stage, step, signal);
    const { name, asked, without } = step;
    const complaints = judge(facts, declared);
    const judged = { name, asked, without, outcome: outcomeOf(facts), complaints, milliseconds: performance.now() - began };
    transcript.step(index + 1, judged);
    performed.push({ facts, judged });
  }
  return performed;
}

async function factsOf(stage: Stage, step: Step, signal: AbortSignal): Promise<StepFacts> {
  const before = { entry: (await stage.journal()).at(-1)?.seq ?? 0, ledger: lastOf(await stage.ledger()) };
  const { wishes, told = {} } = await step.act(stage.cast);
  const journal = await quietJournal(stage, signal);
  return { kind: step.kind, wishes, before, journal, ledger: await stage.ledger(), told };
}

/** What is still moving after the time to wait is judged as it is. */
async function quietJournal(stage: Stage, signal: AbortSignal): Promise<StepFacts['journal']> {
  const until = performance.now() + QUIET_MILLISECONDS;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const journal = await stage.journal();
    if (isQuiet(journal) || performance.now() > until) return journal;
    // oxlint-disable-next-line no-await-in-loop
    await pause(LOOK_AGAIN_MILLISECONDS, undefined, { signal });
  }
}
