import { type Json, parseForeignJson } from '../../../core/lang/canonical.ts';
import { isList, isObject, type JsonObject } from '../fields.ts';
import type { Channel } from './channels.ts';

/** What one text of the exchange is. No words of the exchange go further than this, only bounded codes and names. */
export type Message =
  | { readonly kind: 'pong' }
  | { readonly kind: 'logged_in' }
  | { readonly kind: 'subscribed' | 'unsubscribed'; readonly id: string }
  /** `id` is that of what was refused, empty where the exchange does not say. */
  | { readonly kind: 'error'; readonly id: string; readonly code: string }
  /** The connection will be closed for an upgrade (64008). */
  | { readonly kind: 'closing_soon' }
  /** Too many connections of the account listen to this channel already; the subscription was dropped. */
  | { readonly kind: 'crowded'; readonly channel: string }
  | { readonly kind: 'push'; readonly channel: Channel; readonly data: readonly Json[] }
  /** Told about the connection, and of no consequence. */
  | { readonly kind: 'remark' }
  | { readonly kind: 'unreadable'; readonly channel: string; readonly cause: string };

const CHARACTERS_MAX = 1024 * 1024;
const DEPTH_MAX = 12;
const UPGRADE = '64008';

/** Reads one text of a socket (okx-ws.md §2 to §5). */
export function parseMessage(text: string): Message {
  if (text === 'pong') return { kind: 'pong' };
  const parsed = parseForeignJson(text, { charactersMax: CHARACTERS_MAX, depthMax: DEPTH_MAX });
  if (!parsed.ok) return unreadable('', `not JSON: ${parsed.error}`);
  if (!isObject(parsed.value)) return unreadable('', 'not an object');
  const { value } = parsed;
  return value.event === undefined ? pushed(value) : told(value);
}

function told(value: JsonObject): Message {
  const id = bounded(value.id, /^[A-Za-z0-9]{1,32}$/);
  const code = bounded(value.code, /^[0-9]{1,6}$/);
  switch (value.event) {
    case 'login':
      return code === '0' ? { kind: 'logged_in' } : { kind: 'error', id, code };
    case 'subscribe':
      return { kind: 'subscribed', id };
    case 'unsubscribe':
      return { kind: 'unsubscribed', id };
    case 'error':
      return { kind: 'error', id, code };
    case 'notice':
      return code === UPGRADE ? { kind: 'closing_soon' } : { kind: 'remark' };
    case 'channel-conn-count-error':
      return { kind: 'crowded', channel: nameIn(value) };
    case 'channel-conn-count':
      return { kind: 'remark' };
    default:
      return unreadable('', 'an event that nobody documented');
  }
}

function pushed({ arg, data }: JsonObject): Message {
  if (!isObject(arg) || nameIn(arg) === '') return unreadable('', 'a push without its channel');
  const channel = nameIn(arg);
  if (!isList(data)) return unreadable(channel, 'a push without rows');
  const instId = bounded(arg.instId, /^[A-Za-z0-9-]{1,40}$/);
  const instType = bounded(arg.instType, /^[A-Z]{1,10}$/);
  return {
    kind: 'push',
    channel: { channel, ...(instType === '' ? {} : { instType }), ...(instId === '' ? {} : { instId }) },
    data,
  };
}

function nameIn({ channel }: JsonObject): string {
  return bounded(channel, /^[a-zA-Z0-9_-]{1,40}$/);
}

function bounded(value: Json | undefined, shape: RegExp): string {
  return typeof value === 'string' && shape.test(value) ? value : '';
}

function unreadable(channel: string, cause: string): Message {
  return { kind: 'unreadable', channel, cause };
}
