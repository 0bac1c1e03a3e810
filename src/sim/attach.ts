import { err, ok, type Result } from '../core/lang/result.ts';
import { add, compare, isMultipleOf, zero } from '../core/money/decimal.ts';
import type { Attachment, Leg } from './algo.ts';
import { amountField, type Fields, isFields, textField } from './fields.ts';
import { isContract, type Instrument } from './instruments.ts';
import { checkAgainstOrder, readLeg, readLegs } from './legs.ts';
import { isClosing } from './position-side.ts';
import { type Refusal, refusals } from './refusal.ts';
import type { Account, Order } from './state.ts';
import type { World } from './world.ts';

const TAKE_PROFITS_MAX = 10;

/** Whether what is attached is nothing, or one object of at most two legs: it needs no sizes and no order of its own. */
export function isPlain(attachment: readonly Attachment[]): boolean {
  return attachment.length < 2 && attachment[0]?.limitPx === undefined;
}

/** Reads attachAlgoOrds: none, one object of at most two legs, or take-profits of parts of the order and one stop. */
export function readAttachment(fields: Fields, instrument: Instrument): Result<readonly Attachment[], Refusal> {
  const list: unknown = Object.hasOwn(fields, 'attachAlgoOrds') ? fields['attachAlgoOrds'] : undefined;
  if (list === undefined || list === null || list === '') return ok([]);
  if (!Array.isArray(list)) return err(refusals.parameter('attachAlgoOrds'));
  const given: readonly unknown[] = list;
  const read: Attachment[] = [];
  for (const entry of given) {
    if (!isFields(entry)) return err(refusals.parameter('attachAlgoOrds'));
    const one = readOne(entry, instrument);
    if (!one.ok) return one;
    read.push(one.value);
  }
  const refused = given.length > 1 ? checkSplit(read, instrument) : undefined;
  if (refused !== undefined) return err(refused);
  return given.length === 1 && read[0]?.sz !== undefined ? err(refusals.parameter('attachAlgoOrds')) : ok(read);
}

function readOne(fields: Fields, instrument: Instrument): Result<Attachment, Refusal> {
  const algoClOrdId = textField(fields, 'attachAlgoClOrdId');
  if (!/^[A-Za-z0-9]{0,32}$/.test(algoClOrdId)) return err(refusals.parameter('attachAlgoClOrdId'));
  const sz = amountField(fields, 'sz');
  const isSized = textField(fields, 'sz') !== '';
  if (isSized && (sz === undefined || !isMultipleOf({ value: sz, step: instrument.lot }))) return err(refusals.parameter('sz'));
  if (textField(fields, 'tpOrdKind') === 'limit') return readLimit(fields, { instrument, algoClOrdId, sz });
  const legs = readLegs(fields, instrument);
  if (!legs.ok) return legs;
  if (legs.value.takeProfit === undefined && legs.value.stopLoss === undefined) return err(refusals.attachedWithoutLegs());
  return ok({ ...legs.value, algoClOrdId, limitPx: undefined, sz });
}

type Naming = Pick<Attachment, 'algoClOrdId' | 'sz'> & { readonly instrument: Instrument };

/** A take-profit that rests as a limit order; a stop may be in the same object. */
function readLimit(fields: Fields, { instrument, ...named }: Naming): Result<Attachment, Refusal> {
  // @rule limit-take-profit
  if (!isContract(instrument)) return err(refusals.splitTakeProfits('51094', "You can't place TP limit orders in spot trading."));
  const stopLoss = readLeg(fields, { name: 'sl', instrument });
  if (!stopLoss.ok) return stopLoss;
  const price = textField(fields, 'tpOrdPx');
  if (price === '-1') return err(refusals.splitTakeProfits('51093', 'TP limit order prices (tpOrdPx) cannot be -1 (market price).'));
  const limitPx = amountField(fields, 'tpOrdPx');
  if (limitPx === undefined) return err(price === '' ? refusals.missing('tpOrdPx') : refusals.parameter('tpOrdPx'));
  if (!isMultipleOf({ value: limitPx, step: instrument.tick })) return err(refusals.tooManyDecimals());
  return ok({ takeProfit: undefined, stopLoss: stopLoss.value, limitPx, ...named });
}

