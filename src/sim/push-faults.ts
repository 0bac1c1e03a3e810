import { err, ok } from '../core/lang/result.ts';
import type { DeskResult } from './desk-account.ts';
import { type Fields, textField, wholeField } from './fields.ts';

/** What the desk can do to pushes and to the sockets that carry them. Kept in memory: a restart closes all sockets and disarms it. */
export const pushFaultKinds = [
  'push_duplicated',
  'push_reordered',
  'push_delayed',
  'push_missing',
  'socket_silent',
  'socket_closed',
  'service_upgrade',
] as const;

export type PushFaultKind = (typeof pushFaultKinds)[number];

export type PushFault = {
  readonly kind: PushFaultKind;
  /** Of the socket; empty for any. */
  readonly path: string;
  /** The channel that is struck, or that a struck socket listens to; empty for any. */
  readonly channel: string;
  readonly left: number;
  readonly delayMilliseconds: number;
};

// A notice comes a minute before the end; a delayed push is two seconds late.
// @rule push-faults
const delays: Readonly<Record<PushFaultKind, number>> = {
  push_duplicated: 0,
  push_reordered: 10_000,
  push_delayed: 2000,
  push_missing: 0,
  socket_silent: 0,
  socket_closed: 0,
  service_upgrade: 60_000,
};

const COUNT_MAX = 10_000;
const DELAY_MAX = 600_000;
const FAULTS_MAX = 100;

export function isPushFaultKind(text: string): text is PushFaultKind {
  return pushFaultKinds.some((kind) => kind === text);
}

export type PushFaults = {
  readonly arm: (fields: Fields) => DeskResult;
  readonly list: () => readonly unknown[];
  readonly clear: () => number;
  /** Takes the oldest armed fault of these kinds that meets a socket and one of its channels, and counts it down. */
  readonly take: (met: Met) => PushFault | undefined;
};

export type Met = { readonly kinds: readonly PushFaultKind[]; readonly path: string; readonly channels: readonly string[] };

export const pushKinds: readonly PushFaultKind[] = ['push_duplicated', 'push_reordered', 'push_delayed', 'push_missing'];
export const socketKinds: readonly PushFaultKind[] = ['socket_silent', 'socket_closed', 'service_upgrade'];

export function createPushFaults(): PushFaults {
  let armed: readonly PushFault[] = [];
  return {
    arm: (fields) => {
      const read = readFault(fields);
      if (!read.ok) return read;
      if (armed.length >= FAULTS_MAX) return err(`${FAULTS_MAX} faults are armed already; DELETE /sim/faults clears them`);
      armed = [...armed, read.value];
      return ok({ armed: view(read.value) });
    },
    list: () => armed.map(view),
    clear: () => {
      const cleared = armed.length;
      armed = [];
      return cleared;
    },
    take: ({ kinds, path, channels }) => {
      const index = armed.findIndex(
        (fault) =>
          kinds.includes(fault.kind) &&
          (fault.path === '' || fault.path === path) &&
          (fault.channel === '' || channels.includes(fault.channel)),
      );
      const fault = armed[index];
      if (fault === undefined) return undefined;
      const rest = fault.left > 1 ? [{ ...fault, left: fault.left - 1 }] : [];
      armed = [...armed.slice(0, index), ...rest, ...armed.slice(index + 1)];
      return fault;
    },
  };
}

function readFault(fields: Fields): ReturnType<typeof ok<PushFault>> | ReturnType<typeof err<string>> {
  const [kind, path, channel] = [textField(fields, 'kind'), textField(fields, 'path'), textField(fields, 'channel')];
  if (!isPushFaultKind(kind)) return err(`"kind" is '${kind}'; use one of ${pushFaultKinds.join(', ')}`);
  if (path !== '' && !/^\/ws\/v5\/(public|private|business)$/.test(path))
    return err(`"path" is '${path}'; leave it out or use a socket such as "/ws/v5/private"`);
  if (!/^[a-zA-Z0-9_-]{0,40}$/.test(channel)) return err(`"channel" is '${channel}'; leave it out or use a name such as "orders"`);
  const count = wholeField(fields, { name: 'count', least: 1, most: COUNT_MAX, absent: 1 });
  if (count === undefined) return err(`"count" is out of range; use a whole number from 1 to ${COUNT_MAX}`);
  const delay = wholeField(fields, { name: 'delay_ms', least: 0, most: DELAY_MAX, absent: delays[kind] });
  if (delay === undefined) return err(`"delay_ms" is out of range; use a whole number from 0 to ${DELAY_MAX}`);
  return ok({ kind, path, channel, left: count, delayMilliseconds: delay });
}

function view({ kind, path, channel, left, delayMilliseconds }: PushFault): Readonly<Record<string, unknown>> {
  const filters = { ...(path === '' ? {} : { path }), ...(channel === '' ? {} : { channel }) };
  return { kind, ...filters, count: left, delay_ms: delayMilliseconds };
}
