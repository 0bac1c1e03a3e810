import type { Configuration } from '../../core/policy/configuration.ts';
import { cell, type Fields, isFields, isList } from './text.ts';

/** One line of `twokey doctor`. `fix` is empty where there is nothing to do. */
export type Check = { readonly name: string; readonly status: 'ok' | 'warning' | 'failed'; readonly detail: string; readonly fix: string };

/** How far the clocks may be apart before ages and expiries become guesses, in milliseconds (reference/risk.md §4.9). */
const SKEW_WARNING_MILLISECONDS = 500;
const SKEW_FAILED_MILLISECONDS = 2000;

/** What the exchange says of the key, judged by what it should be able to do and nothing beyond. */
export function keyChecks(account: Fields, { exchange }: Configuration): readonly Check[] {
  const rights = listOf(account, 'key_rights');
  const addresses = listOf(account, 'key_bound_to');
  const checks: Check[] = [];
  if (rights.includes('withdraw'))
    checks.push(failed('key rights', `the key may ${rights.join(', ')}`, 'make a key with read and trade only, then delete this one'));
  else if (!rights.includes('trade') && !exchange.readOnly)
    checks.push(
      failed(
        'key rights',
        `the key may ${rights.join(', ')} and not trade`,
        'make a key with read and trade, or set read_only = true in [exchange]',
      ),
    );
  else checks.push(fine('key rights', `the key may ${rights.join(', ')}, and not withdraw`));
  const { uid, main_uid: mainUid } = account;
  checks.push(
    uid === mainUid
      ? failed(
          'sub-account',
          `the key opens the main account ${cell(uid)}`,
          'make a sub-account that holds only what you mean to risk, and a key there',
        )
      : fine('sub-account', `${cell(uid)}, a sub-account of ${cell(mainUid)}`),
  );
  const bind = 'bind the key to the address of this machine at the exchange';
  if (addresses.length > 0) checks.push(fine('key address', `the key works from ${addresses.join(', ')} only`));
  else
    checks.push(
      exchange.environment === 'live'
        ? failed('key address', 'the key works from every address', bind)
        : warned('key address', 'the key works from every address', bind),
    );
  return checks;
}

/** Settings of the account that the books rely on. */
export function accountChecks(account: Fields, { policy }: Configuration): readonly Check[] {
  const mode = cell(account['position_mode']);
  const level = cell(account['account_level']);
  const swaps = policy.instruments.filter((name) => name.endsWith('-SWAP'));
  const borrows = account['auto_loan'] === true || account['spot_borrow'] === true;
  return [
    mode === 'net_mode' || mode === 'long_short_mode'
      ? fine('position mode', mode === 'net_mode' ? 'net mode' : 'long/short mode')
      : failed(
          'position mode',
          `${mode}, and twokey keeps books of net mode and of long/short mode`,
          'close every position, then set the position mode to net or long/short at the exchange',
        ),
    level === '1' && swaps.length > 0
      ? failed(
          'account level',
          `level 1 trades spot only, and the policy names ${swaps.join(', ')}`,
          'choose spot and futures mode at the exchange, or take the swaps out of instruments',
        )
      : fine('account level', `level ${level}`),
    borrows
      ? failed('borrowing', 'borrowing is on, so that a sell may open a debt', 'switch auto-borrow and spot borrow off at the exchange')
      : fine('borrowing', 'off'),
  ];
}

/** How far this machine's clock is from the exchange's. */
export function clockCheck(offsetMilliseconds: number): Check {
  const apart = `this machine is ${Math.abs(offsetMilliseconds)} ms ${offsetMilliseconds > 0 ? 'behind' : 'ahead of'} the exchange`;
  const fix = 'switch time synchronisation on (timedatectl set-ntp true), then look again';
  if (Math.abs(offsetMilliseconds) > SKEW_FAILED_MILLISECONDS)
    return failed('clock', `${apart}, more than ${SKEW_FAILED_MILLISECONDS} ms: no new exposure`, fix);
  if (Math.abs(offsetMilliseconds) > SKEW_WARNING_MILLISECONDS)
    return warned('clock', `${apart}, more than ${SKEW_WARNING_MILLISECONDS} ms`, fix);
  return fine('clock', apart);
}

export function fine(name: string, detail: string): Check {
  return { name, status: 'ok', detail, fix: '' };
}

export function warned(name: string, detail: string, fix: string): Check {
  return { name, status: 'warning', detail, fix };
}

export function failed(name: string, detail: string, fix: string): Check {
  return { name, status: 'failed', detail, fix };
}

const signs = { ok: '✓', warning: '⚠', failed: '✗' } as const;

/** The checks for a person: a sign each, and under what is not right what to do about it. */
export function renderChecks(checks: readonly Check[]): string {
  const longest = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, detail, fix }) => [
    `${signs[status]} ${name.padEnd(longest)}  ${cell(detail)}`,
    ...(fix === '' ? [] : [`${' '.repeat(longest + 4)}→ ${cell(fix)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

function listOf(fields: Fields, key: string): readonly string[] {
  const value = fields[key];
  return isList(value) ? value.map((each) => cell(each)) : [];
}

/** A part of the facts that a reader brought; null where it has none. */
export function part(facts: Fields, key: string): Fields | null {
  const value = facts[key];
  return isFields(value) ? value : null;
}
