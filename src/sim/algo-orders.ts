import { err, ok, type Result } from '../core/lang/result.ts';
import { compare, isZero, parseDecimal } from '../core/money/decimal.ts';
import type { Algo, AlgoKind, Leg } from './algo.ts';
import { hasPositionToClose, isFull, newAlgo, noWaiting } from './algo-run.ts';
import { cancelBeside } from './split.ts';
import { type Answer, failure, type Item, itemsAnswer } from './answers.ts';
import { isAlgoIdTaken, isPlain, readAttachment } from './attach.ts';
import { amountField, type Fields, flagField, isFields, textField } from './fields.ts';
import { findInstrument, isContract, type Instrument } from './instruments.ts';
import { checkAgainstMarket, checkLeg, readLegs, readTriggerPrice } from './legs.ts';
import { checkListed, checkSize, checkTradeMode } from './place.ts';
import { isClosing, readPosSide } from './position-side.ts';
import { type Refusal, refusals } from './refusal.ts';
import { type Account, addRefused, putAlgo } from './state.ts';
import type { Call } from './trade.ts';
import { facing, readTrail, readTrigger } from './waiting.ts';
import { instrumentOfOrder } from './world.ts';

const CANCELS_MAX = 10;

/** What the exchange says of one stop order of a write; unlike orders these answers carry no gateway times. */
function answerOf(items: readonly Item[]): Answer {
  // @rule algo-write-envelope
  const { status, body } = itemsAnswer(items, 0);
  return { status, body: isFields(body) ? { code: body['code'], data: body['data'], msg: body['msg'] } : body };
}

/** POST order-algo: a stop order of its own, one-way or one-cancels-the-other. */
export function postOrderAlgo(call: Call): Answer {
  const { world, fields } = call;
  const [algoClOrdId, tag] = [textField(fields, 'algoClOrdId'), textField(fields, 'tag')];
  const placed = place(call);
  if (placed.ok) {
    putAlgo(world.state, placed.value);
    const { algoId } = placed.value;
    return answerOf([{ accepted: true, row: { algoClOrdId, algoId, clOrdId: '', sCode: '0', sMsg: '', tag } }]);
  }
  const { code, message, status } = placed.error;
  refuse(call, fields, placed.error);
  if (status !== 200) return failure(placed.error);
  return answerOf([{ accepted: false, row: { algoClOrdId, algoId: '', clOrdId: '', sCode: code, sMsg: message, tag } }]);
}

function refuse({ world, account, path }: Call, fields: Fields, { code, message }: Refusal): void {
  const [instId, clOrdId] = [textField(fields, 'instId'), textField(fields, 'algoClOrdId')];
  addRefused(world.state, { account: account.uid, path, instId, clOrdId, code, message, origin: 'api' });
}

type Wish = Pick<
  Algo,
  | 'algoClOrdId'
  | 'tag'
  | 'side'
  | 'posSide'
  | 'ordType'
  | 'tdMode'
  | 'tgtCcy'
  | 'sz'
  | 'reduceOnly'
  | 'endsWithPosition'
  | keyof typeof noWaiting
> & {
  readonly instrument: Instrument;
  readonly takeProfit: Leg | undefined;
  readonly stopLoss: Leg | undefined;
};

function place({ world, account, fields }: Call): Result<Algo, Refusal> {
  const read = readWish(account, fields);
  if (!read.ok) return read;
  const { instrument, ...asked } = read.value;
  const wish = asked.trigger === undefined ? asked : { ...asked, trigger: facing(world, instrument, asked.trigger) };
  if (isAlgoIdTaken(world, account, wish.algoClOrdId)) return err(refusals.algoIdTaken('algoClOrdId'));
  const refused =
    checkListed(world, instrument) ?? checkTerms(read.value) ?? checkAgainstMarket({ world, instrument, side: wish.side, legs: wish });
  if (refused !== undefined) return err(refused);
  const algo = { ...wish, instId: instrument.instId, parent: '', origin: 'api' } as const;
  // @rule algo-needs-position
  if (isClosing(wish) && !hasPositionToClose(account, algo)) return err(refusals.algoWithoutPosition());
  // @rule algo-caps
  if (isFull(account, algo)) return err(refusals.tooManyAlgos());
  // @rule close-fraction
  const whole = [...account.pendingAlgos.values()].some(
    (other) => other.instId === algo.instId && other.posSide === algo.posSide && other.sz === undefined,
  );
  if (wish.sz === undefined && whole) return err(refusals.onlyOneWholeClose());
  return ok(newAlgo({ world, account, algo }));
}

