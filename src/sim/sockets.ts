import { createDelivery, type Out, type Session } from './socket-outbox.ts';
import type { Event } from './events.ts';
import { passes } from './limits.ts';
import { createPushFaults, type PushFault, type PushFaults, socketKinds } from './push-faults.ts';
import { createPushes, type Pushes } from './pushes.ts';
import { hash32 } from './random.ts';
import { hear, type Host } from './socket-messages.ts';
import { type Board, fanOut, tellRegular, unsubscribeAll, wanted } from './subscriptions.ts';
import type { World } from './world.ts';

export type Opening = {
  /** Path and query as sent; the query means nothing. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
};
export type Opened = { readonly kind: 'opened'; readonly socket: number } | { readonly kind: 'refused'; readonly status: number };

export type Sockets = {
  readonly pushes: Pushes;
  readonly faults: PushFaults;
  readonly open: (opening: Opening) => Opened;
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

export type Hosting = Pick<Host, 'windows' | 'sign' | 'carryOut'> & { readonly world: World; readonly isStrict: boolean };

const PATHS = /^\/ws\/v5\/(public|private|business)$/;
const SOCKETS_MAX = 1000;
const QUIET_MAX = 30_000;
const PACE = 100;
const CONNECTS = { count: 3, milliseconds: 1000 } as const;

export function createSockets({ world, windows, isStrict, sign, carryOut }: Hosting): Sockets {
  const [pushes, faults] = [createPushes(), createPushFaults()];
  const delivery = createDelivery(() => world.state.now, faults);
  const { sessions } = delivery;
  const board: Board = { world, delivery, isStrict, subjects: new Map(), heard: new Set() };
  let [opened, pacedAt, heldBack] = [0, 0, 0];

  const leave = (session: Session): void => {
    unsubscribeAll(board, session);
    windows.delete(`socket|${session.connId}`);
  };
  const host: Host = {
    board,
    windows,
    sign,
    carryOut,
    tellPrivate: () => {
      const wants = wanted(board);
      const due = heldBack === 0 ? undefined : world.state.now + heldBack;
      heldBack = 0;
      if (wants === undefined) pushes.drop();
      else fanOut(board, pushes.tell(world, wants), due);
    },
    end: (session, code, reason) => {
      delivery.end(session, code, reason);
      leave(session);
    },
    abort: (session) => {
      delivery.abort(session);
      leave(session);
    },
  };

  return {
    pushes,
    faults,
    open: ({ url, headers, remoteAddress: address }) => {
      const { now } = world.state;
      const [path = ''] = url.split('?');
      // @rule socket-paths
      if (!PATHS.test(path)) return { kind: 'refused', status: 404 };
      // @rule connects-per-second
      const connects = { windows, key: `connects|${address}`, limit: CONNECTS, now, weight: 1 };
      if (sessions.size >= SOCKETS_MAX || (isStrict && !passes(connects))) return { kind: 'refused', status: 429 };
      opened += 1;
      const connId = hash32(world.course.seed, 17, opened).toString(16).padStart(8, '0');
      const environment = headers['x-simulated-trading'] ?? '';
      const unused = { key: undefined, subscriptions: new Map(), isSilent: false, endsAt: undefined, kept: undefined };
      sessions.set(opened, { id: opened, connId, path, address, environment, openedAt: now, toldAt: now, ...unused });
      return { kind: 'opened', socket: opened };
    },
    hear: (socket, text) => {
      const session = sessions.get(socket);
      return session === undefined ? [] : hear(host, session, text);
    },
    gone: (socket) => {
      const session = sessions.get(socket);
      sessions.delete(socket);
      if (session !== undefined) leave(session);
    },
    tell: () => {
      if (sessions.size === 0) pushes.drop();
      else host.tellPrivate();
      // @rule public-push-pace
      if (sessions.size > 0 && world.state.now - pacedAt >= PACE) {
        pacedAt = world.state.now;
        delivery.release();
        tellRegular(board);
        for (const session of sessions.values()) strike(host, session, faults);
        for (const session of sessions.values()) endWhenDue(host, session);
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

/** Does to a socket what the desk has armed for it. */
function strike(host: Host, session: Session, faults: PushFaults): void {
  if (session.isSilent || session.endsAt !== undefined) return;
  const channels = [...session.subscriptions.values()].map(({ arg }) => arg.channel);
  const fault: PushFault | undefined = faults.take({ kinds: socketKinds, path: session.path, channels });
  // @rule socket-faults
  if (fault?.kind === 'socket_closed') host.abort(session);
  if (fault?.kind === 'socket_silent') session.isSilent = true;
  if (fault?.kind !== 'service_upgrade') return;
  const { world, delivery } = host.board;
  session.endsAt = world.state.now + fault.delayMilliseconds;
  const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
  delivery.say(session, JSON.stringify({ event: 'notice', code: '64008', msg, connId: session.connId }));
}

/** Closes a socket of which the announced end has come, or on which nothing is told. */
function endWhenDue(host: Host, session: Session): void {
  const { now } = host.board.world.state;
  const isUnused = session.key === undefined && session.subscriptions.size === 0 && now - session.openedAt >= QUIET_MAX;
  if (session.endsAt !== undefined && session.endsAt <= now) host.end(session, 1001, 'service upgrade');
  // @rule quiet-sockets-closed
  else if (!session.isSilent && (isUnused || now - session.toldAt >= QUIET_MAX)) host.end(session, 4004, 'No data received in 30s');
}
