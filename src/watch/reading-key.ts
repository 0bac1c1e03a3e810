import { createHmac } from 'node:crypto';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { SignedRequest } from '../ports/exchange.ts';
import type { decodeRead } from '../venues/okx/read.ts';
import { encode } from '../venues/okx/request.ts';
import { prehash, publicHeaders, signedHeaders } from '../venues/okx/sign.ts';

/** A question to the exchange, in twokey's own words. */
export type Question = Parameters<typeof decodeRead>[0];
/** What the exchange said to it. */
export type Report = ReturnType<typeof decodeRead>;

export type KeyFields = { readonly apiKey: string; readonly secretKey: string; readonly passphrase: string };

/** All that is ever signed here. The monitor asks for nothing else, and what it does not ask for nobody can make it sign. */
const signable = new Set(
  ['account/config', 'account/balance', 'account/positions', 'trade/orders-pending', 'trade/orders-algo-pending'].map(
    (name) => `/api/v5/${name}`,
  ),
);

/**
 * The monitor's own key of the exchange. It turns questions into requests, and refuses whatever is no GET of the few paths that the monitor reads:
 * the exchange refuses a reading key anything else too, so that this is the second lock and not the first. Nothing of it is seen when it is printed.
 */
export class ReadingKey {
  readonly #fields: KeyFields;
  readonly #simulated: boolean;

  constructor(fields: KeyFields, { simulated }: { readonly simulated: boolean }) {
    this.#fields = fields;
    this.#simulated = simulated;
  }

  /** `now` is the exchange's time in UTC milliseconds. Public questions are not signed. */
  request(question: Question, now: number): Result<SignedRequest> {
    const wire = encode(question, { simulated: this.#simulated });
    const { method, path, body } = wire;
    if (method !== 'GET' || body !== '') return err(`the monitor sends nothing but GET, and this is a ${method} (${question.kind})`);
    if (!wire.private) return ok({ method, path, body, headers: publicHeaders(wire) });
    if (!signable.has(path.split('?')[0] ?? '')) return err(`the monitor does not read ${question.kind}`);
    const { apiKey, secretKey, passphrase } = this.#fields;
    const timestamp = new Date(now).toISOString();
    const signature = createHmac('sha256', secretKey).update(prehash({ timestamp, method, path, body })).digest('base64');
    return ok({ method, path, body, headers: signedHeaders(wire, { key: apiKey, passphrase, timestamp, signature }) });
  }
}

/** Why a key with these rights is not for a monitor; empty where it is. A right that nobody has heard of may be one to trade. */
export function refusedRights(permissions: readonly string[]): string {
  const others = permissions.filter((right) => right !== 'read_only');
  if (others.length > 0)
    return `the monitor's key may ${others.join(' and ')}: make one at the exchange that may read and nothing else, and put it into watch.toml`;
  return permissions.length === 0 ? "the exchange does not say what the monitor's key may do" : '';
}
