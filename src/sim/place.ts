import {
  add,
  compare,
  type Decimal,
  decimal,
  formatDecimal,
  isMultipleOf,
  isNegative,
  isZero,
  maximum,
  minimum,
  multiply,
  parseDecimal,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { err, ok, type Result } from '../core/lang/result.ts';

import type { Attachment } from './algo.ts';
import { checkAttachment, readAttachment } from './attach.ts';
import { amountField, type Fields, flagField, textField } from './fields.ts';
import { findInstrument, isContract, type Instrument, valueOf } from './instruments.ts';
import { fundsOf, initialMargin, isCovered, leverOf, openingContracts } from './margin.ts';
import { execute, isSizedInQuote, marketLimit, type Reach } from './matching.ts';
import { type Aim, closable, isClosing, pendingClose, positionAt, readPosSide } from './position-side.ts';
import { type Refusal, refusals } from './refusal.ts';
import {
  type Account,
  addRefused,
  nextId,
  nextSequence,
  type Order,
  type OrderType,
  type Origin,
  type PosSide,
  type SelfTrade,
  type Side,
} from './state.ts';
import { isBeyondTier } from './tiers.ts';
import { limitOf, listed, makersAgainst, markOf, type World } from './world.ts';

export const PENDING_MAX = 4000;
export const PENDING_PER_INSTRUMENT_MAX = 500;

export type Wish = {
  readonly instrument: Instrument;
  readonly clOrdId: string;
  readonly tag: string;
  readonly side: Side;
  readonly posSide: PosSide;
  readonly ordType: OrderType;
  readonly tdMode: string;
  readonly tgtCcy: Order['tgtCcy'];
  readonly px: Decimal | undefined;
  readonly sz: Decimal;
  readonly reduceOnly: boolean;
  readonly banAmend: boolean;
  /** A price beyond the limit is moved to it instead of being refused. */
  readonly clipsPrice: boolean;
  /** How far from the best quote a market order may go, as a share of it; undefined: as far as any. */
  readonly slippage: Decimal | undefined;
  readonly stpMode: SelfTrade;
};

export type Placing = { readonly world: World; readonly account: Account; readonly fields: Fields; readonly origin: Origin };
export type Placed = { readonly clOrdId: string; readonly tag: string; readonly outcome: Result<Order, Refusal> };

/** Places one order: read, checked against the rules, covered by funds, matched. A refusal leaves nothing but a line in the ledger. */
export function placeOrder({ world, account, fields, origin }: Placing): Placed {
  const outcome = tryPlace({ world, account, fields, origin });
  const clOrdId = textField(fields, 'clOrdId');
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    const instId = textField(fields, 'instId');
    addRefused(world.state, { account: account.uid, path: '/api/v5/trade/order', instId, clOrdId, code, message, origin });
  }
  return { clOrdId, tag: textField(fields, 'tag'), outcome };
}

function tryPlace({ world, account, fields, origin }: Placing): Result<Order, Refusal> {
  const read = readWish(account, fields);
  if (!read.ok) return read;
  const wish = read.value.clipsPrice ? clipped(world, read.value) : read.value;
  const attachment = readAttachment(fields, wish.instrument);
  if (!attachment.ok) return attachment;
  const refused =
    checkRules(world, account, wish) ??
    checkClosing(account, { ...wish, others: pendingClose(account, aimOf(wish)) }) ??
    checkAttachment({ world, account, wish, attachment: attachment.value });
  if (refused !== undefined) return err(refused);
  return executeFunded({ world, account, wish, origin, attachment: attachment.value, sentBy: undefined });
}

export type Sending = Omit<Placing, 'origin'> & Pick<NewOrder, 'sentBy' | 'attachment'>;

/** Places what a stop order sends when it is reached: the same rules and the same funds, but ahead of orders that rest. */
export function placeTriggered({ world, account, fields, sentBy, attachment }: Sending): Result<Order, Refusal> {
  const read = readWish(account, fields);
  if (!read.ok) return read;
  const wish = read.value;
  // @rule triggered-before-resting
  const refused = checkRules(world, account, wish) ?? checkClosing(account, { ...wish, others: zero });
  if (refused !== undefined) return err(refused);
  return executeFunded({ world, account, wish, origin: 'algo', attachment, sentBy });
}

