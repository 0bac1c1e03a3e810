import type { Sign } from './auth.ts';
import type { SocketError } from './channels.ts';
import type { Session } from './socket-outbox.ts';
import type { Event } from './events.ts';
import type { Reaction } from './faults.ts';
import { type Fields, isFields, textField } from './fields.ts';
import { instruments } from './instruments.ts';
import type { Key } from './keys.ts';
import { passes, type Windows } from './limits.ts';
import { checkLogin, readId } from './socket-login.ts';
import { acknowledgement, orderBody, orderOperations } from './socket-orders.ts';
import { type Board, subscribe, unsubscribe } from './subscriptions.ts';

/** A write that came over a socket; it is carried out as if it had come to the path. */
export type SocketOrder = {
  readonly key: Key;
  readonly address: string;
  readonly path: string;
  readonly body: unknown;
  readonly expTime: string;
};

export type Host = {
  readonly board: Board;
  readonly windows: Windows;
  readonly sign: Sign;
  readonly carryOut: (order: SocketOrder) => { readonly reaction: Reaction; readonly events: readonly Event[] };
  /** Tells at once what the last write changed on private channels. */
  readonly tellPrivate: () => void;
  readonly end: (session: Session, code: number, reason: string) => void;
  readonly abort: (session: Session) => void;
};

type Message = { readonly session: Session; readonly id: string; readonly op: string; readonly args: unknown; readonly expTime: string };

const OPERATIONS = { count: 480, milliseconds: 3_600_000 } as const;
const ECHO_MAX = 200;

/** Takes a text from a client. @returns what has to be written down before what follows from it is told. */
export function hear(host: Host, session: Session, text: string): readonly Event[] {
  // @rule text-ping
  if (text === 'ping') {
    host.board.delivery.say(session, 'pong');
    return [];
  }
  const message = parse(text) ?? {};
  const [id, op] = [readId(message), textField(message, 'op')];
  const isOrder = orderOperations.has(op) || op === 'mass-cancel';
  const known = isOrder ? ['id', 'op', 'args', 'expTime'] : ['id', 'op', 'args'];
  const whole: Message = { session, id: id ?? '', op, args: message['args'], expTime: textField(message, 'expTime') };
  // @rule socket-unknown-keys
  if (id === undefined || op === '' || Object.keys(message).some((name) => !known.includes(name))) fail(host, whole, invalid(text));
  else if (isOrder) return order(host, whole);
  else if (op === 'login' || op === 'subscribe' || op === 'unsubscribe') counted(host, whole);
  else fail(host, whole, { code: '60019', message: `Invalid op: ${op.slice(0, ECHO_MAX)}` });
  return [];
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function invalid(text: string): SocketError {
  return { code: '60012', message: `Invalid request: ${text.slice(0, ECHO_MAX)}` };
}

function say({ board }: Host, { session, id }: Message, fields: Fields): void {
  board.delivery.say(session, JSON.stringify({ ...(id === '' ? {} : { id }), ...fields, connId: session.connId }));
}

function fail(host: Host, message: Message, error: SocketError): void {
  say(host, message, { event: 'error', code: error.code, msg: error.message });
}

function counted(host: Host, message: Message): void {
  const { board, windows } = host;
  const { connId } = message.session;
  const [key, now] = [`socket|${connId}`, board.world.state.now];
  // @rule socket-operations
  if (board.isStrict && !passes({ windows, key, limit: OPERATIONS, now, weight: 1 }))
    fail(host, message, { code: '60014', message: 'Requests too frequent' });
  else if (message.op === 'login') logIn(host, message);
  else changeSubscriptions(host, message);
}

function logIn(host: Host, message: Message): void {
  const { session, args } = message;
  // @rule second-login
  if (session.key !== undefined) {
    fail(host, message, { code: '60031', message: 'The WebSocket endpoint does not allow multiple or repeated logins.' });
    return;
  }
  const { address, environment } = session;
  const checked = checkLogin({ args, now: host.board.world.state.now, sign: host.sign, address, environment });
  if ('error' in checked) {
    fail(host, message, checked.error);
    host.end(session, 4001, 'Login failed');
    return;
  }
  session.key = checked.key;
  say(host, message, { event: 'login', code: '0', msg: '' });
}

function changeSubscriptions(host: Host, message: Message): void {
  const { session, op, args } = message;
  const entries: readonly unknown[] = Array.isArray(args) ? args : [];
  if (entries.length === 0) fail(host, message, invalid(JSON.stringify({ op, args })));
  const change = op === 'subscribe' ? subscribe : unsubscribe;
  for (const entry of entries) {
    const error = change(host.board, { session, entry, acknowledge: ({ sent }) => say(host, message, { event: op, arg: sent }) });
    if (error !== undefined) fail(host, message, error);
  }
}

function order(host: Host, { session, id, op, args, expTime }: Message): readonly Event[] {
  const { delivery, world } = host.board;
  const operation = orderOperations.get(op);
  const { key, address } = session;
  const refuse = (code: string, msg: string): readonly Event[] => {
    delivery.say(session, JSON.stringify({ id, op, code, msg, data: [] }));
    return [];
  };
  if (operation === undefined) return refuse('50038', 'This feature is unavailable in demo trading');
  if (key === undefined) return refuse('60011', 'Please log in');
  if (id === '') return refuse('60013', 'Invalid args');
  if (!key.perm.split(',').includes('trade')) return refuse('50120', "This API key doesn't have permission to use this function.");
  const read = orderBody({ args, isBatch: operation.isBatch, listed: instruments });
  if ('refused' in read) return refuse('60013', read.refused);
  const { reaction, events } = host.carryOut({ key, address, path: operation.path, body: read.body, expTime });
  const text = acknowledgement({ id, op, reaction });
  const delay = reaction.kind === 'answer' ? reaction.delayMilliseconds : 0;
  if (text === undefined) {
    if (reaction.kind !== 'hang') host.abort(session);
  } else if (delay > 0) {
    host.tellPrivate();
    delivery.sayLater(session, text, world.state.now + delay);
  } else delivery.say(session, text);
  return events;
}
