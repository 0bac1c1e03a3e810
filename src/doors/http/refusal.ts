import type { ServerResponse } from 'node:http';

/** What is not let in, in words. `code` is one of docs/formats/codes.md; `closes`: the connection is not worth keeping. */
export type Refusal = {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 421 | 429 | 431 | 503;
  readonly code: 'NOT_ALLOWED' | 'NOT_FOUND' | 'SCHEMA' | 'RATE_LIMIT' | 'UNAVAILABLE';
  readonly message: string;
  readonly closes: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

/** JSON-RPC's own numbers where it has one for what was wrong; its clients show number and message. */
const rpcCode: Readonly<Record<Refusal['code'], number>> = {
  SCHEMA: -32600,
  NOT_FOUND: -32601,
  NOT_ALLOWED: -32000,
  RATE_LIMIT: -32000,
  UNAVAILABLE: -32000,
};

/** One shape for every refusal: a JSON-RPC error without an id, because MCP clients read it, with our own code beside. */
export function refusalBody({ code, message }: Pick<Refusal, 'code' | 'message'>): string {
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: rpcCode[code], message, data: { code } } });
}

export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = refusalBody(refusal);
  response.writeHead(refusal.status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...safeHeaders,
    ...(refusal.closes ? { connection: 'close' } : {}),
    ...refusal.headers,
  });
  response.end(body);
}

/** Nothing of ours is to be kept, framed, sniffed or run by a browser that should never have come here. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
