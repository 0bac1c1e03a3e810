/** Bytes ready to leave. `headers` holds the signature: it is never logged. */
export type SignedRequest = {
  readonly method: 'GET' | 'POST';
  /** Path with query, exactly as signed. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Sent =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Certainly not one byte left. */
  | { readonly kind: 'not_sent'; readonly cause: string }
  /** Bytes left, or may have left, and no complete answer came. */
  | { readonly kind: 'unknown'; readonly cause: string };

/**
 * The connection to the exchange. `mayStillLeave` is asked in the same tick in which the bytes are written, on a connected
 * socket: a no means `not_sent`. Sends once, follows no redirect, bounds time and size.
 */
export type Exchange = { readonly send: (request: SignedRequest, mayStillLeave: () => boolean) => Promise<Sent> };
