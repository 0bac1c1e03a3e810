import type { ExchangeRequest } from '../core/order/request.ts';
import type { SignedRequest } from './exchange.ts';

export type Signed =
  | { readonly kind: 'signed'; readonly request: SignedRequest }
  /** The vault's own no: its table, its ceiling, a hash that differs. Final. */
  | { readonly kind: 'refused'; readonly cause: string }
  /** The vault is gone. Nothing was signed for us. */
  | { readonly kind: 'dead' };

/**
 * Turns a request into bytes with a signature. The signer builds the bytes itself from the structured request and compares
 * their hash with `expectedHash`, the one that the decision journaled (empty for reads). `epoch` is that of the decision (0 for reads):
 * after `raise` nothing of an older one is signed but cancels.
 */
export type Signer = {
  readonly sign: (request: ExchangeRequest, expectedHash: string, epoch: number) => Promise<Signed>;
  readonly raise: (epoch: number) => void;
};
