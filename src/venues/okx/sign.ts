import type { WireRequest } from './request.ts';

export type Prehash = { readonly timestamp: string; readonly method: 'GET' | 'POST'; readonly path: string; readonly body: string };

/**
 * The text whose HMAC-SHA256, in base64, is OKX's signature (okx-errors.md §1). `timestamp` is ISO 8601 UTC with milliseconds and the
 * same text as the header; `path` has its query exactly as sent. The HMAC itself is the vault's.
 */
export function prehash({ timestamp, method, path, body }: Prehash): string {
  return timestamp + method + path + body;
}

/** What a signature adds to a request: the key's public part, the passphrase and the HMAC, all of them secrets. */
export type Credential = { readonly key: string; readonly passphrase: string; readonly timestamp: string; readonly signature: string };

/** Headers of a signed request. `expTime` is a header only where the wire request has one. */
export function signedHeaders(wire: WireRequest, credential: Credential): Readonly<Record<string, string>> {
  return {
    ...publicHeaders(wire),
    'OK-ACCESS-KEY': credential.key,
    'OK-ACCESS-SIGN': credential.signature,
    'OK-ACCESS-TIMESTAMP': credential.timestamp,
    'OK-ACCESS-PASSPHRASE': credential.passphrase,
  };
}

/** Headers of a request that nobody signs. Demo is a header on public reads too: its instruments differ. */
export function publicHeaders(wire: WireRequest): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/json',
    ...(wire.simulated ? { 'x-simulated-trading': '1' } : {}),
    ...(wire.expTime === '' ? {} : { expTime: wire.expTime }),
  };
}

/** The message that logs in over a socket, from what the vault signed for it (okx-ws.md §3); `null` where a header is missing. */
export function loginMessage(headers: Readonly<Record<string, string>>): string | null {
  const { 'OK-ACCESS-KEY': apiKey, 'OK-ACCESS-PASSPHRASE': passphrase, 'OK-ACCESS-TIMESTAMP': timestamp, 'OK-ACCESS-SIGN': sign } = headers;
  if (apiKey === undefined || passphrase === undefined || timestamp === undefined || sign === undefined) return null;
  return JSON.stringify({ op: 'login', args: [{ apiKey, passphrase, timestamp, sign }] });
}
