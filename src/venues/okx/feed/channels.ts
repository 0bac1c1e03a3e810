import { coinOf } from '../../../core/market/dollar-coins.ts';
import { paysFunding } from '../../../core/market/instrument.ts';
import type { Interest, Line } from '../../../core/order/feed.ts';

/** One argument of a subscription (okx-ws.md §4). */
export type Channel = { readonly channel: string; readonly instType?: string; readonly instId?: string };

export const lines: readonly Line[] = ['public', 'private', 'business'];

/** One connection may ask for 480 an hour; the prices of what is beyond are asked for by REST alone. */
const PUBLIC_MAX = 400;

/** Lines of the account: they need a login. */
export function isSecret(line: Line): boolean {
  return line !== 'public';
}

/** What is listened to on each line: the account always, and the prices of what is of interest. */
export function channelsOf(interest: Interest): Readonly<Record<Line, readonly Channel[]>> {
  const indexes = new Set<string>();
  const open: Channel[] = [
    { channel: 'instruments', instType: 'SPOT' },
    { channel: 'instruments', instType: 'SWAP' },
    { channel: 'status' },
  ];
  for (const instrument of interest) {
    const { id: instId, base, quote } = instrument;
    const coin = coinOf(instrument);
    indexes.add(`${base}-${quote}`);
    if (coin !== null) indexes.add(`${coin}-USD`);
    // No book: the five levels that come whole are too few to measure an order by, and deeper ones come as changes that must not be missed.
    open.push({ channel: 'tickers', instId });
    if (instrument.kind !== 'spot') open.push({ channel: 'mark-price', instId });
    if (paysFunding(instrument)) open.push({ channel: 'funding-rate', instId });
  }
  for (const instId of indexes) open.push({ channel: 'index-tickers', instId });
  return {
    public: open.slice(0, PUBLIC_MAX),
    private: [{ channel: 'orders', instType: 'ANY' }, { channel: 'positions', instType: 'ANY' }, { channel: 'account' }],
    business: [{ channel: 'orders-algo', instType: 'ANY' }],
  };
}

/** One text for one subscription, however its argument was written. */
export function nameOf({ channel, instType = '', instId = '' }: Channel): string {
  return `${channel}|${instType}|${instId}`;
}

/**
 * How often a channel speaks at least, in milliseconds, also when nothing changes (OKX's documentation of each; what it says of tickers is only
 * how often at most); `null` where silence says nothing.
 */
export function rhythmOf({ channel }: Channel): number | null {
  switch (channel) {
    case 'mark-price':
      return 10_000;
    // Every five seconds or so: to ask for it anew is counted, and who listens does not rely on it alone.
    case 'account':
      return 30_000;
    case 'index-tickers':
    case 'funding-rate':
      return 90_000;
    default:
      return null;
  }
}
