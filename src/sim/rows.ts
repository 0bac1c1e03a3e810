import { absolute, add, type Decimal, divideDown, formatDecimal as text, isZero, multiply, subtract, zero } from '../core/money/decimal.ts';
import { attachedRow } from './algo-row.ts';
import { blanks } from './fields.ts';
import { DIGITS, dollarsOf } from './instruments.ts';
import { fundsOf, initialMargin, leverOf, profitOf, unrealised } from './margin.ts';
import { dollarPrice } from './market.ts';
import { type Aim, everyPositionOn, pendingClose } from './position-side.ts';
import { liquidationPrice, liquidationPriceAlone, maintenanceMargin, safetyAlone, safetyOf } from './safety.ts';
import { type Account, balanceOf, type Bill, type Fill, type Order, type Position } from './state.ts';
import { instrumentOfOrder, lastPrice, listed, marketOf, markOf, type World } from './world.ts';

export type Row = Readonly<Record<string, unknown>>;

const orderBlanks = blanks(
  'accFillSz algoClOrdId algoId attachAlgoClOrdId attachAlgoOrds avgPx cTime cancelSource cancelSourceReason category ccy clOrdId fee feeCcy fillPx fillSz fillTime instId instType isTpLimit lever linkedAlgoOrd ordId ordType outcome pnl posSide px pxType pxUsd pxVol quickMgnType rebate rebateCcy reduceOnly side slOrdPx slTriggerPx slTriggerPxType source state stpId stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId tradeQuoteCcy uTime',
);

/** GET trade/order and its lists. What does not apply is an empty text, never null and never missing. */
export function orderRow(order: Order): Row {
  const isSpot = order.tdMode === 'cash';
  const { lastFill } = order;
  return {
    ...orderBlanks,
    accFillSz: text(order.filled),
    algoClOrdId: order.sentBy?.algoClOrdId ?? '',
    algoId: order.sentBy?.algoId ?? '',
    attachAlgoClOrdId: order.attached.length === 1 ? (order.attached[0]?.algoClOrdId ?? '') : '',
    attachAlgoOrds: order.attached.map(attachedRow),
    avgPx: isZero(order.filled) ? '' : text(order.avgPx),
    cTime: String(order.cTime),
    cancelSource: order.cancelSource,
    cancelSourceReason: cancelReasons[order.cancelSource] ?? '',
    category: order.category,
    clOrdId: order.clOrdId,
    fee: text(order.fee),
    feeCcy: order.feeCcy,
    fillPx: lastFill === undefined ? '' : text(lastFill.px),
    fillSz: lastFill === undefined ? '0' : text(lastFill.sz),
    fillTime: lastFill === undefined ? '' : String(lastFill.at),
    instId: order.instId,
    instType: instrumentOfOrder(order.instId).instType,
    isTpLimit: String(order.sentBy?.besideStop !== undefined),
    lever: order.lever,
    linkedAlgoOrd: { algoId: order.sentBy?.besideStop ?? '' },
    ordId: order.ordId,
    ordType: order.ordType,
    pnl: text(order.pnl),
    posSide: order.posSide,
    px: order.px === undefined ? '' : text(order.px),
    rebate: '0',
    rebateCcy: isSpot
      ? order.side === 'buy'
        ? instrumentOfOrder(order.instId).quote
        : instrumentOfOrder(order.instId).base
      : order.feeCcy,
    reduceOnly: String(order.reduceOnly),
    side: order.side,
    source: order.sentBy?.source ?? '',
    state: order.state,
    stpMode: order.stpMode,
    sz: text(order.sz),
    tag: order.tag,
    tdMode: order.tdMode,
    tgtCcy: order.tgtCcy,
    tradeId: lastFill === undefined ? '' : order.category === 'normal' ? lastFill.tradeId : '0',
    tradeQuoteCcy: isSpot ? instrumentOfOrder(order.instId).quote : '',
    uTime: String(order.uTime),
  };
}

