import * as account from './account.ts';
import * as algoLists from './algo-lists.ts';
import * as algos from './algo-orders.ts';
import type { Answer } from './answers.ts';
import type { Rights } from './auth.ts';
import { getGreeks } from './greeks.ts';
import type { Limit } from './limits.ts';
import * as open from './public.ts';
import { getPositionsHistory, getValuation } from './positions-history.ts';
import { getStatus } from './status.ts';
import * as trade from './trade.ts';
import * as funds from './transfers.ts';

/** How requests are counted: for everybody from one address, for an account, and also by instrument where the exchange does so. */
type Counting = { readonly limit: Limit; readonly by: 'address' | 'account'; readonly andInstrument: boolean };

export type Route =
  | { readonly kind: 'public'; readonly counting: Counting; readonly act: (call: open.PublicCall) => Answer }
  | { readonly kind: 'config'; readonly counting: Counting; readonly needs: Rights }
  | { readonly kind: 'private'; readonly counting: Counting; readonly needs: Rights; readonly act: (call: trade.Call) => Answer };

function per(count: number, seconds: number): Limit {
  return { count, milliseconds: seconds * 1000 };
}

function anybody(limit: Limit, act: (call: open.PublicCall) => Answer): Route {
  return { kind: 'public', counting: { limit, by: 'address', andInstrument: false }, act };
}

function anybodyPerInstrument(limit: Limit, act: (call: open.PublicCall) => Answer): Route {
  return { kind: 'public', counting: { limit, by: 'address', andInstrument: true }, act };
}

function read(limit: Limit, act: (call: trade.Call) => Answer): Route {
  return { kind: 'private', counting: { limit, by: 'account', andInstrument: false }, needs: 'read', act };
}

function readPerInstrument(limit: Limit, act: (call: trade.Call) => Answer): Route {
  return { kind: 'private', counting: { limit, by: 'account', andInstrument: true }, needs: 'read', act };
}

function write(limit: Limit, act: (call: trade.Call) => Answer): Route {
  return { kind: 'private', counting: { limit, by: 'account', andInstrument: false }, needs: 'trade', act };
}

function writePerInstrument(limit: Limit, act: (call: trade.Call) => Answer): Route {
  return { kind: 'private', counting: { limit, by: 'account', andInstrument: true }, needs: 'trade', act };
}

