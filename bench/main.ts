import { parseArgs } from 'node:util';
import { measureBurst } from './burst.ts';
import { measureShim, measureStatus, measureToolsList } from './commands.ts';
import { measureDecide } from './decide.ts';
import { measureFeed } from './feed.ts';
import { type Figure, table } from './figure.ts';
import { installPeer, type Peer, startPeer } from './peer.ts';
import { measurePlaceOrder } from './place-order.ts';
import { measureSimulator } from './simulator.ts';
import { measureStart } from './start.ts';
import { measureSustained } from './sustained.ts';
import { measureVault } from './vault.ts';
import { openWorld, startGateway, startShim, type World } from './world.ts';

// `npm run bench`: the numbers to hold, each measured here and now and told with its budget. See docs/bench.md.
//
//   npm run bench                          everything
//   npm run bench -- --only place_order    one part: place_order burst sustained decide vault shim start status simulator feed
//   npm run bench -- --full                starts on a million entries, and not on a tenth scaled up
//   npm run bench -- --json                one JSON document on standard output

const { values } = parseArgs({ options: { only: { type: 'string' }, full: { type: 'boolean' }, json: { type: 'boolean' } } });

const PARTS = ['place_order', 'burst', 'sustained', 'decide', 'vault', 'shim', 'start', 'status', 'simulator', 'feed'] as const;
type Part = (typeof PARTS)[number];

const chosen = PARTS.filter((part) => values.only === undefined || values.only.split(',').includes(part));
if (chosen.length === 0) {
  process.stderr.write(`bench: --only is '${values.only ?? ''}'; use some of ${PARTS.join(',')}\n`);
  process.exitCode = 2;
} else {
  const figures = await measure();
  if (values.json === true) process.stdout.write(`${JSON.stringify({ figures }, null, 2)}\n`);
  else process.stdout.write(`\n${table(figures)}\n`);
}

async function measure(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const figures: Figure[] = [];
  const told = (more: readonly Figure[]): void => {
    figures.push(...more);
    for (const { what, measured, verdict } of more) process.stderr.write(`${what}: ${measured} ${verdict}\n`);
  };
  const wants = (...parts: readonly Part[]): boolean => parts.some((part) => chosen.includes(part));
  if (wants('decide')) told([measureDecide()]);
  if (wants('vault')) told([await measureVault()]);
  const peer: Peer = wants('place_order', 'burst', 'sustained', 'shim') ? installPeer(stack) : { kind: 'absent', why: '' };
  if (peer.kind === 'absent' && peer.why !== '') process.stderr.write(`${peer.why}\n`);
  if (wants('place_order', 'burst', 'shim', 'status')) told(await beside(peer, wants));
  if (wants('sustained')) told(await alone(peer));
  if (wants('simulator')) told([await inAWorld(measureSimulator)]);
  if (wants('feed')) told([await inAWorld(measureFeed)]);
  if (wants('start')) told(await overLongJournal());
  return figures;
}

/** Everything for which one gateway and the peer stand side by side on one exchange. */
async function beside(peer: Peer, wants: (...parts: readonly Part[]) => boolean): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const world = await openWorld(stack);
  stack.use((await startGateway(world)).process);
  const figures: Figure[] = [];
  const ours = stack.use(await startShim(world));
  const theirs = stack.use(await startPeer(peer, world));
  if (wants('place_order')) figures.push(...(await measurePlaceOrder({ ours, peer: theirs })));
  if (wants('burst')) figures.push(await measureBurst({ world, ours, peer: theirs }));
  if (wants('shim')) figures.push(await measureShim(world, () => startPeer(peer, world)), await measureToolsList(ours, theirs));
  if (wants('status')) figures.push(await measureStatus(world));
  return figures;
}

/** A gateway that has done nothing before, so that its weight is that of these orders. */
async function alone(peer: Peer): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const world = await openWorld(stack);
  const theirs = stack.use(await startPeer(peer, world));
  return await measureSustained(world, theirs);
}

async function inAWorld(measured: (world: World) => Promise<Figure>): Promise<Figure> {
  await using stack = new AsyncDisposableStack();
  return await measured(await openWorld(stack));
}

async function overLongJournal(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  return await measureStart(await openWorld(stack), { full: values.full === true });
}
