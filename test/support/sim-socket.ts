import type { Event, Exchange, Out } from '../../src/sim/exchange.ts';
import { sign, type Trader } from './sim-trader.ts';

/** A client on a socket of an exchange as a value: it says something and gets everything that follows. */
export type Client = {
  readonly socket: number;
  readonly say: (text: string) => readonly string[];
  readonly ask: (message: unknown) => readonly string[];
  readonly logIn: (changes?: Readonly<Record<string, unknown>>) => readonly string[];
  readonly subscribe: (...args: readonly unknown[]) => readonly string[];
  /** What came since it was last asked. */
  readonly told: () => readonly string[];
  /** Everything but texts that happened to this socket. */
  readonly fate: () => readonly Out[];
  readonly connId: string;
};

const inboxes = new WeakMap<Exchange, Map<number, Out[]>>();

/** Fetches what the exchange has to say and lays it into the inboxes of its sockets. */
function collect(exchange: Exchange): Map<number, Out[]> {
  const boxes = inboxes.get(exchange) ?? new Map<number, Out[]>();
  inboxes.set(exchange, boxes);
  for (const out of exchange.sockets.tell()) boxes.get(out.socket)?.push(out);
  return boxes;
}

export type Connecting = {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly apiKey?: string;
  readonly address?: string;
};

export function connect(
  trader: Trader,
  { path = '/ws/v5/private', headers = {}, apiKey = 'sim-key', address = '127.0.0.1' }: Connecting = {},
): Client {
  const { exchange } = trader;
  const opened = exchange.sockets.open({ url: path, headers, remoteAddress: address });
  if (opened.kind === 'refused') throw new Error(`refused with ${opened.status}`);
  const { socket } = opened;
  const box: Out[] = [];
  const ends: Out[] = [];
  collect(exchange).set(socket, box);
  const told = (): readonly string[] => {
    collect(exchange);
    const outs = box.splice(0);
    ends.push(...outs.filter(({ kind }) => kind !== 'text'));
    return outs.flatMap((out) => (out.kind === 'text' ? [out.text] : []));
  };
  const say = (text: string): readonly string[] => {
    const events: readonly Event[] = exchange.sockets.hear({ socket, text, at: trader.now() });
    trader.events.push(...events);
    return told();
  };
  const ask = (asked: unknown): readonly string[] => say(JSON.stringify(asked));
  return {
    socket,
    say,
    ask,
    logIn: (changes = {}) => {
      const timestamp = String(Math.floor(exchange.state().now / 1000));
      const signed = sign({ secret: 'sim-secret', parts: [timestamp, 'GET', '/users/self/verify'] });
      return ask({ op: 'login', args: [{ apiKey, passphrase: 'sim-pass', timestamp, sign: signed, ...changes }] });
    },
    subscribe: (...args) => ask({ op: 'subscribe', args }),
    told,
    fate: () => {
      told();
      return ends;
    },
    connId: String(message(ask({ op: 'nothing' }))['connId']),
  };
}

export function json(texts: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return texts.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
}

/** A list where one should be; anything else fails the test. */
export function list<Item = Readonly<Record<string, unknown>>>(value: unknown): readonly Item[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value as Item[];
}

/** The channel of a push. */
export function channelOf({ arg }: Readonly<Record<string, unknown>>): unknown {
  return typeof arg === 'object' && arg !== null && 'channel' in arg ? arg.channel : undefined;
}

/** The only message of some; a test that has none or several fails here. */
export function message(texts: readonly string[]): Readonly<Record<string, unknown>> {
  const [text, ...more] = texts;
  if (text === undefined || more.length > 0) throw new Error(`not one message: ${texts.join('\n')}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
