import { createHmac } from 'node:crypto';
import { createExchange, type Event, type Exchange, type Reaction, type Settings, type Sign } from '../../src/sim/exchange.ts';

/** What tests share: an exchange that begins at a fixed time, and a client of it that signs as a real one does. */
export const START = 1_795_000_000_000;

export const sign: Sign = ({ secret, parts }) => {
  const hash = createHmac('sha256', secret);
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
};

export type Told = {
  readonly reaction: Reaction;
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly data: readonly Row[];
};
export type Row = Readonly<Record<string, string>>;

export type Trader = {
  readonly exchange: Exchange;
  /** Everything that has to be kept so far. */
  readonly events: Event[];
  readonly get: (url: string) => Told;
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Told;
  readonly desk: (path: string, body: unknown) => Told;
  readonly wait: (milliseconds: number) => void;
  readonly now: () => number;
};

export const settings: Settings = { seed: 1, candles: [], candleMilliseconds: 60_000, rateLimits: 'lenient', sign, prove: () => undefined };

export function openExchange(changes: Partial<Settings> = {}): Exchange {
  return createExchange({ settings: { ...settings, ...changes }, startedAt: START, restored: undefined });
}

/** A client with the key `sim-key`, or another, whose clock is the exchange's. */
export function trade(exchange: Exchange = openExchange(), apiKey = 'sim-key'): Trader {
  const events: Event[] = [];
  let clock = START;
  const ask = ({ method, url, body, headers = {} }: Asking): Told => {
    const instant = new Date(clock + exchange.state().clockAhead).toISOString();
    const bytes = Buffer.from(body);
    const signed = {
      'content-type': 'application/json',
      'ok-access-key': apiKey,
      'ok-access-sign': sign({ secret: 'sim-secret', parts: [instant, method, url, bytes] }),
      'ok-access-timestamp': instant,
      'ok-access-passphrase': 'sim-pass',
      ...(apiKey === 'sim-key-demo' ? { 'x-simulated-trading': '1' } : {}),
      ...headers,
    };
    const handled = exchange.handle({ request: { method, url, headers: signed, body: bytes, remoteAddress: '127.0.0.1' }, at: clock });
    events.push(...handled.events);
    return told(handled.reaction);
  };
  return {
    exchange,
    events,
    get: (url) => ask({ method: 'GET', url, body: '' }),
    post: (url, body, headers = {}) => ask({ method: 'POST', url, body: JSON.stringify(body), headers }),
    desk: (url, body) => ask({ method: 'POST', url, body: JSON.stringify(body) }),
    wait: (milliseconds) => {
      clock += milliseconds;
      events.push(...exchange.tick(clock));
    },
    now: () => clock,
  };
}

type Asking = {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

function told(reaction: Reaction): Told {
  if (reaction.kind !== 'answer' || reaction.contentType !== 'application/json') return { reaction, status: 0, body: {}, data: [] };
  const body = JSON.parse(reaction.body) as Record<string, unknown>;
  return { reaction, status: reaction.status, body, data: Array.isArray(body['data']) ? (body['data'] as Row[]) : [] };
}

/** The first row of an answer; a test that has none fails here. */
export function firstRow({ data, body }: Told): Row {
  const row = data[0];
  if (row === undefined) throw new Error(`no row in ${JSON.stringify(body)}`);
  return row;
}
