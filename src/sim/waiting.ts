import { err, ok, type Result } from '../core/lang/result.ts';
import { add, compare, type Decimal, decimal, maximum, minimum, multiply, subtract } from '../core/money/decimal.ts';
import type { Algo, Trail, Trigger } from './algo.ts';
import { amountField, type Fields, textField } from './fields.ts';
import type { Instrument } from './instruments.ts';
import { checkLeg, readTriggerPrice, watchedPrice } from './legs.ts';
import { type Refusal, refusals } from './refusal.ts';
import { instrumentOfOrder, lastPrice, type World } from './world.ts';

type TriggerNames = { readonly trigger: string; readonly order: string; readonly type: string };

/** The trigger of an order that waits for a price, as order-algo spells it; amend-algos has other names and needs only what changes. */
export function readTrigger(fields: Fields, { instrument, names, before }: ReadingTrigger): Result<Omit<Trigger, 'rises'>, Refusal> {
  const [given, order] = [textField(fields, names.trigger), textField(fields, names.order)];
  if (before === undefined && given === '') return err(refusals.missing(names.trigger));
  if (before === undefined && order === '') return err(refusals.missing(names.order));
  const triggerPx = given === '' ? before?.triggerPx : amountField(fields, names.trigger);
  if (triggerPx === undefined) return err(refusals.parameter(names.trigger));
  const orderPx = order === '' ? before?.orderPx : amountField(fields, names.order);
  if (order !== '' && order !== '-1' && orderPx === undefined) return err(refusals.parameter(names.order));
  const type = textField(fields, names.type) === '' && before !== undefined ? before.type : readTriggerPrice(fields, names.type);
  if (type === undefined) return err(refusals.parameter(names.type));
  const refused = checkLeg({ triggerPx, orderPx, type }, instrument);
  return refused === undefined ? ok({ triggerPx, orderPx, type }) : err(refused);
}

type ReadingTrigger = { readonly instrument: Instrument; readonly names: TriggerNames; readonly before: Trigger | undefined };

/** From which side the price comes is seen when the order is placed or changed. */
export function facing(world: World, instrument: Instrument, trigger: Omit<Trigger, 'rises'>): Trigger {
  // @rule trigger-direction
  return { ...trigger, rises: compare(trigger.triggerPx, watchedPrice(world, instrument, trigger.type)) > 0 };
}

export function isTriggered(world: World, { instId, trigger }: Algo & { readonly trigger: Trigger }): boolean {
  const distance = compare(watchedPrice(world, instrumentOfOrder(instId), trigger.type), trigger.triggerPx);
  return trigger.rises ? distance >= 0 : distance <= 0;
}

const RATIO_MIN = decimal('0.001');

/** How far a trailing stop lets the price fall back, as a share of it or as a distance, and from when on it follows. */
export function readTrail(fields: Fields): Result<Trail, Refusal> {
  // @rule trail-spelling
  const spelled = (name: string): string => (textField(fields, name) === '' ? name.replace('callback', 'callBack') : name);
  const names = { ratio: spelled('callbackRatio'), spread: spelled('callbackSpread') } as const;
  const [ratio, spread] = [textField(fields, names.ratio), textField(fields, names.spread)];
  // @rule trail-callback
  if ((ratio === '') === (spread === '')) return err(refusals.needsOneOf('callbackRatio', 'callbackSpread'));
  const kind = ratio === '' ? 'spread' : 'ratio';
  const value = amountField(fields, names[kind]);
  const isShare = value !== undefined && compare(value, RATIO_MIN) >= 0 && compare(value, decimal('1')) < 0;
  if (value === undefined || (kind === 'ratio' && !isShare)) return err(refusals.parameter(names[kind]));
  const activePx = amountField(fields, 'activePx');
  if (textField(fields, 'activePx') !== '' && activePx === undefined) return err(refusals.parameter('activePx'));
  return ok({ callback: { kind, value }, activePx, best: undefined });
}

type Trailing = Pick<Algo, 'instId' | 'side'> & { readonly trail: Trail };

/** The trail after a look at the last price: the same value when nothing changed. */
export function trailed(world: World, { instId, side, trail }: Trailing): Trail {
  const price = lastPrice(world, instrumentOfOrder(instId));
  const { activePx, best } = trail;
  // A sell follows a price that rises, a buy one that falls.
  if (best === undefined) {
    const distance = activePx === undefined ? 0 : compare(price, activePx);
    return (side === 'sell' ? distance >= 0 : distance <= 0) ? { ...trail, best: price } : trail;
  }
  const next = side === 'sell' ? maximum(best, price) : minimum(best, price);
  return compare(next, best) === 0 ? trail : { ...trail, best: next };
}

/** The price at which a trailing stop is reached as it stands; undefined before it is active. */
export function trailTrigger({ side, trail }: Pick<Trailing, 'side' | 'trail'>): Decimal | undefined {
  const { callback, best } = trail;
  if (best === undefined) return undefined;
  const distance = callback.kind === 'ratio' ? multiply(best, callback.value) : callback.value;
  return side === 'sell' ? subtract(best, distance) : add(best, distance);
}

export function isFallenBack(world: World, trailing: Trailing): boolean {
  const trigger = trailTrigger(trailing);
  if (trigger === undefined) return false;
  const distance = compare(lastPrice(world, instrumentOfOrder(trailing.instId)), trigger);
  return trailing.side === 'sell' ? distance <= 0 : distance >= 0;
}
