import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import type { Json } from '../../../src/core/lang/canonical.ts';
import { decimal } from '../../../src/core/money/decimal.ts';
import type { OrderTerms } from '../../../src/core/order/order.ts';
import type { Clearing, Read, Write } from '../../../src/core/order/request.ts';
import { decodeLeverage } from '../../../src/venues/okx/leverage.ts';
import { decodePush } from '../../../src/venues/okx/feed/pushes.ts';
import { parseMessage } from '../../../src/venues/okx/feed/message.ts';
import { decodeRead } from '../../../src/venues/okx/read.ts';
import { restrictionIn } from '../../../src/venues/okx/restrictions.ts';
import { type Answer, decodeClearing, decodeWrite } from '../../../src/venues/okx/write.ts';
import { body, instrument, ours } from '../../golden/okx-bodies.ts';
import { bytesLike } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { jsonLike } from '../json.ts';

// Texts of the exchange through the codec: every documented body, changed, as the answer to every question and as the rows of every push.

const [spot, swap] = [instrument('BTC-USDT'), instrument('BTC-USDT-SWAP')];
const [begin, olderThan] = [0, ''];
const reads: readonly Read[] = [
  ...[spot, swap].map((id): Read => ({ kind: 'order', instrument: id, clientOrderId: ours })),
  { kind: 'placed_order', instrument: spot, exchangeOrderId: '1' },
  { kind: 'protection', clientOrderId: ours },
  { kind: 'protections', type: 'conditional', olderThan },
  { kind: 'algo_orders', type: 'trigger', olderThan },
  { kind: 'pending', olderThan },
  { kind: 'orders_history', product: 'spot', instrument: spot, begin, olderThan },
  { kind: 'fills', product: 'spot', instrument: spot, begin, olderThan, exchangeOrderId: '' },
  ...(['positions', 'balance', 'funding_balances', 'account_config', 'time'] as const).map((kind): Read => ({ kind })),
  { kind: 'bills', span: 'recent', begin, olderThan },
  { kind: 'leverage', instrument: swap },
  ...(['spot', 'swap', 'futures'] as const).map((product): Read => ({ kind: 'instruments', product })),
  ...(['ticker', 'mark_price', 'funding_rate'] as const).map((kind): Read => ({ kind, instrument: swap })),
  { kind: 'book', instrument: spot, depth: 50 },
  { kind: 'candles', instrument: spot, bar: '1m', count: 10 },
  { kind: 'index', pair: 'BTC-USDT' },
];
const terms: OrderTerms = {
  ...({ instrument: spot, product: 'spot', side: 'buy', type: 'limit', reduceOnly: false, leg: 'net', purpose: 'entry' } as const),
  size: decimal('1'),
  price: decimal('1'),
};
const writes: readonly Write[] = [
  { kind: 'place', clientOrderId: ours, expiresAt: 1, protection: null, terms },
  { kind: 'cancel', instrument: spot, clientOrderId: ours },
  { kind: 'cancel_protection', instrument: spot, clientOrderId: ours, exchangeOrderId: '' },
  { kind: 'amend_protection', instrument: spot, clientOrderId: ours, triggers: { takeProfit: null, stopLoss: decimal('1') } },
];
const clearing: Clearing = { kind: 'clear_orders', instrument: spot, exchangeOrderIds: ['12345689', '2'] };
const channels = [
  'orders',
  'orders-algo',
  'positions',
  'account',
  'tickers',
  'mark-price',
  'index-tickers',
  'funding-rate',
  'instruments',
  'status',
];

const bodies = readdirSync(new URL('../../golden/okx/', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => body(name.slice(0, -'.json'.length)));
const documents = bodies.map((text) => JSON.parse(text) as { readonly [key: string]: Json });
const pushes: readonly Json[] = [
  ...documents.flatMap(({ data = [] }) => channels.map((channel) => ({ arg: { channel, instType: 'ANY', instId: 'BTC-USDT' }, data }))),
  { event: 'login', code: '0', msg: '', connId: 'x' },
  { event: 'subscribe', id: '1', arg: { channel: 'orders' } },
  { event: 'error', id: '1', code: '60012', msg: 'x' },
  { event: 'notice', code: '64008' },
];

type Input = { readonly status: number; readonly text: string };

export const codec = doorOf<Input>({
  name: 'codec',
  inputs: fc.record({
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constant(200) },
      { weight: 1, arbitrary: fc.constantFrom(201, 204, 301, 400, 401, 429, 500, 503) },
    ),
    text: fc.oneof(
      { weight: 4, arbitrary: jsonLike([...documents, ...documents, ...pushes]) },
      { weight: 1, arbitrary: bytesLike(bodies.map((text) => Buffer.from(text))).map((bytes) => bytes.toString('utf8')) },
    ),
  }),
  round: 1000,
  few: 1000,
  show: ({ status, text }) => `status ${status}: ${text}`,
  open: () => Promise.resolve({ throwAt: (input) => Promise.resolve(decodedAll(input)), [Symbol.asyncDispose]: () => Promise.resolve() }),
});

function decodedAll({ status, text }: Input): Fate {
  const answer: Answer = { status, body: text };
  const [isJson, isSuccess] = [parses(text), status === 200];
  let understood = false;
  for (const request of reads) {
    const report = decodeRead(request, answer);
    understood ||= report.kind !== 'failed';
    holds(report.kind === 'failed' || (isJson && isSuccess), `${request.kind} understood what is no answer`);
  }
  for (const request of writes) {
    const { kind } = decodeWrite(request, answer);
    understood ||= kind !== 'unknown';
    holds(kind === 'unknown' || isJson, `${request.kind} is ${kind} by what is no JSON`);
    holds(kind !== 'accepted' || isSuccess, `${request.kind} is accepted by status ${status}`);
    holds(kind !== 'rejected' || (status >= 200 && status < 500), `${request.kind} is rejected by status ${status}`);
  }
  decodeClearing(clearing, answer);
  decodeLeverage({ kind: 'set_leverage', instrument: swap, leverage: decimal('2') }, answer);
  restrictionIn(answer);
  const message = parseMessage(text);
  const push = message.kind === 'push' ? decodePush(message.channel, message.data) : null;
  return understood || push?.ok === true || (message.kind !== 'push' && message.kind !== 'unreadable') ? 'accepted' : 'refused';
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
