import { parseInstant } from './instant.ts';
import { findKey, type Key } from './keys.ts';

/** A request as it came over the wire; header names in lower case. */
export type Request = {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly remoteAddress: string;
};

/** base64 of HMAC-SHA256 over the parts in sequence, keyed by a text. */
export type Sign = (input: { readonly secret: string; readonly parts: readonly (string | Uint8Array)[] }) => string;

export type AuthFailure = { readonly status: number; readonly code: string; readonly message: string };
export type Authenticated =
  | { readonly kind: 'authenticated'; readonly key: Key }
  | { readonly kind: 'failed'; readonly failure: AuthFailure };

/** How far a client's clock may be off. */
export const CLOCK_MILLISECONDS_MAX = 30_000;

export type Rights = 'read' | 'trade';

export type Authentication = { readonly request: Request; readonly now: number; readonly sign: Sign; readonly needs: Rights };

/**
 * Checks key, time, signature and rights of a request in the exchange's sequence, so that each of its codes can be reached. The
 * signature covers the bytes as they came: re-written queries or bodies would refuse clients that the exchange accepts.
 */
export function authenticate({ request, now, sign, needs }: Authentication): Authenticated {
  // @rule auth-sequence
  const { headers } = request;
  const [apiKey, signature] = [headers['ok-access-key'] ?? '', headers['ok-access-sign'] ?? ''];
  const [timestamp, passphrase] = [headers['ok-access-timestamp'] ?? '', headers['ok-access-passphrase'] ?? ''];
  if (apiKey === '') return failed('50103', 'Request header "OK-ACCESS-KEY" cannot be empty.');
  if (signature === '') return failed('50106', 'Request header "OK-ACCESS-SIGN" cannot be empty.');
  if (timestamp === '') return failed('50107', 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.');
  const instant = timestamp.includes('T') ? parseInstant(timestamp) : undefined;
  if (instant === undefined) return failed('50112', 'Invalid OK-ACCESS-TIMESTAMP');
  if (passphrase === '') return failed('50104', 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.');
  const key = findKey(apiKey);
  if (key === undefined) return failed('50111', 'Invalid OK-ACCESS-KEY');
  const simulated = headers['x-simulated-trading'] ?? '';
  // @rule demo-header
  // @rule demo-key
  const isElsewhere = key.demo === true && simulated !== '1';
  if (isElsewhere || !['', '0', '1'].includes(simulated)) return failed('50101', 'APIKey does not match current environment.');
  const caller = request.remoteAddress.replace(/^::ffff:/, '');
  if (key.ip !== '' && !key.ip.split(',').includes(caller)) {
    return failed('50110', `Your IP ${caller} is not included in your API key's ${key.apiKey} IP whitelist.`);
  }
  // @rule clock
  if (Math.abs(now - instant) > CLOCK_MILLISECONDS_MAX) return failed('50102', 'Timestamp request expired');
  const expected = sign({ secret: key.secret, parts: [timestamp, request.method, request.url, request.body] });
  // @rule raw-bytes-signed
  if (signature !== expected) return failed('50113', 'Invalid Sign');
  if (passphrase !== key.passphrase) return failed('50105', 'Request header "OK-ACCESS-PASSPHRASE" incorrect.');
  if (!key.perm.split(',').includes(needs === 'trade' ? 'trade' : 'read_only')) {
    return {
      kind: 'failed',
      failure: { status: 200, code: '50120', message: "This API key doesn't have permission to use this function." },
    };
  }
  return { kind: 'authenticated', key };
}

function failed(code: string, message: string): Authenticated {
  return { kind: 'failed', failure: { status: 401, code, message } };
}
