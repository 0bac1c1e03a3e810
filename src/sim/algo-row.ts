import { formatDecimal as text } from '../core/money/decimal.ts';
import type { Algo, Attached, Leg, Legs } from './algo.ts';
import { blanks } from './fields.ts';
import { trailTrigger } from './waiting.ts';
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

const attachedBlanks = blanks(
  'activePx amendPxOnTriggerType attachAlgoClOrdId attachAlgoId callbackRatio callbackSpread failCode failReason tpOrdPx tpTriggerPx tpTriggerPxType slOrdPx slTriggerPx slTriggerPxType slTriggerRatio sz tpOrdKind tpTriggerRatio',
);

/** One element of `attachAlgoOrds` in the row of its order. */
export function attachedRow(attached: Attached): Row {
  return {
    ...attachedBlanks,
    amendPxOnTriggerType: '0',
    attachAlgoClOrdId: attached.algoClOrdId,
    attachAlgoId: attached.attachAlgoId,
    failCode: attached.failCode,
    ...legsFields(attached),
    ...(attached.limitPx === undefined ? {} : { tpOrdPx: text(attached.limitPx) }),
    sz: attached.sz === undefined ? '' : text(attached.sz),
    tpOrdKind: attached.limitPx !== undefined ? 'limit' : attached.takeProfit === undefined ? '' : 'condition',
  };
}

const algoBlanks = blanks(
  'activePx actualPx actualSide actualSz algoClOrdId algoId amendPxOnTriggerType attachAlgoOrds cTime callbackRatio callbackSpread ccy chaseType chaseVal clOrdId closeFraction failCode instId instType isTradeBorrowMode last lever linkedOrd maxChaseType maxChaseVal moveTriggerPx ordId ordIdList ordPx ordType posSide pxLimit pxSpread pxVar quickMgnType reduceOnly side tpOrdPx tpTriggerPx tpTriggerPxType slOrdPx slTriggerPx slTriggerPxType state sz szLimit tag tdMode tgtCcy timeInterval tradeQuoteCcy triggerPx triggerPxType triggerTime uTime',
);

/** GET trade/order-algo and its lists. */
export function algoRow(algo: Algo): Row {
  const instrument = instrumentOfOrder(algo.instId);
  const isSpot = instrument.instType === 'SPOT';
  const { trigger, trail } = algo;
  const moving = trail === undefined ? undefined : trailTrigger({ side: algo.side, trail });
  return {
    ...algoBlanks,
    activePx: trail?.activePx === undefined ? '' : text(trail.activePx),
    actualSide: algo.actualSide,
    actualSz: algo.actualSz === undefined ? '0' : text(algo.actualSz),
    algoClOrdId: algo.algoClOrdId,
    algoId: algo.algoId,
    amendPxOnTriggerType: '0',
    attachAlgoOrds: algo.attachment.map((each) => attachedRow({ ...each, attachAlgoId: '', failCode: '', begunAs: '' })),
    cTime: String(algo.cTime),
    callbackRatio: trail?.callback.kind === 'ratio' ? text(trail.callback.value) : '',
    callbackSpread: trail?.callback.kind === 'spread' ? text(trail.callback.value) : '',
    closeFraction: algo.sz === undefined ? '1' : '',
    failCode: algo.failCode === '' ? '0' : algo.failCode,
    instId: algo.instId,
    instType: instrument.instType,
    last: text(algo.last),
    lever: algo.lever,
    linkedOrd: { ordId: algo.linkedOrdId },
    moveTriggerPx: moving === undefined ? '' : text(moving),
    ordId: algo.ordId,
    ordIdList: algo.ordId === '' ? [] : [algo.ordId],
    ordPx: trigger === undefined ? '' : trigger.orderPx === undefined ? '-1' : text(trigger.orderPx),
    ordType: algo.ordType,
    posSide: algo.posSide,
    reduceOnly: String(algo.reduceOnly),
    side: algo.side,
    ...legsFields(algo),
    state: algo.state,
    sz: algo.sz === undefined ? '' : text(algo.sz),
    tag: algo.tag,
    tdMode: algo.tdMode,
    tgtCcy: algo.tgtCcy,
    tradeQuoteCcy: isSpot ? instrument.quote : '',
    triggerPx: trigger === undefined ? '' : text(trigger.triggerPx),
    triggerPxType: trigger?.type ?? '',
    triggerTime: algo.triggerTime === undefined ? '' : String(algo.triggerTime),
    uTime: String(algo.uTime),
  };
}
