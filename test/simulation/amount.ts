// The judge's own arithmetic: whole numbers of 1e-18, so that it shares nothing with what it judges.

const DIGITS = 18;
const SCALE = 10n ** BigInt(DIGITS);

export type Amount = bigint;

export function amountOf(text: string): Amount {
  const match = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null) throw new Error(`no amount: ${text}`);
  const [, sign = '', whole = '', fraction = ''] = match;
  const value = BigInt(whole + fraction.padEnd(DIGITS, '0'));
  return sign === '-' ? -value : value;
}

export function show(amount: Amount): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Rounded towards zero. */
export function times(left: Amount, right: Amount): Amount {
  return (left * right) / SCALE;
}

export function least(left: Amount, right: Amount): Amount {
  return left < right ? left : right;
}

export function most(left: Amount, right: Amount): Amount {
  return left > right ? left : right;
}

export function size(amount: Amount): Amount {
  return amount < 0n ? -amount : amount;
}
