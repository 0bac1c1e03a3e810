import { err, ok, type Result } from '../core/lang/result.ts';
import { compare, decimal, isZero } from '../core/money/decimal.ts';
import { amount, codeOf, firstRow, isAccepted, type Row, rowsOf, text } from './answer.ts';
import { get, post } from './asking.ts';
import { tethers } from './looks.ts';
import type { Need, ProbedCase } from './case.ts';
import type { Side } from './side.ts';

/** Enough for the largest case several times over. */
const TETHERS_MIN = decimal('50');

export type PositionMode = NonNullable<ProbedCase['mode']>;

/** What an account has and is, before anything was asked of it. */
export type Account = {
  readonly level: string;
  readonly mode: PositionMode;
  /** Why a case with a need cannot be run on this account. */
  readonly lacks: { readonly [Each in Need]: string | undefined };
  /** What open positions there are can only be the probe's. */
  readonly isEmpty: boolean;
  /** Whose it is: numbers and names that no report may hold. */
  readonly names: readonly string[];
};

/** Looks at the account. Refuses a key that is not one of demo trading, by the exchange's own word. */
export async function lookAt(side: Side): Promise<Result<Account>> {
  const answer = await get(side, 'account/config');
  const code = codeOf(answer);
  if (code === '50101') return err('the exchange says that this key is not one of demo trading (50101); nothing else was asked');
  if (!isAccepted(answer)) return err(`the exchange refuses the key with ${code || `status ${answer.status}`}; nothing else was asked`);
  const row = firstRow(answer);
  const [level, mode] = [text(row, 'acctLv'), text(row, 'posMode')];
  if (mode !== 'net_mode' && mode !== 'long_short_mode') return err('the exchange does not say in which mode the account holds positions');
  const open = await whatIsOpen(side);
  const isPoor = compare(amount((await tethers(side)).row, 'availBal'), TETHERS_MIN) < 0;
  const mayTrade = text(row, 'perm').split(',').includes('trade');
  const trading = !mayTrade
    ? 'the key may not trade'
    : open !== undefined
      ? `the account has ${open}; close and cancel what is open on it first`
      : isPoor
        ? `less than ${TETHERS_MIN.coefficient} USDT are free in the trading account`
        : undefined;
  const contracts = level === '2' ? undefined : `the account is not in futures mode (its level is ${level}, and 2 is needed)`;
  return ok({ level, mode, lacks: { trading, contracts }, isEmpty: open === undefined, names: namesIn(row) });
}

function namesIn(row: Row): readonly string[] {
  return ['uid', 'mainUid', 'label', 'ip'].flatMap((name) => text(row, name).split(',')).filter((name) => name !== '');
}

async function whatIsOpen(side: Side): Promise<string | undefined> {
  const positions = rowsOf(await get(side, 'account/positions')).filter((row) => !isZero(amount(row, 'pos')));
  if (positions.length > 0) return 'a position';
  if (rowsOf(await get(side, 'trade/orders-pending')).length > 0) return 'a pending order';
  for (const ordType of ['conditional,oco', 'trigger', 'move_order_stop']) {
    if (rowsOf(await get(side, 'trade/orders-algo-pending', { ordType })).length > 0) return 'a stop order';
  }
  return undefined;
}

/** Sees to it that positions are held in a mode; `known` is the one they are in, where that is known. @returns whether they are. */
export async function inMode(side: Side, mode: PositionMode, known: PositionMode | undefined): Promise<boolean> {
  if (known === mode) return true;
  const now = known ?? text(firstRow(await get(side, 'account/config')), 'posMode');
  return now === mode || isAccepted(await post(side, 'account/set-position-mode', { posMode: mode }));
}
