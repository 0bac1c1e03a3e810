import type { Mode } from '../core/account/mode.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import { compare, type Decimal, formatDecimal, isPositive } from '../core/money/decimal.ts';
import type { PositionMode } from '../core/order/leg.ts';
import type { AccountConfigReport, BalanceReport } from '../core/order/report.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';

/**
 * Isolation is checked and not hoped for (DESIGN, mission): what the exchange says of key and account is held against what twokey relies on. A
 * `refuse` keeps `up` from starting. `fix` names where to click at OKX, because that is where all of it is put right.
 */
export type Finding = {
  readonly topic: Topic;
  readonly verdict: 'refuse' | 'warn';
  /** What is, in one clause. */
  readonly message: string;
  readonly fix: string;
};

export type Topic =
  | 'key rights'
  | 'sub-account'
  | 'key address'
  | 'key label'
  | 'position mode'
  | 'account level'
  | 'borrowing'
  | 'funding account'
  | 'leverage';

/** What the exchange said. What it did not say is `null`, or missing from the map, and is not judged: the account alone is asked for until it is told. */
export type Seen = {
  readonly account: AccountConfigReport;
  readonly funding: BalanceReport['currencies'] | null;
  readonly leverage: ReadonlyMap<InstrumentId, Decimal>;
};

/** Everything that is wrong or unwise, in the order in which a person can mend it. */
export function vet(seen: Seen, configuration: Configuration): readonly Finding[] {
  const { account } = seen;
  return [
    ...rightsOf(account, configuration),
    ...ownerOf(account, configuration),
    ...addressOf(account, configuration),
    ...settingsOf(account, configuration),
    ...fundsOf(seen),
    ...leverageOf(seen, configuration),
  ];
}

/**
 * What speaks against trading on, a minute or so after `before` was seen: everything that would refuse a start, and what has changed. What the exchange
 * does not say of the leverage stays as it was.
 */
export function worsened(before: Seen, now: Seen, configuration: Configuration): readonly Finding[] {
  const known = new Set(vet(before, configuration).map(({ message }) => message));
  const found = vet(now, configuration).filter(({ verdict, message }) => verdict === 'refuse' || !known.has(message));
  const changed = changesOf(before.account, now.account, configuration);
  return [...found, ...changed.filter(({ topic }) => !found.some((other) => other.topic === topic))];
}

/** Where that leads: a key that may take the money out, or opens all of it, or another account, must do nothing more; the rest closes entries. */
export function modeAfter(before: Seen, { account }: Seen, { exchange }: Configuration): Exclude<Mode, 'ACTIVE'> {
  const opensAll = account.permissions.includes('withdraw') || account.uid === account.mainUid;
  return account.uid !== before.account.uid || (exchange.environment === 'live' && opensAll) ? 'HALTED' : 'REDUCE_ONLY';
}

function changesOf(before: AccountConfigReport, now: AccountConfigReport, configuration: Configuration): readonly Finding[] {
  const key = `if that was not you, delete the key and find out who it was (${keysAt(configuration)}); if it was, twokey resume`;
  const setting = (where: string) =>
    `if that was not you, set it back and find out who it was (OKX: Trade → Settings → ${where}); if it was, twokey resume`;
  const listed = (parts: readonly string[]): string => parts.toSorted().join(', ');
  const facts: readonly (readonly [Topic, string, string, string])[] = [
    ['sub-account', `account ${before.uid}`, `account ${now.uid}`, key],
    ['key rights', `may ${listed(before.permissions)}`, `may ${listed(now.permissions)}`, key],
    ['key address', `is bound to ${listed(before.addresses)}`, `is bound to ${listed(now.addresses)}`, key],
    ['key label', before.label, now.label, key],
    ['position mode', before.positionMode, now.positionMode, setting('Position mode')],
    ['account level', `level ${before.accountLevel}`, `level ${now.accountLevel}`, setting('Account mode')],
  ];
  return facts.flatMap(([topic, was, is, fix]) => {
    if (was === is) return [];
    // The label is a text of somebody, and this stands in the first line of an alert.
    const words = topic === 'key label' ? 'OKX shows it beside the key' : `${is}; it was: ${was}`;
    return [warn(topic, `the ${topic} changed: ${words}`, fix)];
  });
}

/** `null`: a mode that the books do not know. */
export function positionModeOf({ positionMode }: AccountConfigReport): PositionMode | null {
  return positionMode === 'net_mode' ? 'net' : positionMode === 'long_short_mode' ? 'long_short' : null;
}

/** The derivatives of the policy, which have a leverage. */
export function derivativesOf({ policy }: Configuration): readonly InstrumentId[] {
  return policy.instruments.filter((name) => typeOfInstrument(name) !== 'SPOT');
}

/** One line for a person. */
export function findingText({ message, fix }: Finding): string {
  return `${message}; ${fix}`;
}

