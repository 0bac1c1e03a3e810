import { assert } from '../core/lang/assert.ts';
import { compare, type Decimal, decimal, zero } from '../core/money/decimal.ts';
import type { Algo, Attached } from './algo.ts';
import { type Conditions, fair } from './conditions.ts';
import type { Anchor } from './market.ts';

export type Side = 'buy' | 'sell';
export type OrderType = 'limit' | 'market' | 'post_only' | 'fok' | 'ioc' | 'optimal_limit_ioc';
export type OrderState = 'live' | 'partially_filled' | 'filled' | 'canceled';
export type SelfTrade = 'cancel_maker' | 'cancel_taker' | 'cancel_both';
/** Who asked: a client of the API, somebody else on this account (as a person in the exchange's own app), a stop order that was reached, or the exchange itself. */
export type Origin = 'api' | 'external' | 'algo' | 'liquidation' | 'adl' | 'delivery';
/** Which position an order is about: the only one of its instrument, or one of two that are kept apart. */
export type PosSide = 'net' | 'long' | 'short';
export type PosMode = 'net_mode' | 'long_short_mode';
export type Category = 'normal' | 'full_liquidation' | 'partial_liquidation' | 'adl' | 'delivery';

/** An order as a value; each change is a new value under the same id. */
export type Order = {
  readonly seq: number;
  readonly account: string;
  readonly ordId: string;
  readonly clOrdId: string;
  readonly tag: string;
  readonly instId: string;
  readonly side: Side;
  readonly posSide: PosSide;
  readonly category: Category;
  readonly ordType: OrderType;
  readonly tdMode: string;
  readonly tgtCcy: '' | 'base_ccy' | 'quote_ccy';
  /** The price the client gave; market orders have none. */
  readonly px: Decimal | undefined;
  /** As the client counts it: contracts, base, or quote for a market order sized in quote. */
  readonly sz: Decimal;
  readonly reduceOnly: boolean;
  readonly stpMode: SelfTrade;
  readonly attached: readonly Attached[];
  /** The stop order that sent it, or the attached take-profit that it is; the latter names the stop beside it, if there is one. */
  readonly sentBy:
    | { readonly algoId: string; readonly algoClOrdId: string; readonly source: '6' | '7' | '25'; readonly besideStop?: string }
    | undefined;
  readonly origin: Origin;
  readonly state: OrderState;
  readonly filled: Decimal;
  /** Mean price of its fills; zero before the first. */
  readonly avgPx: Decimal;
  readonly lastFill: Fill | undefined;
  readonly fee: Decimal;
  readonly feeCcy: string;
  readonly pnl: Decimal;
  /** Spot money set aside while the order rests. */
  readonly frozen: Decimal;
  readonly lever: string;
  readonly cancelSource: string;
  readonly cTime: number;
  readonly uTime: number;
  /** Time priority among equal prices; an amendment that costs priority takes a new one. */
  readonly priority: number;
  /** What the client named its latest amendment by. */
  readonly reqId: string;
};

export type Fill = {
  readonly seq: number;
  readonly account: string;
  readonly ordId: string;
  readonly clOrdId: string;
  readonly tag: string;
  readonly instId: string;
  readonly side: Side;
  readonly posSide: PosSide;
  readonly tdMode: string;
  readonly px: Decimal;
  readonly sz: Decimal;
  readonly fee: Decimal;
  readonly feeCcy: string;
  readonly feeRate: Decimal;
  readonly pnl: Decimal;
  readonly liquidity: 'T' | 'M';
  readonly tradeId: string;
  readonly billId: string;
  readonly subType: string;
  readonly at: number;
};

/** One change of a balance of the trading account. */
export type Bill = {
  readonly billId: string;
  readonly account: string;
  readonly ccy: string;
  readonly type: string;
  readonly subType: string;
  readonly change: Decimal;
  readonly balance: Decimal;
  readonly fee: Decimal;
  readonly pnl: Decimal;
  /** The fill that caused it; undefined for transfers, funding and what the exchange covers. */
  readonly fill: Fill | undefined;
  readonly instId: string;
  /** Of the fill, or the mark price at which funding was counted. */
  readonly px: Decimal | undefined;
  /** Of the fill, or contracts that paid funding, or the sum that moved. */
  readonly sz: Decimal;
  /** Between which accounts a transfer went: 6 funding, 18 trading; empty elsewhere. */
  readonly from: string;
  readonly to: string;
  readonly at: number;
};

