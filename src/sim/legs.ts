import { err, ok, type Result } from '../core/lang/result.ts';
import { compare, type Decimal, isMultipleOf } from '../core/money/decimal.ts';
import type { Leg, Legs, TriggerPrice } from './algo.ts';
import { amountField, type Fields, textField } from './fields.ts';
import type { Instrument } from './instruments.ts';
import { type Refusal, refusals } from './refusal.ts';
import type { Side } from './state.ts';
import { lastPrice, makersAgainst, markOf, type World } from './world.ts';

/** The two legs as order-algo and attachAlgoOrds spell them; a leg has both its trigger and its order price, or neither. */
export function readLegs(fields: Fields, instrument: Instrument): Result<Legs, Refusal> {
  // @rule algo-kinds
  if (!['', 'condition'].includes(textField(fields, 'tpOrdKind'))) return err(refusals.parameter('tpOrdKind'));
  const takeProfit = readLeg(fields, { name: 'tp', instrument });
  if (!takeProfit.ok) return takeProfit;
  const stopLoss = readLeg(fields, { name: 'sl', instrument });
  if (!stopLoss.ok) return stopLoss;
  return ok({ takeProfit: takeProfit.value, stopLoss: stopLoss.value });
}

type Reading = { readonly name: 'tp' | 'sl'; readonly instrument: Instrument };

/** Kinds of legs that the simulator does not offer; to ignore them would leave a client unprotected without a word. */
const unoffered = ['tpTriggerRatio', 'slTriggerRatio', 'callbackRatio', 'callbackSpread', 'activePx'];

export function readLeg(fields: Fields, { name, instrument }: Reading): Result<Leg | undefined, Refusal> {
  for (const other of unoffered) if (textField(fields, other) !== '') return err(refusals.parameter(other));
  const [trigger, price] = [textField(fields, `${name}TriggerPx`), textField(fields, `${name}OrdPx`)];
  if (trigger === '' && price === '') return ok(undefined);
  if (trigger === '') return err(refusals.missing(`${name}TriggerPx`));
  if (price === '') return err(refusals.missing(`${name}OrdPx`));
  const triggerPx = amountField(fields, `${name}TriggerPx`);
  if (triggerPx === undefined) return err(refusals.parameter(`${name}TriggerPx`));
  // @rule algo-market-price
  const orderPx = price === '-1' ? undefined : amountField(fields, `${name}OrdPx`);
  if (price !== '-1' && orderPx === undefined) return err(refusals.parameter(`${name}OrdPx`));
  const type = readTriggerPrice(fields, `${name}TriggerPxType`);
  if (type === undefined) return err(refusals.parameter(`${name}TriggerPxType`));
  const leg: Leg = { triggerPx, type, orderPx };
  const refused = checkLeg(leg, instrument);
  return refused === undefined ? ok(leg) : err(refused);
}

/** `last` when nothing is said; undefined when something else is. */
export function readTriggerPrice(fields: Fields, name: string): TriggerPrice | undefined {
  const text = textField(fields, name) || 'last';
  return text === 'last' || text === 'mark' || text === 'index' ? text : undefined;
}

export function checkLeg({ triggerPx, orderPx, type }: Leg, instrument: Instrument): Refusal | undefined {
  // @rule algo-spot-last
  if (instrument.instType === 'SPOT' && type !== 'last') return refusals.spotTriggersAtLast();
  for (const price of [triggerPx, orderPx])
    if (price !== undefined && !isMultipleOf({ value: price, step: instrument.tick })) return refusals.tooManyDecimals();
  return undefined;
}

export type LegName = 'takeProfit' | 'stopLoss';

/** Whether the price has to rise to reach the leg of a stop order that trades on `side`. */
function isReachedFromBelow(side: Side, leg: LegName): boolean {
  return (side === 'sell') === (leg === 'takeProfit');
}

/** The price that a leg is compared with. */
export function watchedPrice(world: World, instrument: Instrument, type: TriggerPrice): Decimal {
  return type === 'last' ? lastPrice(world, instrument) : markOf(world, instrument);
}

export type Watching = { readonly side: Side; readonly name: LegName; readonly leg: Leg; readonly price: Decimal };

export function isReached({ side, name, leg, price }: Watching): boolean {
  // @rule algo-reached
  return isReachedFromBelow(side, name) ? compare(price, leg.triggerPx) >= 0 : compare(price, leg.triggerPx) <= 0;
}

type Misplaced = { readonly code: string; readonly message: string };
type BySide = Readonly<Record<Side, Readonly<Record<LegName, Misplaced>>>>;

function misplaced(type: TriggerPrice, codes: readonly [string, string, string, string]): BySide {
  const say = (code: string, leg: string, direction: string): Misplaced => ({
    code,
    message: `${leg} trigger price cannot be ${direction} than the ${type} price`,
  });
  return {
    buy: { takeProfit: say(codes[0], 'TP', 'higher'), stopLoss: say(codes[1], 'SL', 'lower') },
    sell: { takeProfit: say(codes[2], 'TP', 'lower'), stopLoss: say(codes[3], 'SL', 'higher') },
  };
}

const misplacedBy: Readonly<Record<TriggerPrice, BySide>> = {
  last: misplaced('last', ['51277', '51278', '51279', '51280']),
  mark: misplaced('mark', ['51300', '51302', '51303', '51304']),
  index: misplaced('index', ['51305', '51306', '51307', '51308']),
};

export type LegsCheck = { readonly world: World; readonly instrument: Instrument; readonly side: Side; readonly legs: Legs };

/** Refuses a leg of a stop order that the price has passed already. */
export function checkAgainstMarket({ world, instrument, side, legs }: LegsCheck): Refusal | undefined {
  // @rule algo-wrong-side
  for (const name of ['takeProfit', 'stopLoss'] as const) {
    const leg = legs[name];
    if (leg === undefined) continue;
    const distance = compare(leg.triggerPx, watchedPrice(world, instrument, leg.type));
    const { code, message } = misplacedBy[leg.type][side][name];
    if (isReachedFromBelow(side, name) ? distance < 0 : distance > 0) return refusals.wrongTrigger(code, message);
  }
  return undefined;
}

const attachedCodes = {
  limit: { buy: { takeProfit: '51046', stopLoss: '51047' }, sell: { takeProfit: '51048', stopLoss: '51049' } },
  market: { buy: { takeProfit: '51050', stopLoss: '51051' }, sell: { takeProfit: '51052', stopLoss: '51053' } },
} as const;

/** Legs attached to an order of `side`: the take-profit lies beyond its price, the stop before it; at market the best quote is its price. */
export function checkAgainstOrder({ world, instrument, side, legs }: LegsCheck, px: Decimal | undefined): Refusal | undefined {
  // @rule attached-wrong-side
  const price = px ?? makersAgainst(world, instrument, side)[0]?.price ?? markOf(world, instrument);
  const codes = attachedCodes[px === undefined ? 'market' : 'limit'][side];
  const against = px === undefined ? (side === 'buy' ? 'the best ask price' : 'the best bid price') : 'the order price';
  for (const name of ['takeProfit', 'stopLoss'] as const) {
    const leg = legs[name];
    if (leg === undefined) continue;
    const above = (side === 'buy') === (name === 'takeProfit');
    const distance = compare(leg.triggerPx, price);
    if (above ? distance > 0 : distance < 0) continue;
    const what = name === 'takeProfit' ? 'take profit' : 'stop loss';
    return refusals.wrongTrigger(codes[name], `The ${what} trigger price must be ${above ? 'higher' : 'lower'} than ${against}`);
  }
  return undefined;
}
