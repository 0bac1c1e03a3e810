import { err, ok, type Result } from '../core/lang/result.ts';
import { absolute, compare, formatDecimal, isMultipleOf, isNegative, isZero, multiply, subtract, zero } from '../core/money/decimal.ts';
import { type Answer, failure, type Item, itemsAnswer, success } from './answers.ts';
import { amountField, type Fields, flagField, isFields, textField, wholeField } from './fields.ts';
import { findInstrument, isContract } from './instruments.ts';
import { fundsOf } from './margin.ts';
import { execute } from './matching.ts';
import { checkPriceLimit, checkSize, hasMarginFor, isClientIdPending, type Placed, placeOrder } from './place.ts';
import { closable, isClosing, positionAt, readPosSide } from './position-side.ts';
import { type Refusal, refusals } from './refusal.ts';
import { cancelOrder, releaseFrozen } from './settle.ts';
import { type Account, addRefused, isPending, nextSequence, type Order, putOrder } from './state.ts';
import { isBeyondTier } from './tiers.ts';
import { instrumentOfOrder, type World } from './world.ts';

/** A call by an authenticated account. `body` is parsed JSON on POST; `fields` are its keys, or the query of a GET. */
export type Call = {
  readonly world: World;
  readonly account: Account;
  readonly path: string;
  readonly fields: Fields;
  readonly body: unknown;
};

const BATCH_MAX = 20;

export function postOrder({ world, account, fields }: Call): Answer {
  const placed = placeOrder({ world, account, fields, origin: 'api' });
  if (!placed.outcome.ok && placed.outcome.error.status !== 200) return failure(placed.outcome.error);
  return itemsAnswer([placedItem(world, placed)], world.state.now);
}

export function postBatchOrders(call: Call): Answer {
  return eachOf(call, (fields) => placedItem(call.world, placeOrder({ world: call.world, account: call.account, fields, origin: 'api' })));
}

function eachOf({ world, body }: Call, act: (fields: Fields) => Item): Answer {
  if (!Array.isArray(body) || body.length === 0) return failure(refusals.parameter('body'));
  if (body.length > BATCH_MAX) return failure(refusals.batchTooLong());
  const items = body.map((entry: unknown) => (isFields(entry) ? entry : {}));
  return itemsAnswer(items.map(act), world.state.now);
}

function placedItem(world: World, { clOrdId, tag, outcome }: Placed): Item {
  const ts = String(world.state.now);
  if (outcome.ok) {
    return { accepted: true, row: { clOrdId, ordId: outcome.value.ordId, sCode: '0', sMsg: 'Order placed', subCode: '', tag, ts } };
  }
  const { code, message, subCode } = outcome.error;
  return { accepted: false, row: { clOrdId, ordId: '', sCode: code, sMsg: message, subCode, tag, ts } };
}

export function postCancel(call: Call): Answer {
  return orMalformed(call, (fields) => cancelItem(call, fields));
}

/** A single cancel or amendment that names no instrument is refused whole. */
function orMalformed(call: Call, act: (fields: Fields) => Item): Answer {
  if (textField(call.fields, 'instId') === '') {
    const refusal = refusals.missing('instId');
    refuse(call, { fields: call.fields, code: refusal.code, message: refusal.message });
    return failure(refusal);
  }
  return itemsAnswer([act(call.fields)], call.world.state.now);
}

export function postCancelBatch(call: Call): Answer {
  return eachOf(call, (fields) => cancelItem(call, fields));
}

function cancelItem(call: Call, fields: Fields): Item {
  const found = findOrder(call, fields);
  const ts = String(call.world.state.now);
  const given = { clOrdId: textField(fields, 'clOrdId'), ordId: textField(fields, 'ordId') };
  // @rule cancel-refused
  const refusal = !found.ok ? found.error : isPending(found.value) ? undefined : refusals.cannotCancel();
  if (found.ok && refusal === undefined) {
    const { clOrdId, ordId } = cancelOrder(call.world.state, { order: found.value, source: '1' });
    return { accepted: true, row: { clOrdId, ordId, sCode: '0', sMsg: '', ts } };
  }
  const { code, message } = refusal === undefined || refusal.code === '51603' ? refusals.cannotCancel() : refusal;
  refuse(call, { fields, code, message });
  return { accepted: false, row: { ...given, sCode: code, sMsg: message, ts } };
}

function refuse(call: Call, { fields, code, message }: { readonly fields: Fields; readonly code: string; readonly message: string }): void {
  const [instId, clOrdId] = [textField(fields, 'instId'), textField(fields, 'clOrdId')];
  addRefused(call.world.state, { account: call.account.uid, path: call.path, instId, clOrdId, code, message, origin: 'api' });
}