/** A sum that went between the funding and the trading account of one user. */
export type Transfer = {
  readonly seq: number;
  readonly account: string;
  readonly transId: string;
  readonly clientId: string;
  readonly ccy: string;
  readonly amt: Decimal;
  readonly from: '6' | '18';
  readonly to: '6' | '18';
  readonly origin: 'api' | 'external';
  readonly at: number;
};

/** One change of a balance of the funding account. */
export type FundingBill = {
  readonly billId: string;
  readonly ccy: string;
  readonly clientId: string;
  readonly type: string;
  readonly change: Decimal;
  readonly balance: Decimal;
  readonly at: number;
};

export type Balance = { readonly cash: Decimal; readonly frozen: Decimal; readonly uTime: number };

export type Position = {
  readonly instId: string;
  readonly posSide: PosSide;
  readonly posId: string;
  readonly tdMode: 'cross' | 'isolated';
  /** What alone backs an isolated position; zero for one that everything backs. */
  readonly margin: Decimal;
  /** Signed: short is below zero, the short leg too. A closed position stays as a row of zero. */
  readonly pos: Decimal;
  readonly avgPx: Decimal;
  readonly pnl: Decimal;
  readonly fee: Decimal;
  readonly fundingFee: Decimal;
  readonly tradeId: string;
  readonly cTime: number;
  readonly uTime: number;
};

export type Account = {
  readonly uid: string;
  readonly mainUid: string;
  /** 1: spot alone; 2: contracts too. */
  acctLv: '1' | '2';
  /** What fees it pays. */
  level: string;
  posMode: PosMode;
  readonly balances: Map<string, Balance>;
  readonly funding: Map<string, Decimal>;
  /** By the name of the position: the instrument, and its leg where there are two. */
  readonly positions: Map<string, Position>;
  readonly levers: Map<string, string>;
  readonly pending: Map<string, Order>;
  readonly pendingAlgos: Map<string, Algo>;
  /** Orders whose attached legs wait for their end, by id. */
  readonly attaching: Set<string>;
  /** Ids of all its orders, oldest first. */
  readonly orderIds: string[];
  readonly fills: Fill[];
  readonly bills: Bill[];
  readonly transfers: Transfer[];
  readonly fundingBills: FundingBill[];
  /** Cancel-all-after timers by tag; the empty tag is the whole account. */
  readonly timers: Map<string, number>;
};

export type Refused = {
  readonly seq: number;
  readonly at: number;
  readonly account: string;
  readonly path: string;
  readonly instId: string;
  readonly clOrdId: string;
  readonly code: string;
  readonly message: string;
  readonly origin: Origin;
};

export type FaultKind =
  | 'lost_ack'
  | 'late_ack'
  | 'reset'
  | 'truncated'
  | 'http_502'
  | 'code_50004'
  | 'code_51149'
  | 'reject'
  | 'rate_limit'
  | 'stale_read'
  | 'query_fails'
  | 'partial_batch'
  | 'event_before_ack'
  | 'ack_before_event';

export type Fault = {
  readonly kind: FaultKind;
  readonly path: string;
  /** Empty: POST where the path takes one, else GET. */
  readonly method: '' | 'GET' | 'POST';
  readonly executed: boolean;
  readonly left: number;
  readonly delayMilliseconds: number | undefined;
};

/** What one write replaced, so that a stale read can look behind it. */
export type Undo = {
  readonly orders: Map<string, Order | undefined>;
  readonly algos: Map<string, Algo | undefined>;
  readonly clients: Map<string, string | undefined>;
  readonly balances: Map<string, Balance | undefined>;
  readonly funding: Map<string, Decimal | undefined>;
  readonly positions: Map<string, Position | undefined>;
  readonly lengths: Map<string, { readonly [List in Growing]: number }>;
  /** The same changes one by one, in sequence: what the private channels tell. */
  readonly steps: Step[];
};

/** The lists of an account that only grow. */
export type Growing = 'orderIds' | 'fills' | 'bills' | 'transfers' | 'fundingBills';

/** An amendment that came to nothing, or to the end of its order. */
export type FailedAmendment = { readonly result: '-1' | '1'; readonly reqId: string; readonly code: string; readonly message: string };

export type Step =
  | { readonly kind: 'order'; readonly order: Order; readonly previous: Order | undefined; readonly failed?: FailedAmendment | undefined }
  | { readonly kind: 'algo'; readonly algo: Algo }
  | { readonly kind: 'position'; readonly account: string; readonly position: Position }
  | {
      readonly kind: 'balance';
      readonly account: string;
      readonly ccy: string;
      /** False when money was only set aside or freed. */ readonly moved: boolean;
    };

