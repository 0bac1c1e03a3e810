import { type Figure, verdict } from './figure.ts';
import type { McpServer } from './mcp.ts';
import { cancelAllAtTwokey, cancelAtPeer, type Placed, placeAtPeer, placeAtTwokey } from './orders.ts';
import { pause } from './process.ts';
import { type LedgerOrder, ledgerOrders, type World } from './world.ts';

const ORDERS = 200;
const ROUNDS = 3;
/** Sizes of the rounds do not meet those of other parts of the bench within a second. */
const FIRST_INDEX = 1000;
/** The peer's own limiter counts in seconds; a pause gives it its whole allowance. */
const BEFORE_MILLISECONDS = 2500;

type Tally = { readonly failures: number; readonly lost: number; readonly double: number; readonly example: string };

/** Two hundred orders in one breath. What came of them is counted on the exchange's own ledger and not from the answers. */
export async function measureBurst({
  world,
  ours,
  peer,
}: {
  readonly world: World;
  readonly ours: McpServer;
  readonly peer: McpServer | null;
}): Promise<Figure> {
  const mine: Tally[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // oxlint-disable no-await-in-loop
    await pause(BEFORE_MILLISECONDS);
    mine.push(
      await breath({
        world,
        account: '1001',
        first: FIRST_INDEX + round * ORDERS,
        place: (index) => placeAtTwokey(ours, { index, type: 'post_only', run: 'burst' }),
      }),
    );
    await cancelAllAtTwokey(ours, `burst-cancel-${round}`);
    // oxlint-enable no-await-in-loop
  }
  const theirs = peer === null ? null : await peerBreath(world, peer);
  const sum = (key: 'failures' | 'lost' | 'double') => mine.reduce((total, tally) => total + tally[key], 0);
  const [failures, lost, double] = [sum('failures'), sum('lost'), sum('double')];
  const example = mine.find((tally) => tally.example !== '')?.example ?? '';
  return {
    name: 'burst',
    what: `${ORDERS} orders at once from one agent, ${ROUNDS} times`,
    budget: '0 failed, 0 lost, 0 double',
    measured: `${failures} failed, ${lost} lost, ${double} double${example === '' ? '' : ` (${example})`}`,
    peer: theirs === null ? 'not measured' : `${theirs.failures} of ${ORDERS} failed, ${theirs.lost} lost, ${theirs.double} double`,
    verdict: verdict(failures === 0 && lost === 0 && double === 0),
    values: { failures, lost, double, peer_failures: theirs?.failures ?? Number.NaN },
  };
}

async function peerBreath(world: World, peer: McpServer): Promise<Tally> {
  await pause(BEFORE_MILLISECONDS);
  const ids: string[] = [];
  const tally = await breath({
    world,
    account: '1000',
    first: FIRST_INDEX,
    place: async (index) => {
      const placed = await placeAtPeer(peer, { index, type: 'post_only' });
      if (placed.ok) ids.push(placed.id);
      return placed;
    },
  });
  await cancelAtPeer(peer, ids);
  return tally;
}

type Breath = {
  readonly world: World;
  readonly account: '1000' | '1001';
  readonly first: number;
  readonly place: (index: number) => Promise<Placed>;
};

async function breath({ world, account, first, place }: Breath): Promise<Tally> {
  const before = (await ledgerOrders(world, account)).length;
  const placed = await Promise.all(Array.from({ length: ORDERS }, (_, offset) => place(first + offset)));
  const arrived = (await ledgerOrders(world, account)).slice(before);
  return tallied(placed, arrived);
}

/** Sizes differ within a breath, so that two orders of one size are one wish that was sent twice. */
function tallied(placed: readonly Placed[], arrived: readonly LedgerOrder[]): Tally {
  const accepted = placed.filter(({ ok }) => ok).length;
  const sizes = new Set(arrived.map(({ size }) => size));
  return {
    failures: placed.length - accepted,
    lost: Math.max(0, accepted - sizes.size),
    double: arrived.length - sizes.size,
    example: placed.find(({ ok }) => !ok)?.status ?? '',
  };
}
