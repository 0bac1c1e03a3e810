import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { type Figure, verdict } from './figure.ts';
import { textAt } from './json.ts';
import { sizeOf } from './orders.ts';
import type { World } from './world.ts';

const ORDERS = 20_000;
/** The first of them pass before the clock starts, so that compiled code is measured. */
const WARM_UP = 4000;
/** Connections that stay open, each with one order under way. */
const CONNECTIONS = 32;
const PER_SECOND_MIN = 3000;

/** The account of the peer, with the keys that the simulator prints when it starts. */
const keys = { key: 'sim-key-main', secret: 'sim-secret', passphrase: 'sim-pass' };

/** Orders straight at the simulator, each signed and checked, and each ended by the exchange at once. */
export async function measureSimulator({ url }: World): Promise<Figure> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;
  let ended = 0;
  let startedAt = performance.now();
  const one = async (): Promise<void> => {
    while (next < ORDERS) {
      next += 1;
      // oxlint-disable-next-line no-await-in-loop
      const code = await place({ agent, url, index: next });
      if (code !== '0') throw new Error(`the simulator answered an order with code ${code}`);
      ended += 1;
      if (ended === WARM_UP) startedAt = performance.now();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const perSecond = ((ORDERS - WARM_UP) * 1000) / (performance.now() - startedAt);
  agent.destroy();
  return {
    name: 'simulator',
    what: 'the simulator alone: signed orders over HTTP, one a request',
    budget: `≥ ${PER_SECOND_MIN.toLocaleString('en')}/s`,
    measured: `${Math.round(perSecond).toLocaleString('en')}/s`,
    peer: '',
    verdict: verdict(perSecond >= PER_SECOND_MIN),
    values: { per_second: perSecond },
  };
}

type Order = { readonly agent: Agent; readonly url: string; readonly index: number };

/** A buy at half the market's price, immediate or cancelled. Resolves to the code of the answer. */
function place({ agent, url, index }: Order): Promise<string> {
  const path = '/api/v5/trade/order';
  const body = JSON.stringify({ instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'ioc', px: '30000', sz: sizeOf(index) });
  const instant = new Date().toISOString();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'ok-access-key': keys.key,
    'ok-access-passphrase': keys.passphrase,
    'ok-access-timestamp': instant,
    'ok-access-sign': createHmac('sha256', keys.secret).update(`${instant}POST${path}${body}`).digest('base64'),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve(textAt(JSON.parse(text), 'code')));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