function executeFunded(parts: NewOrder): Result<Order, Refusal> {
  const { world, account, wish } = parts;
  const reach = checkFunds(world, account, wish);
  return reach.ok ? ok(execute(world, { order: newOrder(parts), reach: reach.value })) : reach;
}

const orderTypes: readonly string[] = ['limit', 'market', 'post_only', 'fok', 'ioc', 'optimal_limit_ioc'] satisfies readonly OrderType[];

function isOrderType(text: string): text is OrderType {
  return orderTypes.includes(text);
}

function isSide(text: string): text is Side {
  return text === 'buy' || text === 'sell';
}

function isSelfTrade(text: string): text is SelfTrade {
  return text === 'cancel_maker' || text === 'cancel_taker' || text === 'cancel_both';
}

function readWish(account: Account, fields: Fields): Result<Wish, Refusal> {
  for (const name of ['instId', 'tdMode', 'side', 'ordType', 'sz']) if (textField(fields, name) === '') return err(refusals.missing(name));
  const instrument = findInstrument(textField(fields, 'instId'));
  // @rule option-chain
  if (/-[CP]$/.test(textField(fields, 'instId'))) return err(refusals.accountMode());
  if (instrument === undefined) return err(refusals.unknownInstrument());
  const [side, ordType, clOrdId, tag] = ['side', 'ordType', 'clOrdId', 'tag'].map((name) => textField(fields, name));
  if (side === undefined || !isSide(side)) return err(refusals.parameter('side'));
  if (ordType === undefined || !isOrderType(ordType)) return err(refusals.parameter('ordType'));
  if (ordType === 'optimal_limit_ioc' && instrument.instType === 'SPOT') return err(refusals.parameter('ordType'));
  const tdMode = textField(fields, 'tdMode');
  const mode = checkTradeMode({ account, instrument, tdMode });
  if (mode !== undefined) return err(mode);
  const posSide = readPosSide({ text: textField(fields, 'posSide'), mode: account.posMode, isContract: isContract(instrument) });
  if (posSide === undefined) return err(refusals.positionSide());
  // @rule client-order-id
  if (!/^[A-Za-z0-9]{0,32}$/.test(clOrdId ?? '')) return err(refusals.parameter('clOrdId'));
  if (!/^[A-Za-z0-9]{0,16}$/.test(tag ?? '')) return err(refusals.parameter('tag'));
  const stpMode = textField(fields, 'stpMode') || 'cancel_maker';
  if (!isSelfTrade(stpMode)) return err(refusals.parameter('stpMode'));
  if (stpMode === 'cancel_both' && ordType === 'fok') return err(refusals.conflict('ordType', 'stpMode'));
  const [reduceOnly, banAmend] = [flagField(fields, 'reduceOnly'), flagField(fields, 'banAmend')];
  if (reduceOnly === undefined) return err(refusals.parameter('reduceOnly'));
  if (banAmend === undefined) return err(refusals.parameter('banAmend'));
  const sz = amountField(fields, 'sz');
  if (sz === undefined) return err(refusals.parameter('sz'));
  const hasPrice = ordType !== 'market' && ordType !== 'optimal_limit_ioc';
  const px = hasPrice ? amountField(fields, 'px') : undefined;
  if (hasPrice && px === undefined) return err(refusals.parameter('px'));
  const tgtCcy = readTargetCurrency({ fields, instrument, side, ordType });
  if (tgtCcy === undefined) return err(refusals.parameter('tgtCcy'));
  const pxAmendType = textField(fields, 'pxAmendType');
  if (!['', '0', '1'].includes(pxAmendType)) return err(refusals.parameter('pxAmendType'));
  const slippage = readSlippage({ fields, instrument, ordType });
  if (!slippage.ok) return slippage;
  // @rule reduce-only-of-legs
  const flags = {
    reduceOnly: reduceOnly && posSide === 'net',
    banAmend,
    stpMode,
    clipsPrice: pxAmendType === '1',
    slippage: slippage.value,
  };
  return ok({ instrument, clOrdId: clOrdId ?? '', tag: tag ?? '', side, posSide, ordType, tdMode, tgtCcy, px, sz, ...flags });
}

export type TradeMode = { readonly account: Account; readonly instrument: Instrument; readonly tdMode: string };