/** By exchange id where given, else the latest order with the client's id; of this account and instrument only. */
export function findOrder({ world, account }: Pick<Call, 'world' | 'account'>, fields: Fields): Result<Order, Refusal> {
  const [instId, ordId, clOrdId] = [textField(fields, 'instId'), textField(fields, 'ordId'), textField(fields, 'clOrdId')];
  if (instId === '') return err(refusals.missing('instId'));
  if (findInstrument(instId) === undefined) return err(refusals.unknownInstrument());
  if (ordId === '' && clOrdId === '') return err(refusals.needsOrderId());
  // @rule order-id-wins
  const id = ordId === '' ? world.state.clients.get(`${account.uid}|${clOrdId}`) : ordId;
  const order = id === undefined ? undefined : world.state.orders.get(id);
  if (order === undefined || order.account !== account.uid || order.instId !== instId) return err(refusals.orderUnknown());
  return ok(order);
}

export function postAmend(call: Call): Answer {
  return orMalformed(call, (fields) => amendItem(call, fields));
}

export function postAmendBatch(call: Call): Answer {
  return eachOf(call, (fields) => amendItem(call, fields));
}

function amendItem(call: Call, fields: Fields): Item {
  const amended = amend(call, fields);
  const [ts, reqId] = [String(call.world.state.now), textField(fields, 'reqId')];
  if (amended.ok) {
    const { clOrdId, ordId } = amended.value;
    return { accepted: true, row: { clOrdId, ordId, reqId, sCode: '0', sMsg: '', subCode: '', ts } };
  }
  const { code, message, subCode } = amended.error;
  refuse(call, { fields, code, message });
  const given = { clOrdId: textField(fields, 'clOrdId'), ordId: textField(fields, 'ordId') };
  return { accepted: false, row: { ...given, reqId, sCode: code, sMsg: message, subCode, ts } };
}

/** A new total size or a new price. A better place in the queue is never gained: only a smaller size keeps the old one. */
function amend(call: Call, fields: Fields): Result<Order, Refusal> {
  const { world, account } = call;
  const found = findOrder(call, fields);
  if (!found.ok) return found.error.code === '51603' ? err(refusals.cannotAmend()) : found;
  const order = found.value;
  if (!isPending(order)) return err(refusals.cannotAmend());
  // @rule attached-not-amended
  const attached: unknown = Object.hasOwn(fields, 'attachAlgoOrds') ? fields['attachAlgoOrds'] : undefined;
  if (Array.isArray(attached) && attached.length > 0) return err(refusals.parameter('attachAlgoOrds'));
  const [newSz, newPx] = [amountField(fields, 'newSz'), amountField(fields, 'newPx')];
  for (const name of ['newSz', 'newPx']) {
    if (textField(fields, name) !== '' && amountField(fields, name) === undefined) return err(refusals.parameter(name));
  }
  if (newSz === undefined && newPx === undefined) return err(refusals.needsAmendment());
  const instrument = instrumentOfOrder(order.instId);
  const [sz, px] = [newSz ?? order.sz, newPx ?? order.px ?? zero];
  const refused =
    checkSize({ instrument, sz }) ?? (isMultipleOf({ value: px, step: instrument.tick }) ? undefined : refusals.tooManyDecimals());
  if (refused !== undefined) return failAmend({ call, fields, order, refusal: refused });
  const outside = newPx === undefined ? undefined : checkPriceLimit({ world, instrument, side: order.side, px });
  if (outside !== undefined) return failAmend({ call, fields, order, refusal: outside });
  // @rule amend-below-filled
  if (compare(sz, order.filled) <= 0) {
    const filled: Order = {
      ...releaseFrozen(world.state, order),
      sz,
      state: 'filled',
      reqId: textField(fields, 'reqId'),
      uTime: world.state.now,
    };
    putOrder(world.state, filled);
    return ok(filled);
  }
  const left = subtract(sz, order.filled);
  if (isClosing(order)) {
    const refusal = order.posSide === 'net' ? refusals.reduceOnlyTooLarge() : refusals.closeTooLarge();
    if (compare(left, closable(account, order)) > 0) return failAmend({ call, fields, order, refusal });
  } else if (isContract(instrument)) {
    const { side, posSide, tdMode } = order;
    const extra = { side, posSide, size: left, except: order.ordId };
    if (isBeyondTier({ account, instrument, tdMode, extra })) return failAmend({ call, fields, order, refusal: refusals.beyondTier() });
    const covered = hasMarginFor({ world, account, instrument, side, posSide, tdMode, size: left, except: order.ordId });
    if (!covered) return failAmend({ call, fields, order, refusal: refusals.insufficientMargin(instrument.settle) });
  } else {
    const ccy = order.side === 'buy' ? instrument.quote : instrument.base;
    const needed = subtract(order.side === 'buy' ? multiply(px, left) : left, order.frozen);
    const { available } = fundsOf({ world, account, ccy });
    if (compare(needed, available) > 0) return failAmend({ call, fields, order, refusal: refusals.insufficientBalance(ccy) });
  }
  // @rule amend-priority
  const keepsPlace = newPx === undefined && compare(sz, order.sz) < 0;
  const freed = releaseFrozen(world.state, order);
  const priority = keepsPlace ? order.priority : nextSequence(world.state);
  return ok(
    execute(world, {
      order: { ...freed, sz, px, priority, reqId: textField(fields, 'reqId'), uTime: world.state.now },
      reach: { limit: px, budget: undefined },
    }),
  );
}

