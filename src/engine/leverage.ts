import type { Decimal } from '../core/money/decimal.ts';
import type { Leveraging } from '../core/order/request.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Signer } from '../ports/signer.ts';
import { decodeLeverage, leverageRefusal } from '../venues/okx/leverage.ts';
import type { Inquiry } from './inquiry.ts';
import type { Pace } from './pace.ts';

/** What became of it: the exchange's answer in our words, and what it says the leverage is now; `null` where it would not say. */
export type Leveraged = {
  readonly outcome: 'accepted' | 'rejected' | 'unknown' | 'not_sent';
  readonly cause: string;
  readonly leverage: Decimal | null;
};

type Asking = {
  readonly request: Leveraging;
  readonly requestHash: string;
  readonly fence: number;
  readonly signer: Signer;
  readonly exchange: Exchange;
  readonly pace: Pace;
  readonly inquiry: Inquiry;
  readonly mayStillLeave: () => boolean;
};

/** Sends it once and reads the leverage back, whatever was answered. */
export async function setLeverage(asking: Asking): Promise<Leveraged> {
  const answer = await send(asking);
  const { report } = await asking.inquiry.ask({ kind: 'leverage', instrument: asking.request.instrument });
  return { ...answer, leverage: report.kind === 'leverage' ? report.leverage : null };
}

async function send({ request, requestHash, fence, signer, exchange, pace, mayStillLeave }: Asking): Promise<Omit<Leveraged, 'leverage'>> {
  const signed = await signer.sign(request, requestHash, fence);
  if (signed.kind !== 'signed')
    return { outcome: 'not_sent', cause: signed.kind === 'dead' ? 'the vault is gone' : `the vault refused: ${signed.cause}` };
  await pace(request);
  const sent = await exchange.send(signed.request, mayStillLeave);
  if (sent.kind !== 'answered') return { outcome: sent.kind, cause: sent.cause };
  const report = decodeLeverage(request, sent);
  if (report.kind === 'rejected') return { outcome: 'rejected', cause: leverageRefusal(report.code) };
  return { outcome: report.kind, cause: report.kind === 'unknown' ? report.cause : '' };
}