// @rule cancel-sources
const cancelReasons: Readonly<Record<string, string>> = {
  '1': 'Order canceled by user',
  '3': 'Order canceled: the position is at risk of liquidation',
  '6': 'Order canceled: the position was reduced by ADL',
  '2': 'Order canceled: the reduce-only order would exceed the position',
  '13': 'Order canceled: the FOK order could not be filled completely',
  '14': 'Order canceled: the rest of the IOC order could not be filled',
  '20': 'Order canceled: cancel all after was triggered',
  '27': 'Order canceled: the price of the next counterparty differs too much',
  '31': 'Order canceled: the post-only order would take liquidity',
  '32': 'Order canceled: self trade prevention',
  '36': 'Order canceled: the stop beside the take-profit was triggered',
  '37': 'Order canceled: the stop beside the take-profit was canceled',
};

const fillBlanks = blanks(
  'billId clOrdId execType fee feeCcy feeRate fillFwdPx fillIdxPx fillMarkPx fillMarkVol fillPnl fillPx fillPxUsd fillPxVol fillSz fillTime instId instType ordId posSide side subType tag tradeId tradeQuoteCcy ts',
);

export function fillRow(fill: Fill): Row {
  const instrument = instrumentOfOrder(fill.instId);
  const isSpot = instrument.instType === 'SPOT';
  return {
    ...fillBlanks,
    billId: fill.billId,
    clOrdId: fill.clOrdId,
    execType: fill.liquidity,
    fee: text(fill.fee),
    feeCcy: fill.feeCcy,
    feeRate: isSpot ? text(fill.feeRate) : '',
    fillIdxPx: text(fill.px),
    fillMarkPx: isSpot ? '' : text(fill.px),
    fillPnl: text(fill.pnl),
    fillPx: text(fill.px),
    fillSz: text(fill.sz),
    fillTime: String(fill.at),
    instId: fill.instId,
    instType: instrument.instType,
    ordId: fill.ordId,
    posSide: fill.posSide,
    side: fill.side,
    subType: fill.subType,
    tag: fill.tag,
    tradeId: fill.tradeId,
    tradeQuoteCcy: isSpot ? instrument.quote : '',
    ts: String(fill.at),
  };
}

const billBlanks = blanks(
  'bal balChg billId ccy clOrdId earnAmt earnApr execType fee fillFwdPx fillIdxPx fillMarkPx fillMarkVol fillPxUsd fillPxVol fillTime from instId instType interest mgnMode notes ordId pnl posBal posBalChg px subType sz tag to tradeId ts type',
);

export function billRow(bill: Bill): Row {
  const { fill } = bill;
  const instrument = bill.instId === '' ? undefined : instrumentOfOrder(bill.instId);
  return {
    ...billBlanks,
    bal: text(bill.balance),
    balChg: text(bill.change),
    billId: bill.billId,
    ccy: bill.ccy,
    clOrdId: fill?.clOrdId ?? '',
    execType: fill?.liquidity ?? '',
    fee: text(bill.fee),
    fillIdxPx: fill === undefined ? '' : text(fill.px),
    fillMarkPx: fill === undefined || instrument?.instType === 'SPOT' ? '' : text(fill.px),
    fillTime: fill === undefined ? '' : String(fill.at),
    from: bill.from,
    instId: bill.instId,
    instType: instrument?.instType ?? '',
    interest: '0',
    mgnMode: instrument === undefined ? '' : (fill?.tdMode ?? 'cross'),
    ordId: fill?.ordId ?? '',
    pnl: text(bill.pnl),
    posBal: '0',
    posBalChg: '0',
    px: bill.px === undefined ? '' : text(bill.px),
    subType: bill.subType,
    sz: text(bill.sz),
    tag: fill?.tag ?? '',
    to: bill.to,
    tradeId: fill?.tradeId ?? '',
    ts: String(bill.at),
    type: bill.type,
  };
}

function closingAim({ instId, posSide, tdMode }: Position): Aim {
  return { instId, posSide, tdMode, side: posSide === 'long' ? 'sell' : 'buy' };
}

