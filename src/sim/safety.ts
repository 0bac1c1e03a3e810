import { absolute, add, type Decimal, divideDown, isPositive, isZero, multiply, subtract, zero } from '../core/money/decimal.ts';
import { DIGITS, type Instrument, valueOf } from './instruments.ts';
import { fundsOf, profitOf } from './margin.ts';
import { positionsOn } from './position-side.ts';
import type { Account, Position } from './state.ts';
import { maintenanceShare } from './tiers.ts';
import { instrumentOfOrder, listed, markOf, type World } from './world.ts';

/** What a position has to be worth to stay open: a share of its value at mark. */
export function maintenanceMargin({ world, instrument, size }: Sized): Decimal {
  return multiply(maintenanceShare(instrument, size), valueOf({ instrument, size: absolute(size), price: markOf(world, instrument) }));
}

type Sized = { readonly world: World; readonly instrument: Instrument; readonly size: Decimal };
type OfCurrency = { readonly world: World; readonly account: Account; readonly ccy: string };

export type Safety = {
  readonly maintenance: Decimal;
  /** Maintenance margin and the fee to close, of every position of the currency together. */
  readonly needed: Decimal;
  readonly equity: Decimal;
  /** Equity over what is needed; at one or less the positions are closed. Undefined without a position. */
  readonly ratio: Decimal | undefined;
};

/** How far the cross positions that settle in one currency are from liquidation. */
export function safetyOf({ world, account, ccy }: OfCurrency): Safety {
  let [maintenance, fees] = [zero, zero];
  for (const instrument of listed(world)) {
    if (instrument.settle !== ccy) continue;
    for (const { pos } of positionsOn(account, instrument.instId)) {
      const value = valueOf({ instrument, size: absolute(pos), price: markOf(world, instrument) });
      maintenance = add(maintenance, multiply(maintenanceShare(instrument, pos), value));
      fees = add(fees, multiply(instrument.takerRate, value));
    }
  }
  const needed = add(maintenance, fees);
  const funds = fundsOf({ world, account, ccy });
  const equity = subtract(funds.equity, funds.isolated);
  const ratio = isZero(needed) ? undefined : divideDown({ dividend: equity, divisor: needed, digits: DIGITS });
  return { maintenance, needed, equity, ratio };
}

/** How far an isolated position is from liquidation: its own margin and profit stand behind it, nothing else. */
export function safetyAlone(world: World, { instId, pos, avgPx, margin }: Position): Safety {
  const instrument = instrumentOfOrder(instId);
  const price = markOf(world, instrument);
  const maintenance = maintenanceMargin({ world, instrument, size: pos });
  const needed = add(maintenance, multiply(instrument.takerRate, valueOf({ instrument, size: absolute(pos), price })));
  const equity = add(margin, isZero(pos) ? zero : profitOf({ instrument, size: pos, entry: avgPx, price }));
  return {
    maintenance,
    needed,
    equity,
    ratio: isZero(needed) ? undefined : divideDown({ dividend: equity, divisor: needed, digits: DIGITS }),
  };
}

/** The mark price at which an isolated position is closed. */
export function liquidationPriceAlone(world: World, position: Position): Decimal | undefined {
  const instrument = instrumentOfOrder(position.instId);
  const { equity } = safetyAlone(world, position);
  return solve({ world, instrument, net: position.pos, gross: absolute(position.pos), equity, rest: zero });
}

type OfInstrument = { readonly world: World; readonly account: Account; readonly instrument: Instrument };

/**
 * The mark price at which equity falls to what is needed while every other price stands still; undefined where there is none above
 * zero. Both legs of an instrument share one, because they share one price and one equity.
 */
export function liquidationPrice({ world, account, instrument }: OfInstrument): Decimal | undefined {
  // @rule liquidation-price
  let [net, gross] = [zero, zero];
  for (const { pos } of positionsOn(account, instrument.instId)) [net, gross] = [add(net, pos), add(gross, absolute(pos))];
  const share = add(maintenanceShare(instrument, gross), instrument.takerRate);
  const mark = markOf(world, instrument);
  const { equity, needed } = safetyOf({ world, account, ccy: instrument.settle });
  // What is needed for this instrument moves with its price, the rest does not.
  const rest = subtract(needed, multiply(share, valueOf({ instrument, size: gross, price: mark })));
  return solve({ world, instrument, net, gross, equity, rest });
}

type Solving = { readonly world: World; readonly instrument: Instrument } & Readonly<Record<'net' | 'gross' | 'equity' | 'rest', Decimal>>;

function solve({ world, instrument, net, gross, equity, rest }: Solving): Decimal | undefined {
  const mark = markOf(world, instrument);
  const share = add(maintenanceShare(instrument, gross), instrument.takerRate);
  const [held, kept] = [multiply(net, instrument.ctVal), multiply(multiply(gross, instrument.ctVal), share)];
  if (instrument.ctType === 'inverse') {
    const worth = divideDown({ dividend: held, divisor: mark, digits: DIGITS });
    return quotient({ dividend: add(held, kept), divisor: subtract(add(equity, worth), rest) });
  }
  return quotient({ dividend: add(multiply(held, mark), subtract(rest, equity)), divisor: subtract(held, kept) });
}

function quotient({ dividend, divisor }: { readonly dividend: Decimal; readonly divisor: Decimal }): Decimal | undefined {
  if (isZero(divisor)) return undefined;
  const price = divideDown({ dividend, divisor, digits: DIGITS });
  return isPositive(price) ? price : undefined;
}
