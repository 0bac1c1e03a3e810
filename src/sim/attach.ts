import { err, ok, type Result } from '../core/lang/result.ts';
import type { Legs } from './algo.ts';
import { type Fields, isFields, textField } from './fields.ts';
import type { Instrument } from './instruments.ts';
import { checkAgainstOrder, readLegs } from './legs.ts';
import { isClosing } from './position-side.ts';
import { type Refusal, refusals } from './refusal.ts';
import type { Account, Order } from './state.ts';
import type { World } from './world.ts';

/** What a client wants attached to an order. */
export type Attachment = Legs & { readonly algoClOrdId: string };

/** Reads attachAlgoOrds: none, or one object of at most two legs. Split take-profits are not offered. */
export function readAttachment(fields: Fields, instrument: Instrument): Result<Attachment | undefined, Refusal> {
  const list: unknown = Object.hasOwn(fields, 'attachAlgoOrds') ? fields['attachAlgoOrds'] : undefined;
  if (list === undefined || list === null || list === '') return ok(undefined);
  if (!Array.isArray(list)) return err(refusals.parameter('attachAlgoOrds'));
  const given: readonly unknown[] = list;
  if (given.length === 0) return ok(undefined);
  const [only] = given;
  // @rule attached-one
  if (given.length > 1 || !isFields(only) || textField(only, 'sz') !== '') return err(refusals.parameter('attachAlgoOrds'));
  const algoClOrdId = textField(only, 'attachAlgoClOrdId');
  if (!/^[A-Za-z0-9]{0,32}$/.test(algoClOrdId)) return err(refusals.parameter('attachAlgoClOrdId'));
  const legs = readLegs(only, instrument);
  if (!legs.ok) return legs;
  if (legs.value.takeProfit === undefined && legs.value.stopLoss === undefined) return err(refusals.attachedWithoutLegs());
  return ok({ ...legs.value, algoClOrdId });
}

/** What of an order decides whether legs may be attached to it. */
type Bearer = Pick<Order, 'side' | 'posSide' | 'ordType' | 'tgtCcy' | 'reduceOnly' | 'px'> & { readonly instrument: Instrument };
export type AttachmentCheck = {
  readonly world: World;
  readonly account: Account;
  readonly wish: Bearer;
  readonly attachment: Attachment | undefined;
};

export function checkAttachment({ world, account, wish, attachment }: AttachmentCheck): Refusal | undefined {
  if (attachment === undefined) return undefined;
  const { instrument, side, ordType, tgtCcy, px } = wish;
  // @rule attached-not-to-reduce-only
  if (isClosing(wish)) return refusals.attachedToReduceOnly();
  // @rule attached-not-to-odd-units
  const isOdd = side === 'buy' ? tgtCcy === 'base_ccy' : tgtCcy === 'quote_ccy';
  if (instrument.instType === 'SPOT' && ordType === 'market' && isOdd) return refusals.attachedNotAllowed(ordType);
  if (isAlgoIdTaken(world, account, attachment.algoClOrdId)) return refusals.algoIdTaken('attachAlgoClOrdId');
  return checkAgainstOrder({ world, instrument, side, legs: attachment }, px);
}

/** Whether a live stop order, or one that still waits for its parent, carries the id. */
export function isAlgoIdTaken(world: World, account: Account, algoClOrdId: string): boolean {
  // @rule algo-id-unique-while-pending
  if (algoClOrdId === '') return false;
  const algoId = world.state.clients.get(`${account.uid}|algo|${algoClOrdId}`);
  if (algoId !== undefined && account.pendingAlgos.has(algoId)) return true;
  return [...account.attaching].some((ordId) => world.state.orders.get(ordId)?.attached?.algoClOrdId === algoClOrdId);
}
