import { CLOCK_MILLISECONDS_MAX, type Sign } from './auth.ts';
import type { SocketError } from './channels.ts';
import { type Fields, isFields, textField } from './fields.ts';
import { findKey, type Key } from './keys.ts';

export type Login = {
  readonly args: unknown;
  readonly now: number;
  readonly sign: Sign;
  readonly address: string;
  /** What the header x-simulated-trading said when the connection was opened. */
  readonly environment: string;
};

/** Checks a login in a fixed sequence, so that each code of the exchange can be reached. Its time is in whole seconds. */
export function checkLogin({ args, now, sign, address, environment }: Login): { readonly key: Key } | { readonly error: SocketError } {
  // @rule login-sequence
  const only: unknown = Array.isArray(args) && args.length === 1 ? args[0] : undefined;
  if (!isFields(only)) return failed('60009', 'Login failed.');
  const [apiKey, passphrase, timestamp, signature] = ['apiKey', 'passphrase', 'timestamp', 'sign'].map((name) => textField(only, name));
  if (apiKey === undefined || apiKey === '') return failed('60005', 'Invalid apiKey');
  if (timestamp === undefined || !/^\d{10}(\.\d{1,3})?$/.test(timestamp)) return failed('60004', 'Invalid timestamp');
  const key = findKey(apiKey);
  if (key === undefined) return failed('60032', "API key doesn't exist.");
  if (!['', '0', '1'].includes(environment)) return failed('50101', 'APIKey does not match current environment.');
  const caller = address.replace(/^::ffff:/, '');
  if (key.ip !== '' && !key.ip.split(',').includes(caller)) {
    return failed('50110', `Your IP ${caller} is not included in your API key's ${key.apiKey} IP whitelist.`);
  }
  // @rule login-valid-for
  if (Math.abs(now - Number(timestamp) * 1000) > CLOCK_MILLISECONDS_MAX) return failed('60006', 'Timestamp request expired');
  if (signature !== sign({ secret: key.secret, parts: [timestamp, 'GET', '/users/self/verify'] })) return failed('60007', 'Invalid sign');
  return passphrase === key.passphrase ? { key } : failed('60024', 'Wrong passphrase');
}

function failed(code: string, message: string): { readonly error: SocketError } {
  return { error: { code, message } };
}

/** What a client names its message by; undefined when it is none. */
export function readId(message: Fields): string | undefined {
  const id = textField(message, 'id');
  return /^[A-Za-z0-9]{0,32}$/.test(id) ? id : undefined;
}