type FailedAmend = { readonly call: Call; readonly fields: Fields; readonly order: Order; readonly refusal: Refusal };

function failAmend({ call, fields, order, refusal }: FailedAmend): Result<Order, Refusal> {
  // @rule failed-amendments-told
  const [{ state }, { code, message }] = [call.world, refusal];
  const told = { reqId: textField(fields, 'reqId'), code, message };
  if (flagField(fields, 'cxlOnFail') === true) cancelOrder(state, { order, source: '1', failed: { ...told, result: '1' } });
  else putOrder(state, order, { ...told, result: '-1' });
  return err(refusal);
}

/** Closes a whole position at market. Pending orders that would close it too are in the way unless autoCxl is set. */
export function postClosePosition(call: Call): Answer {
  const { world, account, fields } = call;
  const [instId, mgnMode, clOrdId, tag] = ['instId', 'mgnMode', 'clOrdId', 'tag'].map((name) => textField(fields, name));
  const decline = (refusal: Refusal) => {
    refuse(call, { fields, code: refusal.code, message: refusal.message });
    return failure(refusal);
  };
  const instrument = findInstrument(instId ?? '');
  if (instId === '') return decline(refusals.missing('instId'));
  if (mgnMode === '') return decline(refusals.missing('mgnMode'));
  if (instrument === undefined) return decline(refusals.unknownInstrument());
  if (mgnMode !== 'cross' && mgnMode !== 'isolated') return decline(refusals.parameter('mgnMode'));
  const posSide = readPosSide({ text: textField(fields, 'posSide'), mode: account.posMode, isContract: isContract(instrument) });
  if (posSide === undefined) return decline(refusals.parameter('posSide'));
  if (isClientIdPending(world, account, clOrdId ?? '')) return decline(refusals.duplicateClientId());
  const position = positionAt(account, { instId: instrument.instId, posSide, tdMode: mgnMode })?.pos ?? zero;
  if (isZero(position)) return decline(refusals.noPosition());
  const side = isNegative(position) ? 'buy' : 'sell';
  const inTheWay = [...account.pending.values()].filter(
    (order) => order.instId === instrument.instId && order.posSide === posSide && order.tdMode === mgnMode && order.side === side,
  );
  // @rule close-position-pending
  if (inTheWay.length > 0 && flagField(fields, 'autoCxl') !== true) return decline(refusals.cancelCloseOrdersFirst());
  for (const order of inTheWay) cancelOrder(world.state, { order, source: '17' });
  const sz = absolute(position);
  const wish = { instId, tdMode: mgnMode, side, posSide, ordType: 'market', reduceOnly: true, clOrdId, tag };
  const { outcome } = placeOrder({ world, account, fields: { ...wish, sz: formatDecimal(sz) }, origin: 'api' });
  if (!outcome.ok) return failure(outcome.error);
  return success([{ clOrdId, instId, posSide, tag }]);
}

const TIMERS_MAX = 20;

/** Arms, moves or disarms the dead-man timer of the account or of one tag. */
export function postCancelAllAfter({ world, account, fields }: Call): Answer {
  const tag = textField(fields, 'tag');
  const seconds = wholeField(fields, { name: 'timeOut', least: 0, most: 120, absent: -1 });
  // @rule cancel-all-after
  if (seconds === undefined || (seconds !== 0 && seconds < 10)) return failure(refusals.parameter('timeOut'));
  if (!/^[A-Za-z0-9]{0,16}$/.test(tag)) return failure(refusals.parameter('tag'));
  const ts = String(world.state.now);
  if (seconds === 0) {
    account.timers.delete(tag);
    return success([{ tag, triggerTime: '0', ts }]);
  }
  const tags = [...account.timers.keys()].filter((known) => known !== '' && known !== tag).length;
  if (tag !== '' && tags >= TIMERS_MAX) return failure(refusals.tooManyTimers());
  // @rule cancel-all-after-time
  const trigger = world.state.now + seconds * 1000;
  account.timers.set(tag, trigger);
  return success([{ tag, triggerTime: String(trigger), ts }]);
}

/** Fires the timers that are due. @returns whether any was. */
export function fireTimers(world: World): boolean {
  let fired = false;
  for (const account of world.state.accounts.values()) {
    for (const [tag, trigger] of account.timers) {
      if (trigger > world.state.now) continue;
      fired = true;
      account.timers.delete(tag);
      // @rule cancel-all-after-spares-stops
      for (const order of account.pending.values()) {
        if (tag === '' || order.tag === tag) cancelOrder(world.state, { order, source: '20' });
      }
    }
  }
  return fired;
}