/** What is wrong with several attached objects; whether their sizes come to that of the order is seen with it. */
function checkSplit(items: readonly Attachment[], instrument: Instrument): Refusal | undefined {
  // @rule split-take-profits
  const refuse = refusals.splitTakeProfits;
  const takes = items.filter(isTake);
  const [limits, triggers] = [takes.flatMap(({ limitPx }) => limitPx ?? []), takes.flatMap(({ takeProfit }) => takeProfit ?? [])];
  const alike = (prices: readonly Leg['triggerPx'][]): boolean =>
    prices.some((price, index) => prices.findIndex((other) => compare(price, other) === 0) < index);
  if (!isContract(instrument)) return refuse('51077', 'Setting multiple TP orders is not supported for spot trading.');
  if (items.some((item) => isTake(item) && item.stopLoss !== undefined)) return refuse('51076', 'Split TPs only support one-way TP/SL.');
  if (takes.length > TAKE_PROFITS_MAX) return refuse('51079', 'The number of TP orders of one order cannot exceed 10.');
  if (items.length - takes.length > 1) return refuse('51084', 'The number of SL orders of one order cannot exceed 1.');
  if (takes.some(({ sz }) => sz === undefined)) return refuse('51089', 'The size of a split TP cannot be empty.');
  if (limits.length > 0 && triggers.length > 0) return refuse('51091', 'All TP orders in one order must be of the same type.');
  if (alike(limits)) return refuse('51092', 'TP order prices (tpOrdPx) in one order must be different.');
  if (new Set(triggers.map(({ type }) => type)).size > 1) return refuse('51080', 'TP trigger price types in one order must be the same.');
  if (alike(triggers.map(({ triggerPx }) => triggerPx))) return refuse('51081', 'TP trigger prices in one order must be different.');
  if (triggers.some(({ orderPx }) => orderPx !== undefined)) return refuse('51082', 'TP order prices of split TPs must be market prices.');
  return undefined;
}

export function isTake({ takeProfit, limitPx }: Attachment): boolean {
  return takeProfit !== undefined || limitPx !== undefined;
}

/** What of an order decides whether legs may be attached to it. */
type Bearer = Pick<Order, 'side' | 'posSide' | 'ordType' | 'tgtCcy' | 'reduceOnly' | 'px' | 'sz'> & { readonly instrument: Instrument };
export type AttachmentCheck = {
  readonly world: World;
  readonly account: Account;
  readonly wish: Bearer;
  readonly attachment: readonly Attachment[];
};

export function checkAttachment({ world, account, wish, attachment }: AttachmentCheck): Refusal | undefined {
  if (attachment.length === 0) return undefined;
  const { instrument, side, ordType, tgtCcy, px } = wish;
  // @rule attached-not-to-reduce-only
  if (isClosing(wish)) return refusals.attachedToReduceOnly();
  // @rule attached-not-to-odd-units
  const isOdd = side === 'buy' ? tgtCcy === 'base_ccy' : tgtCcy === 'quote_ccy';
  if (instrument.instType === 'SPOT' && ordType === 'market' && isOdd) return refusals.attachedNotAllowed(ordType);
  const names = attachment.map(({ algoClOrdId }) => algoClOrdId).filter((name) => name !== '');
  const isTaken = new Set(names).size < names.length || names.some((name) => isAlgoIdTaken(world, account, name));
  if (isTaken) return refusals.algoIdTaken('attachAlgoClOrdId');
  const total = attachment.filter(isTake).reduce((sum, { sz }) => add(sum, sz ?? zero), zero);
  if (attachment.length > 1 && compare(total, wish.sz) !== 0)
    return refusals.splitTakeProfits('51083', 'The total size of split TPs should equal the size of the order.');
  for (const { takeProfit, stopLoss, limitPx } of attachment) {
    const resting: Leg | undefined = limitPx === undefined ? undefined : { triggerPx: limitPx, type: 'last', orderPx: limitPx };
    const refused = checkAgainstOrder({ world, instrument, side, legs: { takeProfit: takeProfit ?? resting, stopLoss } }, px);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** Whether a live stop order, or one that still waits for its parent, carries the id. */
export function isAlgoIdTaken(world: World, account: Account, algoClOrdId: string): boolean {
  // @rule algo-id-unique-while-pending
  if (algoClOrdId === '') return false;
  const algoId = world.state.clients.get(`${account.uid}|algo|${algoClOrdId}`);
  if (algoId !== undefined && account.pendingAlgos.has(algoId)) return true;
  const waiting = [...account.attaching].flatMap((ordId) => world.state.orders.get(ordId)?.attached ?? []);
  return waiting.some((each) => each.algoClOrdId === algoClOrdId);
}
