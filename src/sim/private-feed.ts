import { compare, decimal, isZero, parseDecimal } from '../core/money/decimal.ts';
import type { Arg } from './channels.ts';
import { matches } from './channels.ts';
import { textField } from './fields.ts';
import { greekRows } from './greeks.ts';
import { allHeld, HOLDING, holdingRow } from './holding.ts';
import type { Body } from './public-feed.ts';
import { balanceRow, positionRow, type Row } from './rows.ts';
import type { Account } from './state.ts';
import type { World } from './world.ts';

export type Holder = { readonly world: World; readonly account: Account; readonly arg: Arg };

const PAGE = 20;

/** What a private channel tells at the start and, on two of them, again and again: everything that is. */
export function standingOf(holder: Holder): readonly Body[] {
  const { world, account, arg } = holder;
  // @rule snapshot-channels
  switch (arg.channel) {
    case 'account': {
      const wanted = arg.ccy === '' ? [] : arg.ccy.split(',');
      return [{ eventType: 'snapshot', curPage: 1, lastPage: true, data: [balanceRow({ world, account, wanted })] }];
    }
    case 'account-greeks':
      return [{ data: greekRows(world, account, arg.ccy === '' ? [] : arg.ccy.split(',')) }];
    case 'positions':
      return positionPages(openPositions(holder));
    case HOLDING:
      return [{ data: [holdingRow(world, { account, ...allHeld(account) })] }];
    default:
      return [];
  }
}

/** Whether there is anything to repeat: without a position, the regular push of positions is left out. */
export function repeats({ account, arg }: Holder): boolean {
  return (
    arg.channel.startsWith('account') || (arg.channel === 'positions' && [...account.positions.values()].some(({ pos }) => !isZero(pos)))
  );
}

function openPositions({ world, account, arg }: Holder): readonly Row[] {
  const open = [...account.positions.values()].filter(({ pos }) => !isZero(pos));
  const pTime = String(world.state.now);
  return open.map((position) => ({ ...positionRow({ world, account, position }), pTime })).filter((row) => matches(arg, row));
}

function positionPages(rows: readonly Row[]): readonly Body[] {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  return Array.from({ length: pages }, (_, index) => {
    const data = rows.slice(index * PAGE, (index + 1) * PAGE);
    return { eventType: 'snapshot', curPage: index + 1, lastPage: index + 1 === pages, data };
  });
}

const warned = 'cTime ccy instId instType lever markPx mgnMode mgnRatio pos posCcy posId posSide pTime uTime'.split(' ');
const WARNING_RATIO = decimal('3');

/** Positions of which the margin is no more than three times what must be kept. */
export function warningsOf(holder: Holder): readonly Row[] {
  // @rule liquidation-warning
  const atRisk = openPositions(holder).filter((row) => {
    const ratio = parseDecimal(textField(row, 'mgnRatio'));
    return ratio.ok && compare(ratio.value, WARNING_RATIO) <= 0;
  });
  return atRisk.map((row) => Object.fromEntries(warned.map((key) => [key, row[key]])));
}