const positionBlanks = blanks(
  'adl availPos avgPx baseBal baseBorrowed baseInterest bePx bizRefId bizRefType cTime ccy clSpotInUseAmt closeOrderAlgo deltaBS deltaPA fee fundingFee gammaBS gammaPA hedgedPos idxPx imr instId instType interest last lever liab liabCcy liqPenalty liqPx margin markPx maxSpotInUseAmt mgnMode mgnRatio mmr nonSettleAvgPx notionalUsd optVal pendingCloseOrdLiabVal pnl pos posCcy posId posSide quoteBal quoteBorrowed quoteInterest realizedPnl settledPnl spotInUseAmt spotInUseCcy thetaBS thetaPA tradeId uTime upl uplLastPx uplRatio uplRatioLastPx usdPx vegaBS vegaPA',
);

/** How soon a position would be closed to pay for the losses of others: the more it earned on its margin the sooner, 1 to 5. */
function adlOf(uplRatio: string): string {
  // @rule adl
  const earned = Number(uplRatio);
  return String([0.1, 0.5, 1, 2].filter((step) => earned >= step).length + 1);
}

/** GET account/positions: one row a position; a closed one keeps its row with pos 0. */
export function positionRow({
  world,
  account,
  position,
}: {
  readonly world: World;
  readonly account: Account;
  readonly position: Position;
}): Row {
  const instrument = instrumentOfOrder(position.instId);
  const mark = markOf(world, instrument);
  const last = lastPrice(world, instrument);
  const [isFlat, isNet] = [isZero(position.pos), position.posSide === 'net'];
  const size = absolute(position.pos);
  const upl = unrealised(world, instrument, position);
  const uplLast = isFlat ? zero : profitOf({ instrument, size: position.pos, entry: position.avgPx, price: last });
  const isAlone = position.tdMode === 'isolated';
  const margin = isAlone ? position.margin : initialMargin({ world, account, instrument, size: position.pos });
  const notional = isFlat ? zero : dollarsOf({ instrument, size, price: mark });
  const mmr = maintenanceMargin({ world, instrument, size });
  const { ratio: marginRatio } = isAlone ? safetyAlone(world, position) : safetyOf({ world, account, ccy: instrument.settle });
  const priceOf = () => (isAlone ? liquidationPriceAlone(world, position) : liquidationPrice({ world, account, instrument }));
  const liquidation = isFlat ? undefined : priceOf();
  const ratio = (part: Decimal) => (isZero(margin) ? '' : text(divideDown({ dividend: part, divisor: margin, digits: DIGITS })));
  const orEmpty = (value: Decimal) => (isFlat ? '' : text(value));
  return {
    ...positionBlanks,
    adl: isFlat ? '0' : adlOf(ratio(upl)),
    availPos: isNet ? '' : text(subtract(size, pendingClose(account, closingAim(position)))),
    avgPx: orEmpty(position.avgPx),
    bePx: orEmpty(position.avgPx),
    cTime: String(position.cTime),
    ccy: instrument.settle,
    closeOrderAlgo: [],
    fee: text(position.fee),
    fundingFee: text(position.fundingFee),
    idxPx: text(mark),
    imr: isAlone ? '' : orEmpty(margin),
    margin: isAlone ? orEmpty(margin) : '',
    instId: position.instId,
    instType: instrument.instType,
    last: text(last),
    lever: leverOf(account, instrument, position),
    liqPenalty: '0',
    liqPx: liquidation === undefined ? '' : text(liquidation),
    markPx: text(mark),
    mgnMode: position.tdMode,
    mgnRatio: isFlat || marginRatio === undefined ? '' : text(marginRatio),
    mmr: orEmpty(mmr),
    notionalUsd: orEmpty(notional),
    pnl: text(position.pnl),
    // @rule leg-counts-positive
    pos: text(position.posSide === 'net' ? position.pos : size),
    posId: position.posId,
    posSide: position.posSide,
    realizedPnl: text(add(position.pnl, add(position.fee, position.fundingFee))),
    tradeId: position.tradeId,
    uTime: String(position.uTime),
    upl: isFlat ? '' : text(upl),
    uplLastPx: isFlat ? '' : text(uplLast),
    uplRatio: isFlat ? '' : ratio(upl),
    uplRatioLastPx: isFlat ? '' : ratio(uplLast),
    usdPx: '1',
  };
}