/** Every path that the simulator answers, by method and path. */
// @rule rate-limits
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /api/v5/public/time', anybody(per(10, 2), open.getTime)],
  ['GET /api/v5/public/instruments', anybody(per(20, 2), open.getInstruments)],
  ['GET /api/v5/public/mark-price', anybodyPerInstrument(per(10, 2), open.getMarkPrice)],
  ['GET /api/v5/public/price-limit', anybody(per(20, 2), open.getPriceLimit)],
  ['GET /api/v5/public/funding-rate', anybodyPerInstrument(per(10, 2), open.getFundingRate)],
  ['GET /api/v5/public/funding-rate-history', anybodyPerInstrument(per(10, 2), open.getFundingRateHistory)],
  ['GET /api/v5/public/position-tiers', anybody(per(10, 2), open.getPositionTiers)],
  ['GET /api/v5/public/opt-summary', anybody(per(20, 2), open.getOptionSummary)],
  ['GET /api/v5/public/open-interest', anybodyPerInstrument(per(20, 2), open.getOpenInterest)],
  ['GET /api/v5/system/status', anybody(per(1, 5), getStatus)],
  ['GET /api/v5/market/index-tickers', anybody(per(20, 2), open.getIndexTickers)],
  ['GET /api/v5/market/ticker', anybody(per(20, 2), open.getTicker)],
  ['GET /api/v5/market/tickers', anybody(per(20, 2), open.getTickers)],
  ['GET /api/v5/market/books', anybody(per(40, 2), open.getBooks)],
  ['GET /api/v5/market/candles', anybody(per(40, 2), open.getCandles)],
  ['GET /api/v5/market/history-candles', anybody(per(20, 2), open.getCandles)],
  ['GET /api/v5/market/index-candles', anybody(per(20, 2), open.getIndexCandles)],
  ['GET /api/v5/market/history-index-candles', anybody(per(10, 2), open.getIndexCandles)],
  ['GET /api/v5/market/trades', anybody(per(100, 2), open.getTrades)],
  ['GET /api/v5/account/config', { kind: 'config', counting: { limit: per(5, 2), by: 'account', andInstrument: false }, needs: 'read' }],
  ['GET /api/v5/account/balance', read(per(10, 2), account.getBalance)],
  ['GET /api/v5/account/positions', read(per(10, 2), account.getPositions)],
  ['GET /api/v5/account/positions-history', read(per(10, 2), getPositionsHistory)],
  ['GET /api/v5/account/greeks', read(per(10, 2), getGreeks)],
  ['GET /api/v5/account/leverage-info', read(per(20, 2), account.getLeverageInfo)],
  ['POST /api/v5/account/set-leverage', write(per(20, 2), account.postSetLeverage)],
  ['GET /api/v5/account/max-size', read(per(20, 2), account.getMaxSize)],
  ['GET /api/v5/account/max-avail-size', read(per(20, 2), account.getMaxAvailableSize)],
  ['GET /api/v5/account/trade-fee', read(per(5, 2), account.getTradeFee)],
  ['GET /api/v5/account/bills', read(per(5, 1), account.getBills)],
  ['GET /api/v5/account/bills-archive', read(per(5, 2), account.getBills)],
  ['GET /api/v5/asset/balances', read(per(6, 1), funds.getFundingBalances)],
  ['POST /api/v5/asset/transfer', write(per(2, 1), funds.postTransfer)],
  ['GET /api/v5/asset/transfer-state', read(per(10, 1), funds.getTransferState)],
  ['GET /api/v5/asset/asset-valuation', read(per(1, 1), getValuation)],
  ['GET /api/v5/asset/bills', read(per(6, 1), funds.getFundingBills)],
  ['GET /api/v5/account/max-withdrawal', read(per(20, 2), funds.getMaxWithdrawal)],
  ['POST /api/v5/account/set-position-mode', write(per(5, 2), account.postSetPositionMode)],
  ['POST /api/v5/account/position/margin-balance', write(per(20, 2), account.postMarginBalance)],
  ['POST /api/v5/account/set-account-level', write(per(5, 2), account.postSetAccountLevel)],
  ['POST /api/v5/trade/order', writePerInstrument(per(60, 2), trade.postOrder)],
  ['GET /api/v5/trade/order', readPerInstrument(per(60, 2), account.getOrder)],
  ['POST /api/v5/trade/batch-orders', writePerInstrument(per(300, 2), trade.postBatchOrders)],
  ['POST /api/v5/trade/cancel-order', writePerInstrument(per(60, 2), trade.postCancel)],
  ['POST /api/v5/trade/cancel-batch-orders', writePerInstrument(per(300, 2), trade.postCancelBatch)],
  ['POST /api/v5/trade/amend-order', writePerInstrument(per(60, 2), trade.postAmend)],
  ['POST /api/v5/trade/amend-batch-orders', writePerInstrument(per(300, 2), trade.postAmendBatch)],
  ['POST /api/v5/trade/close-position', writePerInstrument(per(20, 2), trade.postClosePosition)],
  ['GET /api/v5/trade/orders-pending', read(per(60, 2), account.getPending)],
  ['GET /api/v5/trade/orders-history', read(per(40, 2), account.getOrdersHistory)],
  ['GET /api/v5/trade/orders-history-archive', read(per(20, 2), account.getOrdersHistory)],
  ['GET /api/v5/trade/fills', read(per(60, 2), account.getFills)],
  ['GET /api/v5/trade/fills-history', read(per(10, 2), account.getFills)],
  ['POST /api/v5/trade/cancel-all-after', write(per(1, 1), trade.postCancelAllAfter)],
  ['POST /api/v5/trade/order-algo', writePerInstrument(per(20, 2), algos.postOrderAlgo)],
  ['POST /api/v5/trade/cancel-algos', writePerInstrument(per(20, 2), algos.postCancelAlgos)],
  ['POST /api/v5/trade/amend-algos', writePerInstrument(per(20, 2), algos.postAmendAlgos)],
  ['GET /api/v5/trade/order-algo', read(per(20, 2), algoLists.getOrderAlgo)],
  ['GET /api/v5/trade/orders-algo-pending', read(per(20, 2), algoLists.getAlgoPending)],
  ['GET /api/v5/trade/orders-algo-history', read(per(20, 2), algoLists.getAlgoHistory)],
]);

const products =
  /^\/api\/v5\/(account|asset|trade|market|public|users|finance|copytrading|tradingBot|rfq|sprd|fiat|system|rubik|support|broker|affiliate)\//;

/** A path of the exchange that the simulator does not offer. */
export function isProductPath(path: string): boolean {
  return products.test(path);
}
