import { absolute, formatDecimal as text, isZero } from '../core/money/decimal.ts';
import type { Row } from './rows.ts';
import type { Account, Category, Fill, Position, Step } from './state.ts';
import { instrumentOfOrder, type World } from './world.ts';

/** The channel that tells balances and positions in one message. */
export const HOLDING = 'balance_and_position';

export type HoldingChange = {
  readonly eventType: string;
  readonly currencies: readonly string[];
  readonly positions: readonly Position[];
  readonly fills: readonly Fill[];
};

type Growing = { fills: Fill[]; positions: Map<string, Position>; currencies: Set<string>; category: Category };

const causes: Readonly<Record<Category, string>> = {
  normal: 'filled',
  full_liquidation: 'liquidation',
  partial_liquidation: 'liquidation',
  adl: 'adl',
  delivery: 'delivered',
};

/** What each account's steps changed of what it holds. Orders that only rest, and money that is only set aside, change nothing. */
export function holdingSteps(steps: readonly Step[]): readonly (HoldingChange & { readonly uid: string })[] {
  const byAccount = new Map<string, Growing>();
  const of = (uid: string): Growing => {
    const known = byAccount.get(uid) ?? { fills: [], positions: new Map(), currencies: new Set(), category: 'normal' as Category };
    byAccount.set(uid, known);
    return known;
  };
  for (const step of steps) {
    if (step.kind === 'position') of(step.account).positions.set(step.position.posId, step.position);
    else if (step.kind === 'balance' && step.moved) of(step.account).currencies.add(step.ccy);
    else if (step.kind === 'order') {
      const { order, previous } = step;
      if (order.lastFill === undefined || order.lastFill.seq === previous?.lastFill?.seq) continue;
      of(order.account).fills.push(order.lastFill);
      if (order.category !== 'normal') of(order.account).category = order.category;
    }
  }
  return [...byAccount].map(([uid, { fills, positions, currencies, category }]) => {
    // @rule holding-events
    const otherwise = positions.size > 0 ? 'funding_fee' : 'transferred';
    const eventType = fills.length === 0 ? otherwise : causes[category];
    return { uid, eventType, currencies: [...currencies], positions: [...positions.values()], fills };
  });
}

/** Everything that an account holds, for somebody who just subscribed. */
export function allHeld({ balances, positions }: Account): HoldingChange {
  const open = [...positions.values()].filter(({ pos }) => !isZero(pos));
  return { eventType: 'snapshot', currencies: [...balances.keys()], positions: open, fills: [] };
}

export function holdingRow(
  world: World,
  { account, eventType, currencies, positions, fills }: HoldingChange & { readonly account: Account },
): Row {
  const balData = currencies.map((ccy) => {
    const balance = account.balances.get(ccy);
    return { ccy, cashBal: balance === undefined ? '0' : text(balance.cash), uTime: String(balance?.uTime ?? world.state.now) };
  });
  const trades = fills.map(({ instId, tradeId }) => ({ instId, tradeId }));
  return { pTime: String(world.state.now), eventType, balData, posData: positions.map(positionData), trades };
}

function positionData({ posId, tradeId, instId, tdMode, posSide, pos, avgPx, uTime }: Position): Row {
  const instrument = instrumentOfOrder(instId);
  return {
    posId,
    tradeId,
    instId,
    instType: instrument.instType,
    mgnMode: tdMode,
    posSide,
    pos: text(posSide === 'net' ? pos : absolute(pos)),
    ccy: instrument.settle,
    posCcy: '',
    avgPx: isZero(pos) ? '' : text(avgPx),
    nonSettleAvgPx: '',
    settledPnl: '',
    uTime: String(uTime),
  };
}
