import { cell, type Fields, isFields, isList, rowsOf } from './text.ts';

/** One line of `twokey doctor`. `fix` is empty where there is nothing to do. */
export type Check = { readonly name: string; readonly status: 'ok' | 'warning' | 'failed'; readonly detail: string; readonly fix: string };

/** How far the clocks may be apart before ages and expiries become guesses, in milliseconds (reference/risk.md §4.9). */
const SKEW_WARNING_MILLISECONDS = 500;
const SKEW_FAILED_MILLISECONDS = 2000;

/**
 * What the exchange says of key and account: a line a topic, from the findings by which `up` decides whether it starts. What nothing speaks against
 * is told as it is.
 */
export function accountChecks(account: Fields): readonly Check[] {
  if (!isList(account['findings']))
    return [failed('account', 'the gateway that runs is of another version and does not judge the account', 'stop it and run twokey up')];
  const findings = rowsOf(account, 'findings');
  const others = findings.filter(({ topic }) => !topics.some(({ name }) => name === topic));
  return [
    ...topics.flatMap(({ name, detail }) => {
      const own = findings.filter(({ topic }) => topic === name);
      return own.length === 0 ? [fine(name, detail(account))] : own.map(foundCheck);
    }),
    ...others.map(foundCheck),
  ];
}

function foundCheck({ topic, verdict, message, fix }: Fields): Check {
  return (verdict === 'warn' ? warned : failed)(cell(topic), cell(message), cell(fix));
}

const topics: readonly { readonly name: string; readonly detail: (account: Fields) => string }[] = [
  { name: 'key rights', detail: ({ key_rights: rights }) => `the key may ${cell(rights)}, and not withdraw` },
  { name: 'sub-account', detail: ({ uid, main_uid: main }) => `${cell(uid)}, a sub-account of ${cell(main)}` },
  { name: 'key address', detail: ({ key_bound_to: bound }) => `the key works from ${cell(bound)} only` },
  { name: 'position mode', detail: ({ position_mode: mode }) => (mode === 'net_mode' ? 'net mode' : 'long/short mode') },
  { name: 'account level', detail: ({ account_level: level }) => `level ${cell(level)}` },
  { name: 'borrowing', detail: () => 'off' },
];

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

/** A part of the facts that a reader brought; null where it has none. */
export function part(facts: Fields, key: string): Fields | null {
  const value = facts[key];
  return isFields(value) ? value : null;
}
