import {
  type Arg,
  countedChannels,
  isPrivateChannel,
  matches,
  readArg,
  type SocketError,
  subscriptionName,
  tierChannels,
  unknown,
} from './channels.ts';
import type { Delivery, Session, Subscription } from './socket-outbox.ts';
import { repeats, standingOf, warningsOf } from './private-feed.ts';
import { type Body, createTopic, type Topic } from './public-feed.ts';
import { isKnown } from './public-rows.ts';
import type { Push, Wants } from './pushes.ts';
import { accountOf } from './state.ts';
import type { World } from './world.ts';

/** Who listens to what. */
export type Board = {
  readonly world: World;
  readonly delivery: Delivery;
  readonly isStrict: boolean;
  /** Public subjects, by the name of the subscription. */
  readonly subjects: Map<string, { readonly topic: Topic; readonly listeners: Map<Session, Arg> }>;
  /** `uid|channel` of every private channel that somebody listens to. */
  readonly heard: Set<string>;
};

const CONNECTIONS_MAX = 30;
const WARNING = 'liquidation-warning';
const WARNING_EVERY = 1000;

export type Change = {
  readonly session: Session;
  readonly entry: unknown;
  /** Says that it is done; what the channel begins with comes after it. */
  readonly acknowledge: (arg: Arg) => void;
};

/** Adds one subscription of a session and tells what it begins with. @returns why not. */
export function subscribe(board: Board, { session, entry, acknowledge }: Change): SocketError | undefined {
  const read = readArg(entry);
  if (!read.ok) return read.error;
  const arg = read.value;
  const error = refusal(board, session, arg);
  if (error !== undefined) return error;
  acknowledge(arg);
  if (isCounted(board, session, arg)) begin(board, session, arg);
  return undefined;
}

export function unsubscribe(board: Board, { session, entry, acknowledge }: Change): SocketError | undefined {
  const read = readArg(entry);
  if (!read.ok) return read.error;
  // @rule unsubscribe-unknown
  quit(board, session, subscriptionName(read.value));
  listen(board);
  acknowledge(read.value);
  return undefined;
}

/** Ends all subscriptions of a session. */
export function unsubscribeAll(board: Board, session: Session): void {
  for (const name of session.subscriptions.keys()) quit(board, session, name);
  listen(board);
}

function quit({ subjects }: Board, session: Session, name: string): void {
  session.subscriptions.delete(name);
  const listeners = subjects.get(name)?.listeners;
  listeners?.delete(session);
  if (listeners?.size === 0) subjects.delete(name);
}

function listen({ delivery, heard }: Board): void {
  heard.clear();
  for (const { key, subscriptions } of delivery.sessions.values()) {
    for (const { arg } of subscriptions.values()) if (isPrivateChannel(arg.channel)) heard.add(`${key?.uid}|${arg.channel}`);
  }
}

function refusal({ world, isStrict }: Board, { key }: Session, arg: Arg): SocketError | undefined {
  const isPrivate = isPrivateChannel(arg.channel);
  if (isPrivate && key === undefined) return { code: '60011', message: 'Please log in' };
  // @rule socket-tier-channels
  if (tierChannels.has(arg.channel) && (isStrict || !isPrivate)) {
    return { code: '64003', message: "Your trading fee tier doesn't meet the requirement to access this channel" };
  }
  return isPrivate || isKnown(world, arg) ? undefined : unknown(arg);
}

/** Says how many connections of the account listen to a channel. @returns whether there is room for this one. */
function isCounted({ delivery }: Board, session: Session, { channel }: Arg): boolean {
  if (!countedChannels.has(channel)) return true;
  const listening = (each: Session): boolean =>
    each === session || [...each.subscriptions.values()].some(({ arg }) => arg.channel === channel);
  const count = [...delivery.sessions.values()].filter((each) => each.key?.uid === session.key?.uid && listening(each)).length;
  // @rule channel-connections
  const event = count > CONNECTIONS_MAX ? 'channel-conn-count-error' : 'channel-conn-count';
  const connCount = String(Math.min(count, CONNECTIONS_MAX));
  delivery.say(session, JSON.stringify({ event, channel, connCount, connId: session.connId }));
  return count <= CONNECTIONS_MAX;
}

