import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tally } from '../../simulation/tally.ts';
import { planOf } from './plan.ts';
import { playRound } from './round.ts';
import { Stage } from './stage.ts';

/** A world that has lived through so many rounds is replaced by a fresh one. */
const ROUNDS_OF_A_WORLD = 10;

export type Run = { readonly seed: number; readonly rounds: number; readonly tell: (line: string) => void };

/** What became of a run: how often what happened, and what went wrong. */
export type Outcome = { readonly tally: Tally; readonly failures: readonly string[] };

/** Plays rounds one after the other, ten in a world; a failed one ends its world, and the next begins in another. */
export async function runRounds({ seed, rounds, tell }: Run): Promise<Outcome> {
  const tally = new Tally();
  const failures: string[] = [];
  for (let next = 0; next < rounds;) {
    const last = Math.min(rounds, (Math.floor(next / ROUNDS_OF_A_WORLD) + 1) * ROUNDS_OF_A_WORLD);
    // oxlint-disable-next-line no-await-in-loop
    next = await inOneWorld({ seed, from: next, last, tally, failures, tell });
  }
  return { tally, failures };
}

type Part = Omit<Run, 'rounds'> & { readonly from: number; readonly last: number; readonly tally: Tally; readonly failures: string[] };

/** Gives the number of the round that comes next. */
async function inOneWorld({ seed, from, last, tally, failures, tell }: Part): Promise<number> {
  await using stage = await Stage.open();
  for (let round = from; round < last; round += 1) {
    const plan = planOf(seed, round);
    try {
      // A round starts from what the one before it left behind.
      // oxlint-disable-next-line no-await-in-loop
      await playRound(stage, plan, tally);
      tell(`round ${round} of seed ${seed}: ${plan.kill.victim} killed, held`);
    } catch (error) {
      stage.world.keep();
      writeFileSync(join(stage.world.home, 'plan.json'), JSON.stringify(plan, null, 2));
      writeFileSync(join(stage.world.home, 'gateway.log'), stage.printed);
      // oxlint-disable-next-line no-await-in-loop
      await keepLedger(stage);
      const cause = error instanceof Error ? error.message : String(error);
      const failure = `round ${round} of seed ${seed} FAILED: ${cause}\nthe home is kept at ${stage.world.home}\nthe plan was ${JSON.stringify(plan)}`;
      failures.push(failure);
      tell(failure);
      return round + 1;
    }
  }
  return last;
}

async function keepLedger({ world }: Stage): Promise<void> {
  try {
    writeFileSync(join(world.home, 'ledger.json'), JSON.stringify(await world.exchange.ledger(), null, 1));
  } catch {
    // The exchange may be what failed; its state file is in the home.
  }
}
