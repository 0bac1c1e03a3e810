import { createHmac } from 'node:crypto';
import type { SignedRequest } from '../ports/exchange.ts';
import { createExchange } from '../sim/exchange.ts';
import { Secret } from '../vault/secret.ts';
import type { Credentials } from '../vault/sign.ts';
import type { Wire } from './open-side.ts';

/** The key of the simulator that everybody knows (DESIGN §4.4). */
export const referenceCredentials: Credentials = {
  apiKey: new Secret('sim-key'),
  secretKey: new Secret('sim-secret'),
  passphrase: new Secret('sim-pass'),
};

/** How far its time goes with each request. */
const STEP_MILLISECONDS = 20;

/** What twokey believes the exchange to be: its simulator as a value, new and untouched, whose time passes only when it is used. */
export function referenceWire(startedAt: number): Wire {
  let now = startedAt;
  const exchange = createExchange({
    settings: {
      seed: 1,
      candles: [],
      candleMilliseconds: 60_000,
      rateLimits: 'strict',
      sign: ({ secret, parts }) => {
        const hash = createHmac('sha256', secret);
        for (const part of parts) hash.update(part);
        return hash.digest('base64');
      },
      prove: () => undefined,
    },
    startedAt,
    restored: undefined,
  });
  const answer = ({ method, path, headers, body }: SignedRequest): { readonly status: number; readonly body: string } => {
    now += STEP_MILLISECONDS;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const request = { method, url: path, headers: lower, body: new TextEncoder().encode(body), remoteAddress: '127.0.0.1' };
    const { reaction } = exchange.handle({ request, at: now });
    // Only a fault of its desk makes it anything else, and nobody arms one here.
    return reaction.kind === 'answer' ? { status: reaction.status, body: reaction.body } : { status: 0, body: '' };
  };
  return {
    send: (request) => Promise.resolve({ kind: 'answered', ...answer(request) }),
    now: () => now,
    pause: (milliseconds) => {
      now += milliseconds;
      exchange.tick(now);
      return Promise.resolve();
    },
    lagMilliseconds: 0,
    stopped: () => false,
  };
}
