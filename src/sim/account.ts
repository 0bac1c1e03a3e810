import {
  add,
  compare,
  type Decimal,
  divideDown,
  formatDecimal as text,
  isNegative,
  isZero,
  maximum,
  multiply,
  negate,
  one,
  parseDecimal,
  roundDownToStep,
  zero,
} from '../core/money/decimal.ts';
import { type Answer, failure, success } from './answers.ts';
import { ratesOf } from './fees.ts';
import { amountField, type Fields, listField, textField, wholeField } from './fields.ts';
import { DELIVERY_RATE } from './delivery.ts';
import { DIGITS, findInstrument, isContract, type Instrument, valueOf } from './instruments.ts';
import { fundsOf, initialMargin, leverName, leverNumber, type LeverOf, leverOf } from './margin.ts';
import { positionAt, readPosSide } from './position-side.ts';
import { refusals } from './refusal.ts';
import { balanceRow, billRow, fillRow, orderRow, positionRow, type Row } from './rows.ts';
import { type Account, addRefused, type Bill, isPending, type Order, type PosSide, putPosition } from './state.ts';
import type { Call } from './trade.ts';
import { findOrder } from './trade.ts';
import { instrumentOfOrder, listed, markOf, type World } from './world.ts';
import type { Key } from './keys.ts';

/** GET account/config: what a key may do and whose it is. */
export function configAnswer(account: Account, key: Key): Answer {
  return success([
    {
      acctLv: account.acctLv,
      acctStpMode: 'cancel_maker',
      autoLoan: false,
      ctIsoMode: 'automatic',
      enableSpotBorrow: false,
      feeType: '0',
      greeksType: 'PA',
      ip: key.ip,
      kycLv: '3',
      label: key.label,
      level: account.level,
      levelTmp: '',
      liquidationGear: '-1',
      mainUid: account.mainUid,
      mgnIsoMode: 'automatic',
      opAuth: '0',
      perm: key.perm,
      posMode: account.posMode,
      roleType: '0',
      settleCcy: 'USDT',
      settleCcyList: ['USD', 'USDT'],
      spotBorrowAutoRepay: false,
      spotOffsetType: '',
      spotRoleType: '0',
      spotTraderInsts: [],
      stgyType: '0',
      traderInsts: [],
      type: account.uid === account.mainUid ? '0' : '1',
      uid: account.uid,
    },
  ]);
}

export function getBalance({ world, account, fields }: Call): Answer {
  const wanted = listField(fields, 'ccy');
  // @rule currencies-at-most
  return wanted.length > 20 ? failure(refusals.parameter('ccy')) : success([balanceRow({ world, account, wanted })]);
}

/** Open positions; one that is asked for by name comes back even when it is flat. */
export function getPositions({ world, account, fields }: Call): Answer {
  const [instIds, posIds] = [listField(fields, 'instId'), listField(fields, 'posId')];
  const instType = textField(fields, 'instType');
  if (instIds.length > 10) return failure(refusals.parameter('instId'));
  // @rule closed-position-by-name
  const named = instIds.length + posIds.length > 0;
  const found = [...account.positions.values()].filter(
    (position) =>
      (instType === '' || instrumentOfOrder(position.instId).instType === instType) &&
      (instIds.length === 0 || instIds.includes(position.instId)) &&
      (posIds.length === 0 || posIds.includes(position.posId)) &&
      (named || !isZero(position.pos)),
  );
  return success(found.map((position) => positionRow({ world, account, position })));
}

export function getLeverageInfo({ account, fields }: Call): Answer {
  const instIds = listField(fields, 'instId');
  const mgnMode = textField(fields, 'mgnMode');
  if (mgnMode !== 'cross' && mgnMode !== 'isolated') return failure(refusals.parameter('mgnMode'));
  if (instIds.length === 0 || instIds.length > 20) return failure(refusals.parameter('instId'));
  const rows: Row[] = [];
  for (const instId of instIds) {
    const instrument = findInstrument(instId);
    if (instrument === undefined) return failure(refusals.unknownInstrument());
    // @rule leverage-of-legs
    const legs = account.posMode === 'net_mode' || instrument.instType === 'SPOT' ? (['net'] as const) : (['long', 'short'] as const);
    for (const posSide of legs)
      rows.push({ ccy: '', instId, lever: leverOf(account, instrument, legOf(mgnMode, posSide)), mgnMode, posSide });
  }
  return success(rows);
}

