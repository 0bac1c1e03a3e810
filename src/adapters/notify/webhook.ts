import { type ClientRequest, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Told } from '../../ports/notifier.ts';

/** From the first try to connect to the status of the answer. */
export const WEBHOOK_MILLISECONDS = 5000;

export type Post = {
  /** `https://…`, or `http://` on this machine, as the file's reader checked it. */
  readonly url: string;
  readonly body: string;
  readonly timeoutMilliseconds?: number;
};

/**
 * Posts one JSON body, once. A status from 200 to 299 is all that counts: the answer's text is never read, a redirect is not followed, and no connection
 * is kept. The exchange's own client is too strict for this: what it refuses of a stranger's answer would count as not delivered, and be sent again.
 */
export function postJson({ url, body, timeoutMilliseconds = WEBHOOK_MILLISECONDS }: Post): Promise<Told> {
  const send = url.startsWith('https:') ? requestSecure : requestPlain;
  return new Promise((resolve) => {
    let outgoing: ClientRequest | null = null;
    const settle = (told: Told): void => {
      clearTimeout(timer);
      outgoing?.destroy();
      resolve(told);
    };
    const timer = setTimeout(() => settle({ kind: 'failed', cause: `no answer within ${timeoutMilliseconds} ms` }), timeoutMilliseconds);
    try {
      const bytes = Buffer.from(body, 'utf8');
      const headers = { 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': 'twokey' };
      outgoing = send(url, { method: 'POST', agent: false, headers, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
      outgoing.on('response', ({ statusCode = 0 }) =>
        settle(statusCode >= 200 && statusCode < 300 ? { kind: 'told' } : { kind: 'failed', cause: `answered with status ${statusCode}` }),
      );
      // Later errors belong to a connection that was ended on purpose.
      outgoing.on('error', (error) => settle({ kind: 'failed', cause: codeOf(error) }));
      outgoing.end(bytes);
    } catch (error) {
      settle({ kind: 'failed', cause: error instanceof Error ? codeOf(error) : 'not sent' });
    }
  });
}

/** The code of an error of the system, such as ECONNREFUSED; never its text, which may hold an address that is a secret. */
export function codeOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'failed';
}
