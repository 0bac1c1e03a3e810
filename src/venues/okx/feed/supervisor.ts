import { unreachable } from '../../../core/lang/assert.ts';
import type { Interest, Line, News } from '../../../core/order/feed.ts';
import { type Channel, channelsOf, isSecret, lines, nameOf, rhythmOf } from './channels.ts';
import { answered, asking, askingAnew, counted, type Link, newLink, operationsLeft } from './link.ts';
import { type Message, parseMessage } from './message.ts';
import { decodePush } from './pushes.ts';

/** One line of the feed: the connection that is listened to, and during an upgrade the one that is to follow it. */
export type LineState = {
  readonly line: Line;
  readonly link: Link | null;
  readonly successor: Link | null;
  readonly wanted: readonly Channel[];
  /** In a row, without having been live for a while. */
  readonly failures: number;
  /** Before this no connection is tried. */
  readonly notBefore: number;
  readonly isUp: boolean;
};

export type Supervisor = {
  readonly lines: { readonly [Name in Line]: LineState };
  readonly linksMade: number;
  /** When connections were opened lately: the exchange counts them by address. */
  readonly connects: readonly number[];
};

export type FeedEvent =
  /** Some time has passed. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'wanted'; readonly interest: Interest }
  | { readonly kind: 'opened'; readonly link: number }
  /** What logs in; `null` where the vault would not sign it. It holds secrets, is sent once, and is kept nowhere. */
  | { readonly kind: 'signed'; readonly link: number; readonly login: string | null }
  | { readonly kind: 'text'; readonly link: number; readonly text: string }
  | { readonly kind: 'closed'; readonly link: number; readonly cause: string };

export type FeedEffect =
  | { readonly kind: 'connect'; readonly line: Line; readonly link: number }
  | { readonly kind: 'sign'; readonly link: number }
  | { readonly kind: 'send'; readonly link: number; readonly text: string }
  | { readonly kind: 'close'; readonly link: number }
  | { readonly kind: 'tell'; readonly news: News };

export type Supervised = { readonly state: Supervisor; readonly effects: readonly FeedEffect[] };

/** The exchange closes what was silent for 30 s; a sign of life is asked for long before, since for as long a dead line looks alive. */
export const PING_AFTER_MILLISECONDS = 5000;
export const PONG_WITHIN_MILLISECONDS = 3000;
/** Connecting, being signed for, logging in, subscribing: each of them. */
export const STEP_MILLISECONDS_MAX = 8000;
const BACK_OFF_MILLISECONDS = 500;
export const BACK_OFF_MILLISECONDS_MAX = 15_000;
/** After a refusal that no waiting mends: a key that is unknown, an address that is not allowed, a channel that is not granted. */
export const REFUSED_AGAIN_MILLISECONDS = 60_000;
/** What was live for so long has not failed to connect. */
const SETTLED_MILLISECONDS = 30_000;
/** Three a second from one address, with some to spare for the way there (okx-ws.md §2). */
const CONNECTS = { count: 3, milliseconds: 1200 };
/** A channel that is silent for so many of its own turns is dead. */
const TURNS_MISSED_MAX = 3;

/** Login refused for good: key, passphrase, environment, address; a wrong time may be mended by the next reading of the clock (okx-ws.md §3). */
const loginRefusals: ReadonlySet<string> = new Set(['60005', '60007', '60024', '60032', '50101', '50110']);
/** Too many operations on this connection: a new one begins to count anew. */
const EXHAUSTED = '60014';

export const noLinks: Supervisor = {
  lines: { public: idle('public'), private: idle('private'), business: idle('business') },
  linksMade: 0,
  connects: [],
};

/** The lines that need a login are never opened. */
export const publicLinks: Supervisor = {
  ...noLinks,
  lines: { ...noLinks.lines, private: closed('private'), business: closed('business') },
};

function idle(line: Line): LineState {
  return { line, link: null, successor: null, wanted: channelsOf([])[line], failures: 0, notBefore: 0, isUp: false };
}

function closed(line: Line): LineState {
  return { ...idle(line), notBefore: Number.POSITIVE_INFINITY };
}

/**
 * What an event means for the connections of the feed. Pure: whoever runs it opens, sends and closes what it says. Lines live apart from each other;
 * a line that ends begins again by itself, for as long as it takes. `now` is monotonic.
 */