export function postSetLeverage({ world, account, fields }: Call): Answer {
  const instrument = findInstrument(textField(fields, 'instId'));
  const mgnMode = textField(fields, 'mgnMode');
  if (textField(fields, 'instId') === '') return failure(refusals.missing('instId'));
  if (instrument === undefined) return failure(refusals.unknownInstrument());
  if (mgnMode !== 'cross' && mgnMode !== 'isolated') return failure(refusals.parameter('mgnMode'));
  if (account.acctLv === '1') return failure(refusals.accountMode());
  const parsed = parseDecimal(textField(fields, 'lever'));
  if (!parsed.ok || parsed.value.scale > 2) return failure(refusals.parameter('lever'));
  if (compare(parsed.value, one) < 0) return failure(refusals.leverageTooLow());
  if (compare(parsed.value, { coefficient: BigInt(instrument.leverMax), scale: 0 }) > 0) return failure(refusals.leverageTooHigh());
  const posSide = readPosSide({
    text: textField(fields, 'posSide'),
    mode: mgnMode === 'cross' ? 'net_mode' : account.posMode,
    isContract: true,
  });
  if (mgnMode === 'isolated' && posSide === undefined) return failure(refusals.parameter('posSide'));
  const leg = legOf(mgnMode, posSide ?? 'net');
  const isPending = [...account.pending.values()].some(({ instId, tdMode }) => instId === instrument.instId && tdMode === 'isolated');
  if (mgnMode === 'isolated' && isPending) return failure(refusals.leverageOfPending());
  const before = account.levers.get(leverName(instrument, leg));
  const lever = text(parsed.value);
  account.levers.set(leverName(instrument, leg), lever);
  // @rule leverage-of-open-position
  if (instrument.settle !== '' && isUncovered(world, account, instrument.settle)) {
    if (before === undefined) account.levers.delete(leverName(instrument, leg));
    else account.levers.set(leverName(instrument, leg), before);
    return failure(refusals.leverageMargin());
  }
  return success([{ instId: instrument.instId, lever, mgnMode, posSide: leg.posSide }]);
}

function legOf(mgnMode: 'cross' | 'isolated', posSide: PosSide): LeverOf {
  return mgnMode === 'cross' ? { tdMode: mgnMode, posSide: 'net' } : { tdMode: mgnMode, posSide };
}

/** POST account/position/margin-balance: moves margin to or from an isolated position. */
export function postMarginBalance({ world, account, fields }: Call): Answer {
  const [instId, side, type] = [textField(fields, 'instId'), textField(fields, 'posSide'), textField(fields, 'type')];
  const [instrument, amt] = [findInstrument(instId), amountField(fields, 'amt')];
  if (instrument === undefined) return failure(refusals.unknownInstrument());
  if (type !== 'add' && type !== 'reduce') return failure(refusals.parameter('type'));
  if (amt === undefined) return failure(refusals.parameter('amt'));
  const posSide = readPosSide({ text: side, mode: account.posMode, isContract: true });
  if (side === '' || posSide === undefined) return failure(refusals.parameter('posSide'));
  const position = positionAt(account, { instId, posSide, tdMode: 'isolated' });
  if (position === undefined || isZero(position.pos)) return failure(refusals.noIsolatedPosition());
  const margin = type === 'add' ? add(position.margin, amt) : add(position.margin, negate(amt));
  const least = initialMargin({ world, account, instrument, size: position.pos, of: position });
  // @rule isolated-margin-moved
  const there = fundsOf({ world, account, ccy: instrument.settle }).available;
  const isCovered = type === 'add' ? compare(amt, there) <= 0 : compare(margin, least) >= 0;
  if (!isCovered) return failure(refusals.insufficientMargin(instrument.settle));
  putPosition({ state: world.state, account, position: { ...position, margin, uTime: world.state.now } });
  return success([{ amt: text(amt), ccy: instrument.settle, instId, leverage: '', posSide, type }]);
}

