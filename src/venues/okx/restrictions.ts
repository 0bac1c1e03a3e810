import { type Answer, described } from './write.ts';
import { isObject, parseEnvelope } from './fields.ts';

/** What an answer to a write says of more than the order that it answers. */
export type Restriction = { readonly scope: 'instrument' | 'account'; readonly cause: string };

/** The instrument does not trade normally: not listed yet, suspended, expired, delivered, settled; or not for this account. */
const ofInstrument: readonly string[] = ['50032', '50033', '51021', '51022', '51027', '51028', '51029', '51030'];

/**
 * The account is frozen, blocked, or may only reduce: stop-outs, auto-deleveraging, liquidation, risk control, an account mode that is not ours. Of
 * 51037 and 51209 to 51214 it is not known whether they prove that the order was not taken (reference/risk.md §4.10); here they need not.
 */
const ofAccount: readonly string[] = (
  '50007 50008 50009 50012 50017 50018 50019 50020 50021 50022 50023 50027 50028 50029 50052 50059 50060 ' +
  '51010 51024 51037 51155 51209 51210 51211 51212 51213 51214 51734'
).split(' ');

/**
 * Whether the exchange lets less be done than before; `null` for an answer that says nothing of it. It decides nothing about the order: a
 * restriction only ever stops more, so that it is believed from any answer that can be read.
 */
export function restrictionIn({ body }: Answer): Restriction | null {
  const read = parseEnvelope(body);
  if (!read.ok) return null;
  const codes = [read.value.code, ...read.value.data.map((row) => (isObject(row) ? row['sCode'] : undefined))].filter(
    (code) => typeof code === 'string',
  );
  const account = codes.find((code) => ofAccount.includes(code));
  if (account !== undefined) return { scope: 'account', cause: `the exchange restricts the account: ${described(account)}` };
  const instrument = codes.find((code) => ofInstrument.includes(code));
  return instrument === undefined
    ? null
    : { scope: 'instrument', cause: `the exchange does not trade it normally: ${described(instrument)}` };
}