export function supervise(state: Supervisor, event: FeedEvent, now: number): Supervised {
  switch (event.kind) {
    case 'tick':
      return lines.reduce((before: Supervised, name) => then(before, (one) => ticked(one, name, now)), { state, effects: [] });
    case 'wanted': {
      const wanted = channelsOf(event.interest);
      return lines.reduce((before: Supervised, name) => then(before, (one) => wanting(one, name, wanted[name], now)), {
        state,
        effects: [],
      });
    }
    case 'opened':
      return withLink(state, event.link, (place) =>
        isSecret(place.at.line)
          ? {
              ...moved(place, { ...place.link, phase: 'signing', since: now, heardAt: now }),
              effects: [{ kind: 'sign', link: event.link }],
            }
          : subscribing(place, { ...place.link, heardAt: now }, now),
      );
    case 'signed':
      return withLink(state, event.link, (place) => {
        if (place.link.phase !== 'signing') return unchanged(place);
        if (event.login === null) return dropped(place, { now, cause: 'the vault did not sign the login', forGood: false });
        const link: Link = { ...counted(place.link, now), phase: 'logging_in', since: now };
        return { ...moved(place, link), effects: [{ kind: 'send', link: event.link, text: event.login }] };
      });
    case 'text':
      return withLink(state, event.link, (place) => {
        const heard: Place = { ...place, link: { ...place.link, heardAt: now, pingedAt: null } };
        return hearing(heard, parseMessage(event.text), now);
      });
    case 'closed':
      return withLink(state, event.link, (place) => dropped(place, { now, cause: event.cause, forGood: false, isGone: true }));
    default:
      return unreachable(event);
  }
}

/** A connection where it stands. */
type Place = { readonly state: Supervisor; readonly at: LineState; readonly link: Link };

function withLink(state: Supervisor, id: number, act: (place: Place) => Supervised): Supervised {
  for (const name of lines) {
    const at = state.lines[name];
    const link = [at.link, at.successor].find((one) => one?.id === id);
    if (link !== undefined && link !== null) return act({ state, at, link });
  }
  // Of one that was given up.
  return { state, effects: [] };
}

function then(before: Supervised, act: (state: Supervisor) => Supervised): Supervised {
  const after = act(before.state);
  return { state: after.state, effects: [...before.effects, ...after.effects] };
}

function withLine(state: Supervisor, line: LineState): Supervisor {
  return { ...state, lines: { ...state.lines, [line.line]: line } };
}

function moved({ state, at }: Place, link: Link): Supervised {
  const line = at.link?.id === link.id ? { ...at, link } : { ...at, successor: link };
  return { state: withLine(state, line), effects: [] };
}

function unchanged(place: Place): Supervised {
  return moved(place, place.link);
}

/** Everything that is wanted and not told yet is asked for; when all of it was answered, the line is up. */
function subscribing(place: Place, link: Link, now: number): Supervised {
  const made = asking({ ...link, phase: 'subscribing', since: now }, place.at.wanted, now);
  const sends = made.texts.map((text): FeedEffect => ({ kind: 'send', link: link.id, text }));
  const sent: Supervised = { ...moved(place, made.link), effects: sends };
  return made.link.asked.size > 0 ? sent : then(sent, (state) => withLink(state, link.id, (one) => live(one, now)));
}

/** A connection that is to follow another takes its place, now that it hears what the other one hears. */
function live(place: Place, now: number): Supervised {
  const link: Link = { ...place.link, phase: 'live', since: now };
  const old = place.at.successor?.id === link.id ? place.at.link : null;
  const line: LineState = { ...place.at, link, successor: null, isUp: true };
  const closing: readonly FeedEffect[] = old === null ? [] : [{ kind: 'close', link: old.id }];
  return {
    state: withLine(place.state, line),
    effects: [...closing, { kind: 'tell', news: { kind: 'up', line: line.line } }],
  };
}

type Ending = { readonly now: number; readonly cause: string; readonly forGood: boolean; readonly isGone?: boolean };

/** Gives a connection up. Its line goes on with the one that was to follow, or begins anew after a pause that grows. */
function dropped({ state, at, link }: Place, { now, cause, forGood, isGone = false }: Ending): Supervised {
  const close: readonly FeedEffect[] = isGone ? [] : [{ kind: 'close', link: link.id }];
  const failures = failuresWith(at, link, now);
  const pause = forGood ? REFUSED_AGAIN_MILLISECONDS : pauseAfter(failures);
  const notBefore = now + pause;
  if (at.successor?.id === link.id) return { state: withLine(state, { ...at, successor: null, failures, notBefore }), effects: close };
  const down: readonly FeedEffect[] = at.isUp ? [{ kind: 'tell', news: { kind: 'down', line: at.line, since: link.heardAt, cause } }] : [];
  const line: LineState = { ...at, link: at.successor, successor: null, failures, notBefore, isUp: false };
  return { state: withLine(state, line), effects: [...close, ...down] };
}