/** POST account/set-account-level: spot alone or contracts too, while nothing of a contract is open. */
export function postSetAccountLevel({ world, account, fields, path }: Call): Answer {
  const acctLv = textField(fields, 'acctLv');
  if (!['1', '2', '3', '4'].includes(acctLv)) return failure(refusals.parameter('acctLv'));
  // @rule account-levels
  if (acctLv !== '1' && acctLv !== '2') return failure(refusals.accountMode());
  if (acctLv !== account.acctLv && isInUse(account)) return declineInUse({ world, account, path });
  account.acctLv = acctLv;
  return success([{ acctLv }]);
}

function isInUse(account: Account): boolean {
  const isOpen = [...account.positions.values()].some(({ pos }) => !isZero(pos));
  return isOpen || account.pending.size > 0 || account.pendingAlgos.size > 0;
}

function declineInUse({ world, account, path }: Pick<Call, 'world' | 'account' | 'path'>): Answer {
  const { code, message } = refusals.positionModeInUse();
  addRefused(world.state, { account: account.uid, path, instId: '', clOrdId: '', code, message, origin: 'api' });
  return failure(refusals.positionModeInUse());
}

/** Net positions or two legs: for the whole account, and only while nothing is open. */
export function postSetPositionMode({ world, account, fields, path }: Call): Answer {
  const posMode = textField(fields, 'posMode');
  if (posMode === '') return failure(refusals.missing('posMode'));
  if (posMode !== 'net_mode' && posMode !== 'long_short_mode') return failure(refusals.parameter('posMode'));
  // @rule position-mode
  if (posMode !== account.posMode && isInUse(account)) return declineInUse({ world, account, path });
  account.posMode = posMode;
  return success([{ posMode }]);
}

function isUncovered(world: World, account: Account, ccy: string): boolean {
  const { equity, isolated, frozen, positionMargin, orderMargin } = fundsOf({ world, account, ccy });
  return compare(add(frozen, add(positionMargin, orderMargin)), add(equity, negate(isolated))) > 0;
}

/** The most that could be opened or traded on each side. */
export function getMaxSize({ world, account, fields }: Call): Answer {
  return eachInstrument(fields, (instrument) => {
    const { maxBuy, maxSell, ccy } = maxima({ world, account, instrument, fields });
    return { ccy, instId: instrument.instId, maxBuy: text(maxBuy), maxSell: text(maxSell) };
  });
}

function eachInstrument(fields: Fields, row: (instrument: Instrument) => Row): Answer {
  const instIds = listField(fields, 'instId');
  if (instIds.length === 0) return failure(refusals.missing('instId'));
  if (instIds.length > 5) return failure(refusals.parameter('instId'));
  if (textField(fields, 'tdMode') === '') return failure(refusals.missing('tdMode'));
  const rows: Row[] = [];
  for (const instId of instIds) {
    const instrument = findInstrument(instId);
    if (instrument === undefined) return failure(refusals.unknownInstrument());
    rows.push(row(instrument));
  }
  return success(rows);
}

type MaximaOf = { readonly world: World; readonly account: Account; readonly instrument: Instrument; readonly fields: Fields };

function maxima({ world, account, instrument, fields }: MaximaOf): {
  readonly maxBuy: Decimal;
  readonly maxSell: Decimal;
  readonly ccy: string;
} {
  const asked = parseDecimal(textField(fields, 'px'));
  const price = asked.ok && !isZero(asked.value) && !isNegative(asked.value) ? asked.value : markOf(world, instrument);
  if (instrument.instType === 'SPOT') {
    const quote = fundsOf({ world, account, ccy: instrument.quote }).available;
    const base = fundsOf({ world, account, ccy: instrument.base }).available;
    const maxBuy = roundDownToStep({ value: divideDown({ dividend: quote, divisor: price, digits: DIGITS }), step: instrument.lot });
    // @rule max-size-spot-units
    return { maxBuy, maxSell: multiply(base, price), ccy: instrument.base };
  }
  const { availableEquity } = fundsOf({ world, account, ccy: instrument.settle });
  const tdMode = textField(fields, 'tdMode');
  const lever = leverNumber(leverOf(account, instrument, { tdMode, posSide: 'net' }));
  const perContract = valueOf({ instrument, size: one, price });
  // One contract costs its margin and the fee to open it.
  const cost = add(divideDown({ dividend: perContract, divisor: lever, digits: DIGITS }), multiply(instrument.takerRate, perContract));
  const opening = roundDownToStep({
    value: divideDown({ dividend: availableEquity, divisor: cost, digits: DIGITS }),
    step: instrument.lot,
  });
  const position = account.positions.get(instrument.instId)?.pos ?? zero;
  // Against a position one may first close it, then open as much again.
  const maxBuy = add(opening, maximum(negate(position), zero));
  return { maxBuy, maxSell: add(opening, maximum(position, zero)), ccy: instrument.settle };
}