function readWish(account: Account, fields: Fields): Result<Wish, Refusal> {
  for (const name of ['instId', 'tdMode', 'side', 'ordType']) if (textField(fields, name) === '') return err(refusals.missing(name));
  const instrument = findInstrument(textField(fields, 'instId'));
  if (instrument === undefined) return err(refusals.unknownInstrument());
  const [side, ordType, tdMode] = [textField(fields, 'side'), textField(fields, 'ordType'), textField(fields, 'tdMode')];
  if (side !== 'buy' && side !== 'sell') return err(refusals.parameter('side'));
  // @rule algo-kinds
  if (!isAlgoKind(ordType)) return err(refusals.parameter('ordType'));
  const isStop = ordType === 'conditional' || ordType === 'oco';
  const mode = checkTradeMode({ account, instrument, tdMode });
  if (mode !== undefined) return err(mode);
  const posSide = readPosSide({ text: textField(fields, 'posSide'), mode: account.posMode, isContract: isContract(instrument) });
  if (posSide === undefined) return err(refusals.positionSide());
  const [algoClOrdId, tag] = [textField(fields, 'algoClOrdId'), textField(fields, 'tag')];
  if (!/^[A-Za-z0-9]{0,32}$/.test(algoClOrdId)) return err(refusals.parameter('algoClOrdId'));
  if (!/^[A-Za-z0-9]{0,16}$/.test(tag)) return err(refusals.parameter('tag'));
  const [reduceOnly, endsWithPosition] = [flagField(fields, 'reduceOnly'), flagField(fields, 'cxlOnClosePos')];
  if (reduceOnly === undefined) return err(refusals.parameter('reduceOnly'));
  if (endsWithPosition === undefined) return err(refusals.parameter('cxlOnClosePos'));
  const legs = isStop ? readLegs(fields, instrument) : ok({ takeProfit: undefined, stopLoss: undefined });
  if (!legs.ok) return legs;
  const waiting = readWaiting(fields, { instrument, ordType });
  if (!waiting.ok) return waiting;
  const { stopLoss } = legs.value;
  // @rule algo-conditional-stop-first
  const takeProfit = ordType === 'conditional' && stopLoss !== undefined ? undefined : legs.value.takeProfit;
  if (isStop && takeProfit === undefined && stopLoss === undefined) return err(refusals.missing('slTriggerPx'));
  if (ordType === 'oco' && (takeProfit === undefined || stopLoss === undefined))
    return err(refusals.missing(takeProfit === undefined ? 'tpTriggerPx' : 'slTriggerPx'));
  const fraction = textField(fields, 'closeFraction');
  if (!['', '1'].includes(fraction) || (fraction !== '' && !isStop)) return err(refusals.parameter('closeFraction'));
  const sz = amountField(fields, 'sz');
  if (fraction === '' && textField(fields, 'sz') === '') return err(refusals.missing('sz'));
  if (fraction === '' && sz === undefined) return err(refusals.parameter('sz'));
  const tgtCcy = readTargetCurrency(fields, { instrument, side });
  if (tgtCcy === undefined) return err(refusals.parameter('tgtCcy'));
  const size = fraction === '1' ? undefined : sz;
  const named = { instrument, algoClOrdId, tag, side, posSide, ordType, tdMode, tgtCcy } as const;
  return ok({
    ...named,
    sz: size,
    reduceOnly,
    endsWithPosition: endsWithPosition || size === undefined,
    takeProfit,
    stopLoss,
    ...waiting.value,
  });
}

function isAlgoKind(text: string): text is AlgoKind {
  return ['conditional', 'oco', 'trigger', 'move_order_stop'].includes(text);
}

const placedNames = { trigger: 'triggerPx', order: 'orderPx', type: 'triggerPxType' };
const amendedNames = { trigger: 'newTriggerPx', order: 'newOrdPx', type: 'newTriggerPxType' };

/** What only orders have that wait for a price, and trailing stops. */
function readWaiting(fields: Fields, { instrument, ordType }: Pick<Wish, 'instrument' | 'ordType'>): Result<Waiting, Refusal> {
  if (ordType === 'move_order_stop') {
    const trail = readTrail(fields);
    return trail.ok ? ok({ ...noWaiting, trail: trail.value }) : trail;
  }
  if (ordType !== 'trigger') return ok(noWaiting);
  if (textField(fields, 'advanceOrdType') !== '') return err(refusals.parameter('advanceOrdType'));
  const trigger = readTrigger(fields, { instrument, names: placedNames, before: undefined });
  if (!trigger.ok) return trigger;
  const attachment = readAttachment(fields, instrument);
  if (!attachment.ok) return attachment;
  if (!isPlain(attachment.value)) return err(refusals.parameter('attachAlgoOrds'));
  return ok({ ...noWaiting, trigger: { ...trigger.value, rises: true }, attachment: attachment.value });
}

