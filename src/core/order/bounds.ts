/**
 * What an asker may say, in numbers and shapes. The gateway's parser and the doors' schemas both read them here, so that the
 * two can differ in how they check and never in what is allowed.
 */
export const bounds = {
  principal: /^[a-z0-9-]{1,32}$/,
  intentId: /^[A-Za-z0-9._:-]{1,64}$/,
  clientOrderId: /^[A-Za-z0-9]{1,32}$/,
  label: /^[A-Za-z0-9 ._:-]{1,64}$/,
  instrument: /^[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]$/,
  /** A plain decimal above zero with at most 30 digits a side: what `parseDecimal` takes, less zero and everything below. */
  amount: /^(?=.*[1-9])(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?$/,
  /** A plain decimal from -1 to 1; zero has no sign. */
  weight: /^(?!-0(?:\.0+)?$)-?(?:0(?:\.[0-9]{1,30})?|1(?:\.0{1,30})?)$/,
  /** A time to hold something: minutes, hours or days. */
  holding: /^[1-9][0-9]{0,2}[mhd]$/,
  targetsMax: 10,
  reasonBytesMax: 2048,
  evidenceItemsMax: 10,
  evidenceCharactersMax: 500,
  depthMax: 20,
  candlesMax: 100,
  waitSecondsMax: 25,
} as const;

export const sides = ['buy', 'sell'] as const;
export const intentTypes = ['market', 'limit', 'post_only', 'ioc'] as const;
export const quantityUnits = ['base', 'contracts', 'quote', 'usd'] as const;
export const marketViews = ['ticker', 'book', 'candles'] as const;
export const bars = ['1m', '5m', '15m', '1H', '4H', '1D'] as const;

/** What is said when a value is not what was expected; one wording for both sides of the channel. */
export const expected = {
  present: 'is missing',
  known: 'is not an argument of this tool',
  object: 'expected an object of arguments',
  intentId: 'expected 1 to 64 of A-Z a-z 0-9 . _ : -',
  clientOrderId: 'expected 1 to 32 of A-Z a-z 0-9',
  label: 'expected 1 to 64 of A-Z a-z 0-9 space . _ : -',
  instrument: 'expected an instrument such as "BTC-USDT"',
  amount: 'expected a plain decimal above zero as a text, such as "0.25": no exponent, spaces, sign or leading zeros',
  holding: 'expected a time of 1 to 999 minutes, hours or days, such as "30m", "8h" or "2d"',
  flag: 'expected true or false',
  reason: `expected one line of text of at most ${bounds.reasonBytesMax} bytes without control characters`,
  evidence: `expected at most ${bounds.evidenceItemsMax} texts`,
  evidenceItem: `expected one line of 1 to ${bounds.evidenceCharactersMax} characters without control characters`,
  targets: 'expected 1 to 10 targets',
  target: 'expected {"instrument": "BTC-USDT", "weight": "0.25"}: a weight is a share of base_usd from -1 to 1, as a text',
  targetTwice: 'name each instrument once',
  weightsAboveOne: 'the weights, without their signs, add up to more than 1: a quarter is 0.25',
  priceOfMarket: 'a market order has no price; leave it out or use type limit',
  priceMissing: 'is missing: every type but market needs a price',
  notionalMissing: 'is missing: required unless quantity_unit is usd',
  someTrigger: 'is missing: give stop_loss, take_profit or both',
  oneTarget: 'give instrument or client_order_id, not both',
  depthOfBook: 'goes with view book only',
  candlesOnly: 'goes with view candles only',
} as const;

/** The words for a closed choice. */
export function expectedChoice(choices: readonly string[]): string {
  return `expected one of ${choices.join(', ')}`;
}

/** The words for a whole number in a range, both ends included. */
export function expectedInteger({ from, to }: { readonly from: number; readonly to: number }): string {
  return `expected a whole number from ${from} to ${to}`;
}

/**
 * One line that a person can be shown as it is: no control characters, no line or paragraph separators, none of the marks that
 * reverse the direction of what follows, nothing that is there and not seen (a whole message can be written in tags), no half
 * characters. A reason is read by whoever approves or investigates, and by their models.
 */
export function isPlainLine(text: string): boolean {
  return text.isWellFormed() && !unseen.test(text);
}

/** Joiners stay: scripts and emoji need them. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;

/** Bytes of a well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** Whether a text may be a reason; a blank one is readable, and the policy's to refuse. */
export function isReason(text: string): boolean {
  return text.length <= bounds.reasonBytesMax && isPlainLine(text) && utf8Length(text) <= bounds.reasonBytesMax;
}

/** Whether a text may be one piece of evidence. */
export function isEvidence(text: string): boolean {
  return text.length > 0 && text.length <= bounds.evidenceCharactersMax && isPlainLine(text);
}