/** Spot is paid in cash; contracts want an account that may trade them. */
export function checkTradeMode({ account, instrument, tdMode }: TradeMode): Refusal | undefined {
  // @rule trade-modes
  if (!['cash', 'cross', 'isolated', 'spot_isolated'].includes(tdMode)) return refusals.parameter('tdMode');
  const allowed = isContract(instrument) ? (tdMode === 'cross' || tdMode === 'isolated') && account.acctLv === '2' : tdMode === 'cash';
  return allowed ? undefined : refusals.accountMode();
}

function clipped(world: World, wish: Wish): Wish {
  // @rule price-clipped
  if (wish.px === undefined) return wish;
  const { highestBuy, lowestSell } = limitOf(world, wish.instrument);
  return { ...wish, px: wish.side === 'buy' ? minimum(wish.px, highestBuy) : maximum(wish.px, lowestSell) };
}

type OfType = { readonly fields: Fields; readonly instrument: Instrument; readonly ordType: OrderType };
const SLIPPAGE_MAX = decimal('0.05');

/** How far a market order may go from the best quote; on other orders the field is idle. */
function readSlippage({ fields, instrument, ordType }: OfType): Result<Decimal | undefined, Refusal> {
  // @rule slippage
  const given = textField(fields, 'slippagePct');
  if (given === '' || ordType !== 'market') return ok(undefined);
  const share = parseDecimal(given);
  if (!share.ok || isNegative(share.value) || share.value.scale > 4 || isContract(instrument)) return err(refusals.slippageInvalid());
  if (compare(share.value, SLIPPAGE_MAX) > 0) return err(refusals.slippageTooLarge());
  return ok(isZero(share.value) ? undefined : share.value);
}

/** The worst price that a market order may reach by what its client said, and by what the exchange does. */
function slipped(world: World, { instrument, side, slippage }: Wish): Decimal {
  const [bound, best] = [marketLimit(world, instrument, side), makersAgainst(world, instrument, side)[0]?.price];
  if (slippage === undefined || best === undefined) return bound;
  const distance = multiply(best, slippage);
  return side === 'buy' ? minimum(bound, add(best, distance)) : maximum(bound, subtract(best, distance));
}

type TargetCurrency = { readonly fields: Fields; readonly instrument: Instrument; readonly side: Side; readonly ordType: OrderType };

/** The unit of a spot market order; on other orders the field is ignored, as real clients send it there too. */
function readTargetCurrency({ fields, instrument, side, ordType }: TargetCurrency): Order['tgtCcy'] | undefined {
  // @rule target-currency
  if (instrument.instType !== 'SPOT' || ordType !== 'market') return '';
  const text = textField(fields, 'tgtCcy');
  if (text === '') return side === 'buy' ? 'quote_ccy' : 'base_ccy';
  return text === 'base_ccy' || text === 'quote_ccy' ? text : undefined;
}

function checkRules(world: World, account: Account, wish: Wish): Refusal | undefined {
  const { instrument, clOrdId, px, sz } = wish;
  const unlisted = checkListed(world, instrument);
  if (unlisted !== undefined) return unlisted;
  if (isClientIdPending(world, account, clOrdId)) return refusals.duplicateClientId();
  if (px !== undefined && !isMultipleOf({ value: px, step: instrument.tick })) return refusals.tooManyDecimals();
  const sizes = isSizedInQuote(wish, instrument) ? checkQuoteSize(world, wish) : checkSize(wish);
  if (sizes !== undefined) return sizes;
  if (px !== undefined) {
    const outside = checkPriceLimit({ world, instrument, side: wish.side, px });
    if (outside !== undefined) return outside;
  }
  const isMarket = wish.ordType === 'market' || wish.ordType === 'optimal_limit_ioc';
  if (isContract(instrument) && isMarket && compare(sz, instrument.maxMarketSize) > 0) return refusals.aboveMarketSize();
  if (compare(sz, instrument.maxLimitSize) > 0) return refusals.aboveLimitSize();
  // @rule pending-caps
  const there = [...account.pending.values()].filter((order) => order.instId === instrument.instId).length;
  return account.pending.size >= PENDING_MAX || there >= PENDING_PER_INSTRUMENT_MAX ? refusals.tooManyPending() : undefined;
}

/** A dated contract is known by its name long before and after it can be traded. */
export function checkListed(world: World, instrument: Instrument): Refusal | undefined {
  // @rule futures-expired
  if (instrument.expiry === undefined) return undefined;
  if (instrument.expiry <= world.state.now) return refusals.instrumentExpired();
  return listed(world).some(({ instId }) => instId === instrument.instId) ? undefined : refusals.unknownInstrument();
}