/** Everything the exchange knows. Plain data: it can be copied, written down and read back. */
export type State = {
  readonly startedAt: number;
  now: number;
  /** How far the desk has moved the exchange's clock ahead of the machine's. */
  clockAhead: number;
  sequence: number;
  readonly accounts: Map<string, Account>;
  readonly orders: Map<string, Order>;
  readonly algos: Map<string, Algo>;
  /** `uid|clOrdId` to the latest order that carries it, `uid|algo|algoClOrdId` to the latest stop order. */
  readonly clients: Map<string, string>;
  readonly anchors: Map<string, readonly Anchor[]>;
  /** What was taken from the market makers in the current second, by instrument. */
  readonly taken: Map<string, { readonly epoch: string; readonly sizes: Map<string, Decimal> }>;
  /** The last trade of a real account by instrument. */
  readonly lastTrades: Map<string, { readonly px: Decimal; readonly at: number }>;
  faults: readonly Fault[];
  conditions: Conditions;
  refused: Refused[];
  undo: Undo;
};

export const STARTING_BALANCE = decimal('10000');
const REFUSED_MAX = 10_000;

export function createState({ at, anchors }: { readonly at: number; readonly anchors: Map<string, readonly Anchor[]> }): State {
  const accounts = [createAccount({ uid: '1001', at }), createAccount({ uid: '1000', at }), createDemoAccount(at)];
  return {
    startedAt: at,
    now: at,
    clockAhead: 0,
    sequence: 0,
    accounts: new Map(accounts.map((account) => [account.uid, account])),
    orders: new Map(),
    algos: new Map(),
    clients: new Map(),
    anchors,
    taken: new Map(),
    lastTrades: new Map(),
    faults: [],
    conditions: fair,
    refused: [],
    undo: emptyUndo(),
  };
}

export const DEMO_UID = '2000';

/** A demo account as the exchange hands it out: a main account with coins, for spot until somebody changes that. */
function createDemoAccount(at: number): Account {
  // @rule demo-account
  const coins = [
    ['USDT', '5000'],
    ['USDC', '5000'],
    ['BTC', '1'],
    ['ETH', '1'],
  ] as const;
  const balances = new Map(coins.map(([ccy, cash]) => [ccy as string, { cash: decimal(cash), frozen: zero, uTime: at }]));
  return { ...createAccount({ uid: DEMO_UID, at }), mainUid: DEMO_UID, acctLv: '1', balances };
}

function createAccount({ uid, at }: { readonly uid: string; readonly at: number }): Account {
  return {
    uid,
    mainUid: '1000',
    acctLv: '2',
    level: 'Lv1',
    posMode: 'net_mode',
    balances: new Map([['USDT', { cash: STARTING_BALANCE, frozen: zero, uTime: at }]]),
    funding: new Map(),
    positions: new Map(),
    levers: new Map(),
    pending: new Map(),
    pendingAlgos: new Map(),
    attaching: new Set(),
    orderIds: [],
    fills: [],
    bills: [],
    transfers: [],
    fundingBills: [],
    timers: new Map(),
  };
}

export function emptyUndo(): Undo {
  return {
    orders: new Map(),
    algos: new Map(),
    clients: new Map(),
    balances: new Map(),
    funding: new Map(),
    positions: new Map(),
    lengths: new Map(),
    steps: [],
  };
}

export function nextSequence(state: State): number {
  state.sequence += 1;
  return state.sequence;
}

/** Ids look like the exchange's: nineteen digits, rising. Orders, bills and positions draw from one count. */
export function nextId(state: State): string {
  return String(2_600_000_000_000_000_000n + BigInt(nextSequence(state)));
}

export function accountOf(state: State, uid: string): Account {
  const account = state.accounts.get(uid);
  assert(account !== undefined, 'an authenticated account exists');
  return account;
}

export function isPending(order: Order): boolean {
  return order.state === 'live' || order.state === 'partially_filled';
}

export function putOrder(state: State, order: Order, failed?: FailedAmendment): void {
  const account = accountOf(state, order.account);
  const previous = state.orders.get(order.ordId);
  if (!state.undo.orders.has(order.ordId)) state.undo.orders.set(order.ordId, previous);
  if (previous === undefined) {
    rememberLengths(state, account);
    account.orderIds.push(order.ordId);
    if (order.clOrdId !== '') putClient(state, { client: `${order.account}|${order.clOrdId}`, id: order.ordId });
    if (order.attached.length > 0) account.attaching.add(order.ordId);
  }
  state.undo.steps.push({ kind: 'order', order, previous, failed });
  state.orders.set(order.ordId, order);
  if (isPending(order)) account.pending.set(order.ordId, order);
  else account.pending.delete(order.ordId);
}

