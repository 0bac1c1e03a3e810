import { formatDecimal as text } from '../core/money/decimal.ts';
import type { Algo, Attached, Leg, Legs } from './algo.ts';
import { instrumentOfOrder } from './world.ts';

type Row = Readonly<Record<string, unknown>>;

function legFields(name: 'tp' | 'sl', leg: Leg | undefined): Row {
  const price = leg === undefined ? '' : leg.orderPx === undefined ? '-1' : text(leg.orderPx);
  return {
    [`${name}OrdPx`]: price,
    [`${name}TriggerPx`]: leg === undefined ? '' : text(leg.triggerPx),
    [`${name}TriggerPxType`]: leg?.type ?? '',
  };
}

function legsFields({ takeProfit, stopLoss }: Legs): Row {
  return { ...legFields('tp', takeProfit), ...legFields('sl', stopLoss) };
}

/** One element of `attachAlgoOrds` in the row of its order. */
export function attachedRow(attached: Attached): Row {
  return {
    activePx: '',
    amendPxOnTriggerType: '0',
    attachAlgoClOrdId: attached.algoClOrdId,
    attachAlgoId: attached.attachAlgoId,
    callbackRatio: '',
    callbackSpread: '',
    failCode: attached.failCode,
    failReason: '',
    ...legsFields(attached),
    slTriggerRatio: '',
    sz: '',
    tpOrdKind: attached.takeProfit === undefined ? '' : 'condition',
    tpTriggerRatio: '',
  };
}

/** GET trade/order-algo and its lists. */
export function algoRow(algo: Algo): Row {
  const instrument = instrumentOfOrder(algo.instId);
  const isSpot = instrument.instType === 'SPOT';
  return {
    activePx: '',
    actualPx: '',
    actualSide: algo.actualSide,
    actualSz: algo.actualSz === undefined ? '0' : text(algo.actualSz),
    algoClOrdId: algo.algoClOrdId,
    algoId: algo.algoId,
    amendPxOnTriggerType: '0',
    attachAlgoOrds: [],
    cTime: String(algo.cTime),
    callbackRatio: '',
    callbackSpread: '',
    ccy: '',
    chaseType: '',
    chaseVal: '',
    clOrdId: '',
    closeFraction: algo.sz === undefined ? '1' : '',
    failCode: algo.failCode === '' ? '0' : algo.failCode,
    instId: algo.instId,
    instType: instrument.instType,
    isTradeBorrowMode: '',
    last: text(algo.last),
    lever: algo.lever,
    linkedOrd: { ordId: '' },
    maxChaseType: '',
    maxChaseVal: '',
    moveTriggerPx: '',
    ordId: algo.ordId,
    ordIdList: algo.ordId === '' ? [] : [algo.ordId],
    ordPx: '',
    ordType: algo.ordType,
    posSide: algo.posSide,
    pxLimit: '',
    pxSpread: '',
    pxVar: '',
    quickMgnType: '',
    reduceOnly: String(algo.reduceOnly),
    side: algo.side,
    ...legsFields(algo),
    state: algo.state,
    sz: algo.sz === undefined ? '' : text(algo.sz),
    szLimit: '',
    tag: algo.tag,
    tdMode: algo.tdMode,
    tgtCcy: algo.tgtCcy,
    timeInterval: '',
    tradeQuoteCcy: isSpot ? instrument.quote : '',
    triggerPx: '',
    triggerPxType: '',
    triggerTime: algo.triggerTime === undefined ? '' : String(algo.triggerTime),
    uTime: String(algo.uTime),
  };
}
