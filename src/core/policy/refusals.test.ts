import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW } from '../../../test/support/policy-samples.ts';
import { refusals } from '../../../test/support/refusals.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';

// What is read by whoever was refused: the code, the sentence with its numbers and its ending, the limit with its use, what would pass instead,
// and in how many seconds asking again makes sense.

function told(question: Question): readonly string[] {
  const decision = decide(question);
  if (decision.kind === 'allow') return ['allow'];
  const { limit, message } = decision;
  const bound = limit === null ? [] : [`${limit.name}: ${limit.used} of ${limit.max} ${limit.unit}`];
  if (decision.kind === 'needs_approval') return ['needs approval', message, ...bound];
  const passes = decision.wouldBeAllowed === null ? [] : [`would pass: ${formatDecimal(decision.wouldBeAllowed)}`];
  const again = 'nextAllowedAt' in decision ? [`again in ${(decision.nextAllowedAt - NOW) / 1000} s`] : [];
  return [decision.code, message, ...bound, ...passes, ...again];
}

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  booting: ['BOOTING', 'refused: nothing is traded before the first clean comparison with the exchange'],
  halted: ['HALTED', 'refused: the account is HALTED; only the operator can close or resume'],
  'no reason': ['REASON_REQUIRED', 'refused: say in reason why you want this (require_reason)'],
  'not listed': ['NOT_ALLOWED', 'refused: DOGE-USDT is not in the list of instruments of the policy (instruments)'],
  'listed, not known': ['NOT_ALLOWED', 'refused: DOGE-USDT is not known at the exchange (instruments)'],
  'not traded': ['NOT_ALLOWED', 'refused: the exchange does not trade BTC-USDT normally now (instruments)'],
  'not in dollars': ['NOT_ALLOWED', 'refused: BTC-USDT is not quoted in USD, USDT or USDC, so its worth is not known (instruments)'],
  'money that is traded': [
    'NOT_ALLOWED',
    'refused: BTC-USDT-SWAP pays in USDT, which DOGE-USDT trades too, and the two cannot be told apart; take one of them off the list (instruments)',
  ],
  'baseline the other way': [
    'NOT_ALLOWED',
    'refused: BTC-USDT-SWAP was held the other way before twokey, and in net mode a sell could not be closed again (instruments)',
  ],
  'order type': ['NOT_ALLOWED', 'refused: the policy takes entries of type ioc, post_only, and this is limit (order_types)'],
  side: ['NOT_ALLOWED', 'refused: the policy takes entries that buy, and this is a sell (sides)'],
  'quiet hours': ['NOT_ALLOWED', 'refused: the policy takes no entries from 09:30 to 10:30 UTC (quiet_hours)'],
  'reduce only': ['REDUCE_ONLY', 'refused: the account is REDUCE_ONLY: orders that really reduce and cancels pass, this is an entry'],
  'agent frozen': ['AGENT_FROZEN', 'refused: alpha is frozen: orders that really reduce and cancels pass, this is an entry'],
  'which leg': [
    'NOT_ALLOWED',
    'refused: BTC-USDT-SWAP is held long and short; close one of them with place_order, reduce_only true, side sell for the long one and buy for the short one',
  ],
  'unit of another product': ['UNIT_MISMATCH', 'refused: BTC-USDT is spot and has no contracts; use base, quote or usd'],
  'a price with market': ['SCHEMA', 'refused: a price goes with every type but market'],
  'no price with limit': ['SCHEMA', 'refused: a price goes with every type but market'],
  'no quantity': ['SCHEMA', 'refused: quantity has to be above zero'],
  'less than a lot': ['PRECISION', 'refused: BTC-USDT-SWAP trades in lots of 0.01 contracts'],
  'less than a lot, in base': ['PRECISION', 'refused: BTC-USDT-SWAP trades in lots of 0.0001 BTC'],
  'price not above zero': ['SCHEMA', 'refused: price has to be above zero'],
  'price off the tick': ['PRECISION', 'refused: prices of BTC-USDT are multiples of 0.1'],
  'no price known': ['STALE_DATA', 'refused: there is no price of BTC-USDT yet (max_data_age)'],
  'old price': [
    'STALE_DATA',
    'refused: the price of BTC-USDT is 2.1 s old, at most 2 s are allowed (max_data_age)',
    'max_data_age: 2001 of 2000 ms',
  ],
  'old price by our clock, exit': [
    'STALE_DATA',
    'refused: the price of BTC-USDT is 30.1 s old, at most 30 s are allowed (max_data_age)',
    'max_data_age: 30001 of 30000 ms',
  ],
  'no mark': ['STALE_DATA', 'refused: there is no mark price of BTC-USDT-SWAP (max_data_age)'],
  'mark of zero': ['STALE_DATA', 'refused: the prices of BTC-USDT-SWAP are not above zero (max_data_age)'],
  'last of zero': ['STALE_DATA', 'refused: the prices of BTC-USDT-SWAP are not above zero (max_data_age)'],
  'clock not trusted': [
    'STALE_DATA',
    "refused: this host's clock is not known to agree with the exchange's; set it, twokey doctor tells how far it is off (max_data_age)",
  ],
  crossed: ['STALE_DATA', 'refused: bid and ask of BTC-USDT-SWAP contradict each other (max_data_age)'],
  'no bid': ['STALE_DATA', 'refused: bid and ask of BTC-USDT-SWAP contradict each other (max_data_age)'],
  'no balance': ['STALE_DATA', 'refused: no balance of the account has been read yet (max_data_age)'],
  'old balance': ['STALE_DATA', 'refused: the balance of the account is 10.1 s old, at most 10 s are allowed (max_data_age)'],
  'no coin price': ['STALE_DATA', 'refused: the price of USDT in US dollars is not known yet'],
  'old coin price': ['STALE_DATA', 'refused: the price of USDT in US dollars is 60.1 s old, at most 60 s are allowed'],
  'absurd coin price': ['STALE_DATA', 'refused: USDT is said to cost 1.51 US dollars, which is no price of a dollar'],
  'no index': ['STALE_DATA', 'refused: there is no index of BTC-USDT to compare its price with (max_divergence)'],
  'divergence of last': [
    'STALE_DATA',
    'refused: the last price and the mark price of BTC-USDT-SWAP contradict each other: 61000 and 60000 are 1.6667 % apart (max_divergence)',
    'max_divergence: 1.6667 of 1 %',
  ],
  'divergence of index': [
    'STALE_DATA',
    'refused: the middle of the book and the index of BTC-USDT contradict each other: 60000.05 and 61000 are 1.6393 % apart (max_divergence)',
    'max_divergence: 1.6393 of 1 %',
  ],
  'no range': ['STALE_DATA', 'refused: it is not known how the price of BTC-USDT has moved (max_price_move)'],
  'price move': [
    'PRICE_COLLAR',
    'refused: BTC-USDT-SWAP is at 60000 and was between 58000 and 60100 in the last 300 s, a move of 3.3334 % (max_price_move)',
    'max_price_move: 3.3334 of 2 %',
  ],
  'no book': ['STALE_DATA', 'refused: there is no order book of BTC-USDT (max_spread)'],
  'old book': [
    'STALE_DATA',
    'refused: the order book of BTC-USDT is 2.1 s old, at most 2 s are allowed (max_data_age)',
    'max_data_age: 2001 of 2000 ms',
  ],
  'nobody bids': ['LIQUIDITY', 'refused: nobody else bids for BTC-USDT-SWAP (max_spread)'],
  'nobody offers': ['LIQUIDITY', 'refused: nobody else offers BTC-USDT-SWAP (max_spread)'],
  'crossed book': ['STALE_DATA', 'refused: bid and ask in the order book of BTC-USDT-SWAP contradict each other (max_spread)'],
  spread: [
    'LIQUIDITY',
    'refused: others bid 59900 and offer 60100 for BTC-USDT-SWAP, a spread of 0.3334 % (max_spread)',
    'max_spread: 0.3334 of 0.3 %',
  ],
  'no funding rate': ['STALE_DATA', 'refused: the funding rate of BTC-USDT-SWAP is not known yet (max_funding_rate)'],
  'old funding rate': [
    'STALE_DATA',
    'refused: the funding rate of BTC-USDT-SWAP is 120.1 s old, at most 120 s are allowed (max_funding_rate)',
  ],
  'next funding not known': ['STALE_DATA', 'refused: the next funding of BTC-USDT-SWAP is not known (max_funding_rate)'],
  'funding rate': [
    'NOT_ALLOWED',
    'refused: BTC-USDT-SWAP pays funding of 0.4 % in 11 minutes (max_funding_rate)',
    'max_funding_rate: 0.4 of 0.3 %',
  ],
  'expected worth missing': ['UNIT_MISMATCH', 'refused: say in expected_notional_usd what you expect the order to be worth'],
  'expected worth': ['UNIT_MISMATCH', 'refused: this order is worth 60.01 USD and not 6 USD; check quantity_unit'],
  'exchange minimum': ['MIN_ORDER_SIZE', "refused: 0.000009 BTC is below the exchange's minimum of 0.00001 BTC for BTC-USDT"],
  'exchange maximum': [
    'MAX_ORDER_SIZE',
    "refused: 100000.01 contracts is above the exchange's maximum of 100000 contracts for one order (exchange_maximum); 4975.12 contracts would pass",
    'exchange_maximum: 100000.01 of 100000 contracts',
    'would pass: 4975.12',
  ],
  'price collar, buy': [
    'PRICE_COLLAR',
    'refused: a buy at 60301 is too far from 60000.05; at most 60300 passes (price_collar)',
    'price_collar: 60301 of 60300 price',
  ],
  'price collar, sell': [
    'PRICE_COLLAR',
    'refused: a sell at 59699 is too far from 60000; at least 59700 passes (price_collar)',
    'price_collar: 59699 of 59700 price',
  ],
  'exit collar': [
    'PRICE_COLLAR',
    'refused: a sell at 56000 is too far from 60000; at least 58200 passes (exit_collar)',
    'exit_collar: 56000 of 58200 price',
  ],
  'protection on an exit': ['NOT_ALLOWED', 'refused: an order that closes cannot carry take_profit or stop_loss; leave them out'],
  'protection off the tick': ['PRECISION', 'refused: prices of BTC-USDT-SWAP are multiples of 0.1'],
  'stop of a long above the market': ['NOT_ALLOWED', 'refused: a stop_loss of 60000 is on the wrong side: it has to be below 60000'],
  'stop of a short below the market': ['NOT_ALLOWED', 'refused: a stop_loss of 60000 is on the wrong side: it has to be above 60000'],
  'target of a long below the market': ['NOT_ALLOWED', 'refused: a take_profit of 60000 is on the wrong side: it has to be above 60000'],
  'target of a short above the market': ['NOT_ALLOWED', 'refused: a take_profit of 60000 is on the wrong side: it has to be below 60000'],
  'stop between price and market': ['NOT_ALLOWED', 'refused: a stop_loss of 59850 is on the wrong side: it has to be below 59800'],
  'stop required': ['NOT_ALLOWED', 'refused: an entry on BTC-USDT-SWAP has to carry a stop_loss (require_stop)'],
  'stop too near': [
    'NOT_ALLOWED',
    'refused: a stop at 59800 is nearer than 1% to 60000; noise would reach it (min_stop_distance)',
    'min_stop_distance: 59800 of 1% price',
  ],
  'nothing long to reduce': ['NOT_REDUCING', 'refused: there is no long position of BTC-USDT-SWAP that a sell would reduce'],
  'nothing short to reduce': ['NOT_REDUCING', 'refused: there is no short position of BTC-USDT-SWAP that a buy would reduce'],
  'an exit of unknown outcome': [
    'NOT_REDUCING',
    'refused: the outcome of an earlier sell of BTC-USDT-SWAP is not known yet, and may have reduced the position already',
  ],
  'exit of what others hold': [
    'NOT_ALLOWED',
    'refused: BTC-USDT-SWAP is held for somebody else; only its opener or the operator may close it',
  ],
  dust: ['NOT_REDUCING', "refused: 0.000009 BTC is dust: below the exchange's minimum of 0.00001 BTC"],
  'more than there is': [
    'NOT_REDUCING',
    'refused: a sell of 2 contracts would do more than close: 1 contracts can be closed (reducible); 1 contracts would pass',
    'reducible: 0 of 1 contracts',
    'would pass: 1',
  ],
  'more than there is beside another exit': [
    'NOT_REDUCING',
    'refused: a sell of 2 contracts would do more than close: 1.5 contracts can be closed, with 0.5 contracts in open exits (reducible); 1.5 contracts would pass',
    'reducible: 0.5 of 2 contracts',
    'would pass: 1.5',
  ],
  'an exit that turns': [
    'NOT_REDUCING',
    'refused: with open plain orders this sell could turn BTC-USDT-SWAP into 1809 USD the other way; cancel those first',
  ],
  'an exit that turns beyond the limit': [
    'NOT_REDUCING',
    'refused: with open plain orders this sell could turn BTC-USDT-SWAP into 1809 USD the other way (BTC-USDT-SWAP would reach 1809 USD of at most 1300 USD); cancel those first; 0.15 contracts would pass',
    'would pass: 0.15',
  ],
  'entry that closes what others hold': ['NOT_ALLOWED', 'refused: BTC-USDT-SWAP is held for somebody else, and a sell would close it'],
  'order size': [
    'MAX_ORDER_SIZE',
    'refused: this order of BTC-USDT counts as 60.3 USD of at most 30 USD (max_order_size); 0.00049751 BTC would pass',
    'max_order_size: 60.3 of 30 USD',
    'would pass: 0.00049751',
  ],
  'book share': [
    'LIQUIDITY',
    'refused: 2 contracts of BTC-USDT-SWAP is more than 10 % of the book: others offer 10 contracts inside the price collar (max_book_share); 1 contracts would pass',
    'max_book_share: 2 of 1 contracts',
    'would pass: 1',
  ],
  'beyond the book': [
    'LIQUIDITY',
    'refused: 10 contracts of BTC-USDT-SWAP would be filled beyond it: others bid for 9 contracts inside the price collar (max_book_share); 9 contracts would pass',
    'max_book_share: 10 of 9 contracts',
    'would pass: 9',
  ],
  'no volume': ['STALE_DATA', 'refused: it is not known how much of BTC-USDT is traded (max_volume_share)'],
  'volume share': [
    'LIQUIDITY',
    'refused: 1 contracts is more than 1 % of the 50 contracts that were traded of BTC-USDT-SWAP in 24 hours (max_volume_share); 0.5 contracts would pass',
    'max_volume_share: 1 of 0.5 contracts',
    'would pass: 0.5',
  ],
  duplicate: [
    'DUPLICATE_SUSPECT',
    'refused: the same buy of BTC-USDT was sent 5 s ago; if it is meant twice, ask after 30 s (duplicate_window)',
    'duplicate_window: 5000 of 30000 ms',
    'again in 25 s',
  ],
  'same side in 10 minutes': [
    'RATE_LIMIT',
    'refused: alpha has sent as many buy entries of BTC-USDT as the policy takes in a row; a person has to look first (max_same_side)',
    'max_same_side: 2 of 2 entries in 10 minutes',
    'again in 109.999 s',
  ],
  'same side in an hour': [
    'RATE_LIMIT',
    'refused: alpha has sent as many buy entries of BTC-USDT as the policy takes in a row; a person has to look first (max_same_side)',
    'max_same_side: 2 of 2 entries in an hour',
    'again in 1609.999 s',
  ],
  'same side, latched': [
    'RATE_LIMIT',
    'refused: alpha has sent as many buy entries of BTC-USDT as the policy takes in a row; a person has to look first (max_same_side)',
    'max_same_side: 2 of 2 entries in 10 minutes',
  ],
  'rate of a second': [
    'RATE_LIMIT',
    'refused: 1 of at most 1 entries in a second (max_order_rate)',
    'max_order_rate: 1 of 1 entries in a second',
    'again in 0.599 s',
  ],
  'rate of a minute': [
    'RATE_LIMIT',
    'refused: 2 of at most 2 entries in a minute (max_order_rate)',
    'max_order_rate: 2 of 2 entries in a minute',
    'again in 30.999 s',
  ],
  'rate of exits': [
    'RATE_LIMIT',
    'refused: 10 of at most 10 exits in a second (max_order_rate)',
    'max_order_rate: 10 of 10 exits in a second',
    'again in 0.999 s',
  ],
  'instrument frozen': ['INSTRUMENT_FROZEN', 'refused: BTC-USDT is frozen; orders that really reduce and cancels pass, this is an entry'],
  'unknown outcome': [
    'INSTRUMENT_FROZEN',
    'refused: the outcome of an order of BTC-USDT is not known yet; it is being looked up, and no entry passes before it is found',
  ],
  'self match, buy': ['SELF_MATCH', 'refused: a buy at 60000 could trade with our own open sell at 60000'],
  'self match, sell': ['SELF_MATCH', 'refused: a sell at 60000 could trade with our own open buy at 60100'],
  'position size': [
    'MAX_POSITION_SIZE',
    'refused: BTC-USDT-SWAP would reach 1206 USD of at most 1000 USD (max_position_size); 0.65 contracts would pass',
    'max_position_size: 603 of 1000 USD',
    'would pass: 0.65',
  ],
  'underlying exposure': [
    'MAX_UNDERLYING_EXPOSURE',
    'refused: everything in BTC together would reach 1206 USD of at most 1000 USD (max_underlying_exposure); 0.65 contracts would pass',
    'max_underlying_exposure: 603 of 1000 USD',
    'would pass: 0.65',
  ],
  'total exposure': [
    'MAX_TOTAL_EXPOSURE',
    'refused: all instruments together would reach 1206 USD of at most 1000 USD (max_total_exposure); 0.65 contracts would pass',
    'max_total_exposure: 603 of 1000 USD',
    'would pass: 0.65',
  ],
  'total not known': [
    'STALE_DATA',
    'refused: the worth of what is held or open in ETH-USDT is not known: its price is missing or old (max_total_exposure)',
  ],
  'underlying not known': [
    'STALE_DATA',
    'refused: the worth of what is held or open in BTC-USDT is not known: its price is missing or old (max_underlying_exposure)',
  ],
  'leverage not known': ['STALE_DATA', 'refused: the leverage set for BTC-USDT-SWAP at the exchange is not known (max_leverage)'],
  'leverage set': [
    'MAX_LEVERAGE',
    'refused: the leverage set for BTC-USDT-SWAP at the exchange is 3 of at most 2 (max_leverage)',
    'max_leverage: 3 of 2 times',
  ],
  'leverage of the account': [
    'MAX_LEVERAGE',
    'refused: all instruments together would reach 361.8 USD, more than 3 times the equity of 100 USD (max_leverage)',
    'max_leverage: 3.02 of 3 times',
  ],
  'margin share': [
    'MAX_MARGIN',
    'refused: the margin of the worst case would reach 201 USD of at most 200 USD, a share of the equity (max_margin_share); 0.99 contracts would pass',
    'max_margin_share: 0 of 200 USD',
    'would pass: 0.99',
  ],
  'liquidation distance': [
    'LIQUIDATION_DISTANCE',
    'refused: a move of 31.16% against it could liquidate the account; at least 50% is asked (min_liquidation_distance); 3.18 contracts would pass',
    'min_liquidation_distance: none of 50% share of the price',
    'would pass: 3.18',
  ],
  'liquidation distance beside': [
    'LIQUIDATION_DISTANCE',
    'refused: a move of 22.9% against it could liquidate the account; at least 50% is asked (min_liquidation_distance); 1.53 contracts would pass',
    'min_liquidation_distance: 98% of 50% share of the price',
    'would pass: 1.53',
  ],
  'margin not known': [
    'STALE_DATA',
    'refused: the margin of what is held or open in LTC-USD-SWAP is not known: its price or its leverage is missing or old (max_margin_share)',
  ],
  'open positions': [
    'MAX_OPEN_POSITIONS',
    'refused: this would be position 2 of at most 1 (max_open_positions)',
    'max_open_positions: 1 of 1 positions',
  ],
  'open orders': ['MAX_OPEN_ORDERS', 'refused: 1 of at most 1 orders are open (max_open_orders)', 'max_open_orders: 1 of 1 orders'],
  'daily trades': [
    'MAX_DAILY_TRADES',
    'refused: 2 of at most 2 entries were sent in this UTC day (max_daily_trades)',
    'max_daily_trades: 2 of 2 entries',
    'again in 50400 s',
  ],
  'daily loss': [
    'MAX_DAILY_LOSS',
    'refused: 0 USD of at most 0 USD are lost since midnight UTC or the highest of the last 24 hours, and open orders with this one could cost 0.1 USD at once (max_daily_loss)',
    'max_daily_loss: 0 of 0 USD',
  ],
  drawdown: [
    'MAX_DRAWDOWN',
    'refused: 0 USD of at most 0.01 USD are lost from the peak, and open orders with this one could cost 0.2 USD at once (max_drawdown)',
    'max_drawdown: 0 of 0.0001 USD',
  ],
  'account equity': [
    'MAX_ACCOUNT_EQUITY',
    'refused: the account holds 1000000 USD, more than the 900000.5 USD that the policy means to risk (max_account_equity)',
    'max_account_equity: 1000000 of 900000.5 USD',
  ],
  'min balance': [
    'MIN_BALANCE',
    'refused: the account holds 249.99 USD, less than the 250 USD below which nothing is opened (min_balance)',
    'min_balance: 249.99 of 250 USD',
  ],
  funds: [
    'INSUFFICIENT_FUNDS',
    'refused: this buy may cost 60.09 USDT with fees, and 40.9115 USDT can be used (available_funds); 0.00068083 BTC would pass',
    'available_funds: 59.0885 of 100 USDT',
    'would pass: 0.00068083',
  ],
  'read only': ['READ_ONLY', 'refused: the policy would allow this order, and the gateway is read-only (exchange.read_only)'],
  'approval of the sum': [
    'needs approval',
    'entries on the underlying of BTC-USDT would reach 260.3 USD in 10 minutes, and above 250 USD a person has to agree (approval.above)',
    'approval.above: 200 of 250 USD',
  ],
  'approval of the worst case': [
    'needs approval',
    'the underlying of BTC-USDT would reach 120.6 USD in the worst case, and above 100 USD a person has to agree (approval.above)',
    'approval.above: 60.3 of 100 USD',
  ],
  'first of its kind': [
    'needs approval',
    'this would be the first entry ever on BTC-USDT, and a person has to agree to the first (approval.first_of_kind)',
    'approval.first_of_kind: 0 of 0 USD',
  ],
  'larger than any before': [
    'needs approval',
    '120.6 USD would be more than any entry on BTC-USDT so far (100 USD), and a person has to agree to the largest (approval.first_of_kind)',
    'approval.first_of_kind: 0 of 105 USD',
  ],
  'somebody else': ['NOT_ALLOWED', 'refused: BTC-USDT is held for somebody else; only its opener or the operator may close it'],
};

test('every refusal stands in the table of what it says', () => {
  assert.deepEqual(Object.keys(EXPECTED), Object.keys(refusals));
});

for (const [name, question] of Object.entries(refusals)) {
  test(`a refusal says its numbers, its limit and what would pass: ${name}`, () => {
    assert.deepEqual(told(question), EXPECTED[name]);
  });
}