type Waiting = Pick<Algo, keyof typeof noWaiting>;

function readTargetCurrency(fields: Fields, { instrument, side }: Pick<Wish, 'instrument' | 'side'>): Algo['tgtCcy'] | undefined {
  // @rule target-currency
  if (instrument.instType !== 'SPOT') return '';
  const text = textField(fields, 'tgtCcy');
  if (text === '') return side === 'buy' ? 'quote_ccy' : 'base_ccy';
  return text === 'base_ccy' || text === 'quote_ccy' ? text : undefined;
}

function checkTerms(wish: Wish): Refusal | undefined {
  const { instrument, sz, tgtCcy, reduceOnly, endsWithPosition, takeProfit, stopLoss } = wish;
  const isSpot = instrument.instType === 'SPOT';
  // @rule algo-reduce-only-on-contracts
  if (isSpot && (reduceOnly || (endsWithPosition && sz !== undefined))) return refusals.reduceOnlyUnavailable();
  if (sz === undefined) {
    if (isSpot) return refusals.fractionNeedsContract();
    if (!isClosing(wish)) return refusals.fractionNeedsReduceOnly();
    const atMarket = [takeProfit, stopLoss].every((leg) => leg?.orderPx === undefined);
    return atMarket ? undefined : refusals.fractionNeedsMarket();
  }
  // @rule algo-position-needs-reduce-only
  if (endsWithPosition && !isClosing(wish)) return refusals.parameter('cxlOnClosePos');
  if (compare(sz, instrument.maxMarketSize) > 0) return refusals.aboveMarketSize();
  return tgtCcy === 'quote_ccy' ? undefined : checkSize({ instrument, sz });
}

/** By exchange id where given, else by the client's; of this account and instrument only. */
function findAlgo({ world, account }: Pick<Call, 'world' | 'account'>, fields: Fields): Result<Algo, Refusal> {
  const [algoId, algoClOrdId, instId] = [textField(fields, 'algoId'), textField(fields, 'algoClOrdId'), textField(fields, 'instId')];
  if (algoId === '' && algoClOrdId === '') return err(refusals.needsOrderId());
  // @rule algo-id-wins
  const id = algoId === '' ? world.state.clients.get(`${account.uid}|algo|${algoClOrdId}`) : algoId;
  const algo = id === undefined ? undefined : world.state.algos.get(id);
  if (algo === undefined || algo.account !== account.uid || (instId !== '' && algo.instId !== instId)) return err(refusals.orderUnknown());
  return ok(algo);
}

export function findAlgoOf(call: Call): Result<Algo, Refusal> {
  return findAlgo(call, call.fields);
}

/** POST cancel-algos: a list, each item on its own. */
export function postCancelAlgos(call: Call): Answer {
  if (!Array.isArray(call.body) || call.body.length === 0) return failure(refusals.parameter('body'));
  if (call.body.length > CANCELS_MAX) return failure(refusals.tooManyToCancel());
  return answerOf(call.body.map((entry: unknown) => cancelItem(call, isFields(entry) ? entry : {})));
}

function cancelItem(call: Call, fields: Fields): Item {
  const { state } = call.world;
  const found = textField(fields, 'instId') === '' ? err(refusals.missing('instId')) : findAlgo(call, fields);
  const given = { algoClOrdId: '', algoId: textField(fields, 'algoId'), clOrdId: '' };
  if (found.ok && found.value.state === 'live') {
    putAlgo(state, { ...found.value, state: 'canceled', uTime: state.now });
    cancelBeside(state, found.value, '37');
    // @rule algo-cancel-names-id-only
    return { accepted: true, row: { ...given, algoId: found.value.algoId, sCode: '0', sMsg: '', tag: '' } };
  }
  // @rule cancel-refused
  const refusal = found.ok || found.error.code === '51603' ? refusals.cannotCancel() : found.error;
  refuse(call, fields, refusal);
  return { accepted: false, row: { ...given, sCode: refusal.code, sMsg: refusal.message, tag: '' } };
}

/** POST amend-algos: size, triggers and order prices of a live stop order. */
export function postAmendAlgos(call: Call): Answer {
  const { world, fields } = call;
  const reqId = textField(fields, 'reqId');
  const amended = textField(fields, 'instId') === '' ? err(refusals.missing('instId')) : amend(call);
  if (amended.ok) {
    const { algoId, algoClOrdId } = amended.value;
    putAlgo(world.state, amended.value);
    return answerOf([{ accepted: true, row: { algoClOrdId, algoId, reqId, sCode: '0', sMsg: '' } }]);
  }
  refuse(call, fields, amended.error);
  if (amended.error.status !== 200) return failure(amended.error);
  const found = findAlgo(call, fields);
  if (found.ok && found.value.state === 'live' && flagField(fields, 'cxlOnFail') === true)
    putAlgo(world.state, { ...found.value, state: 'canceled', uTime: world.state.now });
  const { code, message } = amended.error;
  const given = { algoClOrdId: textField(fields, 'algoClOrdId'), algoId: textField(fields, 'algoId') };
  return answerOf([{ accepted: false, row: { ...given, reqId, sCode: code, sMsg: message } }]);
}

