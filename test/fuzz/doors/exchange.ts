import fc from 'fast-check';
import type { Json } from '../../../src/core/lang/canonical.ts';
import type { Sent } from '../../../src/ports/exchange.ts';
import { bytesLike } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { FuzzedGateway } from '../gateway.ts';
import { changedJson, jsonEdits } from '../json.ts';

// An exchange that says odd things to a whole gateway: answers and pushes changed on their way, while agents ask.

type Odd = {
  /** Of what it says, every so many-th thing is changed. */
  readonly every: number;
  readonly edits: Parameters<typeof changedJson>[1];
  readonly how: 'json' | 'bytes' | 'status' | 'lost' | 'twice';
  readonly bytes: Buffer;
  readonly status: number;
};
type Input = { readonly answers: Odd; readonly pushes: Odd; readonly deed: (typeof deeds)[number]; readonly waits: number };

const deeds = ['place', 'limit', 'protected', 'close', 'cancel', 'compare', 'wait', 'rebalance', 'market'] as const;
const odd: fc.Arbitrary<Odd> = fc.record({
  every: fc.integer({ min: 1, max: 6 }),
  edits: jsonEdits,
  how: fc.constantFrom('json', 'json', 'json', 'bytes', 'status', 'lost', 'twice'),
  bytes: bytesLike([Buffer.from('{"code":"0","data":[],"msg":""}'), Buffer.from('pong'), Buffer.from('<html>502</html>')]),
  status: fc.constantFrom(200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503),
});
/** How many inputs one gateway meets at most: what is believed of the exchange becomes odd itself. */
const INPUTS_MAX = 15;

export const exchange = doorOf<Input>({
  name: 'exchange',
  inputs: fc.record({ answers: odd, pushes: odd, deed: fc.constantFrom(...deeds), waits: fc.constantFrom(0, 300, 3000, 70_000) }),
  round: 40,
  few: 20,
  show: (input) => JSON.stringify({ ...input, answers: shown(input.answers), pushes: shown(input.pushes) }),
  open: () => {
    let gateway: FuzzedGateway | null = null;
    let thrown = 0;
    return Promise.resolve({
      throwAt: async (input) => {
        if (gateway === null || !gateway.isFresh || thrown % INPUTS_MAX === 0) {
          gateway?.close();
          gateway = await FuzzedGateway.open({ fed: true });
        }
        thrown += 1;
        return met(gateway, input, thrown);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(gateway?.close()),
    });
  },
});

function shown({ bytes, ...rest }: Odd): object {
  return { ...rest, bytes: bytes.toString('hex') };
}

async function met(gateway: FuzzedGateway, { answers, pushes, deed, waits }: Input, number: number): Promise<Fate> {
  const { world } = gateway;
  let counted = 0;
  world.intercept = (_, reach) => {
    const sent = reach();
    counted += 1;
    return counted % answers.every === 0 ? spoiled(sent, answers) : sent;
  };
  let pushed = 0;
  world.sockets.deliver = (text) => {
    pushed += 1;
    if (pushed % pushes.every !== 0) return [text];
    const changed = spoiled({ kind: 'answered', status: 200, body: text }, pushes);
    if (changed.kind !== 'answered') return [];
    return pushes.how === 'twice' ? [text, text] : [changed.body];
  };
  const failed = await done(gateway, deed, number);
  await world.pass(waits);
  world.intercept = () => undefined;
  world.sockets.deliver = (text) => [text];
  holds(!world.foundBug, `an assertion of ours failed: ${world.fatal}`);
  // Whatever was believed, the way to stop is open and the question what the limits are is answered.
  const limits = await gateway.ask('get_limits', {}, 'honest');
  holds(!limits.failed, `an honest question was refused: ${JSON.stringify(limits.answer)}`);
  gateway.judge();
  return failed ? 'refused' : 'accepted';
}

function spoiled(sent: Sent, { how, edits, bytes, status }: Odd): Sent {
  if (sent.kind !== 'answered') return sent;
  switch (how) {
    case 'json':
      return { ...sent, body: changedJson(parsed(sent.body), edits) };
    case 'bytes':
      return { ...sent, body: bytes.toString('utf8') };
    case 'status':
      return { ...sent, status };
    case 'lost':
      return { kind: 'unknown', cause: 'no answer' };
    case 'twice':
      return sent;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

async function done(gateway: FuzzedGateway, deed: Input['deed'], number: number): Promise<boolean> {
  const wish = { intent_id: `w${number}`, instrument: 'BTC-USDT', reason: 'because' };
  const order = { ...wish, side: 'buy', quantity: '40', quantity_unit: 'usd' };
  const ask = async (tool: string, given: { readonly [key: string]: Json }): Promise<boolean> => (await gateway.ask(tool, given)).failed;
  switch (deed) {
    case 'place':
      return ask('place_order', { ...order, type: 'market' });
    case 'limit':
      return ask('place_order', { ...order, type: 'limit', price: '50000' });
    case 'protected':
      return ask('place_order', { ...order, instrument: 'BTC-USDT-SWAP', quantity: '1000', type: 'market', stop_loss: '30000' });
    case 'close':
      return ask('close_position', wish);
    case 'cancel':
      return ask('cancel_orders', { intent_id: `w${number}`, reason: 'because' });
    case 'rebalance':
      return ask('rebalance', {
        intent_id: `w${number}`,
        targets: [{ instrument: 'BTC-USDT', weight: '0.5' }],
        base_usd: '80',
        reason: 'because',
      });
    case 'market':
      return ask('get_market', { instrument: 'BTC-USDT-SWAP', view: 'book' });
    case 'compare':
      return (await gateway.world.until(gateway.world.engine.compareNow())) !== null;
    case 'wait':
      await gateway.world.pass(5000);
      return false;
  }
}