function begin(board: Board, session: Session, arg: Arg): void {
  const { world, subjects } = board;
  const name = subscriptionName(arg);
  session.subscriptions.set(name, { arg, nextAt: world.state.now + (arg.channel === WARNING ? 0 : arg.interval), told: '' });
  listen(board);
  if (session.key !== undefined && isPrivateChannel(arg.channel)) {
    const account = accountOf(world.state, session.key.uid);
    for (const body of standingOf({ world, account, arg })) send(board, { session, arg, body });
    return;
  }
  const subject = subjects.get(name) ?? { topic: createTopic(arg), listeners: new Map<Session, Arg>() };
  subjects.set(name, subject);
  for (const body of subject.topic.opening(world)) send(board, { session, arg, body });
  subject.listeners.set(session, arg);
}

type Sending = { readonly session: Session; readonly arg: Arg; readonly body: Body };

function send({ delivery }: Board, sending: Sending): void {
  delivery.push(sending.session, sending.arg.channel, textOf(sending));
}

/** A push repeats the argument as it was subscribed; on private channels the account stands in it. */
function textOf({ session: { key }, arg: { channel, sent }, body }: Sending): string {
  const { extraParams: _left, ...shown } = sent;
  const arg = key !== undefined && isPrivateChannel(channel) ? { ...shown, uid: key.uid } : shown;
  return JSON.stringify({ arg, ...body });
}

/** Which private channels somebody listens to; undefined when there is none. */
export function wanted({ heard }: Board): Wants | undefined {
  return heard.size === 0 ? undefined : (uid, channel) => heard.has(`${uid}|${channel}`);
}

/** Passes private messages on to all who asked for them, at once or at a later time. */
export function fanOut(board: Board, pushes: readonly Push[], due: number | undefined): void {
  for (const { account, message } of pushes) {
    const { arg: told, data, ...rest } = message;
    for (const session of board.delivery.sessions.values()) {
      if (session.key?.uid !== account) continue;
      for (const { arg } of session.subscriptions.values()) {
        const rows = arg.channel === told['channel'] ? data.filter((row) => matches(arg, row)) : [];
        if (rows.length === 0) continue;
        const sending = { session, arg, body: { ...rest, data: rows } };
        if (due === undefined) send(board, sending);
        else board.delivery.sayLater(session, textOf(sending), due);
      }
    }
  }
}

/** Tells what changed in public, and what is told at regular times. */
export function tellRegular(board: Board): void {
  const { world, delivery, subjects } = board;
  for (const { topic, listeners } of subjects.values()) {
    for (const body of topic.changes(world)) for (const [session, arg] of listeners) send(board, { session, arg, body });
  }
  for (const session of delivery.sessions.values()) {
    for (const subscription of session.subscriptions.values()) {
      if (subscription.arg.interval > 0 && subscription.nextAt <= world.state.now) tellAgain(board, session, subscription);
    }
  }
}

function tellAgain(board: Board, session: Session, subscription: Subscription): void {
  const { world } = board;
  const { arg } = subscription;
  if (session.key === undefined || !isPrivateChannel(arg.channel)) return;
  const holder = { world, account: accountOf(world.state, session.key.uid), arg };
  if (arg.channel === WARNING) {
    subscription.nextAt = world.state.now + WARNING_EVERY;
    const rows = warningsOf(holder);
    const face = rows.map((row) => [row['posId'], row['pos'], row['mgnRatio']].join()).join(' ');
    if (rows.length > 0 && face !== subscription.told) send(board, { session, arg, body: { data: rows } });
    subscription.told = face;
  } else if (repeats(holder)) {
    // @rule regular-pushes
    subscription.nextAt = world.state.now + arg.interval;
    for (const body of standingOf(holder)) send(board, { session, arg, body });
  }
}