/** A client order id is taken only while an order that carries it is pending. */
export function isClientIdPending(world: World, account: Account, clOrdId: string): boolean {
  // @rule client-order-id-unique-while-pending
  const ordId = clOrdId === '' ? undefined : world.state.clients.get(`${account.uid}|${clOrdId}`);
  return ordId !== undefined && account.pending.has(ordId);
}

export function checkSize({ instrument, sz }: Pick<Wish, 'instrument' | 'sz'>): Refusal | undefined {
  // @rule lot-and-minimum
  if (compare(sz, instrument.min) < 0) return refusals.belowMinimum();
  return isMultipleOf({ value: sz, step: instrument.lot }) ? undefined : refusals.notLotMultiple();
}

function checkQuoteSize(world: World, { instrument, side, sz }: Wish): Refusal | undefined {
  if (compare(sz, instrument.maxMarketSize) > 0) return refusals.aboveMarketValue();
  const best = makersAgainst(world, instrument, side)[0]?.price ?? markOf(world, instrument);
  return compare(sz, multiply(instrument.min, best)) < 0 ? refusals.belowMinimum() : undefined;
}

type LimitCheck = { readonly world: World; readonly instrument: Instrument; readonly side: Side; readonly px: Decimal };

/** A buy above the highest price or a sell below the lowest is refused; the other directions just rest. */
export function checkPriceLimit({ world, instrument, side, px }: LimitCheck): Refusal | undefined {
  const { highestBuy, lowestSell } = limitOf(world, instrument);
  const outside = side === 'buy' ? compare(px, highestBuy) > 0 : compare(px, lowestSell) < 0;
  return outside ? refusals.priceLimit(formatDecimal(highestBuy), formatDecimal(lowestSell)) : undefined;
}

function aimOf({ instrument, posSide, tdMode, side }: Pick<Wish, 'instrument' | 'posSide' | 'tdMode' | 'side'>): Aim {
  return { instId: instrument.instId, posSide, tdMode, side };
}

type Closing = Pick<Wish, 'instrument' | 'reduceOnly' | 'posSide' | 'tdMode' | 'side' | 'sz'> & {
  /** What other orders may close of the same position before this one. */
  readonly others: Decimal;
};

/** Refuses what may only close and would do more. */
function checkClosing(account: Account, wish: Closing): Refusal | undefined {
  if (!isClosing(wish)) return undefined;
  const { instrument, posSide, sz, others } = wish;
  if (instrument.instType === 'SPOT') return refusals.reduceOnlyUnavailable();
  const there = closable(account, aimOf(wish));
  if (isZero(there)) {
    const position = positionAt(account, aimOf(wish))?.pos ?? zero;
    return isZero(position) ? refusals.noPositionToReduce() : refusals.reduceOnlySameSide();
  }
  if (compare(add(others, sz), there) <= 0) return undefined;
  // @rule reduce-only-no-trimming
  if (posSide === 'net') return refusals.reduceOnlyTooLarge();
  // @rule close-beyond-leg
  return refusals.closeTooLarge();
}

function checkFunds(world: World, account: Account, wish: Wish): Result<Reach, Refusal> {
  return wish.instrument.instType === 'SPOT' ? checkCash(world, account, wish) : checkMargin(world, account, wish);
}

function checkCash(world: World, account: Account, wish: Wish): Result<Reach, Refusal> {
  const { instrument, side, px, sz } = wish;
  const ccy = side === 'buy' ? instrument.quote : instrument.base;
  const { available } = fundsOf({ world, account, ccy });
  const limit = px ?? slipped(world, wish);
  if (isSizedInQuote(wish, instrument)) {
    if (side === 'buy') {
      if (compare(sz, available) <= 0) return ok({ limit, budget: sz });
      // @rule ban-amend
      if (wish.banAmend || !isEnoughForOne({ world, instrument, side, money: available })) return err(refusals.insufficientBalance(ccy));
      return ok({ limit, budget: available });
    }
    const worth = multiply(available, makersAgainst(world, instrument, side)[0]?.price ?? zero);
    if (compare(sz, worth) > 0 && wish.banAmend) return err(refusals.insufficientBalance(ccy));
    const budget = minimum(sz, worth);
    return isEnoughForOne({ world, instrument, side, money: budget }) ? ok({ limit, budget }) : err(refusals.insufficientBalance(ccy));
  }
  if (side === 'sell') return compare(sz, available) <= 0 ? ok({ limit, budget: undefined }) : err(refusals.insufficientBalance(ccy));
  if (px !== undefined)
    return compare(multiply(px, sz), available) <= 0 ? ok({ limit, budget: undefined }) : err(refusals.insufficientBalance(ccy));
  // @rule market-buy-freeze
  const worst = multiply(marketLimit(world, instrument, side), sz);
  if (compare(worst, available) <= 0) return ok({ limit, budget: undefined });
  if (wish.banAmend || !isEnoughForOne({ world, instrument, side, money: available })) return err(refusals.insufficientBalance(ccy));
  return ok({ limit, budget: available });
}

