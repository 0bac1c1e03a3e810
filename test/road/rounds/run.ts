import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Figures } from './figures.ts';
import { planOf } from './plan.ts';
import { playRound } from './round.ts';
import { Stage } from './stage.ts';

/** A world that has lived through so many rounds is replaced by a fresh one. */
const ROUNDS_OF_A_WORLD = 5;

export type Run = {
  readonly seed: number;
  readonly rounds: number;
  /** How many worlds there are at a time. */
  readonly worlds: number;
  readonly tell: (line: string) => void;
};

/** What became of a run: how often what happened, and what went wrong. */
export type Outcome = { readonly figures: Figures; readonly failures: readonly string[] };

const stages = new Set<Stage>();
let isEnding = false;

/** Ends every world there is, for somebody who has seen enough. */
export async function endWorlds(): Promise<void> {
  isEnding = true;
  await Promise.all([...stages].map((stage) => stage[Symbol.asyncDispose]()));
}

/** Plays all rounds, a few in each world; a failed one ends its world, and the next is played in another. */
export async function runRounds({ seed, rounds, worlds, tell }: Run): Promise<Outcome> {
  const figures = new Figures();
  const failures: string[] = [];
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < rounds && !isEnding) {
      const first = begun;
      const last = Math.min(rounds, first + ROUNDS_OF_A_WORLD);
      begun = last;
      // A round starts from what the one before it left behind.
      // oxlint-disable-next-line no-await-in-loop
      for (let next = first; next < last;) next = await inOneWorld({ seed, from: next, last, figures, failures, tell });
    }
  };
  await Promise.all(Array.from({ length: worlds }, worker));
  return { figures, failures };
}

type Part = {
  readonly seed: number;
  readonly from: number;
  readonly last: number;
  readonly figures: Figures;
  readonly failures: string[];
  readonly tell: (line: string) => void;
};

/** Gives the number of the round that comes next. */
async function inOneWorld({ seed, from, last, figures, failures, tell }: Part): Promise<number> {
  await using stage = await Stage.open();
  stages.add(stage);
  using _ = { [Symbol.dispose]: () => stages.delete(stage) };
  for (let round = from; round < last; round += 1) {
    const plan = planOf(seed, round);
    try {
      // oxlint-disable-next-line no-await-in-loop
      await playRound(stage, plan, figures);
      tell(`round ${round} of seed ${seed}: ${plan.kill.victim} killed, held`);
    } catch (error) {
      if (isEnding) return last;
      // oxlint-disable-next-line no-await-in-loop
      await keep(stage, JSON.stringify(plan, null, 1));
      const cause = error instanceof Error ? error.message : String(error);
      const failure = `round ${round} of seed ${seed} FAILED: ${cause}\nkept at ${stage.world.home}; the plan: ${JSON.stringify(plan)}`;
      failures.push(failure);
      tell(failure);
      return round + 1;
    }
  }
  return last;
}

/** Leaves the home for reading, with the plan, what the gateway printed, and the ledger. */
async function keep({ world, printed }: Stage, plan: string): Promise<void> {
  world.keep();
  writeFileSync(join(world.home, 'plan.json'), plan);
  writeFileSync(join(world.home, 'gateway.log'), printed);
  try {
    writeFileSync(join(world.home, 'ledger.json'), JSON.stringify(await world.exchange.ledger(), null, 1));
  } catch {
    // The exchange may be what failed; its own state is in the home.
  }
}
