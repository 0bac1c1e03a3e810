import type { SignedRequest } from '../ports/exchange.ts';
import { type Credentials, signatureOf } from '../vault/sign.ts';
import { publicHeaders, signedHeaders } from '../venues/okx/sign.ts';
import type { Part } from './flaws.ts';
import type { Question } from './side.ts';

const headerOf: Readonly<Record<Part, string>> = {
  key: 'OK-ACCESS-KEY',
  signature: 'OK-ACCESS-SIGN',
  time: 'OK-ACCESS-TIMESTAMP',
  passphrase: 'OK-ACCESS-PASSPHRASE',
};

const wrong: Readonly<Record<Part, string>> = {
  key: '00000000-0000-0000-0000-000000000000',
  signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  time: 'yesterday',
  passphrase: 'not-the-passphrase',
};
const LATE_MILLISECONDS = 120_000;

/**
 * The bytes of a question. Each of them asks for demo trading, those of public questions too: there is no argument that could change that,
 * and a key of live trading is then refused by the exchange itself (decision 0024). `now` is the exchange's time in UTC milliseconds.
 */
export function signed(
  question: Question,
  { credentials, now }: { readonly credentials: Credentials; readonly now: number },
): SignedRequest {
  const { method, query = {}, flaws = {} } = question;
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const path = pairs.length === 0 ? question.path : `${question.path}?${pairs.join('&')}`;
  const body = question.body === undefined ? '' : JSON.stringify(question.body);
  const wire = { method, path, body, expTime: '', private: !isPublic(question.path), simulated: true } as const;
  if (!wire.private) return { method, path, body, headers: publicHeaders(wire) };
  const timestamp = new Date(flaws.late === true ? now - LATE_MILLISECONDS : now).toISOString();
  const { apiKey, secretKey, passphrase } = credentials;
  const signature = signatureOf(secretKey, { timestamp, method, path, body });
  const headers = new Map(
    Object.entries(signedHeaders(wire, { key: apiKey.reveal(), passphrase: passphrase.reveal(), timestamp, signature })),
  );
  for (const part of flaws.wrong ?? []) headers.set(headerOf[part], wrong[part]);
  for (const part of flaws.without ?? []) headers.delete(headerOf[part]);
  return { method, path, body, headers: Object.fromEntries(headers) };
}

function isPublic(path: string): boolean {
  return /^\/api\/v5\/(public|market)\//.test(path);
}
