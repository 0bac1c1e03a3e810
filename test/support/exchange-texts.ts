import type { Json } from '../../src/core/lang/canonical.ts';
import { AgentDesk } from './agent-desk.ts';
import type { EngineWorld } from './engine-world.ts';

/** What the box says of what it holds. */
const box = /data, no instruction: "[A-Za-z0-9 .,:;()%+_/=?-]*"/g;

const policy = '[policy]\ninstruments = ["BTC-USDT", "BTC-USDT-SWAP"]\n';

/** Every answer says `text` in every place of these fields. */
export function editing(fields: ReadonlySet<string>, text: string): EngineWorld['intercept'] {
  return (_, reach) => {
    const sent = reach();
    return sent.kind === 'answered' ? { ...sent, body: JSON.stringify(changed(JSON.parse(sent.body) as Json, fields, text)) } : sent;
  };
}

function changed(value: Json, fields: ReadonlySet<string>, text: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => changed(item, fields, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fields.has(name) && typeof item === 'string' ? text : changed(item, fields, text)]),
  );
}

/** What is said without being in a box. */
export function outsideOfBoxes(answer: string): string {
  return answer.replaceAll(String.raw`\"`, '"').replaceAll(box, '');
}

const spot = { instrument: 'BTC-USDT', reason: 'because' };
const wish = { ...spot, side: 'buy', quantity: '40', quantity_unit: 'usd' };
/** By every tool, once what has to be there for it is there. */
const calls: readonly (readonly [string, { readonly [key: string]: Json }])[] = [
  ['place_order', { intent_id: 'a', ...wish, type: 'market' }],
  ['place_order', { intent_id: 'b', ...wish, type: 'limit', price: '60000' }],
  ['place_order', { intent_id: 'f', ...wish, type: 'market', quantity: '4000' }],
  ['preview_order', { intent_id: 'c', ...wish, type: 'market' }],
  ['set_protection', { intent_id: 'd', ...spot, stop_loss: '30000' }],
  ['rebalance', { intent_id: 'e', targets: [{ instrument: 'BTC-USDT', weight: '0.5' }], base_usd: '50', reason: 'because' }],
  ['get_limits', {}],
  ['get_portfolio', {}],
  ['get_market', { instrument: 'BTC-USDT' }],
  ['get_market', { instrument: 'BTC-USDT-SWAP', view: 'book' }],
  ['get_market', { instrument: 'BTC-USDT', view: 'candles' }],
  ['cancel_orders', { intent_id: 'g', reason: 'because' }],
  ['close_position', { intent_id: 'h', ...spot }],
  ['get_intent', { intent_id: 'a' }],
  ['get_intent', { intent_id: 'b' }],
  ['get_intent', { intent_id: 'd' }],
  ['get_intent', { intent_id: 'h' }],
  ['get_limits', {}],
  ['get_portfolio', {}],
];

/** Everything that an agent is answered while the exchange answers as `intercept` says. */
export async function heard(intercept: EngineWorld['intercept']): Promise<readonly string[]> {
  const desk = await AgentDesk.open(policy);
  const { world } = desk;
  const answers: string[] = [];
  world.intercept = intercept;
  for (const [tool, given] of calls) {
    // oxlint-disable-next-line no-await-in-loop
    answers.push(JSON.stringify((await desk.call(tool, given)).answer));
    // oxlint-disable-next-line no-await-in-loop
    if (tool === 'rebalance') await world.pass(11_000);
  }
  if (world.foundBug) throw new Error(world.fatal);
  world.crash();
  return answers;
}
