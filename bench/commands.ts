import { type Figure, median, milliseconds, verdict } from './figure.ts';
import { listAt } from './json.ts';
import type { McpServer } from './mcp.ts';
import { pause, timed } from './process.ts';
import { startShim, twokeyCommand, type World } from './world.ts';

const STARTS = 20;
const WARM_UP = 3;
const APART_MILLISECONDS = 100;
const SHIM_MILLISECONDS_MAX = 60;
const STATUS_MILLISECONDS_MAX = 150;
const LIST_BYTES_MAX = 8000;

/** From starting the MCP server to its first answer, as a host sees it. */
export async function measureShim(world: World, startPeer: () => Promise<McpServer | null>): Promise<Figure> {
  const ours = await firstAnswers(() => startShim(world));
  const theirs = await firstAnswers(startPeer);
  const middle = median(ours);
  return {
    name: 'shim',
    what: 'MCP shim: spawn to first answer, median',
    budget: `≤ ${SHIM_MILLISECONDS_MAX} ms`,
    measured: milliseconds(middle),
    peer: theirs.length === 0 ? 'not measured' : milliseconds(median(theirs)),
    verdict: verdict(middle <= SHIM_MILLISECONDS_MAX),
    values: { ours: middle, peer: median(theirs) },
  };
}

async function firstAnswers(start: () => Promise<McpServer | null>): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < WARM_UP + STARTS; index += 1) {
    // oxlint-disable no-await-in-loop
    await using server = await start();
    if (server === null) break;
    if (index >= WARM_UP) samples.push(server.firstAnswerMilliseconds);
    await pause(APART_MILLISECONDS);
    // oxlint-enable no-await-in-loop
  }
  return samples;
}

/** The bytes of the tool list, which every agent pays for on every turn. */
export async function measureToolsList(ours: McpServer, peer: McpServer | null): Promise<Figure> {
  const mine = await ours.request('tools/list', {});
  const theirs = await peer?.request('tools/list', {});
  if (listAt(mine.result, 'tools').length === 0) throw new Error('tools/list named no tool');
  return {
    name: 'tools_list',
    what: 'tools/list',
    budget: `≤ ${LIST_BYTES_MAX.toLocaleString('en')} bytes`,
    measured: `${mine.bytes.toLocaleString('en')} bytes`,
    peer: theirs === undefined ? 'not measured' : `${theirs.bytes.toLocaleString('en')} bytes`,
    verdict: verdict(mine.bytes <= LIST_BYTES_MAX),
    values: { ours: mine.bytes, peer: theirs?.bytes ?? Number.NaN },
  };
}

/** The whole process of `twokey status`, from its start to its end, while the gateway runs. */
export async function measureStatus({ home }: World): Promise<Figure> {
  const samples: number[] = [];
  for (let index = 0; index < WARM_UP + STARTS; index += 1) {
    // oxlint-disable no-await-in-loop
    const { elapsed, code } = await timed(twokeyCommand(home, ['status']));
    await pause(APART_MILLISECONDS);
    // oxlint-enable no-await-in-loop
    if (code !== 0) throw new Error(`twokey status ended with ${String(code)}`);
    if (index >= WARM_UP) samples.push(elapsed);
  }
  const middle = median(samples);
  return {
    name: 'status',
    what: 'twokey status, whole process, gateway running, median',
    budget: `≤ ${STATUS_MILLISECONDS_MAX} ms`,
    measured: milliseconds(middle),
    peer: '',
    verdict: verdict(middle <= STATUS_MILLISECONDS_MAX),
    values: { median: middle },
  };
}
