import type { Entry } from '../journal/entry.ts';

/**
 * What the operator's word has made of an agent, by name. It beats `twokey.toml`: who was revoked stays out though the file names them, and who was
 * added trades with the account's own limits where the file has no section of theirs.
 */
export type Grant =
  /** `tokenHash`: SHA-256 of the token that opens the HTTP door, in hex. The token itself is nowhere. */
  { readonly kind: 'added'; readonly tokenHash: string; readonly at: number } | { readonly kind: 'revoked'; readonly at: number };

export type Grants = ReadonlyMap<string, Grant>;

/** The grants after one more word of the operator. */
export function granted(grants: Grants, entry: Extract<Entry, { kind: 'agent_added' | 'agent_revoked' }>, at: number): Grants {
  const grant: Grant = entry.kind === 'agent_added' ? { kind: 'added', tokenHash: entry.token_hash, at } : { kind: 'revoked', at };
  return new Map(grants).set(entry.agent, grant);
}
