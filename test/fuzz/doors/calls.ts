import fc from 'fast-check';
import { parseFromDoors } from '../../../src/core/parse-channel.ts';
import { parseArguments } from '../../../src/protocol/schemas.ts';
import { toolNamed } from '../../../src/protocol/tools.ts';
import { doorOf, type Fate } from '../door.ts';
import { type FuzzedGateway, Gateways } from '../gateway.ts';
import { changedJson, jsonEdits, jsonLike } from '../json.ts';
import { calls } from '../samples.ts';

const envelope = { kind: 'call', incarnation: 1, call: 1, principal: 'default', client: { name: 'fuzz', version: '1', toolsHash: '' } };
/** Mostly the arguments alone are odd: a message that is no call at all gets no further than the pipe. */
const inputs = fc.oneof(
  { weight: 1, arbitrary: jsonLike(calls.map(({ tool, given }) => ({ ...envelope, tool, arguments: given }))) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...calls), jsonEdits)
      .map(([{ tool, given }, edits]) => `${JSON.stringify({ ...envelope, tool }).slice(0, -1)},"arguments":${changedJson(given, edits)}}`),
  },
);
const SERVED_EVERY = 20;

/** What the doors say to the gateway over their pipe, which any package in them could write: a call of an agent with its arguments. */
export const agentCalls = doorOf<string>({
  name: 'calls',
  inputs,
  round: 300,
  few: 200,
  show: (text) => text,
  open: () => {
    const gateways = new Gateways();
    let thrown = 0;
    return Promise.resolve({
      throwAt: async (text) => {
        const gateway = await gateways.fresh();
        const fate = await called(gateway, text);
        thrown += 1;
        if (thrown % SERVED_EVERY === 0) await gateway.serves();
        gateway.judge();
        return fate;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(gateways.close()),
    });
  },
});

async function called(gateway: FuzzedGateway, text: string): Promise<Fate> {
  const value = parsed(text);
  // The gateway's end of the pipe ends the doors for either.
  const message = value === undefined ? null : parseFromDoors(value);
  if (message === null || !message.ok || message.value.kind !== 'call') return 'closed';
  const { principal, tool, client, arguments: given } = message.value;
  // What the doors' own check says of the same arguments must not be an error either.
  const known = toolNamed(tool);
  if (known !== undefined) parseArguments(known, given);
  const answered = await gateway.world.until(gateway.answer({ principal, tool, client, arguments: given }));
  JSON.stringify(answered.answer);
  return answered.failed ? 'refused' : 'accepted';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
