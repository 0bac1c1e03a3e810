import assert from 'node:assert/strict';
import { test } from 'node:test';
import { victims } from './rounds/plan.ts';
import { runRounds } from './rounds/run.ts';
import { limits } from './rounds/stage.ts';

const ROUNDS = 10;

test('ten rounds of agents, faults and kills: the books equal the ledger, no wish has two orders, and no limit is exceeded', async (context) => {
  const { figures, failures } = await runRounds({ seed: 1, rounds: ROUNDS, worlds: 2, tell: (line) => context.diagnostic(line) });
  for (const line of figures.lines(limits)) context.diagnostic(line);
  assert.deepEqual(failures, []);
  const { tally } = figures;
  assert.equal(tally.count('round: judged'), ROUNDS);
  // What the plan alone decides has happened, and something was there to be judged.
  for (const victim of victims) assert.ok(tally.count(`killed: ${victim}`) > 0, `${victim} was killed`);
  assert.deepEqual(tally.missing(['order: submitted', 'order: unknown', 'answer: the same id again', 'close: submitted']), []);
});
