import type { Arg } from './channels.ts';
import type { Key } from './keys.ts';
import type { PushFaults } from './push-faults.ts';
import { pushKinds } from './push-faults.ts';

/** What has to happen on a socket. */
export type Out =
  | { readonly kind: 'text'; readonly socket: number; readonly text: string }
  | { readonly kind: 'close'; readonly socket: number; readonly code: number; readonly reason: string }
  /** The connection breaks without a word. */
  | { readonly kind: 'abort'; readonly socket: number };

export type Subscription = {
  readonly arg: Arg;
  /** When everything is told again. */
  nextAt: number;
  /** What was told last, where only news are told. */
  told: string;
};

/** One open socket. Nothing of it outlives a restart. */
export type Session = {
  readonly id: number;
  readonly connId: string;
  readonly path: string;
  readonly address: string;
  readonly environment: string;
  readonly openedAt: number;
  key: Key | undefined;
  readonly subscriptions: Map<string, Subscription>;
  /** When the exchange last said something. */
  toldAt: number;
  /** Nothing more is sent, and the socket stays open. */
  isSilent: boolean;
  /** When the announced end comes. */
  endsAt: number | undefined;
  /** A push that comes after the next one of its channel. */
  kept: { readonly text: string; readonly channel: string; readonly due: number } | undefined;
};

export type Delivery = {
  readonly sessions: Map<number, Session>;
  /** Says something that no fault touches. */
  readonly say: (session: Session, text: string) => void;
  readonly sayLater: (session: Session, text: string, due: number) => void;
  /** Says something of a channel, with the fault that is armed for it. */
  readonly push: (session: Session, channel: string, text: string) => void;
  readonly end: (session: Session, code: number, reason: string) => void;
  readonly abort: (session: Session) => void;
  /** Lets go of what waited until now. */
  readonly release: () => void;
  readonly take: () => readonly Out[];
};

type Waiting = { readonly session: Session; readonly text: string; readonly due: number };

export function createDelivery(clock: () => number, faults: PushFaults): Delivery {
  const sessions = new Map<number, Session>();
  let outs: Out[] = [];
  let waiting: Waiting[] = [];
  const say = (session: Session, text: string): void => {
    if (session.isSilent || !sessions.has(session.id)) return;
    session.toldAt = clock();
    outs.push({ kind: 'text', socket: session.id, text });
  };
  const sayLater = (session: Session, text: string, due: number): void => void waiting.push({ session, text, due });
  const freeKept = (session: Session): void => {
    const { kept } = session;
    session.kept = undefined;
    if (kept !== undefined) say(session, kept.text);
  };
  const push = (session: Session, channel: string, text: string): void => {
    const fault = faults.take({ kinds: pushKinds, path: session.path, channels: [channel] });
    const due = clock() + (fault?.delayMilliseconds ?? 0);
    if (fault?.kind === 'push_missing') return;
    if (fault?.kind === 'push_delayed') return sayLater(session, text, due);
    if (fault?.kind === 'push_reordered') {
      freeKept(session);
      session.kept = { text, channel: fault.channel, due };
      return;
    }
    say(session, text);
    if (fault?.kind === 'push_duplicated') sayLater(session, text, due);
    if (session.kept !== undefined && ['', channel].includes(session.kept.channel)) freeKept(session);
  };
  const remove = (session: Session, out: Out): void => {
    if (sessions.delete(session.id)) outs.push(out);
  };
  const release = (): void => {
    const now = clock();
    const due = waiting.filter((each) => each.due <= now);
    if (due.length > 0) waiting = waiting.filter((each) => each.due > now && sessions.has(each.session.id));
    for (const { session, text } of due) say(session, text);
    for (const session of sessions.values()) if (session.kept !== undefined && session.kept.due <= now) freeKept(session);
  };
  return {
    sessions,
    say,
    sayLater,
    push,
    end: (session, code, reason) => remove(session, { kind: 'close', socket: session.id, code, reason }),
    abort: (session) => remove(session, { kind: 'abort', socket: session.id }),
    release,
    take: () => {
      if (outs.length === 0) return outs;
      const taken = outs;
      outs = [];
      return taken;
    },
  };
}
