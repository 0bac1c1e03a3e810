import assert from 'node:assert/strict';
import type { Answer } from '../harness/agent.ts';
import { type Document, type Life, SPOT, SWAP } from './life.ts';

// Every price and size comes from what the exchange answers now: the same words have to fit a simulator and a live book.

export type Market = { readonly bid: number; readonly ask: number; readonly tick: string; readonly minimum: number };
export type Row = Readonly<Record<string, unknown>>;

/** So many of the smallest order: enough that what fees leave of it can still be sold. */
const SMALLEST_TIMES = 5;
const CONTRACTS_TIMES = 2;

export async function marketOf(life: Life, instrument: string): Promise<Market> {
  const told = (await life.call('get_market', { instrument })) as unknown as Row;
  const number = (name: string): number => {
    const value = Number(told[name]);
    assert.ok(value > 0, `${instrument} has no ${name}: ${JSON.stringify(told)}`);
    return value;
  };
  return { bid: number('bid'), ask: number('ask'), tick: String(told['tick']), minimum: number('minimum_size') };
}

/** A share of the bid, on the tick below. */
export function priceAt({ bid, tick }: Market, share: number): string {
  const digits = tick.split('.')[1]?.length ?? 0;
  return (Math.floor((bid * share) / Number(tick)) * Number(tick)).toFixed(digits);
}

/** A small amount of a spot pair, in US dollars; each time another one, because the same order twice within seconds looks like a mistake. */
export async function smallUsd(life: Life, instrument: string = SPOT): Promise<string> {
  const { ask, minimum } = await marketOf(life, instrument);
  return (ask * minimum * SMALLEST_TIMES * life.another() + 0.005).toFixed(2);
}

export async function limitOf(life: Life, name: string): Promise<number> {
  const { document, said } = await life.run('limits');
  const [account] = document['principals'] as readonly { readonly limits: readonly Row[] }[];
  const limit = account?.limits.find((row) => row['name'] === name);
  assert.ok(limit !== undefined, said);
  return Number(limit['max']);
}

/** A small order of contracts and what it is worth. What a contract is worth the gateway says, asked for an order of a known amount. */
export async function smallContracts(
  life: Life,
  stopLoss: string,
): Promise<{ readonly quantity: string; readonly expected_notional_usd: string }> {
  const { minimum } = await marketOf(life, SWAP);
  const asked = {
    instrument: SWAP,
    side: 'buy',
    type: 'market',
    quantity: String(await limitOf(life, 'max_order_size').then((most) => Math.floor(most * 0.9))),
    quantity_unit: 'usd',
    stop_loss: stopLoss,
    reason: 'what is a contract worth',
  };
  const preview = (await life.call('preview_order', { intent_id: life.name('worth'), ...asked })) as Answer & Document;
  const size = Number((preview['would_send'] as Row | undefined)?.['size']);
  assert.ok(size > 0, `no preview of ${SWAP}: ${JSON.stringify(preview)}`);
  const count = minimum * CONTRACTS_TIMES;
  return {
    quantity: count.toFixed(8).replace(/\.?0+$/, ''),
    expected_notional_usd: ((Number(preview['notional_usd']) / size) * count).toFixed(2),
  };
}
