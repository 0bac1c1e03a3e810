import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { err, ok, type Result } from '../../core/lang/result.ts';

export type Origin = { readonly secure: boolean; readonly host: string; readonly port: number; readonly header: string };

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** Scheme, host and port, and no more; refuses what is neither https nor on this machine. */
export function parseOrigin(baseUrl: string): Result<Origin> {
  if (!URL.canParse(baseUrl)) return err('expected a base URL such as "https://www.okx.com"');
  const url = new URL(baseUrl);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    return err('expected a base URL with scheme, host and port only');
  }
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') return err('expected a base URL that starts with https://');
  if (!secure && !loopback.has(host)) return err('plain http is for this machine only; use https');
  return ok({ secure, host, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), header: url.host });
}

/** Every option that the environment or a default could weaken is said here. */
export function secureOptions(host: string, port: number): ConnectionOptions {
  return {
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
  };
}
