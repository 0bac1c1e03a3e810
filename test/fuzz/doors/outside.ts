import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { tokenPath } from '../../../src/adapters/operator/token.ts';
import { oddTexts } from '../bytes.ts';
import { type Door, doorOf, type Fate, holds } from '../door.ts';
import { jsonLike } from '../json.ts';
import { linesOf, say, showWire, type Wire } from '../line.ts';
import { RunningGateway } from '../running.ts';
import { messages, verbs } from '../samples.ts';
import { httpInputs } from './http.ts';

// The real processes of `twokey up` from outside: their sockets, their port, and the command line.

const TOKEN = 'TOKEN'.repeat(8);
const SILENCE_MILLISECONDS = 300;
const LOOK_MILLISECONDS = 5;
const JUDGED_EVERY = 20;

type Throw = { readonly at: 'agent-socket' | 'operator-socket' | 'http'; readonly wire: Wire };

const asked = verbs.flatMap((each, index) => [
  { id: index, ...each },
  { id: index, token: TOKEN, ...each },
]);
const texts = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each));

const processes = doorOf<Throw>({
  name: 'processes',
  inputs: fc.oneof(
    linesOf(jsonLike(messages), texts(messages as readonly object[])).map((wire): Throw => ({ at: 'agent-socket', wire })),
    linesOf(jsonLike(asked), texts(asked)).map((wire): Throw => ({ at: 'operator-socket', wire })),
    httpInputs.map((wire): Throw => ({ at: 'http', wire })),
  ),
  round: 200,
  few: 60,
  show: ({ at, wire }) => `${at}: ${showWire(wire)}`,
  open: async () => {
    const gateway = await RunningGateway.open();
    let thrown = 0;
    return {
      throwAt: async (input) => {
        const { text } = await say(addressOf(gateway, input), filled(gateway, input), {
          silenceMilliseconds: SILENCE_MILLISECONDS,
          meanwhile: () => wait(LOOK_MILLISECONDS),
        });
        thrown += 1;
        gateway.check();
        if (thrown % JUDGED_EVERY === 0) await gateway.judge();
        return fateOf(text);
      },
      [Symbol.asyncDispose]: () => gateway.close(),
    };
  },
});

function addressOf(
  { home, port }: RunningGateway,
  { at }: Throw,
): { readonly path: string } | { readonly port: number; readonly host: string } {
  switch (at) {
    case 'agent-socket':
      return { path: join(home, 'run', 'agent-default.sock') };
    case 'operator-socket':
      return { path: join(home, 'run', 'operator.sock') };
    case 'http':
      return { port, host: '127.0.0.1' };
  }
}

function filled({ home, port }: RunningGateway, { wire }: Throw): Wire {
  const text = wire.bytes
    .toString('latin1')
    .replaceAll('PORT', String(port))
    .replaceAll(TOKEN, readFileSync(tokenPath(home), 'utf8').trim());
  return { ...wire, bytes: Buffer.from(text, 'latin1') };
}

function fateOf(text: string): Fate {
  if (text === '') return 'closed';
  holds(!/"code":"INTERNAL"|\\n {4}at /.test(text), `an error of ours was told: ${text}`);
  const took =
    /"ok":true|^HTTP\/1\.1 2/.test(text) || text.split('\n').some((line) => line.includes('"result":') && !line.includes('"isError":true'));
  return took ? 'accepted' : 'refused';
}

/** Words that look, stop or ask; none that installs something, stays, or writes a file where it is told to. */
const words = (
  'status limits positions orders fills account policy log why report halt reduce-only resume freeze unfreeze flatten resolve reconcile approvals approve deny page alerts ack agents stage ' +
  'market portfolio preview place protect close cancel rebalance intent credentials help'
).split(' ');
const more = (
  '--json --last --kind --intent --reason --flatten --instrument --agent --verify verify show diff add revoke test all -- - -x --json=1 --last=-1 --no-such BTC-USDT BTC-USDT-SWAP buy sell limit market 20 usd ' +
  '0.1 2026-11-27 default agent:default --side=buy --quantity 1e5'
).split(' ');
const argument = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...more) },
  { weight: 1, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);
const right = [
  'status',
  'limits --json',
  'positions',
  'orders',
  'fills',
  'log',
  'log verify',
  'alerts',
  'agents',
  'approvals',
  'policy show',
  'account balance',
].map((line) => line.split(' '));
const argv = fc
  .oneof(
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...words), fc.array(argument, { maxLength: 5 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...right), fc.array(argument, { maxLength: 1 })) },
  )
  .map((all) => all.flat(2).filter((each) => !each.includes('\0') && !/^--?(?:home|out|env|demo|h)/.test(each)));

const cli = doorOf<readonly string[]>({
  name: 'cli',
  inputs: argv,
  round: 20,
  few: 10,
  show: (given) => JSON.stringify(given),
  open: async () => {
    const gateway = await RunningGateway.open();
    let thrown = 0;
    return {
      throwAt: async (given) => {
        const { code, stderr } = await gateway.world.run(given);
        holds(code !== null, `it was ended by a signal: ${stderr}`);
        holds(!/\n {4}at |node:internal|ERR_UNHANDLED/.test(stderr), `a stack is told: ${stderr}`);
        thrown += 1;
        gateway.check();
        if (thrown % JUDGED_EVERY === 0) await gateway.judge();
        return code === 0 ? 'accepted' : 'refused';
      },
      [Symbol.asyncDispose]: async () => {
        await gateway.judge();
        await gateway.close();
      },
    };
  },
});

export const doorsOutside: readonly Door[] = [processes, cli];
