import { doorOf, type Fate, holds } from '../door.ts';
import { jsonLike } from '../json.ts';
import { linesOf, showWire, type Wire } from '../line.ts';
import { messages } from '../samples.ts';
import { AllWays, type FuzzedWays } from '../ways.ts';

const texts = messages.map((message) => JSON.stringify(message));
const honest = Buffer.from(`${[...texts.slice(0, 2), '{"jsonrpc":"2.0","id":"honest","method":"tools/list","params":{}}'].join('\n')}\n`);
const SERVED_EVERY = 25;

/** The agent's socket: lines of JSON-RPC, nearly or not at all. */
export const agentSocket = doorOf<Wire>({
  name: 'agent-socket',
  inputs: linesOf(jsonLike(messages), texts),
  round: 150,
  few: 80,
  show: showWire,
  open: () => {
    const all = new AllWays();
    let thrown = 0;
    return Promise.resolve({
      throwAt: async (wire) => {
        const ways = await all.fresh();
        const { text } = await ways.say({ path: ways.socketPath }, wire);
        await ways.judge();
        thrown += 1;
        if (thrown % SERVED_EVERY === 0) await served(ways);
        return fateOf(text);
      },
      [Symbol.asyncDispose]: () => all.close(),
    });
  },
});

/** Every line that came back is a message; a result that is no error of a tool means that something was taken. */
function fateOf(text: string): Fate {
  const answers = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly result?: { isError?: boolean } });
  if (answers.some(({ result }) => result !== undefined && result.isError !== true)) return 'accepted';
  return answers.length > 0 ? 'refused' : 'closed';
}

async function served(ways: FuzzedWays): Promise<void> {
  const { text } = await ways.ask({ path: ways.socketPath }, honest);
  holds(text.includes('"place_order"'), `an honest agent was told: ${text.slice(0, 200)}`);
  await ways.gateway.serves();
  ways.gateway.judge();
}
