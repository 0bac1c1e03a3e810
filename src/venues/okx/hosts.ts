import { err, ok, type Result } from '../../core/lang/result.ts';

export type Site = 'global' | 'eea' | 'us';

/** OKX's hosts, pinned: no setting can point a key elsewhere. Demo is the same host with another header (okx-endpoints.md, conventions). */
const hosts: Readonly<Record<Site, string>> = {
  global: 'https://www.okx.com',
  eea: 'https://eea.okx.com',
  us: 'https://us.okx.com',
};

/** The origin that demo and live requests of a site go to. */
export function okxOrigin(site: Site): string {
  return hosts[site];
}

/** The origin of a simulator that listens at `HOST:PORT`; anything but loopback is refused, because it is plain HTTP and has no keys to guard. */
export function simulatorOrigin(listen: string): Result<string> {
  const match = /^(127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]{0,4})$/.exec(listen);
  if (match === null || Number(match[2]) > 65_535) return err('expected a loopback address with a port, such as "127.0.0.1:7392"');
  return ok(`http://${listen}`);
}
