import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Line } from '../../core/order/feed.ts';

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

/** Sockets have hosts of their own, and demo other ones than live (okx-ws.md §1). */
const socketHosts: Readonly<Record<Site, { readonly demo: string; readonly live: string }>> = {
  global: { demo: 'https://wspap.okx.com:8443', live: 'https://ws.okx.com:8443' },
  eea: { demo: 'https://wseeapap.okx.com:8443', live: 'https://wseea.okx.com:8443' },
  us: { demo: 'https://wsuspap.okx.com:8443', live: 'https://wsus.okx.com:8443' },
};

/** The origin that sockets of a site are opened at: `https` is what `wss` begins as. */
export function okxSocketOrigin(site: Site, environment: 'demo' | 'live'): string {
  return socketHosts[site][environment];
}

/** The path of a line, the same on every host. */
export function socketPath(line: Line): string {
  return `/ws/v5/${line}`;
}

/** The origin of a simulator that listens at `HOST:PORT`; anything but loopback is refused, because it is plain HTTP and has no keys to guard. */
export function simulatorOrigin(listen: string): Result<string> {
  const match = /^(127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]{0,4})$/.exec(listen);
  if (match === null || Number(match[2]) > 65_535) return err('expected a loopback address with a port, such as "127.0.0.1:7392"');
  return ok(`http://${listen}`);
}
