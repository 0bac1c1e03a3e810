import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type DefaultLogger, WebsocketAPIClient, WebsocketClient } from 'okx-api';
import { startSim } from './harness/official-kit.ts';

// The same library's sockets, unchanged. Given one address, it opens its public, private and business connections to it; its order client logs in twice.

const folder = mkdtempSync(join(tmpdir(), 'okx-api-'));
const accounts = [{ apiKey: 'sim-key', apiSecret: 'sim-secret', apiPass: 'sim-pass' }];
const quiet: typeof DefaultLogger = { trace: () => {}, info: () => {}, error: () => {} };
let sim: ChildProcess;
let url = '';

before(async () => {
  ({ sim, url } = await startSim(folder));
});

after(async () => {
  const gone = once(sim, 'exit');
  sim.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
});

type Told = { readonly arg: Readonly<Record<string, string>>; readonly data: readonly Readonly<Record<string, unknown>>[] };

/**
 * Its order client logs in twice at once, and waits for ever for the answer to the second login when that is sent after the answer to the
 * first: the exchange refuses it. Its own way of signing takes a while, and on a slow machine long enough for that; this one takes no time.
 */
const signed = (text: string, secret: string): Promise<string> =>
  Promise.resolve(createHmac('sha256', secret).update(text).digest('base64'));

function address(): string {
  return `${url.replace('http', 'ws')}/ws/v5/public`;
}

test('okx-api is told what it subscribed to on all its connections, and an order that it sends over a socket comes back on another', async () => {
  const client = new WebsocketClient({ wsUrl: address(), accounts }, quiet);
  const asked = { wsUrl: address(), accounts, attachEventListeners: false, customSignMessageFn: signed };
  const orders = new WebsocketAPIClient(asked, quiet);
  const refused: unknown[] = [];
  const heard = new Map<string, Told[]>();
  let wake = (): void => {};
  client.on('exception', (error: unknown) => void refused.push(error));
  client.on('update', (told: unknown) => {
    const push = told as Told;
    const channel = push.arg['channel'] ?? '';
    heard.set(channel, [...(heard.get(channel) ?? []), push]);
    wake();
  });
  const told = async (channel: string, keep: (row: Readonly<Record<string, unknown>>) => boolean = () => true): Promise<unknown> => {
    for (;;) {
      const row = heard
        .get(channel)
        ?.flatMap(({ data }) => data)
        .find(keep);
      if (row !== undefined) return row;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  try {
    const subscribed = client.subscribe([
      { channel: 'tickers', instId: 'BTC-USDT' },
      { channel: 'candle1m', instId: 'BTC-USDT' },
      { channel: 'account' },
      { channel: 'positions', instType: 'ANY' },
      { channel: 'orders', instType: 'ANY' },
      { channel: 'orders-algo', instType: 'ANY' },
    ]);
    await Promise.all(subscribed);
    for (const channel of ['tickers', 'candle1m', 'account']) assert.notEqual(await told(channel), undefined);
    const swap = { instId: 'BTC-USDT-SWAP', instIdCode: 1_000_000_011, tdMode: 'cross', side: 'buy' } as const;
    const placed = await orders.submitNewOrder({ ...swap, ordType: 'limit', px: '50000', sz: '1', clOrdId: 'oversocket' });
    assert.deepEqual([placed.code, placed.data[0]?.sCode], ['0', '0']);
    const live = (await told('orders', ({ clOrdId }) => clOrdId === 'oversocket')) as Readonly<Record<string, string>>;
    assert.deepEqual([live['ordId'], live['state']], [placed.data[0]?.ordId, 'live']);
    const named = { instId: swap.instId, instIdCode: swap.instIdCode, clOrdId: 'oversocket' };
    assert.equal((await orders.amendOrder({ ...named, newSz: '2' })).code, '0');
    assert.notEqual(await told('orders', ({ sz, amendResult }) => sz === '2' && amendResult === '0'), undefined);
    assert.equal((await orders.cancelOrder(named)).code, '0');
    assert.notEqual(await told('orders', ({ state }) => state === 'canceled'), undefined);
    assert.equal((await orders.submitMultipleOrders([{ ...swap, ordType: 'market', sz: '1' }])).code, '0');
    const held = (await told('positions', ({ pos }) => pos === '1')) as Readonly<Record<string, string>>;
    assert.equal(held['instId'], swap.instId);
    assert.deepEqual(refused, []);
  } finally {
    client.closeAll(true);
    orders.getWSClient().closeAll(true);
  }
});

test('okx-api reports a login that fails', async () => {
  const client = new WebsocketClient(
    { wsUrl: address(), accounts: [{ apiKey: 'sim-key', apiSecret: 'wrong', apiPass: 'sim-pass' }] },
    quiet,
  );
  try {
    const failed = once(client, 'exception');
    const asked = Promise.allSettled(client.subscribe({ channel: 'account' }));
    const [error] = (await failed) as [{ readonly code?: string }];
    assert.equal(error.code, '60007');
    void asked;
  } finally {
    client.closeAll(true);
  }
});