function failuresWith({ failures }: LineState, { phase, since }: Link, now: number): number {
  return phase === 'live' && now - since >= SETTLED_MILLISECONDS ? 1 : failures + 1;
}

function pauseAfter(failures: number): number {
  return Math.min(BACK_OFF_MILLISECONDS * 2 ** (failures - 1), BACK_OFF_MILLISECONDS_MAX);
}

/** The one that is to follow waits as after a connection that broke: an exchange that ends every one at once would be run into again and again. */
function ending({ state, at, link }: Place, now: number): Supervised {
  if (link.isEnding) return unchanged({ state, at, link });
  const failures = failuresWith(at, link, now);
  const line = { ...at, failures, notBefore: Math.max(at.notBefore, now + pauseAfter(failures)) };
  return moved({ state, at: line, link }, { ...link, isEnding: true });
}

function wanting(state: Supervisor, name: Line, wanted: readonly Channel[], now: number): Supervised {
  const at = { ...state.lines[name], wanted };
  const before: Supervised = { state: withLine(state, at), effects: [] };
  return [at.link, at.successor].reduce((one, link) => {
    if (link === null || (link.phase !== 'live' && link.phase !== 'subscribing')) return one;
    return then(one, (next) => withLink(next, link.id, (place) => asked(place, now)));
  }, before);
}

/** Asks for what is new on a connection that is open; where too little is left of what the exchange counts, a second one is to follow it. */
function asked(place: Place, now: number): Supervised {
  const { link, texts } = asking(place.link, place.at.wanted, now);
  if (texts.length > operationsLeft(place.link, now)) return ending(place, now);
  return { ...moved(place, link), effects: texts.map((text) => ({ kind: 'send', link: link.id, text })) };
}

function ticked(state: Supervisor, name: Line, now: number): Supervised {
  const at = state.lines[name];
  const looked = [at.link, at.successor].reduce(
    (before: Supervised, link) => (link === null ? before : then(before, (one) => withLink(one, link.id, (place) => looking(place, now)))),
    { state, effects: [] },
  );
  return then(looked, (one) => connecting(one, name, now));
}

/** Whether a connection still does what it should. */
function looking(place: Place, now: number): Supervised {
  const { link } = place;
  if (link.phase !== 'live' && now - link.since >= STEP_MILLISECONDS_MAX)
    return dropped(place, { now, cause: `${link.phase} took more than ${STEP_MILLISECONDS_MAX / 1000} s`, forGood: false });
  if (link.phase === 'connecting') return unchanged(place);
  if (link.pingedAt !== null && now - link.pingedAt >= PONG_WITHIN_MILLISECONDS)
    return dropped(place, { now, cause: `silent for ${((now - link.heardAt) / 1000).toFixed(1)} s`, forGood: false });
  if (link.pingedAt === null && now - link.heardAt >= PING_AFTER_MILLISECONDS)
    return { ...moved(place, { ...link, pingedAt: now }), effects: [{ kind: 'send', link: link.id, text: 'ping' }] };
  return link.phase === 'live' ? silenceIn(place, now) : unchanged(place);
}

/** A channel that should have spoken is subscribed anew, one at a time. */
function silenceIn(place: Place, now: number): Supervised {
  const { link, at } = place;
  for (const channel of at.wanted) {
    const heardAt = link.heard.get(nameOf(channel));
    const rhythm = rhythmOf(channel);
    if (heardAt === undefined || rhythm === null || now - heardAt < rhythm * TURNS_MISSED_MAX || operationsLeft(link, now) < 2) continue;
    const anew = askingAnew(link, channel, now);
    const silentMilliseconds = Math.round(now - heardAt);
    return {
      ...moved(place, anew.link),
      effects: [
        ...anew.texts.map((text): FeedEffect => ({ kind: 'send', link: link.id, text })),
        {
          kind: 'tell',
          news: {
            kind: 'stale',
            line: at.line,
            channel: channel.channel,
            name: channel.instId ?? channel.instType ?? '',
            silentMilliseconds,
          },
        },
      ],
    };
  }
  return unchanged(place);
}

