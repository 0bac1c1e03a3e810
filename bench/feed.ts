import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, request as askHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { callOperator } from '../src/adapters/operator/client.ts';
import { type Figure, milliseconds, quantile, verdict } from './figure.ts';
import { placeAtTwokey } from './orders.ts';
import { pause } from './process.ts';
import { configuration, startGateway, startShim, type World } from './world.ts';

const PER_SECOND = 5000;
const SECONDS = 10;
/** Pushes leave in handfuls this far apart. */
const APART_MILLISECONDS = 5;
const ASK_APART_MILLISECONDS = 10;
const P99_MILLISECONDS_MAX = 20;

/** A gateway whose exchange pushes five thousand times a second: how long whoever asks it something waits for its event loop. */
export async function measureFeed(world: World): Promise<Figure> {
  await using stack = new AsyncDisposableStack();
  const between = await standBetween(world, stack);
  writeFileSync(join(world.home, 'twokey.toml'), configuration(between.port));
  chmodSync(join(world.home, 'twokey.toml'), 0o600);
  stack.use((await startGateway(world)).process);
  // What has an order is listened to.
  const shim = stack.use(await startShim(world));
  const placed = await placeAtTwokey(shim, { index: 1, type: 'post_only', run: 'feed' });
  if (!placed.ok) throw new Error(`an order was not accepted: ${placed.status}`);
  await pause(3000);
  const quiet = await waits(world, SECONDS);
  const flood = between.flood();
  const loud = await waits(world, SECONDS);
  const perSecond = flood.stop();
  const [p99, before] = [quantile(loud, 0.99), quantile(quiet, 0.99)];
  return {
    name: 'feed',
    what: `the gateway under ${PER_SECOND.toLocaleString('en')} pushes/s: a question and its answer, p99`,
    budget: `< ${P99_MILLISECONDS_MAX} ms`,
    measured: `${milliseconds(p99)} at ${Math.round(perSecond).toLocaleString('en')}/s (without them ${milliseconds(before)})`,
    peer: '',
    verdict: verdict(p99 < P99_MILLISECONDS_MAX && perSecond >= 0.98 * PER_SECOND),
    values: { p99, p99_quiet: before, per_second: perSecond },
  };
}

/** How long each of many questions over the operator's socket took: no less than the event loop was late for it. */
async function waits({ home }: World, seconds: number): Promise<readonly number[]> {
  const samples: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const askedAt = performance.now();
    // oxlint-disable no-await-in-loop -- one question after the other
    const answer = await callOperator({ home, request: { verb: 'status' }, timeoutMilliseconds: 5000 });
    if (!answer.ok) throw new Error(answer.error.message);
    samples.push(performance.now() - askedAt);
    await pause(ASK_APART_MILLISECONDS);
    // oxlint-enable no-await-in-loop
  }
  return samples;
}

type Between = {
  readonly port: number;
  /** Says again and again what was last said on each channel, as news of this moment. `stop` returns how many a second were said. */
  readonly flood: () => { readonly stop: () => number };
};

/** Stands between gateway and exchange, passes everything on, and can say more than the exchange does. */
async function standBetween({ url }: World, stack: AsyncDisposableStack): Promise<Between> {
  const server = createServer((asked, answer) => {
    const passed = askHttp(`${url}${asked.url ?? ''}`, { method: asked.method, headers: asked.headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.once('error', () => answer.destroy());
    asked.pipe(passed);
  });
  const door = new WebSocketServer({ server, perMessageDeflate: false });
  const last = new Map<string, Said>();
  door.on('connection', (near, request) => joined({ near, far: new WebSocket(`${url.replace('http', 'ws')}${request.url ?? ''}`), last }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    for (const socket of door.clients) socket.terminate();
    door.close();
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, flood: () => floodOf(last) };
}

/** A push as it came last, and the socket that it goes to. */
type Said = {
  readonly near: WebSocket;
  readonly push: { readonly arg: unknown; readonly data: readonly Readonly<Record<string, unknown>>[] };
};
type Joined = { readonly near: WebSocket; readonly far: WebSocket; readonly last: Map<string, Said> };

function joined({ near, far, last }: Joined): void {
  const early: string[] = [];
  near.on('message', (data) => {
    if (far.readyState === WebSocket.OPEN) far.send(textOf(data));
    else early.push(textOf(data));
  });
  far.once('open', () => early.splice(0).forEach((text) => far.send(text)));
  far.on('message', (data) => {
    const text = textOf(data);
    near.send(text);
    if (!text.startsWith('{') || !text.includes('"data":[{')) return;
    const push = JSON.parse(text) as Said['push'];
    last.set(JSON.stringify(push.arg), { near, push });
  });
  const end = (): void => {
    near.terminate();
    far.terminate();
  };
  for (const socket of [near, far]) socket.once('close', end).once('error', end);
}

function textOf(data: RawData): string {
  return (data as Buffer).toString('utf8');
}

function floodOf(last: ReadonlyMap<string, Said>): { readonly stop: () => number } {
  const began = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    // As many as are due by now, so that a late timer costs none.
    const due = Math.floor(((performance.now() - began) * PER_SECOND) / 1000);
    for (const all = [...last.values()]; said < due; said += 1) {
      const one = all[said % all.length];
      if (one === undefined) throw new Error('the exchange has pushed nothing yet');
      const data = one.push.data.map((row) => ({ ...row, ...('ts' in row ? { ts: String(Date.now()) } : {}) }));
      one.near.send(JSON.stringify({ ...one.push, data }));
    }
  }, APART_MILLISECONDS);
  return {
    stop: () => {
      clearInterval(timer);
      return (said * 1000) / (performance.now() - began);
    },
  };
}
