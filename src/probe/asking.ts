import type { Json } from '../core/lang/canonical.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  divideDown,
  formatDecimal,
  multiply,
  roundDownToStep,
  roundUpToStep,
  subtract,
} from '../core/money/decimal.ts';
import { type Answer, codesOf, isAccepted } from './answer.ts';
import { CaseEnds, instrumentOf, type Market, type Side } from './side.ts';

// The few requests of which cases are made.

export type Body = { readonly [key: string]: Json };

/** Marks the orders of a run for timers of their own; no other order is touched by one. */
export const TAG = 'twokeyprobe';

/** How far from the market an order is put that shall rest, or a trigger that shall wait. */
const DISTANCES = { below: decimal('0.8'), 'far below': decimal('0.6'), above: decimal('1.2') } as const;
/** How far through the other side an order goes that shall be filled. */
const CROSSING = decimal('0.005');

export function get(side: Side, path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return side.ask({ method: 'GET', path: `/api/v5/${path}`, query });
}

export function post(side: Side, path: string, body: Json): Promise<Answer> {
  return side.ask({ method: 'POST', path: `/api/v5/${path}`, body });
}

/** Sends something and keeps its codes. */
export async function tried(side: Side, what: string, answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  side.saw(what, codesOf(got), got);
  return got;
}

/** Sends what the rest of the case stands on. Where it is refused the codes say what there is to say; without money there is nothing to say. */
export async function needed(side: Side, what: string, answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (isAccepted(got)) return got;
  const codes = codesOf(got);
  if (codes['sCode'] === '51008' || codes['code'] === '51008')
    throw new CaseEnds({ kind: 'lacks', why: 'not enough money for the smallest order' });
  side.saw(what, codes, got);
  throw new CaseEnds({ kind: 'enough' });
}

/** A price far below (for buys) or above the market, on the tick. */
export async function farPrice(side: Side, market: Market, where: keyof typeof DISTANCES): Promise<string> {
  const { bid, ask } = await side.quote(market);
  const { tick } = await side.terms(market);
  const value = multiply(where === 'above' ? ask : bid, DISTANCES[where]);
  return formatDecimal(where === 'above' ? roundUpToStep({ value, step: tick }) : roundDownToStep({ value, step: tick }));
}

/** The smallest size times so many. */
export async function leastSize(side: Side, market: Market, times: '1' | '2' = '1'): Promise<string> {
  const { min } = await side.terms(market);
  return formatDecimal(multiply(min, decimal(times)));
}

function frame(market: Market): Body {
  return { instId: instrumentOf[market], tdMode: market === 'spot' ? 'cash' : 'cross', tag: TAG };
}

/** An order that rests far from the market. Spot counts twice the least, because exchanges also bound the value. */
export async function resting(side: Side, market: Market, direction: 'buy' | 'sell', more: Body = {}): Promise<Body> {
  const px = await farPrice(side, market, direction === 'buy' ? 'below' : 'above');
  const sz = await leastSize(side, market, market === 'spot' ? '2' : '1');
  return { ...frame(market), side: direction, ordType: 'limit', px, sz, clOrdId: side.newId(), ...more };
}

/** An order that is filled at once as far as the book goes, at a price that is bounded. */
export async function taking(side: Side, market: Market, direction: 'buy' | 'sell', more: Body = {}): Promise<Body> {
  const { bid, ask } = await side.quote(market);
  const { tick } = await side.terms(market);
  const value = direction === 'buy' ? add(ask, multiply(ask, CROSSING)) : subtract(bid, multiply(bid, CROSSING));
  const px = formatDecimal(direction === 'buy' ? roundDownToStep({ value, step: tick }) : roundUpToStep({ value, step: tick }));
  const sz = await leastSize(side, market, market === 'spot' ? '2' : '1');
  return { ...frame(market), side: direction, ordType: 'ioc', px, sz, clOrdId: side.newId(), ...more };
}

/** A stop order that waits far from the market; a buy above it, a sell below. */
export async function stop(side: Side, market: Market, direction: 'buy' | 'sell', more: Body = {}): Promise<Body> {
  const slTriggerPx = await farPrice(side, market, direction === 'buy' ? 'above' : 'below');
  const sz = await leastSize(side, market, market === 'spot' ? '2' : '1');
  const unit: Body = market === 'spot' ? { tgtCcy: 'base_ccy' } : {};
  const legs = { ordType: 'conditional', slTriggerPx, slOrdPx: '-1', slTriggerPxType: 'last' };
  return { ...frame(market), ...unit, side: direction, sz, ...legs, algoClOrdId: side.newId(), ...more };
}

/** A quotient as a text of so many digits, to the nearest. */
export function rounded({
  dividend,
  divisor,
  digits,
}: {
  readonly dividend: Decimal;
  readonly divisor: Decimal;
  readonly digits: number;
}): string {
  if (divisor.coefficient === 0n) return 'nothing';
  const half: Decimal = { coefficient: 5n, scale: digits + 1 };
  return formatDecimal(
    divideDown({ dividend: add(divideDown({ dividend, divisor, digits: digits + 6 }), half), divisor: decimal('1'), digits }),
  );
}

/** Whether two amounts are the same but for a share of the larger. */
export function isNear(left: Decimal, right: Decimal, share: Decimal): boolean {
  const gap = subtract(left, right);
  const size = compare(right, left) > 0 ? right : left;
  const most = multiply(size, share);
  return compare(gap, most) <= 0 && compare(subtract(right, left), most) <= 0;
}
