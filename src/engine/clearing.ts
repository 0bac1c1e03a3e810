import type { Clearing } from '../core/order/request.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Signer } from '../ports/signer.ts';
import { decodeClearing } from '../venues/okx/write.ts';
import type { Pace } from './pace.ts';

/** Sends a list of cancels, and says why not all of it was taken; empty when it was. Cancels are always possible (law 4). */
export async function clear({
  request,
  requestHash,
  signer,
  exchange,
  pace,
  mayStillLeave,
}: {
  readonly request: Clearing;
  readonly requestHash: string;
  readonly signer: Signer;
  readonly exchange: Exchange;
  readonly pace: Pace;
  readonly mayStillLeave: () => boolean;
}): Promise<string> {
  const signed = await signer.sign(request, requestHash, 0);
  if (signed.kind !== 'signed') return signed.kind === 'dead' ? 'the vault is gone' : `the vault refused: ${signed.cause}`;
  await pace(request);
  const sent = await exchange.send(signed.request, mayStillLeave);
  return sent.kind === 'answered' ? decodeClearing(request, sent).cause : sent.cause;
}