/** Opens what is missing: the connection itself, or the one that is to follow one that ends. */
function connecting(state: Supervisor, name: Line, now: number): Supervised {
  const at = state.lines[name];
  const isMissing = at.link === null || (at.link.isEnding && at.successor === null);
  const connects = state.connects.filter((time) => now - time < CONNECTS.milliseconds);
  if (!isMissing || now < at.notBefore || connects.length >= CONNECTS.count) return { state, effects: [] };
  const link = newLink(state.linksMade + 1, now);
  const line = at.link === null ? { ...at, link } : { ...at, successor: link };
  return {
    state: { ...withLine(state, line), linksMade: link.id, connects: [...connects, now] },
    effects: [{ kind: 'connect', line: name, link: link.id }],
  };
}

function hearing(place: Place, message: Message, now: number): Supervised {
  const { link, at } = place;
  switch (message.kind) {
    case 'pong':
    case 'remark':
      return unchanged(place);
    case 'logged_in':
      return link.phase === 'logging_in' ? subscribing(place, link, now) : unchanged(place);
    case 'subscribed':
    case 'unsubscribed':
      return settling(place, answered(link, message.id, 'taken', now), now);
    case 'error':
      return refused(place, message, now);
    case 'crowded':
      return toldThen(dropped(place, { now, cause: `too many connections listen to ${message.channel}`, forGood: true }), {
        kind: 'refused',
        line: at.line,
        channel: message.channel,
        code: '',
      });
    case 'closing_soon':
      return ending(place, now);
    case 'push':
      return pushed(place, message, now);
    case 'unreadable':
      return toldThen(unchanged(place), { kind: 'unreadable', line: at.line, channel: message.channel, cause: message.cause });
    default:
      return unreachable(message);
  }
}

function toldThen({ state, effects }: Supervised, news: News): Supervised {
  return { state, effects: [...effects, { kind: 'tell', news }] };
}

/** The last answer that was waited for makes the line live. */
function settling(place: Place, link: Link, now: number): Supervised {
  const isReady = link.phase === 'subscribing' && link.asked.size === 0;
  return isReady ? live({ ...place, link }, now) : moved(place, link);
}

function refused(place: Place, { id, code }: Extract<Message, { kind: 'error' }>, now: number): Supervised {
  const { link, at } = place;
  const about = link.asked.get(id);
  const channel = about?.channel.channel ?? '';
  const news: News = { kind: 'refused', line: at.line, channel, code };
  if (link.phase === 'logging_in')
    return toldThen(dropped(place, { now, cause: `the login was refused (${code})`, forGood: loginRefusals.has(code) }), news);
  if (code === EXHAUSTED) return toldThen(dropped(place, { now, cause: `too many operations (${code})`, forGood: false }), news);
  if (about === undefined || about.verb === 'unsubscribe') return toldThen(settling(place, answered(link, id, 'taken', now), now), news);
  // Half of what is said about an account would be taken for all of it.
  if (isSecret(at.line)) return toldThen(dropped(place, { now, cause: `${channel} was refused (${code})`, forGood: true }), news);
  return toldThen(settling(place, answered(link, id, 'refused', now), now), news);
}

function pushed(place: Place, { channel, data }: Extract<Message, { kind: 'push' }>, now: number): Supervised {
  const { link, at } = place;
  const name = nameOf(channel);
  // What was not subscribed on this connection is nobody's business here, and leaves no trace.
  const heard = link.heard.has(name) ? new Map(link.heard).set(name, now) : link.heard;
  const after = moved(place, { ...link, heard });
  const decoded = decodePush(channel, data);
  if (decoded === null)
    return toldThen(after, { kind: 'unreadable', line: at.line, channel: channel.channel, cause: 'a channel that nobody subscribed' });
  if (!decoded.ok) return toldThen(after, { kind: 'unreadable', line: at.line, channel: channel.channel, cause: decoded.error });
  return toldThen(after, { kind: 'pushed', push: decoded.value });
}

/** How long each channel of a line that is up has said nothing, in milliseconds; the channel's name with its type and instrument. */
export function silences(
  state: Supervisor,
  now: number,
): readonly { readonly line: Line; readonly name: string; readonly milliseconds: number }[] {
  return lines.flatMap((line) => [...(state.lines[line].link?.heard ?? [])].map(([name, at]) => ({ line, name, milliseconds: now - at })));
}
