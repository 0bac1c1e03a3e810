import { err, ok, type Result } from '../core/lang/result.ts';
import { type Fields, isFields, textField } from './fields.ts';
import { familyOf, findInstrument } from './instruments.ts';
import { isPublicChannel, needsInstrument } from './public-rows.ts';
import type { Row } from './rows.ts';

/** What one subscription is about. What was not given is empty. */
export type Arg = {
  readonly channel: string;
  readonly instType: string;
  readonly instFamily: string;
  readonly instId: string;
  readonly ccy: string;
  /** Milliseconds between regular pushes of positions and balances; 0 for changes only. */
  readonly interval: number;
  /** As the client wrote it: acknowledgements and pushes repeat it. */
  readonly sent: Fields;
};

export type SocketError = { readonly code: string; readonly message: string };

/** Private channels, and whether they ask for the type of instrument. */
const privateChannels: ReadonlyMap<string, boolean> = new Map([
  ['orders', true],
  ['orders-algo', true],
  ['algo-advance', true],
  ['positions', true],
  ['liquidation-warning', true],
  ['account', false],
  ['account-greeks', false],
  ['balance_and_position', false],
  ['fills', false],
]);

/** Channels of which an account may hold thirty connections at most. */
export const countedChannels: ReadonlySet<string> = new Set([
  'orders',
  'account',
  'positions',
  'balance_and_position',
  'liquidation-warning',
  'account-greeks',
]);

/** Channels for large traders only. */
export const tierChannels: ReadonlySet<string> = new Set(['fills', 'books-l2-tbt', 'books50-l2-tbt']);

export function isPrivateChannel(channel: string): boolean {
  return privateChannels.has(channel);
}

const types: readonly string[] = ['SPOT', 'MARGIN', 'SWAP', 'FUTURES', 'OPTION'];
const REGULAR = 5000;

/** Reads one argument of a subscription; the channel has to exist, and so has what it is asked about. */
export function readArg(entry: unknown): Result<Arg, SocketError> {
  if (!isFields(entry)) return err({ code: '60012', message: `Invalid request: ${JSON.stringify(entry)}` });
  const [channel, instType, instId] = [textField(entry, 'channel'), textField(entry, 'instType'), textField(entry, 'instId')];
  const [instFamily, ccy] = [textField(entry, 'instFamily') || textField(entry, 'uly'), textField(entry, 'ccy')];
  if (channel === '') return err(missing('channel'));
  const interval = readInterval(textField(entry, 'extraParams'));
  if (interval === undefined) return err({ code: '60033', message: 'Parameter extraParams error' });
  const arg: Arg = { channel, instType, instFamily, instId, ccy, interval, sent: entry };
  if (tierChannels.has(channel) && !isPrivateChannel(channel)) return ok(arg);
  const needsType = privateChannels.get(channel);
  if (needsType === undefined && !isPublicChannel(channel)) return err(unknown(arg));
  if (needsType === true) {
    if (instType === '') return err(missing('instType'));
    if (instType !== 'ANY' && !types.includes(instType)) return err(unknown(arg));
    return instId !== '' && findInstrument(instId) === undefined ? err(unknown(arg)) : ok(arg);
  }
  if (needsType === undefined && needsInstrument(channel) && instId === '') return err(missing('instId'));
  return ok(arg);
}

function missing(name: string): SocketError {
  return { code: '60027', message: `Parameter ${name} can not be empty` };
}

export function unknown({ channel, instId }: Pick<Arg, 'channel' | 'instId'>): SocketError {
  const where = instId === '' ? `channel:${channel}` : `channel:${channel},instId:${instId}`;
  const sentence = "doesn't exist. Please use the correct URL, channel and parameters referring to API document.";
  return { code: '60018', message: `Wrong URL or ${where} ${sentence}` };
}

/** The interval stands in a text of JSON inside the argument. */
function readInterval(text: string): number | undefined {
  if (text === '') return REGULAR;
  try {
    const parsed: unknown = JSON.parse(text);
    const given = isFields(parsed) ? textField(parsed, 'updateInterval') : '';
    if (given === '') return REGULAR;
    return ['0', '2000', '3000', '4000'].includes(given) ? Number(given) : undefined;
  } catch {
    return undefined;
  }
}

/** Under what name a session keeps a subscription: the same argument written otherwise is the same subscription. */
export function subscriptionName({ channel, instType, instFamily, instId, ccy }: Arg): string {
  return [channel, instType, instFamily, instId, ccy].join('|');
}

/** Whether a row of a private channel belongs to a subscription. */
export function matches(arg: Arg, row: Row): boolean {
  if (arg.channel === 'balance_and_position') return true;
  if (arg.channel === 'account') {
    const details: readonly unknown[] = Array.isArray(row['details']) ? row['details'] : [];
    return arg.ccy === '' || details.some((detail) => isFields(detail) && arg.ccy.split(',').includes(textField(detail, 'ccy')));
  }
  const instId = textField(row, 'instId');
  if (arg.instId !== '' && arg.instId !== instId) return false;
  const instrument = findInstrument(instId);
  if (arg.instFamily !== '' && (instrument === undefined || familyOf(instrument) !== arg.instFamily)) return false;
  return arg.instType === '' || arg.instType === 'ANY' || arg.instType === instrument?.instType;
}