function putClient(state: State, { client, id }: { readonly client: string; readonly id: string }): void {
  if (!state.undo.clients.has(client)) state.undo.clients.set(client, state.clients.get(client));
  state.clients.set(client, id);
}

export function putAlgo(state: State, algo: Algo): void {
  const { pendingAlgos } = accountOf(state, algo.account);
  const previous = state.algos.get(algo.algoId);
  if (!state.undo.algos.has(algo.algoId)) state.undo.algos.set(algo.algoId, previous);
  if (previous === undefined && algo.algoClOrdId !== '')
    putClient(state, { client: `${algo.account}|algo|${algo.algoClOrdId}`, id: algo.algoId });
  state.undo.steps.push({ kind: 'algo', algo });
  state.algos.set(algo.algoId, algo);
  if (algo.state === 'live') pendingAlgos.set(algo.algoId, algo);
  else pendingAlgos.delete(algo.algoId);
}

export function balanceOf(account: Account, ccy: string): Balance {
  return account.balances.get(ccy) ?? { cash: zero, frozen: zero, uTime: 0 };
}

export function putBalance({ state, account, ccy, balance }: BalanceChange): void {
  const key = `${account.uid}|${ccy}`;
  if (!state.undo.balances.has(key)) state.undo.balances.set(key, account.balances.get(ccy));
  const moved = compare(balanceOf(account, ccy).cash, balance.cash) !== 0;
  state.undo.steps.push({ kind: 'balance', account: account.uid, ccy, moved });
  account.balances.set(ccy, balance);
}

type BalanceChange = { readonly state: State; readonly account: Account; readonly ccy: string; readonly balance: Balance };

/** Sets a balance of the funding account, which no private channel tells. */
export function putFunding({ state, account, ccy, balance }: FundingChange): void {
  const key = `${account.uid}|${ccy}`;
  if (!state.undo.funding.has(key)) state.undo.funding.set(key, account.funding.get(ccy));
  account.funding.set(ccy, balance);
}

type FundingChange = { readonly state: State; readonly account: Account; readonly ccy: string; readonly balance: Decimal };

/** Under what name a position is kept. */
export function positionName({ instId, posSide, tdMode }: PositionName): string {
  const name = posSide === 'net' ? instId : `${instId}/${posSide}`;
  return tdMode === 'isolated' ? `${name}/isolated` : name;
}

export type PositionName = Pick<Order, 'instId' | 'posSide' | 'tdMode'>;

export function putPosition({ state, account, position }: PositionChange): void {
  const name = positionName(position);
  const key = `${account.uid}|${name}`;
  if (!state.undo.positions.has(key)) state.undo.positions.set(key, account.positions.get(name));
  state.undo.steps.push({ kind: 'position', account: account.uid, position });
  account.positions.set(name, position);
}

type PositionChange = { readonly state: State; readonly account: Account; readonly position: Position };

export function addFill({ state, account, fill }: { readonly state: State; readonly account: Account; readonly fill: Fill }): void {
  rememberLengths(state, account);
  account.fills.push(fill);
}

export function addBill({ state, account, bill }: { readonly state: State; readonly account: Account; readonly bill: Bill }): void {
  rememberLengths(state, account);
  account.bills.push(bill);
}

export function addTransfer({ state, account, transfer }: NewTransfer): void {
  rememberLengths(state, account);
  account.transfers.push(transfer);
}

type NewTransfer = { readonly state: State; readonly account: Account; readonly transfer: Transfer };

export function addFundingBill({ state, account, bill }: NewFundingBill): void {
  rememberLengths(state, account);
  account.fundingBills.push(bill);
}

type NewFundingBill = { readonly state: State; readonly account: Account; readonly bill: FundingBill };

function rememberLengths(state: State, account: Account): void {
  if (state.undo.lengths.has(account.uid)) return;
  const { orderIds, fills, bills, transfers, fundingBills } = account;
  state.undo.lengths.set(account.uid, {
    orderIds: orderIds.length,
    fills: fills.length,
    bills: bills.length,
    transfers: transfers.length,
    fundingBills: fundingBills.length,
  });
}

export function addRefused(state: State, refused: Omit<Refused, 'seq' | 'at'>): void {
  state.refused.push({ ...refused, seq: nextSequence(state), at: state.now });
  if (state.refused.length > REFUSED_MAX) state.refused.splice(0, state.refused.length - REFUSED_MAX);
}

/** True when the write since `emptyUndo` changed an account: only then is there a newer state to look behind. */
export function undoHolds(undo: Undo): boolean {
  return undo.orders.size + undo.algos.size + undo.balances.size + undo.funding.size + undo.positions.size + undo.lengths.size > 0;
}