export function getMaxAvailableSize({ world, account, fields }: Call): Answer {
  return eachInstrument(fields, (instrument) => {
    const isSpot = instrument.instType === 'SPOT';
    const buy = isSpot
      ? fundsOf({ world, account, ccy: instrument.quote }).available
      : fundsOf({ world, account, ccy: instrument.settle }).availableEquity;
    const sell = isSpot ? fundsOf({ world, account, ccy: instrument.base }).available : buy;
    return { availBuy: text(buy), availSell: text(sell), instId: instrument.instId };
  });
}

export function getTradeFee({ world, account, fields }: Call): Answer {
  const instType = textField(fields, 'instType');
  const instrument = listed(world).find((one) => one.instType === (instType === 'MARGIN' ? 'SPOT' : instType));
  if (instrument === undefined) return failure(refusals.parameter('instType'));
  // @rule fee-signs
  const rates = ratesOf(account, instrument);
  const [maker, taker] = [text(negate(rates.maker)), text(negate(rates.taker))];
  const isSwap = isContract(instrument);
  return success([
    {
      category: '1',
      delivery: instrument.instType === 'FUTURES' ? text(DELIVERY_RATE) : '',
      exercise: '',
      feeGroup: [{ elpMaker: maker, groupId: isSwap ? '2' : '1', maker, taker }],
      fiat: [],
      instType,
      level: account.level,
      maker,
      makerU: isSwap ? maker : '',
      makerUSDC: isSwap ? maker : '',
      ruleType: 'normal',
      settle: '',
      taker,
      takerU: isSwap ? taker : '',
      takerUSDC: isSwap ? taker : '',
      ts: String(world.state.now),
    },
  ]);
}

type Paged<Item> = { readonly items: readonly Item[]; readonly id: (item: Item) => string; readonly at: (item: Item) => number };

/** A page of a list that is kept oldest first: newest first, `after` older than an id, `before` newer. */
export function page<Item>(fields: Fields, { items, id, at }: Paged<Item>, keep: (item: Item) => boolean): readonly Item[] | undefined {
  // @rule pagination
  const limit = wholeField(fields, { name: 'limit', least: 1, most: 100, absent: 100 });
  const bound = (name: string, absent: bigint): bigint | undefined => {
    const given = textField(fields, name);
    return given === '' ? absent : /^\d{1,30}$/.test(given) ? BigInt(given) : undefined;
  };
  const [after, before] = [bound('after', 10n ** 30n), bound('before', -1n)];
  const [begin, end] = [bound('begin', 0n), bound('end', 10n ** 30n)];
  if (limit === undefined || after === undefined || before === undefined || begin === undefined || end === undefined) return undefined;
  const found: Item[] = [];
  for (let index = items.length - 1; index >= 0 && found.length < limit; index -= 1) {
    const item = items[index];
    if (item === undefined) continue;
    const number = BigInt(id(item));
    if (number <= before) break;
    const time = BigInt(at(item));
    if (number < after && time >= begin && time <= end && keep(item)) found.push(item);
  }
  return found;
}

export function pageAnswer<Item>(items: readonly Item[] | undefined, row: (item: Item) => Row): Answer {
  return items === undefined ? failure(refusals.parameter('limit')) : success(items.map(row));
}

/** Milliseconds for which a cancelled order without any fill can still be asked for. */
export const UNFILLED_CANCEL_KEPT = 7_200_000;