type EnoughForOne = { readonly world: World; readonly instrument: Instrument; readonly side: Side; readonly money: Decimal };

function isEnoughForOne({ world, instrument, side, money }: EnoughForOne): boolean {
  const best = makersAgainst(world, instrument, side)[0]?.price ?? markOf(world, instrument);
  return compare(money, multiply(instrument.min, best)) >= 0;
}

function checkMargin(world: World, account: Account, wish: Wish): Result<Reach, Refusal> {
  const { instrument, side, posSide, tdMode, px, sz } = wish;
  const bound = marketLimit(world, instrument, side);
  const reach: Reach = { limit: px ?? bound, budget: undefined };
  if (isClosing(wish)) return ok(reach);
  if (isBeyondTier({ account, instrument, tdMode, extra: { side, posSide, size: sz, except: '' } })) return err(refusals.beyondTier());
  return hasMarginFor({ world, account, instrument, side, posSide, tdMode, size: sz, except: '' })
    ? ok(reach)
    : err(refusals.insufficientMargin(instrument.settle));
}

export type MarginFor = {
  readonly world: World;
  readonly account: Account;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly posSide: PosSide;
  readonly tdMode: string;
  readonly size: Decimal;
  readonly except: string;
};

/** True when the margin of what the order could open, and the fee for it, is there. What only closes needs none. */
export function hasMarginFor({ world, account, instrument, side, posSide, tdMode, size, except }: MarginFor): boolean {
  const before = openingContracts({ account, instrument, tdMode, extra: undefined });
  const after = openingContracts({ account, instrument, tdMode, extra: { side, posSide, size, except } });
  const opened = maximum(subtract(after, before), zero);
  if (isZero(opened)) return true;
  const margin = initialMargin({ world, account, instrument, size: opened, of: { tdMode, posSide } });
  const fee = multiply(instrument.takerRate, valueOf({ instrument, size: opened, price: markOf(world, instrument) }));
  return isCovered({ funds: fundsOf({ world, account, ccy: instrument.settle }), extra: add(margin, fee) });
}

export type NewOrder = {
  readonly world: World;
  readonly account: Account;
  readonly wish: Wish;
  readonly origin: Origin;
  readonly attachment: readonly Attachment[];
  readonly sentBy: Order['sentBy'];
};

/** An order that has not met the book yet. */
export function newOrder({ world, account, wish, origin, attachment, sentBy }: NewOrder): Order {
  const { state } = world;
  const { instrument, clOrdId, tag, side, posSide, ordType, tdMode, tgtCcy, px, sz, reduceOnly, stpMode } = wish;
  const seq = nextSequence(state);
  const isSwap = isContract(instrument);
  return {
    seq,
    account: account.uid,
    ordId: nextId(state),
    clOrdId,
    tag,
    instId: instrument.instId,
    side,
    posSide,
    category: 'normal',
    ordType,
    tdMode,
    tgtCcy,
    px,
    sz,
    reduceOnly,
    stpMode,
    attached: attachment.map((each) => ({ ...each, attachAlgoId: nextId(state), failCode: '', begunAs: '' })),
    sentBy,
    origin,
    state: 'live',
    filled: zero,
    avgPx: zero,
    lastFill: undefined,
    fee: zero,
    feeCcy: isSwap ? instrument.settle : side === 'buy' ? instrument.base : instrument.quote,
    pnl: zero,
    frozen: zero,
    lever: isSwap ? leverOf(account, instrument, { tdMode, posSide }) : '',
    cancelSource: '',
    cTime: state.now,
    uTime: state.now,
    priority: seq,
    reqId: '',
  };
}
