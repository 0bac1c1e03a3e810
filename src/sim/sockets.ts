import type { Sign } from './auth.ts';
import { createDelivery, type Out, type Session } from './delivery.ts';
import type { Event } from './events.ts';
import type { Reaction } from './faults.ts';
import { type Fields, isFields, textField } from './fields.ts';
import type { Key } from './keys.ts';
import { passes, type Windows } from './limits.ts';
import { createPushFaults, type PushFaults, socketKinds } from './push-faults.ts';
import { createPushes, type Pushes } from './pushes.ts';
import { hash32 } from './random.ts';
import { checkLogin, readId } from './socket-login.ts';
import { acknowledgement, orderBody, orderOperations } from './socket-orders.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { World } from './world.ts';

export type Opening = {
  /** Without the query, which means nothing. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
};

/** A write that came over a socket; it is carried out as if it had come to the path. */
export type SocketOrder = {
  readonly key: Key;
  readonly address: string;
  readonly path: string;
  readonly body: unknown;
  readonly expTime: string;
};

export type Sockets = {
  readonly pushes: Pushes;
  readonly faults: PushFaults;
  readonly open: (
    opening: Opening,
  ) => { readonly kind: 'opened'; readonly socket: number } | { readonly kind: 'refused'; readonly status: number };
  /** Takes a text from a client. @returns what has to be written down before what follows from it is told. */
  readonly hear: (socket: number, text: string) => readonly Event[];
  readonly gone: (socket: number) => void;
  /** What has to happen on the sockets since this was last asked; costs nothing while none is open. */
  readonly tell: () => readonly Out[];
  /** Lets the private pushes of the write that is going on come so much later than its answer. */
  readonly holdBack: (milliseconds: number) => void;
  /** Something was staged: public channels tell it now, and not at their next turn. */
  readonly hurry: () => void;
  /** Forgets what was told and armed while an old log was read again. */
  readonly forget: () => void;
};

export type Hosting = {
  readonly world: World;
  readonly windows: Windows;
  readonly isStrict: boolean;
  readonly sign: Sign;
  readonly carryOut: (order: SocketOrder) => { readonly reaction: Reaction; readonly events: readonly Event[] };
};

const PATHS = /^\/ws\/v5\/(public|private|business)$/;
const SOCKETS_MAX = 1000;
const QUIET_MAX = 30_000;
const PACE = 100;
const CONNECTS = { count: 3, milliseconds: 1000 } as const;
const OPERATIONS = { count: 480, milliseconds: 3_600_000 } as const;
const ECHO_MAX = 200;

export function createSockets({ world, windows, isStrict, sign, carryOut }: Hosting): Sockets {
  const [pushes, faults] = [createPushes(), createPushFaults()];
  const delivery = createDelivery(() => world.state.now, faults);
  const { sessions } = delivery;
  const subscriptions = createSubscriptions({ world, delivery, isStrict });
  let [opened, pacedAt, heldBack] = [0, 0, 0];

  const fail = (session: Session, { id, code, message }: { readonly id: string; readonly code: string; readonly message: string }): void =>
    delivery.say(session, JSON.stringify({ ...(id === '' ? {} : { id }), event: 'error', code, msg: message, connId: session.connId }));

  const leave = (session: Session): void => {
    subscriptions.forget(session);
    windows.delete(`socket|${session.connId}`);
  };

  const end = (session: Session, code: number, reason: string): void => {
    delivery.end(session, code, reason);
    leave(session);
  };

  const abort = (session: Session): void => {
    delivery.abort(session);
    leave(session);
  };

  const tellPrivate = (): void => {
    const wants = subscriptions.wants();
    const due = heldBack === 0 ? undefined : world.state.now + heldBack;
    heldBack = 0;
    if (wants === undefined) pushes.drop();
    else subscriptions.fanOut(pushes.tell(world, wants), due);
  };

  const logIn = (session: Session, id: string, args: unknown): void => {
    // @rule second-login
    if (session.key !== undefined) {
      fail(session, { id, code: '60031', message: 'The WebSocket endpoint does not allow multiple or repeated logins.' });
      return;
    }
    const { address, environment } = session;
    const checked = checkLogin({ args, now: world.state.now, sign, address, environment });
    if ('error' in checked) {
      fail(session, { id, ...checked.error });
      end(session, 4001, 'Login failed');
      return;
    }
    session.key = checked.key;
    delivery.say(session, JSON.stringify({ ...(id === '' ? {} : { id }), event: 'login', code: '0', msg: '', connId: session.connId }));
  };

  const subscribe = (session: Session, { id, op, args }: Named): void => {
    if (!Array.isArray(args) || args.length === 0) {
      fail(session, { id, code: '60012', message: `Invalid request: ${echo({ op, args })}` });
      return;
    }
    const change = op === 'subscribe' ? subscriptions.add : subscriptions.remove;
    for (const entry of args) {
      const error = change(session, entry, ({ sent }) =>
        delivery.say(session, JSON.stringify({ ...(id === '' ? {} : { id }), event: op, arg: sent, connId: session.connId })),
      );
      if (error !== undefined) fail(session, { id, ...error });
    }
  };

  const order = (session: Session, { id, op, args, expTime }: Named & { readonly expTime: string }): readonly Event[] => {
    const operation = orderOperations.get(op);
    const refuse = (code: string, msg: string): readonly Event[] => {
      delivery.say(session, JSON.stringify({ id, op, code, msg, data: [] }));
      return [];
    };
    if (operation === undefined) return refuse('50038', 'This feature is unavailable in demo trading');
    const { key, address } = session;
    if (key === undefined) return refuse('60011', 'Please log in');
    if (id === '') return refuse('60013', 'Invalid args');
    if (!key.perm.split(',').includes('trade')) return refuse('50120', "This API key doesn't have permission to use this function.");
    const read = orderBody(args, operation.isBatch);
    if ('refused' in read) return refuse('60013', read.refused);
    const { reaction, events } = carryOut({ key, address, path: operation.path, body: read.body, expTime });
    const text = acknowledgement({ id, op, reaction });
    const delay = reaction.kind === 'answer' ? reaction.delayMilliseconds : 0;
    if (delay > 0) tellPrivate();
    if (text !== undefined && delay > 0) delivery.sayLater(session, text, world.state.now + delay);
    else if (text !== undefined) delivery.say(session, text);
    else if (reaction.kind !== 'hang') abort(session);
    return events;
  };

  const obey = (session: Session, message: Fields, text: string): readonly Event[] => {
    const [id, op] = [readId(message), textField(message, 'op')];
    const isOrder = orderOperations.has(op) || op === 'mass-cancel';
    const known = isOrder ? ['id', 'op', 'args', 'expTime'] : ['id', 'op', 'args'];
    // @rule socket-unknown-keys
    if (id === undefined || Object.keys(message).some((name) => !known.includes(name))) {
      fail(session, { id: id ?? '', code: '60012', message: `Invalid request: ${text.slice(0, ECHO_MAX)}` });
      return [];
    }
    const named = { id, op, args: message['args'] };
    if (isOrder) return order(session, { ...named, expTime: textField(message, 'expTime') });
    if (op !== 'login' && op !== 'subscribe' && op !== 'unsubscribe') {
      fail(session, { id, code: '60019', message: `Invalid op: ${op.slice(0, ECHO_MAX)}` });
      return [];
    }
    // @rule socket-operations
    const counted = { windows, key: `socket|${session.connId}`, limit: OPERATIONS, now: world.state.now, weight: 1 };
    if (isStrict && !passes(counted)) fail(session, { id, code: '60014', message: 'Requests too frequent' });
    else if (op === 'login') logIn(session, id, named.args);
    else subscribe(session, named);
    return [];
  };

  const strikeSockets = (): void => {
    for (const session of sessions.values()) {
      if (session.isSilent || session.endsAt !== undefined) continue;
      const channels = [...session.subscriptions.values()].map(({ arg }) => arg.channel);
      const fault = faults.take({ kinds: socketKinds, path: session.path, channels });
      if (fault === undefined) continue;
      // @rule socket-faults
      if (fault.kind === 'socket_closed') abort(session);
      else if (fault.kind === 'socket_silent') session.isSilent = true;
      else {
        session.endsAt = world.state.now + fault.delayMilliseconds;
        const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
        delivery.say(session, JSON.stringify({ event: 'notice', code: '64008', msg, connId: session.connId }));
      }
    }
  };

  const endThoseDue = (): void => {
    const { now } = world.state;
    for (const session of sessions.values()) {
      const isUnused = session.key === undefined && session.subscriptions.size === 0 && now - session.openedAt >= QUIET_MAX;
      if (session.endsAt !== undefined && session.endsAt <= now) end(session, 1001, 'service upgrade');
      // @rule quiet-sockets-closed
      else if (!session.isSilent && (isUnused || now - session.toldAt >= QUIET_MAX)) end(session, 4004, 'No data received in 30s');
    }
  };

  return {
    pushes,
    faults,
    open: ({ path, headers, remoteAddress }) => {
      const { now } = world.state;
      if (!PATHS.test(path)) return { kind: 'refused', status: 404 };
      // @rule connects-per-second
      const connects = { windows, key: `connects|${remoteAddress}`, limit: CONNECTS, now, weight: 1 };
      if (sessions.size >= SOCKETS_MAX || (isStrict && !passes(connects))) return { kind: 'refused', status: 429 };
      opened += 1;
      const connId = hash32(world.course.seed, 17, opened).toString(16).padStart(8, '0');
      const environment = headers['x-simulated-trading'] ?? '';
      sessions.set(opened, {
        id: opened,
        connId,
        path,
        address: remoteAddress,
        environment,
        openedAt: now,
        key: undefined,
        subscriptions: new Map(),
        toldAt: now,
        isSilent: false,
        endsAt: undefined,
        kept: undefined,
      });
      return { kind: 'opened', socket: opened };
    },
    hear: (socket, text) => {
      const session = sessions.get(socket);
      if (session === undefined) return [];
      // @rule text-ping
      if (text === 'ping') {
        delivery.say(session, 'pong');
        return [];
      }
      const message = parse(text);
      if (message !== undefined) return obey(session, message, text);
      fail(session, { id: '', code: '60012', message: `Invalid request: ${text.slice(0, ECHO_MAX)}` });
      return [];
    },
    gone: (socket) => {
      const session = sessions.get(socket);
      sessions.delete(socket);
      if (session !== undefined) leave(session);
    },
    tell: () => {
      if (sessions.size === 0) {
        pushes.drop();
        return delivery.take();
      }
      tellPrivate();
      const { now } = world.state;
      // @rule public-push-pace
      if (now - pacedAt >= PACE) {
        pacedAt = now;
        delivery.release();
        subscriptions.pace();
        strikeSockets();
        endThoseDue();
      }
      return delivery.take();
    },
    holdBack: (milliseconds) => {
      heldBack = milliseconds;
    },
    hurry: () => {
      pacedAt = 0;
    },
    forget: () => {
      pushes.drop();
      faults.clear();
      heldBack = 0;
    },
  };
}

type Named = { readonly id: string; readonly op: string; readonly args: unknown };

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function echo(value: unknown): string {
  return JSON.stringify(value).slice(0, ECHO_MAX);
}