/** Currencies that the account holds or owes, in a stable sequence. */
export function currenciesOf(world: World, account: Account): readonly string[] {
  const settles = listed(world)
    .filter(({ instId }) => everyPositionOn(account, instId).length > 0)
    .map(({ settle }) => settle);
  return [...new Set([...account.balances.keys(), ...settles])].sort();
}

export type BalanceView = { readonly world: World; readonly account: Account; readonly wanted: readonly string[] };

const balanceBlanks = blanks(
  'adjEq availEq borrowFroz delta deltaLever deltaNeutralStatus details imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow notionalUsdForFutures notionalUsdForOption notionalUsdForSwap ordFroz totalEq uTime upl',
);

/** GET account/balance in futures mode: account-level margin fields stay empty, the currency rows carry theirs. */
export function balanceRow({ world, account, wanted }: BalanceView): Row {
  let [total, isolated] = [zero, zero];
  const details: Row[] = [];
  for (const ccy of currenciesOf(world, account)) {
    const detail = balanceDetail({ world, account, ccy });
    if (detail === undefined) continue;
    total = add(total, detail.dollars);
    isolated = add(isolated, detail.isolated);
    if (wanted.length === 0 || wanted.includes(ccy)) details.push(detail.row);
  }
  return {
    ...balanceBlanks,
    deltaNeutralStatus: '0',
    details,
    isoEq: text(isolated),
    totalEq: text(total),
    uTime: String(world.state.now),
  };
}

type DetailView = { readonly world: World; readonly account: Account; readonly ccy: string };

const detailBlanks = blanks(
  'accAvgPx autoLendMtAmt autoLendStatus availBal availEq borrowFroz cashBal ccy clSpotInUseAmt coinUsdPrice colBorrAutoConversion colRes collateralEnabled collateralRestrict crossLiab disEq eq eqUsd fixedBal frozenBal frpType imr interest isoEq isoLiab isoUpl liab maxLoan maxSpotInUse mgnRatio mmr notionalLever openAvgPx ordFrozen rewardBal smtSyncEq spotBal spotCopyTradingEq spotInUseAmt spotIsoBal spotUpl spotUplRatio stgyEq totalPnl totalPnlRatio twap uTime upl uplLiab',
);

function balanceDetail({
  world,
  account,
  ccy,
}: DetailView): { readonly row: Row; readonly dollars: Decimal; readonly isolated: Decimal } | undefined {
  const funds = fundsOf({ world, account, ccy });
  const balance = balanceOf(account, ccy);
  const safety = safetyOf({ world, account, ccy });
  if (isZero(funds.equity) && isZero(balance.cash)) return undefined;
  const price = dollarPrice({ market: marketOf(world), ccy, at: world.state.now });
  const dollars = multiply(funds.equity, price);
  const tied = add(funds.positionMargin, funds.orderMargin);
  const row: Row = {
    ...detailBlanks,
    autoLendMtAmt: '0',
    autoLendStatus: 'off',
    availBal: text(funds.available),
    availEq: text(funds.availableEquity),
    cashBal: text(funds.cash),
    ccy,
    coinUsdPrice: text(price),
    colBorrAutoConversion: '0',
    colRes: '0',
    collateralEnabled: false,
    collateralRestrict: false,
    disEq: text(dollars),
    eq: text(funds.equity),
    eqUsd: text(dollars),
    fixedBal: '0',
    frozenBal: text(add(funds.frozen, tied)),
    frpType: '0',
    imr: text(tied),
    isoEq: text(funds.isolated),
    isoUpl: text(funds.isolatedProfit),
    mgnRatio: safety.ratio === undefined ? '' : text(safety.ratio),
    mmr: text(safety.maintenance),
    notionalLever: '0',
    ordFrozen: text(add(funds.frozen, funds.orderMargin)),
    rewardBal: '0',
    smtSyncEq: '0',
    spotBal: text(balance.cash),
    spotCopyTradingEq: '0',
    spotIsoBal: '0',
    stgyEq: '0',
    twap: '0',
    uTime: String(balance.uTime),
    upl: text(funds.unrealised),
  };
  return { row, dollars, isolated: multiply(funds.isolated, price) };
}
