import { setTimeout as pause } from 'node:timers/promises';
import type { Configuration } from '../../core/policy/configuration.ts';
import { lastOf } from '../try/facts.ts';
import type { Stage } from '../try/perform.ts';
import type { AccidentKind } from './accident.ts';
import { type Condition, holds } from './condition.ts';
import { judgeAccident, type Traces } from './judge.ts';
import type { Scenario, Step } from './scenario.ts';
import { type Stop, stopsIn } from './telling.ts';

const LOOK_AGAIN_MILLISECONDS = 250;
/** What was found right has to be right again this many times, because something may still be on its way. */
const LOOKS_ALIKE = 3;
const WAIT_AGAIN_MILLISECONDS = 100;
/** How often an agent asks again that asks until something is so. */
const ASK_AGAIN_MILLISECONDS = 1000;

/** Where an accident is staged, and what its `twokey.toml` says. */
export type Setting = { readonly stage: Stage; readonly declared: Configuration };
/** How long is waited for what a step waits for, and for what is to come by itself, once everything has been played. */
export type Patience = { readonly signal: AbortSignal; readonly patienceMilliseconds: number };
export type Staged = Scenario & { readonly accident: AccidentKind };

export type Drilled = {
  readonly scenario: Staged;
  /** What the judge found wrong; nothing when the accident was stopped. */
  readonly complaints: readonly string[];
  readonly stops: readonly Stop[];
  readonly mode: string;
  /** From the accident until everything was as it must be. */
  readonly milliseconds: number;
};

/** Plays a scenario by the clock and by what its steps wait for, and looks from outside until its accident has been stopped, or for as long as that may take. */
export async function drill(scenario: Staged, { stage, declared }: Setting, { signal, patienceMilliseconds }: Patience): Promise<Drilled> {
  const run: Run = { accident: undefined, isOver: false, hasFailed: false };
  const playing = play(scenario, { stage, run, signal, patienceMilliseconds }).finally(() => {
    run.isOver = true;
  });
  playing.catch(() => {
    run.hasFailed = true;
  });
  let [alike, milliseconds, until] = [0, 0, Infinity];
  let found: { readonly traces: Traces; readonly complaints: readonly string[] } | undefined;
  while (performance.now() < until && !run.hasFailed && !(run.isOver && alike >= LOOKS_ALIKE)) {
    // oxlint-disable no-await-in-loop -- one look after the other
    await pause(LOOK_AGAIN_MILLISECONDS, undefined, { signal });
    if (run.isOver && until === Infinity) until = performance.now() + patienceMilliseconds;
    if (run.accident === undefined) continue;
    const { before, at } = run.accident;
    const traces = { before, journal: await stage.journal(), ledger: await stage.ledger() };
    // oxlint-enable no-await-in-loop
    const complaints = judgeAccident(scenario.accident, traces, declared);
    found = { traces, complaints };
    if (alike === 0) milliseconds = performance.now() - at;
    alike = complaints.length === 0 ? alike + 1 : 0;
  }
  await playing;
  if (found === undefined) throw new Error('nothing was seen of the accident');
  return { scenario, complaints: found.complaints, ...stopsIn(scenario.accident, found.traces), milliseconds };
}

/** How far a performance has come: when its accident began, and what was on record then. */
type Run = {
  accident: { readonly at: number; readonly before: Traces['before'] } | undefined;
  isOver: boolean;
  hasFailed: boolean;
};
type Playing = Patience & { readonly stage: Stage; readonly run: Run };

/** The accident begins with the first thing that the desk does, or that an agent does where the desk does nothing. */
async function play({ steps }: Staged, { stage, run, ...patience }: Playing): Promise<void> {
  let began = performance.now();
  const first = steps.find(({ kind }) => kind === 'desk') ?? steps[0];
  const calls: Promise<unknown>[] = [];
  for (const step of steps) {
    // oxlint-disable no-await-in-loop -- a story is told in its sequence
    if (step.once !== undefined) {
      await waited(step.once, { stage, ...patience });
      began = performance.now();
    }
    await pause(Math.max(0, began + step.afterMilliseconds - performance.now()), undefined, { signal: patience.signal });
    if (step === first) {
      const before = { entry: (await stage.journal()).at(-1)?.seq ?? 0, ledger: lastOf(await stage.ledger()) };
      run.accident = { at: performance.now(), before };
    }
    if (step.kind === 'agent' && step.until !== undefined) {
      await askedUntil(step.until, { stage, ...patience, step, calls });
      began = performance.now();
    } else if (step.kind === 'agent') calls.push(stage.cast.alice.call(step.tool, step.given));
    else await stage.cast.desk(step.path, step.body, step.method);
    // oxlint-enable no-await-in-loop
  }
  // What an agent was told, and whether it was told anything, is no part of what is judged.
  await Promise.allSettled(calls);
}

type Waiting = Patience & { readonly stage: Stage };

async function waited(condition: Condition, { stage, signal, patienceMilliseconds }: Waiting): Promise<void> {
  const until = performance.now() + patienceMilliseconds;
  // oxlint-disable no-await-in-loop -- one look after the other
  while (!holds(condition, await stage.ledger())) {
    if (performance.now() > until)
      throw new Error(`a step waited ${patienceMilliseconds / 1000} s until ${condition}, and it never was so`);
    await pause(WAIT_AGAIN_MILLISECONDS, undefined, { signal });
  }
  // oxlint-enable no-await-in-loop
}

type Asking = Waiting & { readonly step: Extract<Step, { readonly kind: 'agent' }>; readonly calls: Promise<unknown>[] };

/** The agent asks for the same again, each time as something new, until what it is for is so: nobody told it that prices were not there yet. */
async function askedUntil(condition: Condition, { step, calls, ...waiting }: Asking): Promise<void> {
  const name = step.given['intent_id'];
  const done = new AbortController();
  const ask = async (): Promise<void> => {
    for (let time = 1; !done.signal.aborted; time += 1) {
      const given = time === 1 || typeof name !== 'string' ? step.given : { ...step.given, intent_id: `${name}-${time}` };
      const call = waiting.stage.cast.alice.call(step.tool, given);
      calls.push(call);
      const rest = (): Promise<unknown> => pause(ASK_AGAIN_MILLISECONDS, undefined, { signal: done.signal }).catch(() => {});
      // oxlint-disable no-await-in-loop -- an answer that never comes is no reason not to ask again
      await Promise.race([call.catch(() => {}), rest()]);
      await rest();
      // oxlint-enable no-await-in-loop
    }
  };
  const asking = ask();
  try {
    await waited(condition, waiting);
  } finally {
    done.abort();
    await asking;
  }
}
