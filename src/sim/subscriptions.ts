import {
  type Arg,
  countedChannels,
  exists,
  isPrivateChannel,
  matches,
  readArg,
  type SocketError,
  subscriptionName,
  tierChannels,
  unknown,
} from './channels.ts';
import type { Delivery, Session, Subscription } from './delivery.ts';
import { repeats, standingOf, warningsOf } from './private-feed.ts';
import { type Body, createTopic, type Topic } from './public-feed.ts';
import { rowsOf } from './public-rows.ts';
import type { Push, Wants } from './pushes.ts';
import { accountOf } from './state.ts';
import type { World } from './world.ts';

export type Subscriptions = {
  /** Adds one subscription of a session and tells what it begins with. @returns why not. */
  readonly add: (session: Session, entry: unknown, acknowledge: (arg: Arg) => void) => SocketError | undefined;
  readonly remove: (session: Session, entry: unknown, acknowledge: (arg: Arg) => void) => SocketError | undefined;
  readonly forget: (session: Session) => void;
  /** Which private channels somebody listens to; undefined when there is none. */
  readonly wants: () => Wants | undefined;
  /** Passes private messages on to all who asked for them, at once or at a later time. */
  readonly fanOut: (pushes: readonly Push[], due: number | undefined) => void;
  /** Tells what changed in public, and what is told at regular times. */
  readonly pace: () => void;
};

const CONNECTIONS_MAX = 30;
const WARNING_EVERY = 1000;

type Subject = { readonly topic: Topic; readonly listeners: Map<Session, Subscription> };

export type Keeping = { readonly world: World; readonly delivery: Delivery; readonly isStrict: boolean };

