import { textAt } from './json.ts';
import type { McpServer } from './mcp.ts';

/** Half of where the simulated market stands: such an order rests, or as ioc ends at once, and never trades. */
const PRICE = 30_000;
/** 0.0001 BTC, about 6 dollars, in the lots of the instrument. */
const LOTS_FIRST = 10_000;
/** Sizes come again after this many orders, long after the second in which a twin would be suspect. */
const SIZES = 4000;

/** Sizes that differ from order to order: what is equal is refused as a suspected duplicate, and could not be told apart on the ledger. */
export function sizeOf(index: number): string {
  return ((LOTS_FIRST + (index % SIZES)) / 1e8).toFixed(8).replace(/0+$/, '');
}

export type Placed = { readonly ok: boolean; readonly status: string; readonly id: string };

/** Asks twokey for a buy of 0.0001 BTC and a few lots, far below the market. */
export async function placeAtTwokey(
  server: McpServer,
  { index, type, run }: { readonly index: number; readonly type: 'post_only' | 'ioc'; readonly run: string },
): Promise<Placed> {
  const quantity = sizeOf(index);
  const answer = await server.call('place_order', {
    intent_id: `${run}-${index}`,
    instrument: 'BTC-USDT',
    side: 'buy',
    type,
    quantity,
    quantity_unit: 'base',
    price: String(PRICE),
    expected_notional_usd: (Number(quantity) * PRICE).toFixed(4),
    reason: 'a bench measures how long this takes',
  });
  const status = textAt(answer, 'status');
  const ok =
    textAt(answer, 'sent_to_exchange') === 'yes' && (type === 'ioc' ? ['accepted', 'cancelled'] : ['accepted', 'working']).includes(status);
  return {
    ok,
    status: ok ? status : `${status} ${textAt(answer, 'code')} ${textAt(answer, 'message')}`,
    id: textAt(answer, 'order', 'client_order_id'),
  };
}

/** The same order at the official kit. It says `ok` for a rejected order too, so that its inner code is what counts. */
export async function placeAtPeer(
  server: McpServer,
  { index, type }: { readonly index: number; readonly type: 'post_only' | 'ioc' },
): Promise<Placed> {
  const answer = await server.call('spot_place_order', {
    instId: 'BTC-USDT',
    tdMode: 'cash',
    side: 'buy',
    ordType: type,
    px: String(PRICE),
    sz: sizeOf(index),
  });
  const ok = textAt(answer, 'data', 'data', 0, 'sCode') === '0';
  const id = textAt(answer, 'data', 'data', 0, 'ordId');
  return { ok, status: ok ? 'accepted' : JSON.stringify(answer).slice(0, 200), id };
}

const CANCEL_LOOKS_MAX = 20;

/** Cancels everything that rests, and waits until each order has ended: an answer may come while the last ones still end. */
export async function cancelAllAtTwokey(server: McpServer, name: string): Promise<void> {
  let answer = await server.call('cancel_orders', { intent_id: name, reason: 'the bench keeps open orders few' });
  for (let look = 0; textAt(answer, 'status') === 'accepted' && look < CANCEL_LOOKS_MAX; look += 1) {
    // oxlint-disable-next-line no-await-in-loop
    answer = await server.call('get_intent', { intent_id: name, wait_s: 1 });
  }
  if (textAt(answer, 'status') !== 'cancelled') throw new Error(`cancel_orders: ${textAt(answer, 'status')} ${textAt(answer, 'message')}`);
}

/** One after the other: the peer's own limiter refuses more than sixty in a second. */
export async function cancelAtPeer(server: McpServer, ids: readonly string[]): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  for (const ordId of ids) await server.call('spot_cancel_order', { instId: 'BTC-USDT', ordId });
}
