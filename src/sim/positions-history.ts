import {
  absolute,
  add,
  compare,
  type Decimal,
  divideDown,
  formatDecimal as text,
  isPositive,
  isZero,
  maximum,
  multiply,
  parseDecimal,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { page, pageAnswer } from './account.ts';
import { type Answer, failure, success } from './answers.ts';
import { textField } from './fields.ts';
import { fundingRate } from './funding.ts';
import { DIGITS, familyOf, isContract } from './instruments.ts';
import { initialMargin, leverOf } from './margin.ts';
import { dollarPrice } from './market.ts';
import { positionAt } from './position-side.ts';
import { refusals } from './refusal.ts';
import { balanceRow, type Row } from './rows.ts';
import { averagePrice, isDeleveraging } from './settle.ts';
import { type Account, type Bill, type Fill, positionName } from './state.ts';
import type { Call } from './trade.ts';
import { instrumentOfOrder, marketOf, type World } from './world.ts';

/** One life of a position, from its first contract on: what its fills say of it. */
type Life = {
  readonly first: Fill;
  readonly last: Fill;
  readonly pos: Decimal;
  readonly most: Decimal;
  readonly opened: Decimal;
  readonly openAvgPx: Decimal;
  readonly closed: Decimal;
  readonly closeAvgPx: Decimal;
  readonly pnl: Decimal;
  readonly fee: Decimal;
};

/** The lives of all positions that were closed, at least in part, oldest change first. A position that turned over began a new life. */
function livesOf(account: Account): readonly Life[] {
  const ended: Life[] = [];
  const open = new Map<string, Life>();
  for (const fill of account.fills) {
    const instrument = instrumentOfOrder(fill.instId);
    if (!isContract(instrument)) continue;
    const key = positionName(fill);
    let [life, left] = [open.get(key), fill.sz];
    if (life !== undefined && isPositive(life.pos) !== (fill.side === 'buy')) {
      const part = compare(left, absolute(life.pos)) < 0 ? left : absolute(life.pos);
      const share = divideDown({ dividend: multiply(fill.fee, part), divisor: fill.sz, digits: DIGITS });
      life = {
        ...life,
        last: fill,
        pos: isPositive(life.pos) ? subtract(life.pos, part) : add(life.pos, part),
        closeAvgPx: averagePrice({ instrument, held: life.closed, average: life.closeAvgPx, size: part, price: fill.px }),
        closed: add(life.closed, part),
        pnl: add(life.pnl, fill.pnl),
        fee: add(life.fee, share),
      };
      left = subtract(left, part);
      open.set(key, life);
      if (!isZero(life.pos)) continue;
      ended.push(life);
      open.delete(key);
      life = undefined;
    }
    if (isZero(left)) continue;
    const none = {
      first: fill,
      pos: zero,
      most: zero,
      opened: zero,
      openAvgPx: zero,
      closed: zero,
      closeAvgPx: zero,
      pnl: zero,
      fee: zero,
    };
    const before = life ?? { ...none, last: fill };
    const pos = fill.side === 'buy' ? add(before.pos, left) : subtract(before.pos, left);
    const fee = add(before.fee, divideDown({ dividend: multiply(fill.fee, left), divisor: fill.sz, digits: DIGITS }));
    const openAvgPx = averagePrice({ instrument, held: before.opened, average: before.openAvgPx, size: left, price: fill.px });
    open.set(key, { ...before, pos, fee, openAvgPx, opened: add(before.opened, left), most: maximum(before.most, absolute(pos)) });
  }
  const partly = [...open.values()].filter(({ closed }) => !isZero(closed));
  return [...ended, ...partly].sort((left, right) => left.last.seq - right.last.seq);
}

/** Funding that a position paid or received during its life. Of two legs each is known by the sign of what it paid. */
function fundingOf(world: World, account: Account, { first, last, pos }: Life): Decimal {
  const instrument = instrumentOfOrder(first.instId);
  const isOurs = ({ type, instId, at, change }: Bill): boolean => {
    if (type !== '8' || instId !== first.instId || at < first.at || (isZero(pos) && at > last.at)) return false;
    return (
      first.posSide === 'net' || (isPositive(change) !== isPositive(fundingRate({ world, instrument, at }))) === (first.posSide === 'long')
    );
  };
  return account.bills.filter(isOurs).reduce((sum, { change }) => add(sum, change), zero);
}

/** 1 closed in part, 2 whole, 3 liquidated, 4 liquidated in part, 5 deleveraged in part, 6 deleveraged whole. */
function typeOf({ pos, last }: Life): string {
  if (!last.tradeId.startsWith('-')) return isZero(pos) ? '2' : '1';
  if (isDeleveraging(last)) return isZero(pos) ? '6' : '5';
  return isZero(pos) ? '3' : '4';
}

/** GET account/positions-history: told from the fills, newest change first. Pages go by the time of the last change. */
export function getPositionsHistory({ world, account, fields }: Call): Answer {
  const lives = livesOf(account).map((life) => ({ life, row: lifeRow(world, account, life) }));
  const wanted = ['instType', 'instId', 'mgnMode', 'type', 'posId'].map((name) => [name, textField(fields, name)] as const);
  const paged = {
    items: lives,
    id: (one: (typeof lives)[number]) => String(one.life.last.at),
    at: (one: (typeof lives)[number]) => one.life.last.at,
  };
  // @rule positions-history
  const found = page(fields, paged, ({ row }) => wanted.every(([name, value]) => value === '' || row[name] === value));
  return pageAnswer(found, ({ row }) => row);
}

const openedAs = { buy: 'long', sell: 'short' } as const;

function lifeRow(world: World, account: Account, life: Life): Row {
  const { first, last, opened, most, openAvgPx, closed, closeAvgPx, pnl, fee } = life;
  const instrument = instrumentOfOrder(first.instId);
  const fundingFee = fundingOf(world, account, life);
  const realized = add(pnl, add(fee, fundingFee));
  const margin = initialMargin({ world, account, instrument, size: opened, of: first });
  const { instId, posSide } = first;
  const { instType, settle } = instrument;
  const named = {
    instId,
    instType,
    posSide,
    mgnMode: first.tdMode,
    ccy: settle,
    uly: familyOf(instrument),
    lever: leverOf(account, instrument, first),
  };
  const times = { cTime: String(first.at), uTime: String(last.at), posId: positionAt(account, first)?.posId ?? '', type: typeOf(life) };
  const opening = { openAvgPx: text(openAvgPx), openMaxPos: text(most), direction: posSide === 'net' ? openedAs[first.side] : posSide };
  const closing = {
    closeAvgPx: text(closeAvgPx),
    closeTotalPos: text(closed),
    triggerPx: last.tradeId.startsWith('-') ? text(last.px) : '',
  };
  const pnlRatio = isZero(margin) ? '' : text(divideDown({ dividend: realized, divisor: margin, digits: DIGITS }));
  const money = { pnl: text(pnl), fee: text(fee), fundingFee: text(fundingFee), realizedPnl: text(realized), pnlRatio };
  return { ...named, ...times, ...opening, ...closing, ...money, liqPenalty: '0', nonSettleAvgPx: '', settledPnl: '' };
}

/** GET asset/asset-valuation: what all accounts of a user are worth, in bitcoin unless another currency is asked for. */
export function getValuation({ world, account, fields }: Call): Answer {
  const ccy = textField(fields, 'ccy') || 'BTC';
  const priceOf = (name: string): Decimal => dollarPrice({ market: marketOf(world), ccy: name, at: world.state.now });
  const unit = priceOf(ccy);
  if (isZero(unit)) return failure(refusals.unknownCurrency());
  const inUnit = (dollars: Decimal): Decimal => divideDown({ dividend: dollars, divisor: unit, digits: 8 });
  const { totalEq } = balanceRow({ world, account, wanted: [] });
  const funding = [...account.funding].reduce((sum, [name, held]) => add(sum, multiply(held, priceOf(name))), zero);
  const trading = parsed(totalEq);
  const details = { classic: '0', earn: '0', funding: text(inUnit(funding)), trading: text(inUnit(trading)) };
  return success([{ details, totalBal: text(inUnit(add(funding, trading))), ts: String(world.state.now) }]);
}

function parsed(value: unknown): Decimal {
  const read = parseDecimal(value);
  return read.ok ? read.value : zero;
}
