import { type Figure, median, milliseconds, notMeasured, quantile, verdict } from './figure.ts';
import type { McpServer } from './mcp.ts';
import { cancelAllAtTwokey, cancelAtPeer, placeAtPeer, placeAtTwokey } from './orders.ts';
import { pause } from './process.ts';

const PAIRS = 500;
const WARM_UP_PAIRS = 100;
const APART_MILLISECONDS = 20;
/** Both sides cancel what rests after this many orders, outside of what is measured. */
const RESTING_MAX = 10;
const SETTLE_MILLISECONDS = 200;
const RATIO_MAX = 1.25;
const PINGS = 100;

const NAME = 'place_order';
const MEDIAN = { name: NAME, what: 'place_order over stdio MCP, median', budget: `≤ ${RATIO_MAX} × peer` };
const TAIL = { name: NAME, what: 'place_order over stdio MCP, p99', budget: `≤ ${RATIO_MAX} × peer` };

/** One order to each side by turns, 20 ms apart, both on one exchange; the clock stops when the answer is read. */
export async function measurePlaceOrder({
  ours,
  peer,
}: {
  readonly ours: McpServer;
  readonly peer: McpServer | null;
}): Promise<readonly Figure[]> {
  const samples: { readonly ours: number[]; readonly peer: number[] } = { ours: [], peer: [] };
  let peerIds: string[] = [];
  for (let index = 0; index < WARM_UP_PAIRS + PAIRS; index += 1) {
    // oxlint-disable no-await-in-loop
    const mine = await clocked(() => placeAtTwokey(ours, { index, type: 'post_only', run: 'pair' }));
    await pause(APART_MILLISECONDS);
    if (index >= WARM_UP_PAIRS) samples.ours.push(mine.elapsed);
    if (peer !== null) {
      const theirs = await clocked(() => placeAtPeer(peer, { index, type: 'post_only' }));
      await pause(APART_MILLISECONDS);
      if (index >= WARM_UP_PAIRS) samples.peer.push(theirs.elapsed);
      peerIds.push(theirs.id);
    }
    if (index % RESTING_MAX === RESTING_MAX - 1) {
      await cancelAllAtTwokey(ours, `pair-cancel-${index}`);
      if (peer !== null) await cancelAtPeer(peer, peerIds);
      peerIds = [];
      await pause(SETTLE_MILLISECONDS);
    }
    // oxlint-enable no-await-in-loop
  }
  if (peer === null) {
    const alone = (value: number) => `${milliseconds(value)}, and no peer to compare with`;
    return [
      notMeasured({ ...MEDIAN, why: alone(median(samples.ours)) }),
      notMeasured({ ...TAIL, why: alone(quantile(samples.ours, 0.99)) }),
    ];
  }
  const pings = { mine: await ping(ours), theirs: await ping(peer) };
  return [
    withPings(compared(MEDIAN, { mine: median(samples.ours), theirs: median(samples.peer) }), pings),
    compared(TAIL, { mine: quantile(samples.ours, 0.99), theirs: quantile(samples.peer, 0.99) }),
  ];
}

function compared(figure: typeof MEDIAN, { mine, theirs }: { readonly mine: number; readonly theirs: number }): Figure {
  const ratio = mine / theirs;
  const measured = `${milliseconds(mine)}, ${ratio.toFixed(2)} × peer`;
  return {
    ...figure,
    measured,
    peer: milliseconds(theirs),
    verdict: verdict(ratio <= RATIO_MAX),
    values: { ours: mine, peer: theirs, ratio },
  };
}

/** The way there and back without an order, so that what the way costs and what the order costs can be told apart. */
async function ping(server: McpServer): Promise<number> {
  const samples: number[] = [];
  for (let index = 0; index < PINGS; index += 1) {
    // oxlint-disable no-await-in-loop
    await pause(APART_MILLISECONDS);
    const startedAt = performance.now();
    await server.request('ping', {});
    // oxlint-enable no-await-in-loop
    samples.push(performance.now() - startedAt);
  }
  return median(samples);
}

function withPings(figure: Figure, { mine, theirs }: { readonly mine: number; readonly theirs: number }): Figure {
  return {
    ...figure,
    measured: `${figure.measured} (a ping ${milliseconds(mine)})`,
    peer: `${figure.peer} (a ping ${milliseconds(theirs)})`,
    values: { ...figure.values, ping: mine, peer_ping: theirs },
  };
}

async function clocked(place: () => ReturnType<typeof placeAtPeer>): Promise<{ readonly elapsed: number; readonly id: string }> {
  const startedAt = performance.now();
  const placed = await place();
  const elapsed = performance.now() - startedAt;
  // The time of a refusal would only flatter whoever refuses.
  if (!placed.ok) throw new Error(`an order was not accepted: ${placed.status}`);
  return { elapsed, id: placed.id };
}