/** Where OKX keeps the keys of an environment. */
function keysAt({ exchange }: Configuration): string {
  return exchange.environment === 'demo' ? 'OKX: Trade → Demo trading → profile → Demo trading API' : 'OKX: profile → Sub-accounts → API';
}

function rightsOf({ permissions }: AccountConfigReport, configuration: Configuration): readonly Finding[] {
  const may = permissions.join(', ');
  if (permissions.includes('withdraw')) {
    const fix = `make a key with read and trade only, and delete this one (${keysAt(configuration)})`;
    return [refuse('key rights', `this key may withdraw (it may ${may})`, fix)];
  }
  if (permissions.includes('trade') || configuration.exchange.readOnly) return [];
  const fix = `make a key with read and trade (${keysAt(configuration)}), or use --read-only`;
  return [refuse('key rights', `this key may not trade (it may ${may})`, fix)];
}

/** Demo trading is given to main accounts; elsewhere one holds everything that its owner has. */
function ownerOf({ uid, mainUid }: AccountConfigReport, { exchange }: Configuration): readonly Finding[] {
  if (uid !== mainUid) return [];
  const message = `this key opens the main account ${uid}`;
  if (exchange.environment === 'demo') return [warn('sub-account', message, 'that is fine in demo; live wants a sub-account')];
  const fix =
    'make a sub-account that holds only what you mean to risk, and a key there (OKX: profile → Sub-accounts → Create sub-account → API)';
  return [refuse('sub-account', message, fix)];
}

function addressOf({ addresses }: AccountConfigReport, configuration: Configuration): readonly Finding[] {
  if (addresses.length > 0) return [];
  const fix = `bind it to the address of this machine (${keysAt(configuration)} → Edit → IP address); unbound keys end after 14 idle days`;
  const found = configuration.exchange.environment === 'live' ? refuse : warn;
  return [found('key address', 'this key is bound to no address and works from everywhere', fix)];
}

function settingsOf(account: AccountConfigReport, configuration: Configuration): readonly Finding[] {
  const found: Finding[] = [];
  if (positionModeOf(account) === null) {
    const message = `the account's position mode is ${account.positionMode}, and twokey keeps books of net and of long/short mode`;
    const fix = 'close every position, then choose one of the two (OKX: Trade → Settings → Position mode)';
    found.push(refuse('position mode', message, fix));
  }
  const derivatives = derivativesOf(configuration);
  if (account.accountLevel === '1' && derivatives.length > 0) {
    const message = `the account is in spot mode, and the policy names ${derivatives.join(', ')}`;
    const fix = 'choose futures mode (OKX: Trade → Settings → Account mode → Futures mode), or take them out of instruments in twokey.toml';
    found.push(refuse('account level', message, fix));
  }
  if (account.autoLoan || account.spotBorrow) {
    const message = 'borrowing is on, so that a sell may open a debt';
    found.push(refuse('borrowing', message, 'switch auto-borrow and spot borrowing off (OKX: Trade → Settings → Auto-borrow)'));
  }
  return found;
}

/** What lies in the funding account counts as nothing here: no order can use it. */
function fundsOf({ funding }: Seen): readonly Finding[] {
  const held = (funding ?? []).filter(({ total }) => isPositive(total));
  if (held.length === 0) return [];
  const amounts = held.slice(0, AMOUNTS_MAX).map(({ currency, total }) => `${formatDecimal(total)} ${currency}`);
  const more = held.length > AMOUNTS_MAX ? ` and ${held.length - AMOUNTS_MAX} more currencies` : '';
  const message = `the funding account holds ${amounts.join(', ')}${more}, which no order can use`;
  const fix = 'if it is meant for trading, move it while no gateway runs (OKX: Assets → Transfer → from Funding to Trading)';
  return [warn('funding account', message, fix)];
}

const AMOUNTS_MAX = 5;

/** Entries there are refused by max_leverage in any case; exits are not. */
function leverageOf({ leverage }: Seen, { policy }: Configuration): readonly Finding[] {
  const most = formatDecimal(policy.maxLeverage);
  return [...leverage].flatMap(([instrument, set]) => {
    if (compare(set, policy.maxLeverage) <= 0) return [];
    const message = `the leverage of ${instrument} is ${formatDecimal(set)} of at most ${most} (max_leverage), so that entries there are refused`;
    const fix = `twokey account set-leverage ${instrument} ${most} (or OKX: Trade → ${instrument} → Cross, then the leverage beside it)`;
    return [warn('leverage', message, fix)];
  });
}

function refuse(topic: Topic, message: string, fix: string): Finding {
  return { topic, verdict: 'refuse', message, fix };
}

function warn(topic: Topic, message: string, fix: string): Finding {
  return { topic, verdict: 'warn', message, fix };
}
