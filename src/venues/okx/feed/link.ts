import { type Channel, nameOf } from './channels.ts';

/** What is counted for one connection: subscribing, unsubscribing and logging in, 480 an hour (okx-ws.md §2). A few are kept for what must be. */
export const OPERATIONS_MAX = 470;
const OPERATIONS_MILLISECONDS = 3_600_000;

/** One connection on its way to being listened to. `live`: logged in where it has to be, and everything that it waits for was acknowledged. */
export type Link = {
  readonly id: number;
  readonly phase: 'connecting' | 'signing' | 'logging_in' | 'subscribing' | 'live';
  /** When it came into this phase, on the monotonic clock, as all times here. */
  readonly since: number;
  /** When the exchange last said anything on it. */
  readonly heardAt: number;
  /** When it was asked for a sign of life that has not come. */
  readonly pingedAt: number | null;
  /** When something was counted that the exchange counts. */
  readonly operations: readonly number[];
  /** By the id of the message: what was asked for and not answered yet. */
  readonly asked: ReadonlyMap<string, { readonly verb: 'subscribe' | 'unsubscribe'; readonly channel: Channel }>;
  /** By name: what the exchange says that it tells, and when it did so last. */
  readonly heard: ReadonlyMap<string, number>;
  /** By name: what it would not tell. */
  readonly refused: ReadonlySet<string>;
  readonly asksMade: number;
  /** The exchange has said that it will close it. */
  readonly isEnding: boolean;
};

export function newLink(id: number, now: number): Link {
  return {
    id,
    phase: 'connecting',
    since: now,
    heardAt: now,
    pingedAt: null,
    operations: [],
    asked: new Map(),
    heard: new Map(),
    refused: new Set(),
    asksMade: 0,
    isEnding: false,
  };
}

/** How much of what the exchange counts is left on it. */
export function operationsLeft({ operations }: Link, now: number): number {
  return OPERATIONS_MAX - operations.filter((at) => now - at < OPERATIONS_MILLISECONDS).length;
}

export function counted(link: Link, now: number): Link {
  return { ...link, operations: [...link.operations.filter((at) => now - at < OPERATIONS_MILLISECONDS), now] };
}

export type Asking = { readonly link: Link; readonly texts: readonly string[] };

/** Asks for what is wanted and not told yet, one message each, so that a refusal names what it is about; and takes back what is not wanted any more. */
export function asking(link: Link, wanted: readonly Channel[], now: number): Asking {
  const names = new Set(wanted.map(nameOf));
  const under = new Set([...link.asked.values()].map(({ channel }) => nameOf(channel)));
  const missing = wanted.filter((channel) => {
    const name = nameOf(channel);
    return !link.heard.has(name) && !link.refused.has(name) && !under.has(name);
  });
  const extra = [...link.heard.keys()].filter((name) => !names.has(name) && !under.has(name)).map(channelNamed);
  return [
    ...missing.map((channel) => ['subscribe', channel] as const),
    ...extra.map((channel) => ['unsubscribe', channel] as const),
  ].reduce((made: Asking, [verb, channel]) => ask(made, { verb, channel, now }), { link, texts: [] });
}

/** What has gone silent is taken back and asked for again. */
export function askingAnew(link: Link, channel: Channel, now: number): Asking {
  const heard = new Map(link.heard);
  heard.delete(nameOf(channel));
  const left = ask({ link: { ...link, heard }, texts: [] }, { verb: 'unsubscribe', channel, now });
  return ask(left, { verb: 'subscribe', channel, now });
}

function ask(
  { link, texts }: Asking,
  { verb, channel, now }: { readonly verb: 'subscribe' | 'unsubscribe'; readonly channel: Channel; readonly now: number },
): Asking {
  const id = String(link.asksMade + 1);
  const asked = new Map(link.asked).set(id, { verb, channel });
  return {
    link: { ...counted(link, now), asked, asksMade: link.asksMade + 1 },
    texts: [...texts, JSON.stringify({ id, op: verb, args: [channel] })],
  };
}

/** The exchange has acknowledged or refused what the id names. */
export function answered(link: Link, id: string, verdict: 'taken' | 'refused', now: number): Link {
  const entry = link.asked.get(id);
  if (entry === undefined) return link;
  const asked = new Map(link.asked);
  asked.delete(id);
  const name = nameOf(entry.channel);
  const heard = new Map(link.heard);
  const refused = new Set(link.refused);
  if (entry.verb === 'unsubscribe') heard.delete(name);
  else if (verdict === 'taken') heard.set(name, heard.get(name) ?? now);
  else refused.add(name);
  return { ...link, asked, heard, refused };
}

function channelNamed(name: string): Channel {
  const [channel = '', instType = '', instId = ''] = name.split('|');
  return { channel, ...(instType === '' ? {} : { instType }), ...(instId === '' ? {} : { instId }) };
}
