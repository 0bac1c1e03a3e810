import { err, ok, type Result } from '../core/lang/result.ts';
import type { Request } from './auth.ts';
import { isFields, textField } from './fields.ts';
import type { Key } from './keys.ts';

/** What changed the exchange, as it is kept in the log. Times are the exchange's own. */
export type Event =
  | {
      readonly kind: 'request';
      readonly at: number;
      readonly apiKey: string;
      readonly method: string;
      readonly url: string;
      readonly expTime: string;
      readonly body: string;
    }
  | {
      readonly kind: 'limited';
      readonly at: number;
      readonly account: string;
      readonly path: string;
      readonly code: string;
      readonly body: string;
    }
  | { readonly kind: 'desk'; readonly at: number; readonly name: string; readonly body: string }
  | { readonly kind: 'tick'; readonly at: number };

export type Asked = { readonly request: Request; readonly at: number; readonly key: Key | undefined; readonly body: string };

export function eventOf({ request, at, key, body }: Asked): Event {
  const { method, url, headers } = request;
  return { kind: 'request', at, apiKey: key?.apiKey ?? '', method, url, expTime: headers['exptime'] ?? '', body };
}

/** Reads one line of the log. */
export function parseEvent(line: string): Result<Event> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err('expected a line of JSON');
  }
  if (!isFields(value)) return err('expected an object');
  const at = value['at'];
  if (typeof at !== 'number') return err('expected "at" as a number of milliseconds');
  const [kind, body] = [textField(value, 'kind'), textField(value, 'body')];
  if (kind === 'tick') return ok({ kind, at });
  if (kind === 'desk') return ok({ kind, at, name: textField(value, 'name'), body });
  if (kind === 'limited') {
    const [account, path, code] = [textField(value, 'account'), textField(value, 'path'), textField(value, 'code')];
    return ok({ kind, at, account, path, code, body });
  }
  if (kind !== 'request') return err(`unknown kind '${kind}'`);
  const [apiKey, method] = [textField(value, 'apiKey'), textField(value, 'method')];
  const [url, expTime] = [textField(value, 'url'), textField(value, 'expTime')];
  return ok({ kind, at, apiKey, method, url, expTime, body });
}
