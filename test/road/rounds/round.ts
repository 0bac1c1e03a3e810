import { booksEqualLedger } from '../harness/books.ts';
import { eventually } from '../harness/eventually.ts';
import type { Fault } from '../harness/exchange.ts';
import { journalOf } from '../harness/journal.ts';
import type { World } from '../harness/world.ts';
import { countJournal, countTold, type Figures } from './figures.ts';
import { judge } from './judge.ts';
import { nameOf, type Plan, type Wish } from './plan.ts';
import { limits, type Stage } from './stage.ts';
import type { Told } from './crew.ts';

/** Plays one round to its end and judges it; throws what is wrong. */
export async function playRound(stage: Stage, plan: Plan, figures: Figures): Promise<void> {
  const { world, relay } = stage;
  const { tally } = figures;
  const from = journalOf(world.home).at(-1)?.seq ?? 0;
  const doubled = relay.doubled;
  const { told, armed } = await strike(stage, plan);
  tally.add(`killed: ${plan.kill.victim}`);
  if (plan.kill.againMilliseconds !== null) tally.add('killed: gateway while it starts');
  for (const fault of await struck(world, armed)) tally.add(`fault: ${nameOf(fault)}`);
  await world.exchange.heal();
  tally.add('fault: answer twice', relay.doubled - doubled);
  await settled(world);
  await active(world);
  // Whoever was not answered asks again, and so does everybody else: the same ids, and nothing is sent a second time.
  await stage.reconnect();
  const again = await stage.crew.ask(
    [...plan.lanes.map((lane) => [...new Set(lane)].map((wish) => ({ ...wish, thinkMilliseconds: 0 }))), ...plan.later],
    () => Promise.resolve(),
  );
  await settled(world);
  await booksEqualLedger(world);
  countTold(tally, [...told, ...again]);
  const journal = journalOf(world.home);
  countJournal(
    tally,
    journal.filter(({ seq }) => seq > from),
  );
  const verified = await world.run(['log', 'verify']);
  const judged = judge({ ledger: await world.exchange.ledger(), journal, limits });
  figures.reach(judged);
  const wrong = [
    ...(verified.code === 0 ? [] : [`twokey log verify: ${verified.stdout}${verified.stderr}`]),
    ...judged.faults,
    ...namedTwice([...told, ...again]),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  tally.add('round: judged');
}

/** Everything at once: the agents ask, faults are armed, prices move, and something dies. */
async function strike(stage: Stage, plan: Plan): Promise<{ readonly told: readonly Told[]; readonly armed: readonly Fault[] }> {
  const { exchange } = stage.world;
  const armed: Fault[] = [];
  const killed: Promise<void>[] = [];
  const told = await stage.crew.ask(plan.lanes, async (sent) => {
    for (const { fault } of plan.faults.filter(({ after }) => after === sent)) {
      armed.push(fault);
      // oxlint-disable-next-line no-await-in-loop
      await exchange.arm(fault);
    }
    for (const { instrument, price } of plan.moves.filter(({ after }) => after === sent))
      // oxlint-disable-next-line no-await-in-loop
      await exchange.movePrice(instrument, price);
    if (plan.doubles.some(({ after }) => after === sent)) stage.relay.doubleNext();
    if (plan.kill.after === sent) killed.push(stage.kill(plan.kill));
  });
  await Promise.all(killed);
  stage.relay.mend();
  return { told, armed };
}

/** The faults that a request has met. */
async function struck(world: World, armed: readonly Fault[]): Promise<readonly Fault[]> {
  const left = [...(await world.exchange.armed())];
  return armed.filter((fault) => {
    const index = left.findIndex(
      (each) =>
        each.kind === fault.kind &&
        each.path === fault.path &&
        (fault.executed ?? true) === each.executed &&
        each.count === (fault.count ?? 1),
    );
    if (index === -1) return true;
    left.splice(index, 1);
    return false;
  });
}

/** Waits until the outcome of every order is known and everything that was filled is proven. */
async function settled(world: World): Promise<void> {
  await eventually('everything is known', async () => {
    const status = await world.read('status');
    const open = ['orders_of_unknown_outcome', 'orders_not_verified'].filter((key) => status[key] !== 0);
    const halt = status['halt'] as { readonly ended: boolean } | null;
    if (halt?.ended === false) open.push('halt');
    if (open.length > 0) throw new Error(open.map((key) => `${key} ${JSON.stringify(status[key])}`).join(', '));
    return true;
  });
}

/** A person looks at why it stopped, and lets it go on; it refuses for as long as books and exchange differ. */
async function active(world: World): Promise<void> {
  await eventually('a person may let it go on', async () => {
    if ((await world.read('status'))['mode'] === 'ACTIVE') return true;
    const { stdout, stderr } = await world.run(['resume', '--reason', 'looked at it']);
    throw new Error(`${stdout}${stderr}`);
  });
}

/** However often an agent asks, one wish has one order. */
function namedTwice(told: readonly Told[]): readonly string[] {
  const names = new Map<string, string>();
  return told.flatMap(({ wish, answer }) => {
    const name = answer?.order?.client_order_id;
    if (name === undefined) return [];
    const key = keyOf(wish);
    const earlier = names.get(key);
    names.set(key, name);
    return earlier === undefined || earlier === name ? [] : [`${key} was told to be order ${earlier} and order ${name}`];
  });
}

function keyOf({ agent, arguments: given }: Wish): string {
  return `${agent}/${given['intent_id'] ?? ''}`;
}