export function createSubscriptions({ world, delivery, isStrict }: Keeping): Subscriptions {
  const subjects = new Map<string, Subject>();
  let heard = new Set<string>();

  const send = (session: Session, arg: Arg, body: Body): void => delivery.push(session, arg.channel, textOf(session, arg, body));

  const listen = (): void => {
    heard = new Set();
    for (const { key, subscriptions } of delivery.sessions.values()) {
      if (key === undefined) continue;
      for (const { arg } of subscriptions.values()) if (isPrivateChannel(arg.channel)) heard.add(`${key.uid}|${arg.channel}`);
    }
  };

  const quit = (session: Session, name: string): void => {
    session.subscriptions.delete(name);
    const subject = subjects.get(name);
    subject?.listeners.delete(session);
    if (subject?.listeners.size === 0) subjects.delete(name);
  };

  const begin = (session: Session, arg: Arg): void => {
    const name = subscriptionName(arg);
    const subscription: Subscription = { arg, nextAt: world.state.now + arg.interval, told: '' };
    session.subscriptions.set(name, subscription);
    if (session.key !== undefined && isPrivateChannel(arg.channel)) {
      for (const body of standingOf({ world, account: accountOf(world.state, session.key.uid), arg })) send(session, arg, body);
      return;
    }
    const subject = subjects.get(name) ?? { topic: createTopic(arg), listeners: new Map<Session, Subscription>() };
    subjects.set(name, subject);
    for (const body of subject.topic.opening(world)) send(session, arg, body);
    subject.listeners.set(session, subscription);
  };

  /** How many connections of an account listen to a channel. */
  const connections = (session: Session, channel: string): number =>
    [...delivery.sessions.values()].filter(
      ({ key, subscriptions }) => key?.uid === session.key?.uid && [...subscriptions.values()].some(({ arg }) => arg.channel === channel),
    ).length;

  /** Says how many connections there are. @returns whether there is room for this one. */
  const counted = (session: Session, { channel }: Arg): boolean => {
    if (!countedChannels.has(channel)) return true;
    const others = connections(session, channel);
    const isIn = [...session.subscriptions.values()].some(({ arg }) => arg.channel === channel);
    const count = isIn ? others : others + 1;
    // @rule channel-connections
    const isFull = count > CONNECTIONS_MAX;
    const event = isFull ? 'channel-conn-count-error' : 'channel-conn-count';
    delivery.say(session, JSON.stringify({ event, channel, connCount: String(isFull ? CONNECTIONS_MAX : count), connId: session.connId }));
    return !isFull;
  };

  const refused = (session: Session, arg: Arg): SocketError | undefined => {
    const { channel } = arg;
    if (isPrivateChannel(channel) && session.key === undefined) return { code: '60011', message: 'Please log in' };
    if (tierChannels.has(channel) && (isStrict || !isPrivateChannel(channel))) {
      return { code: '64003', message: "Your trading fee tier doesn't meet the requirement to access this channel" };
    }
    if (isPrivateChannel(channel)) return undefined;
    return exists(arg, (asked) => rowsOf(world, asked)) ? undefined : unknown(arg);
  };

  return {
    add: (session, entry, acknowledge) => {
      const read = readArg(entry);
      if (!read.ok) return read.error;
      const arg = read.value;
      const error = refused(session, arg);
      if (error !== undefined) return error;
      acknowledge(arg);
      if (!counted(session, arg)) return undefined;
      begin(session, arg);
      listen();
      return undefined;
    },
    remove: (session, entry, acknowledge) => {
      const read = readArg(entry);
      if (!read.ok) return read.error;
      // @rule unsubscribe-unknown
      quit(session, subscriptionName(read.value));
      listen();
      acknowledge(read.value);
      return undefined;
    },
    forget: (session) => {
      for (const name of session.subscriptions.keys()) quit(session, name);
      listen();
    },
    wants: () => (heard.size === 0 ? undefined : (uid, channel) => heard.has(`${uid}|${channel}`)),
    fanOut: (pushes, due) => {
      for (const { account, message } of pushes) {
        for (const session of delivery.sessions.values()) {
          if (session.key?.uid !== account) continue;
          for (const { arg } of session.subscriptions.values()) {
            if (arg.channel !== message.arg['channel']) continue;
            const { arg: _told, data, ...rest } = message;
            const rows = data.filter((row) => matches(arg, row));
            if (rows.length === 0) continue;
            const body = { ...rest, data: rows };
            if (due === undefined) send(session, arg, body);
            else delivery.sayLater(session, textOf(session, arg, body), due);
          }
        }
      }
    },
    pace: () => {
      const { now } = world.state;
      for (const { topic, listeners } of subjects.values()) {
        for (const body of topic.changes(world)) for (const [session, { arg }] of listeners) send(session, arg, body);
      }
      for (const session of delivery.sessions.values()) {
        if (session.key === undefined) continue;
        const account = accountOf(world.state, session.key.uid);
        for (const subscription of session.subscriptions.values()) {
          const { arg } = subscription;
          if (now < subscription.nextAt || arg.interval === 0) continue;
          const holder = { world, account, arg };
          if (arg.channel === 'liquidation-warning') {
            subscription.nextAt = now + WARNING_EVERY;
            const rows = warningsOf(holder);
            const face = rows.map((row) => [row['posId'], row['pos'], row['mgnRatio']].join()).join(' ');
            if (rows.length > 0 && face !== subscription.told) send(session, arg, { data: rows });
            subscription.told = face;
          } else if (repeats(holder)) {
            // @rule regular-pushes
            subscription.nextAt = now + arg.interval;
            for (const body of standingOf(holder)) send(session, arg, body);
          }
        }
      }
    },
  };
}

/** A push repeats the argument as it was subscribed; on private channels the account stands in it. */
function textOf({ key }: Session, { channel, sent }: Arg, body: Body): string {
  const { extraParams: _left, ...shown } = sent;
  const arg = key !== undefined && isPrivateChannel(channel) ? { ...shown, uid: key.uid } : shown;
  return JSON.stringify({ arg, ...body });
}
