/**
 * What the simulator does because the exchange's documentation says so (DOC), and what it does because something had to be done
 * (ASSUMED): only a run against the exchange's own demo can decide those. Code cites a rule as `@rule id`; a test keeps both in step.
 */
export type Rule = {
  readonly tag: 'DOC' | 'ASSUMED';
  /** A heading of the exchange's documentation (OKX API v5): where it says so, or leaves it open. */
  readonly source: string;
  readonly says: string;
};

/** Raised when the same events would lead to another state: snapshots of older rules are then not used. */
export const RULES_VERSION = 7;

function doc(source: string, says: string): Rule {
  return { tag: 'DOC', source, says };
}

function assumed(source: string, says: string): Rule {
  return { tag: 'ASSUMED', source, says };
}

export const rules: Readonly<Record<string, Rule>> = {
  // Requests and answers.
  'auth-sequence': assumed(
    'REST Authentication',
    'fails on the first of: missing headers, key, environment, address, time, signature, passphrase, right',
  ),
  'raw-bytes-signed': doc('REST Authentication', 'the signature covers timestamp, method, path with query and body exactly as sent'),
  clock: doc('REST Authentication', 'a timestamp more than 30 s from the server clock is refused with 50102'),
  'demo-header': assumed('REST Authentication', 'x-simulated-trading may be 1, 0 or absent; the demo environment is not demanded'),
  'demo-key': doc('REST Authentication', 'a key of demo trading without x-simulated-trading: 1 is refused with 50101'),
  'exp-time': doc('Place order', 'a write whose expTime has passed when it arrives is refused with 50036 and not executed'),
  'bare-failures': doc('General Info', 'failures of authentication, body and rate have no data'),
  'body-checks': doc('General Info', 'an empty body, another content type and bad JSON are refused with 50000, 50006 and 50002'),
  coercion: doc('General Info', 'numbers, booleans and texts are taken alike; unknown keys are ignored'),
  'write-envelope': doc('General Info', 'writes answer HTTP 200 with code 0, 1 or 2 and a code of its own for each item'),
  'malformed-request': doc('General Info', 'a request that lacks or misspells a parameter is refused whole, with HTTP 400 and its code'),
  'unsupported-paths': assumed('General Info', 'paths of other products answer 50038; anything else is 404'),
  pagination: doc('General Info', 'lists are newest first, at most 100 rows, after is older and before is newer than an id'),
  'rate-limits': doc('Rate Limits', 'each endpoint has its own count per window, by account, account and instrument, or address'),
  'rate-limit-window': assumed('Rate Limits', 'windows slide; a refused request is not counted'),
  throttling: assumed(
    'Rate Limits',
    'a throttled exchange divides every rate limit, or those under a path, and takes one request a window at least',
  ),
  'clock-skew': assumed(
    'Get system time',
    'a skewed clock judges timestamps and expTime, and is what public/time tells; nothing else goes by it',
  ),
  'frozen-account': assumed('Error Code', 'a blocked account reads, and each of its writes is refused whole with 50007, cancels too'),
  'partial-batch': doc('Place multiple orders', 'items of a batch succeed and fail one by one; the desk refuses every second one'),
  'batch-of-one': doc('Rate Limits', 'a batch of one item counts in the budget of the single call'),
  // The market.
  'instrument-sizes': doc('Get instruments', 'ticks, lots and contract values are those seen on the exchange; largest sizes are near'),
  'seeded-market': assumed('Market Data', 'the reference price moves as smooth noise of at most 0.06 %'),
  regimes: assumed(
    'Market Data',
    'where the desk chose so, prices trend, jump or hardly trade; levels lie at most 3 % from where the regime began',
  ),
  'coins-go-together': assumed('Market Data', 'in a regime ETH makes 1.2 and SOL 1.5 times the move of BTC, and each adds some of its own'),
  'thin-market': assumed('Market Data', 'in a thin market the best quotes stand 0.3 % from the price and hold a hundredth of their size'),
  'replay-leads': assumed('Market Data', 'where BTC is replayed, ETH makes 1.2 and SOL 1.5 times its move, beside noise of their own'),
  'ghost-price': assumed('Market Data', 'a ghost price stands in the public data alone: nothing is matched, valued or liquidated at it'),
  'one-reference-per-coin': assumed('Get instruments', 'spot, swap, mark and index of one coin share one reference price'),
  'dollar-coins': assumed('Get index tickers', 'USDT and USDC have an index in USD, 1 until the desk moves it; equity is told at it'),
  'status-states': doc(
    'Status',
    'status names maintenance that is scheduled, ongoing or before opening, or of the state that is asked for',
  ),
  maintenance: assumed(
    'Status',
    'while the desk has maintenance going on every private request is answered 50001 with HTTP 503 and not carried out, nothing is matched, and public data and sockets go on',
  ),
  'price-limit-swap': doc('Get limit price', 'a swap accepts buys up to 2 % above and sells down to 2 % below the index'),
  'price-clipped': doc('Place order', 'with pxAmendType 1 a price beyond the limit is moved to the limit instead of refused'),
  'sub-account-limit': doc('Rate Limits', 'new orders and amendments of swaps are at most 1000 in 2 s for an account, beyond that 50061'),
  'price-limit-spot': assumed('Get limit price', 'spot accepts buys up to 5 % above and sells down to 5 % below the index'),
  'mark-price-of-spot': assumed('Get mark price', 'a spot pair answers with its mark price under the type MARGIN'),
  'funding-rate': assumed('Get funding rate', 'the rate is drawn for each period of 8 h between -0.008 % and 0.012 %'),
  'resting-fills': assumed('Trade', 'a resting order is filled at its own price when the quotes of the market makers reach it'),
  'futures-listed': doc('Get instruments', 'dated contracts end on Fridays at 8:00 UTC: this week, the next, and the last of a quarter'),
  'futures-expired': doc('Error Code', 'an order for a contract that was delivered is refused with 51027; one not yet listed is unknown'),
  'price-limit-futures': assumed('Get limit price', 'a dated contract accepts prices up to 4 % from the index'),
  'leverage-of-futures': doc('Set leverage', 'the cross leverage of dated contracts holds for all of one underlying'),
  delivery: assumed('Get positions', 'at its end a contract is closed at the reference price of that moment for 0.01 % of its value'),
  'option-chain': assumed(
    'Get instruments',
    'eight options on bitcoin end with the contract of the quarter; an order for one answers 51010',
  ),
  'option-model': assumed('Get option market data', 'options are worth what the formula of Black says at a smile around 50 %'),
  // Orders.
  'trade-modes': assumed('Place order', 'spot trades as cash, contracts cross or isolated from level 2 on; margin of spot answers 51010'),
  'client-order-id': doc('Place order', 'clOrdId has at most 32 letters and digits, tag at most 16'),
  'client-order-id-unique-while-pending': doc('Place order', 'a clOrdId is refused with 51016 only while an order with it is pending'),
  'order-id-wins': doc('Cancel order', 'ordId counts when both ids are given; a clOrdId finds the latest order that carries it'),
  'target-currency': doc('Place order', 'tgtCcy is the unit of spot market orders, by default quote to buy, base to sell; else it is idle'),
  'lot-and-minimum': doc('Place order', 'a size below the minimum is refused with 51020, off the lot with 51121'),
  'pending-caps': doc('Trade', 'at most 4000 orders are pending on an account, 500 on an instrument'),
  'ban-amend': doc('Place order', 'a spot market order beyond the balance is shrunk, or with banAmend refused'),
  'market-buy-freeze': doc('Place order', 'a spot market buy sized in base needs 5 % more than its value'),
  slippage: assumed(
    'Place order',
    'slippagePct is how far from the best quote a spot market order goes, the rest is cancelled with 27; 0 is no bound of its own, more than 0.05 answers 54084, what is no share of at most 4 digits 54085',
  ),
  'market-protection': doc('Trade', 'a market order of contracts stops at the price limit, a spot one 5 % away; the rest is cancelled'),
  'post-only': doc('Place order', 'a post-only order that would take is accepted, then cancelled with source 31'),
  fok: doc('Place order', 'a fill-or-kill order that cannot be filled whole is cancelled with source 13'),
  'self-trade': doc('Trade', 'the taker decides which of its own two orders is cancelled; self is the whole master account'),
  'reduce-only-no-trimming': doc('Place order', 'a reduce-only order larger than what is left of the position is refused whole'),
  'reduce-only-displaced': doc('Order details', 'reduce-only orders that the position no longer carries are cancelled with source 2'),
  'cancel-refused': doc('Cancel order', 'cancelling what is filled, cancelled or unknown answers 51400'),
  'cancel-sources': doc('Order details', 'a cancelled order says by number who cancelled it'),
  'amend-below-filled': doc('Amend order', 'amending the size to at most what is filled makes the order filled'),
  'amend-priority': assumed('Amend order', 'a smaller size keeps the place in the queue, any other amendment loses it'),
  'close-position-pending': doc('Close positions', 'pending orders that close stand in the way of close-position unless autoCxl is set'),
  'cancel-all-after': doc('Cancel All After', 'the timer takes 0 or 10 to 120 s, for the account or for a tag, and cancels with source 20'),
  'cancel-all-after-spares-stops': assumed('Cancel All After', 'the timer leaves stop orders alone; legs attached to what it cancels go'),
  'cancel-all-after-time': assumed('Cancel All After', 'triggerTime is in milliseconds, 0 when disarmed; the timer cancels at that moment'),
  'unfilled-cancels-kept-two-hours': doc('Order details', 'a cancelled order without fills can be asked for during 2 h'),
  'late-not-executed': assumed('Place order', 'a request that waited too long inside the exchange answers 50037 and is not executed'),
  'demo-account': assumed(
    'Demo Trading Services',
    'a demo account is a main account with 5000 USDT and USDC, 1 BTC and 1 ETH, for spot alone',
  ),
  'account-levels': assumed(
    'Set account mode',
    'levels 1 and 2 are offered, and change while nothing is open (else 59000); 3 and 4 answer 51010',
  ),
  // Long and short legs.
  'position-side': doc('Place order', 'in long/short mode every order of contracts names its leg (else 51000); elsewhere none or net'),
  'leg-closes-only': doc('Place order', 'a sell of the long leg and a buy of the short leg only close; any other order of a leg opens'),
  'reduce-only-of-legs': doc('Place order', 'in long/short mode reduceOnly is ignored'),
  'close-beyond-leg': assumed('Place order', 'a close beyond what is left of the leg is refused with 51112, of no position with 51169'),
  'position-mode': assumed('Set position mode', 'the mode changes without positions, orders and stop orders alone, spot too: else 59000'),
  'positions-history': assumed('Get positions history', 'pages of closed positions go by the time of the last change'),
  adl: assumed('Get positions', 'adl is 1, and 2 to 5 from a profit of 10, 50, 100 and 200 % of the margin on; only the desk acts on it'),
  'adl-order': assumed(
    'Get positions',
    'a position that is deleveraged loses its pending orders with source 6, then its contracts by one limit order at mark of category adl, filled whole, without a client id and without a fee',
  ),
  'leg-counts-positive': doc('Get positions', 'a leg is told as a positive number of contracts, a net position is signed'),
  'leverage-of-legs': assumed('Set leverage', 'in long/short mode cross leverage is told once for each leg, and is the same'),
  'order-margin-of-legs': assumed('Trade', 'in long/short mode what pending orders open on both legs is added up'),
  // Stop orders.
  'algo-kinds': assumed(
    'Place algo order',
    'stop, trigger and trailing orders are offered; other kinds and ratios are not, and limit take-profits only attached',
  ),
  'algo-market-price': doc('Place algo order', 'an order price of -1 sends the order at market'),
  'algo-spot-last': doc('Place algo order', 'on spot only the last price triggers; mark or index is refused with 51415'),
  'algo-wrong-side': doc(
    'Place algo order',
    'a leg that the price has passed is refused by price type and side: 51277 to 51280, 51300 to 51308',
  ),
  'algo-reached': assumed('Place algo order', 'a leg is reached when the watched price stands at its trigger or beyond'),
  'algo-watched': assumed('Place algo order', 'prices are looked at when the exchange is asked or its clock moves, not in between'),
  'algo-conditional-stop-first': doc('Place algo order', 'a one-way order with both legs keeps the stop and ignores the take-profit'),
  'algo-reduce-only-on-contracts': assumed('Place algo order', 'a reduce-only stop order on spot is refused with 51205, as an order is'),
  'algo-position-needs-reduce-only': doc('Place algo order', 'cxlOnClosePos needs reduceOnly'),
  'algo-needs-position': assumed('Place algo order', 'a reduce-only stop order without a position answers 51058; its size is not compared'),
  'trigger-direction': doc('Place algo order', 'a trigger is reached from the side on which the price stood when it was placed or changed'),
  'trail-callback': doc('Place algo order', 'a trailing stop falls back by a ratio of 0.1 % to 100 % or by a distance, never both'),
  'trail-spelling': assumed('Place algo order', 'callBackRatio and callBackSpread, as the official kit spells them, are taken too'),
  'algo-caps': doc('Place algo order', 'at most 100 stop orders are live on an instrument, 500 trigger and 50 trailing orders'),
  'algo-freezes-nothing': doc('Place algo order', 'a stop order sets no funds and no margin aside'),
  'algo-id-unique-while-pending': doc('Place algo order', 'an id is refused with 51068 while a stop order, attached or not, carries it'),
  'algo-id-wins': doc('Cancel algo order', 'algoId counts when both ids are given'),
  'algo-write-envelope': doc('Place algo order', 'writes of stop orders answer item by item, without the times of the gateway'),
  'algo-cancel-names-id-only': doc('Cancel algo order', 'the answer to a cancel names the algoId; the client id in it is empty'),
  'algo-amend-zero-deletes': doc('Amend algo order', 'a new trigger or order price of 0 takes a leg away'),
  'algo-amend-keeps-a-leg': assumed('Amend algo order', 'the last leg cannot be taken away by an amendment'),
  'algo-amend-adds-no-leg': assumed('Amend algo order', 'an amendment adds no leg: 51526'),
  'algo-ends-with-position': doc('Place algo order', 'a stop order with cxlOnClosePos ends when its position is closed'),
  'algo-order-failed': doc('Place algo order', 'a stop order whose order is refused ends as order_failed, with the code'),
  'algo-lists-by-kind': doc('Algo order list', 'lists ask for one kind, or for conditional and oco together'),
  'close-fraction': doc('Place algo order', 'closeFraction 1 closes the position as it is then, at market; one such order a position'),
  'triggered-before-resting': doc('Place algo order', 'a reduce-only order at market stands before resting ones, which may be displaced'),
  'triggered-source': doc(
    'Place algo order',
    'the order of a stop order has a new ordId, no clOrdId, its ids, and source 7, 6 (trigger) or 25 (trail)',
  ),
  'split-take-profits': assumed(
    'Place order',
    'several objects are attached to orders of contracts alone: take-profits, each of its own size and price and all of one kind, which come to the size of the order, and one stop; else 51076 to 51092',
  ),
  'limit-take-profit': assumed(
    'Place order',
    'a take-profit of kind limit rests as a reduce-only order as soon as its order is over, of contracts alone (51094); a stop beside it cancels it with 36 when it is reached, with 37 when it is cancelled',
  ),
  'stop-beside-take-profits': assumed(
    'Place order',
    'of an order filled in part take-profits begin one after the other until that is used up, and the stop beside them covers what they have not closed',
  ),
  'attached-begins-with-whole-fill': assumed('Place order', 'attached legs begin when the order is over; until then a part is naked'),
  'attached-dropped-unfilled': doc('Place order', 'an order that ends unfilled takes its attached legs along'),
  'attached-size-of-spot': assumed('Place order', 'legs attached to a spot buy sell what arrived after the fee'),
  'attached-closes-only': assumed('Place order', 'legs attached to an order of a swap only close, and end with the position'),
  'attached-not-to-reduce-only': doc('Place order', 'legs cannot be attached to a reduce-only order: 51100'),
  'attached-not-to-odd-units': doc('Place order', 'legs cannot be attached to a spot market buy counted in base or sell counted in quote'),
  'attached-wrong-side': doc(
    'Place order',
    'an attached leg on the wrong side of the price (at market: best quote) answers 51046 to 51053',
  ),
  'attached-not-amended': assumed('Amend order', 'attached legs cannot be changed before they begin'),
  // Money.
  'fees-level-one': doc('Get fee rates', 'a regular user pays 0.08 % / 0.10 % on spot and 0.02 % / 0.05 % on contracts'),
  'fee-levels': assumed('Get fee rates', 'levels 2 to 4, which the desk grants, pay 80, 60 and 40 % of what a regular user pays'),
  'fee-signs': doc('Get fee rates', 'a negative fee or rate is paid'),
  'spot-fee-currency': doc('Transaction details', 'the fee of a spot buy is taken in base, of a sell in quote'),
  'contract-fee': doc('Get fee rates', 'the fee of a swap is rate times value in the settle currency'),
  'bill-types': doc(
    'Get bills details',
    'type and subType: trades 2 (1 to 6), deliveries 3, liquidations 5 (100 to 107), ADL 9 (125 to 128), funding 8, transfers 1',
  ),
  'liquidation-trade-id': doc(
    'Transaction details',
    'the trade of a liquidation or of ADL has a negative number in fills, and 0 in its order',
  ),
  'contract-value': doc('Get instruments', 'a linear contract is worth size × ctVal × price, an inverse one size × ctVal / price in coin'),
  'average-price': doc('Get positions', 'the entry price is the mean weighted by size, harmonic on inverse contracts'),
  profit: doc('Get positions', 'profit is (mark − entry) × size × ctVal, on inverse contracts (1/entry − 1/mark) × size × ctVal'),
  'initial-margin': assumed('Get positions', 'initial margin is the value at mark over leverage'),
  'order-margin': assumed('Trade', 'pending orders tie up the margin of what they could open on the worse side'),
  'available-funds': assumed('Get balance', 'available is cash less what is frozen and tied up as margin, and less an unrealised loss'),
  'maintenance-margin': assumed('Get positions', 'maintenance margin is the share of the value at mark that its tier says, first 0.4 %'),
  'position-tiers': assumed('Get position tiers', 'six tiers from 100 to 5 times leverage, each in multiples of the largest market order'),
  'tier-limit': doc('Error Code', 'position, pending orders and the new one together beyond the tier of the leverage answer 51004'),
  'liquidation-price': assumed('Get positions', 'the liquidation price is where equity meets what is needed, other prices standing still'),
  liquidation: assumed(
    'Get positions',
    'when the equity of a currency is at most maintenance margin and closing fees of its positions, its pending orders are cancelled with source 3, then its positions are closed, the largest loss first, until the rest is safe',
  ),
  'liquidation-order': assumed(
    'Get positions',
    'a liquidation is one limit order at mark, filled whole, without a client id, of category full_liquidation or partial_liquidation, and pays the taker fee',
  ),
  'liquidation-cover': assumed('Get positions', 'a debt that is left without positions is covered by the exchange: type 5, subType 110'),
  'stops-before-liquidation': assumed('Place algo order', 'a price that reaches a stop order and liquidation at once sends the stop first'),
  'funding-payment': doc('Get funding rate', 'longs pay shorts the rate times the value at mark when it is due, or receive it below zero'),
  'bills-kept': doc('Get bills details', 'bills of 7 days can be asked for, in the archive of 3 months'),
  'transfer-own-only': assumed('Funds transfer', 'only transfers between the funding and the trading account of one user are offered'),
  'transfer-available': assumed('Funds transfer', 'what is not tied up may leave the trading account; more is refused with 58350'),
  'transfer-bills': doc('Asset bills details', 'a transfer writes a bill in both accounts: 11 or 12 in trading, 131 or 130 in funding'),
  'transfer-at-once': assumed('Funds transfer', 'a transfer has ended when it is answered'),
  'transfer-unknown': assumed('Funds transfer', 'the state of an unknown transfer answers 58129'),
  // Private channels, as values.
  pushes: assumed('WebSocket', 'each step of an order is told as it happened; positions and balances as they are afterwards, once each'),
  // Sockets.
  'socket-paths': assumed(
    'WebSocket Overview',
    'every channel and operation is served on each of the three socket paths, whatever the query',
  ),
  'login-sequence': assumed(
    'WebSocket Login',
    'a login fails on the first of: key missing 60005, time 60004, key unknown 60032, environment 50101, address 50110, too old 60006, sign 60007, passphrase 60024; several at once 60009; then the socket is closed with 4001',
  ),
  'login-valid-for': doc('WebSocket Login', 'a login is signed over its time in seconds, and valid within 30 s of the server clock'),
  'second-login': doc('WebSocket Login', 'a second login on a socket is refused with 60031, and the first stays'),
  'socket-unknown-keys': doc(
    'WebSocket Subscribe',
    'a message with keys beside id, op, args (and expTime of orders) is refused with 60012',
  ),
  'socket-operations': doc('WebSocket Connect', 'a socket may log in, subscribe and unsubscribe 480 times an hour, beyond that 60014'),
  'connects-per-second': assumed(
    'WebSocket Connect',
    'more than 3 connections a second from one address are refused with HTTP 429 before they are open',
  ),
  'text-ping': doc('WebSocket Connect', 'a text ping is answered by a text pong'),
  'quiet-sockets-closed': assumed(
    'WebSocket Connect',
    'a socket is closed with 4004 when nothing was sent on it for 30 s, a pong included, or when it neither logged in nor subscribed within 30 s',
  ),
  'socket-tier-channels': doc(
    'Fills channel',
    'fills and the books of 10 ms are for large traders, 64003; with lenient limits fills is told',
  ),
  'channel-connections': doc(
    'Connection count limit',
    'at most 30 connections of an account listen to a private channel; each new one is told how many there are',
  ),
  'unsubscribe-unknown': assumed('WebSocket Unsubscribe', 'unsubscribing from what was not subscribed is acknowledged'),
  'snapshot-channels': doc(
    'Positions channel',
    'positions, account and balance_and_position begin with everything; orders, orders-algo and fills do not',
  ),
  'regular-pushes': doc(
    'Account channel',
    'positions and account are told again every 5 s, or as updateInterval says; with 0 only when they change',
  ),
  'holding-events': assumed(
    'Balance and position channel',
    'balance_and_position calls a change filled, liquidation, adl or delivered when there was a trade, funding_fee when a position changed without one, else transferred',
  ),
  'liquidation-warning': assumed(
    'Position risk warning',
    'positions with a margin ratio of 300 % or less are told when the ratio changes, at most once a second',
  ),
  'public-pushes': assumed(
    'Market Data',
    'a public channel begins with its present value and tells it again when anything but its time changes',
  ),
  'public-push-pace': assumed('Market Data', 'public channels are looked at 5 times a second; the exchange tells some of them more often'),
  'book-continuity': doc(
    'Order book channel',
    'an update names the seqId before it; one without changes comes after 60 s and keeps the seqId',
  ),
  'book-checksum': doc('Order book channel', 'the checksum of a book is always 0'),
  'instrument-code': doc('Place order', 'orders over a socket name their instrument by instIdCode; a name is taken where there is no code'),
  'socket-order-format': doc('Place order', 'an order message that is malformed is refused whole with 60013 and no data'),
  'event-and-ack': doc('Order channel', 'the push of an order may come before or after the answer to it; the desk stages both'),
  'socket-order-faults': assumed(
    'Place order',
    'a fault of a path meets the operation of the same meaning too: no answer where the path would hang, a broken connection where it would break or answer nonsense',
  ),
  'push-faults': assumed(
    'WebSocket Notification',
    'the desk duplicates, delays (2 s), drops pushes, and lets one come after the next of its channel (or after 10 s); by channel, socket and count',
  ),
  'socket-faults': assumed(
    'WebSocket Notification',
    'the desk silences a socket that stays open, breaks one, or sends notice 64008 and closes it with 1001 a minute later; it waits for a socket that is met',
  ),
  'order-pushes': doc(
    'Order channel',
    'an order is told once for each change; an amendment has the reqId of the client and amendResult 0, or -1 when it failed, or 1 when the order was cancelled for it',
  ),
  'failed-amendments-told': assumed('Order channel', 'an amendment that was refused in its answer is told on the channel too'),
  'fills-channel-client-id': doc('Fills channel', 'the fills channel names a clOrdId only where it is a number, else 0'),
  'leverage-isolated': doc('Set leverage', 'isolated leverage is that of an instrument or leg, and waits for pending isolated orders'),
  'isolated-margin': assumed('Get positions', 'an isolated position takes its value at entry over leverage out of what is available'),
  'isolated-order-margin': assumed('Place order', 'an isolated order ties up margin whatever is held; none is netted'),
  'isolated-funding': assumed('Get funding rate', 'funding of an isolated position moves its margin; its bill says cross'),
  'isolated-liquidation': assumed(
    'Get positions',
    'an isolated position goes when margin and profit are at most what is needed, and loses that alone',
  ),
  'isolated-margin-moved': assumed(
    'Increase or decrease margin',
    'margin is added from what is available, and taken down to the initial one',
  ),
  'leverage-default': assumed('Set leverage', 'leverage is 3 until it is set'),
  'leverage-of-open-position': doc('Set leverage', 'changing leverage changes the margin of the open cross position at once'),
  greeks: assumed('Get Greeks', 'greeks are those of options, of which nobody holds any here: each is 0, for every currency held'),
  'currencies-at-most': doc('Get balance', 'a query names at most 20 currencies, else 51000'),
  'closed-position-by-name': doc('Get positions', 'a closed position comes back with pos 0 when it is asked for by name'),
  'max-size-spot-units': doc('Get maximum order quantity', 'maxBuy of spot is in base, maxSell in quote'),
};