const amendments = [
  ...Object.values(amendedNames),
  'newSz',
  'newTpTriggerPx',
  'newTpOrdPx',
  'newSlTriggerPx',
  'newSlOrdPx',
  'newTpTriggerPxType',
  'newSlTriggerPxType',
];

function amend(call: Call): Result<Algo, Refusal> {
  const { world, fields } = call;
  const found = findAlgo(call, fields);
  if (!found.ok) return found.error.code === '51603' ? err(refusals.algoGone()) : found;
  const algo = found.value;
  if (algo.state !== 'live') return err(refusals.cannotAmend());
  if (algo.trail !== undefined) return err(refusals.kindFixed());
  if (amendments.every((name) => textField(fields, name) === '')) return err(refusals.needsAmendment());
  const instrument = instrumentOfOrder(algo.instId);
  const takeProfit = amendedLeg(fields, { leg: algo.takeProfit, name: 'Tp', instrument });
  if (!takeProfit.ok) return takeProfit;
  const stopLoss = amendedLeg(fields, { leg: algo.stopLoss, name: 'Sl', instrument });
  if (!stopLoss.ok) return stopLoss;
  const legs = { takeProfit: takeProfit.value, stopLoss: stopLoss.value };
  const asked = algo.trigger === undefined ? undefined : readTrigger(fields, { instrument, names: amendedNames, before: algo.trigger });
  if (asked?.ok === false) return asked;
  const trigger = asked === undefined ? undefined : facing(world, instrument, asked.value);
  // @rule algo-amend-keeps-a-leg
  if (trigger === undefined && legs.takeProfit === undefined && legs.stopLoss === undefined) return err(refusals.legsFixed());
  const newSz = textField(fields, 'newSz') === '' ? algo.sz : amountField(fields, 'newSz');
  if (textField(fields, 'newSz') !== '') {
    if (algo.sz === undefined) return err(refusals.wholeCloseSizeFixed());
    if (newSz === undefined) return err(refusals.parameter('newSz'));
    const refused = algo.tgtCcy === 'quote_ccy' ? undefined : checkSize({ instrument, sz: newSz });
    if (refused !== undefined) return err(refused);
  }
  const misplaced = checkAgainstMarket({ world, instrument, side: algo.side, legs });
  if (misplaced !== undefined) return err(misplaced);
  const stop = legs.takeProfit !== undefined && legs.stopLoss !== undefined ? 'oco' : 'conditional';
  const ordType = trigger === undefined ? stop : algo.ordType;
  return ok({ ...algo, ...legs, trigger, ordType, sz: newSz, uTime: world.state.now });
}

type Amending = { readonly leg: Leg | undefined; readonly name: 'Tp' | 'Sl'; readonly instrument: Instrument };

/** The leg as it will be: a price of 0 takes it away, one that is not there cannot be added. */
function amendedLeg(fields: Fields, { leg, name, instrument }: Amending): Result<Leg | undefined, Refusal> {
  const [trigger, order, type] = [`new${name}TriggerPx`, `new${name}OrdPx`, `new${name}TriggerPxType`] as const;
  if ([trigger, order, type].every((field) => textField(fields, field) === '')) return ok(leg);
  // @rule algo-amend-adds-no-leg
  if (leg === undefined) return err(refusals.legsFixed());
  // @rule algo-amend-zero-deletes
  const values = [trigger, order].map((field) => parseDecimal(textField(fields, field)));
  if (values.some((value) => value.ok && isZero(value.value))) return ok(undefined);
  const triggerPx = textField(fields, trigger) === '' ? leg.triggerPx : amountField(fields, trigger);
  if (triggerPx === undefined) return err(refusals.parameter(trigger));
  const given = textField(fields, order);
  const orderPx = given === '' ? leg.orderPx : given === '-1' ? undefined : amountField(fields, order);
  if (given !== '' && given !== '-1' && orderPx === undefined) return err(refusals.parameter(order));
  const price = textField(fields, type) === '' ? leg.type : readTriggerPrice(fields, type);
  if (price === undefined) return err(refusals.parameter(type));
  const next: Leg = { triggerPx, orderPx, type: price };
  const refused = checkLeg(next, instrument);
  return refused === undefined ? ok(next) : err(refused);
}