function isGone(world: World, order: Order): boolean {
  // @rule unfilled-cancels-kept-two-hours
  return order.state === 'canceled' && isZero(order.filled) && world.state.now - order.uTime > UNFILLED_CANCEL_KEPT;
}

export function getOrder(call: Call): Answer {
  const found = findOrder(call, call.fields);
  if (!found.ok) return failure(found.error);
  return isGone(call.world, found.value) ? failure(refusals.orderUnknown()) : success([orderRow(found.value)]);
}

function ordersOf(world: World, account: Account): readonly Order[] {
  const orders: Order[] = [];
  for (const ordId of account.orderIds) {
    const order = world.state.orders.get(ordId);
    if (order !== undefined) orders.push(order);
  }
  return orders;
}

function matchesOrder(fields: Fields, order: Order): boolean {
  const family = textField(fields, 'instFamily') || textField(fields, 'uly');
  const { base, quote, instType } = instrumentOfOrder(order.instId);
  const types = listField(fields, 'ordType');
  return (
    (textField(fields, 'instType') === '' || textField(fields, 'instType') === instType) &&
    (textField(fields, 'instId') === '' || textField(fields, 'instId') === order.instId) &&
    (family === '' || family === `${base}-${quote}`) &&
    (types.length === 0 || types.includes(order.ordType)) &&
    (textField(fields, 'state') === '' || textField(fields, 'state') === order.state)
  );
}

export function getPending({ account, fields }: Call): Answer {
  const items = [...account.pending.values()].sort((left, right) => left.seq - right.seq);
  const paged = { items, id: (order: Order) => order.ordId, at: (order: Order) => order.cTime };
  return pageAnswer(
    page(fields, paged, (order) => matchesOrder(fields, order)),
    orderRow,
  );
}

export function getOrdersHistory({ world, account, fields, path }: Call): Answer {
  if (textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  const isArchive = path.endsWith('archive');
  const keep = (order: Order) =>
    !isPending(order) &&
    !isGone(world, order) &&
    !(isArchive && order.state === 'canceled' && isZero(order.filled)) &&
    matchesOrder(fields, order);
  const paged = { items: ordersOf(world, account), id: (order: Order) => order.ordId, at: (order: Order) => order.cTime };
  return pageAnswer(page(fields, paged, keep), orderRow);
}

export function getFills({ account, fields, path }: Call): Answer {
  if (path.endsWith('history') && textField(fields, 'instType') === '') return failure(refusals.missing('instType'));
  const [instType, instId, ordId, subType] = ['instType', 'instId', 'ordId', 'subType'].map((name) => textField(fields, name));
  const paged = {
    items: account.fills,
    id: (fill: Account['fills'][number]) => fill.billId,
    at: (fill: Account['fills'][number]) => fill.at,
  };
  const found = page(
    fields,
    paged,
    (fill) =>
      (instType === '' || instrumentOfOrder(fill.instId).instType === instType) &&
      (instId === '' || fill.instId === instId) &&
      (ordId === '' || fill.ordId === ordId) &&
      (subType === '' || fill.subType === subType),
  );
  return pageAnswer(found, fillRow);
}

const DAY = 86_400_000;
const BILLS_KEPT = { recent: 7 * DAY, archive: 92 * DAY } as const;

/** GET account/bills, and the archive of the same rows. */
export function getBills({ world, account, fields, path }: Call): Answer {
  const wanted = ['instType', 'instId', 'ccy', 'mgnMode', 'type', 'subType'].map((name) => [name, textField(fields, name)] as const);
  const asked = wanted.filter(([, value]) => value !== '');
  const ctType = textField(fields, 'ctType');
  // @rule bills-kept
  const oldest = world.state.now - BILLS_KEPT[path.endsWith('archive') ? 'archive' : 'recent'];
  const paged = { items: account.bills, id: (bill: Bill) => bill.billId, at: (bill: Bill) => bill.at };
  const found = page(fields, paged, (bill) => {
    if (bill.at < oldest || (ctType !== '' && findInstrument(bill.instId)?.ctType !== ctType)) return false;
    const row = asked.length === 0 ? {} : billRow(bill);
    return asked.every(([name, value]) => row[name] === value);
  });
  return pageAnswer(found, billRow);
}
