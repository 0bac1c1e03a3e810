/**
 * What the simulator does because the exchange's documentation says so (DOC), and what it does because something had to be done
 * (ASSUMED): only a run against the exchange's own demo can decide those. Code cites a rule as `@rule id`; a test keeps both in step.
 */
export type Rule = { readonly tag: 'DOC' | 'ASSUMED'; readonly says: string };

/** Raised when the same events would lead to another state: snapshots of older rules are then not used. */
export const RULES_VERSION = 4;

function doc(says: string): Rule {
  return { tag: 'DOC', says };
}

function assumed(says: string): Rule {
  return { tag: 'ASSUMED', says };
}

export const rules: Readonly<Record<string, Rule>> = {
  // Requests and answers.
  'auth-sequence': assumed(
    'authentication fails on the first of: missing headers, key, environment, address, time, signature, passphrase, right',
  ),
  'raw-bytes-signed': doc('the signature covers timestamp, method, path with query and body exactly as sent'),
  clock: doc('a timestamp more than 30 s from the server clock is refused with 50102'),
  'demo-header': assumed('x-simulated-trading may be 1, 0 or absent; the demo environment is not demanded'),
  'exp-time': doc('a write whose expTime has passed when it arrives is refused with 50036 and not executed'),
  'bare-failures': doc('failures of authentication, body and rate have no data'),
  'body-checks': doc('an empty body, another content type and bad JSON are refused with 50000, 50006 and 50002'),
  coercion: doc('numbers, booleans and texts are taken alike; unknown keys are ignored'),
  'write-envelope': doc('writes answer HTTP 200 with code 0, 1 or 2 and a code of its own for each item'),
  'malformed-request': doc('a request that lacks or misspells a parameter is refused whole, with HTTP 400 and the code at the top'),
  'unsupported-paths': assumed('paths of other products answer 50038; anything else is 404'),
  pagination: doc('lists are newest first, at most 100 rows, after is older and before is newer than an id'),
  'rate-limits': doc('each endpoint has its own count per window, by account, account and instrument, or address'),
  'rate-limit-window': assumed('windows slide; a refused request is not counted'),
  'batch-of-one': doc('a batch of one item counts in the budget of the single call'),
  // The market.
  'instrument-sizes': doc('ticks, lots and contract values are those seen on the exchange; limits of size are near them'),
  'seeded-market': assumed('the reference price moves as smooth noise of at most 0.06 %'),
  'one-reference-per-coin': assumed('spot, swap, mark and index of one coin share one reference price'),
  'dollar-coins': assumed('USDT and USDC have an index against USD, which is 1 until the desk moves it; equity is told at it'),
  'price-limit-swap': doc('a swap accepts buys up to 2 % above and sells down to 2 % below the index'),
  'price-clipped': doc('with pxAmendType 1 a price beyond the limit is moved to the limit instead of refused'),
  'sub-account-limit': doc('new orders and amendments of swaps are at most 1000 in 2 s for an account, beyond that 50061'),
  'price-limit-spot': assumed('spot accepts buys up to 5 % above and sells down to 5 % below the index'),
  'mark-price-of-spot': assumed('a spot pair answers with its mark price under the type MARGIN'),
  'funding-rate': assumed('the rate is drawn for each period of 8 h between -0.008 % and 0.012 %'),
  'resting-fills': assumed('a resting order is filled at its own price when the quotes of the market makers reach it'),
  // Orders.
  'trade-modes': assumed('spot trades as cash, swaps as cross; isolated is refused with 51010'),
  'client-order-id': doc('clOrdId has at most 32 letters and digits, tag at most 16'),
  'client-order-id-unique-while-pending': doc('a clOrdId is refused with 51016 only while an order that carries it is pending'),
  'order-id-wins': doc('ordId counts when both ids are given; a clOrdId finds the latest order that carries it'),
  'target-currency': doc('tgtCcy sets the unit of spot market orders: by default quote for buys, base for sells; elsewhere it is ignored'),
  'lot-and-minimum': doc('a size below the minimum is refused with 51020, off the lot with 51121'),
  'pending-caps': doc('at most 4000 orders are pending on an account, 500 on an instrument'),
  'ban-amend': doc('a spot market order beyond the balance is shrunk, or with banAmend refused'),
  'market-buy-freeze': doc('a spot market buy sized in base needs 5 % more than its value'),
  'market-protection': doc('a swap market order stops at the price limit, a spot one 5 % from the price; what is left is cancelled'),
  'post-only': doc('a post-only order that would take is accepted, then cancelled with source 31'),
  fok: doc('a fill-or-kill order that cannot be filled whole is cancelled with source 13'),
  'self-trade': doc('the taker decides which of its own two orders is cancelled; self is the whole master account'),
  'reduce-only-no-trimming': doc('a reduce-only order larger than what is left of the position is refused whole'),
  'reduce-only-displaced': doc('resting reduce-only orders that the position no longer carries are cancelled with source 2'),
  'cancel-refused': doc('cancelling what is filled, cancelled or unknown answers 51400'),
  'cancel-sources': doc('a cancelled order says by number who cancelled it'),
  'amend-below-filled': doc('amending the size to at most what is filled makes the order filled'),
  'amend-priority': assumed('a smaller size keeps the place in the queue, any other amendment loses it'),
  'close-position-pending': doc('pending orders that close stand in the way of close-position unless autoCxl is set'),
  'cancel-all-after': doc('the timer takes 0 or 10 to 120 seconds, for the account or for the orders of a tag, and cancels with source 20'),
  'cancel-all-after-spares-stops': assumed(
    'the timer leaves stop orders alone; legs attached to an order that it cancels go as with any cancel',
  ),
  'cancel-all-after-time': assumed('triggerTime is in milliseconds, 0 when disarmed; the timer cancels at that moment'),
  'unfilled-cancels-kept-two-hours': doc('a cancelled order without fills can be asked for during 2 h'),
  'late-not-executed': assumed('a request that waited too long inside the exchange answers 50037 and is not executed'),
  // Long and short legs.
  'position-side': doc('in long/short mode every order of a swap names its leg, 51000 without one; elsewhere it is left out or net'),
  'leg-closes-only': doc('a sell of the long leg and a buy of the short leg only close; any other order of a leg opens'),
  'reduce-only-of-legs': doc('in long/short mode reduceOnly is ignored'),
  'close-beyond-leg': assumed('a close beyond what is left of the leg is refused with 51112, without a position in it with 51169'),
  'position-mode': assumed('the mode changes only without a position, a pending order or a stop order, on spot too: else 59000'),
  'leg-counts-positive': doc('a leg is told as a positive number of contracts; the only position of an instrument is signed'),
  'leverage-of-legs': assumed('in long/short mode the cross leverage of an instrument is told once for each leg, and is the same'),
  'order-margin-of-legs': assumed('in long/short mode what pending orders open on both legs is added up'),
  // Stop orders.
  'algo-kinds': assumed('one-way and one-cancels-the-other are offered; other kinds, ratios, trailing and limit take-profits are refused'),
  'algo-market-price': doc('an order price of -1 sends the order at market'),
  'algo-spot-last': doc('on spot only the last price triggers; mark or index is refused with 51415'),
  'algo-wrong-side': doc(
    'a leg that the price has passed already is refused by its price type, side and kind: 51277 to 51280, 51300 to 51308',
  ),
  'algo-reached': assumed('a leg is reached when the watched price stands at its trigger or beyond'),
  'algo-watched': assumed(
    'prices are looked at whenever the exchange is asked or its clock moves; a spike between two looks triggers nothing',
  ),
  'algo-conditional-stop-first': doc('a one-way order that is sent both legs keeps the stop and ignores the take-profit'),
  'algo-reduce-only-on-contracts': assumed('a reduce-only stop order on spot is refused with 51205, as an order is'),
  'algo-position-needs-reduce-only': doc('cxlOnClosePos needs reduceOnly'),
  'algo-needs-position': assumed('a reduce-only stop order without a position to close is refused with 51058; its size is not compared'),
  'algo-caps': doc('at most 100 stop orders are live on an instrument'),
  'algo-freezes-nothing': doc('a stop order sets no funds and no margin aside'),
  'algo-id-unique-while-pending': doc('an id is refused with 51068 while a stop order, attached or not, carries it'),
  'algo-id-wins': doc('algoId counts when both ids are given'),
  'algo-write-envelope': doc('writes of stop orders answer item by item, without the times of the gateway'),
  'algo-cancel-names-id-only': doc('the answer to a cancel names the algoId; the client id in it is empty'),
  'algo-amend-zero-deletes': doc('a new trigger or order price of 0 takes a leg away'),
  'algo-amend-keeps-a-leg': assumed('the last leg cannot be taken away by an amendment'),
  'algo-amend-adds-no-leg': assumed('an amendment adds no leg: 51526'),
  'algo-ends-with-position': doc('a stop order with cxlOnClosePos ends when its position is closed'),
  'algo-order-failed': doc('a stop order whose order is refused when it is reached ends as order_failed, with the code'),
  'algo-lists-by-kind': doc('lists ask for one kind, or for conditional and oco together'),
  'close-fraction': doc('closeFraction 1 closes the position as it is then, at market; one such order a position'),
  'triggered-before-resting': doc(
    'a reduce-only order at market stands before those that rest, which are displaced if it leaves them nothing',
  ),
  'triggered-source': doc('the order of a stop order has a new ordId, no clOrdId, source 7, and the ids of the stop order'),
  'attached-one': assumed('one object is attached at most; split take-profits are refused'),
  'attached-begins-with-whole-fill': assumed(
    'attached legs begin when the order is over, filled whole or cancelled with a part; until then a part is naked',
  ),
  'attached-dropped-unfilled': doc('an order that ends unfilled takes its attached legs along'),
  'attached-size-of-spot': assumed('legs attached to a spot buy sell what arrived after the fee'),
  'attached-closes-only': assumed('legs attached to an order of a swap only close, and end with the position'),
  'attached-not-to-reduce-only': doc('legs cannot be attached to a reduce-only order: 51100'),
  'attached-not-to-odd-units': doc('legs cannot be attached to a spot market buy counted in base or sell counted in quote'),
  'attached-wrong-side': doc(
    'an attached leg on the wrong side of the order price, at market of the best quote, is refused: 51046 to 51053',
  ),
  'attached-not-amended': assumed('attached legs cannot be changed before they begin'),
  // Money.
  'fees-level-one': doc('a regular user pays 0.08 % / 0.10 % on spot and 0.02 % / 0.05 % on swaps'),
  'fee-signs': doc('a negative fee or rate is paid'),
  'spot-fee-currency': doc('the fee of a spot buy is taken in base, of a sell in quote'),
  'contract-fee': doc('the fee of a swap is rate times value in the settle currency'),
  'bill-types': doc(
    'bills are numbered by type and subType: trades 2 (1 to 6), liquidations 5 (100 to 107), funding 8 (173, 174), transfers 1 (11, 12)',
  ),
  'liquidation-trade-id': doc('the trade of a liquidation has a negative number in fills, and 0 in its order'),
  'contract-value': doc('a linear contract is worth size × ctVal × price in quote, an inverse one size × ctVal / price in coin'),
  'average-price': doc('the entry price is the mean weighted by size, harmonic on inverse contracts'),
  profit: doc('profit is (mark − entry) × size × ctVal, on inverse contracts (1/entry − 1/mark) × size × ctVal'),
  'initial-margin': assumed('initial margin is the value at mark over leverage'),
  'order-margin': assumed('pending orders tie up the margin of what they could open on the worse side'),
  'available-funds': assumed('available is cash less what is frozen and tied up as margin, and less an unrealised loss'),
  'maintenance-margin': assumed('maintenance margin is 0.4 % of the value at mark, in one tier'),
  'liquidation-price': assumed('the liquidation price is where equity meets what is needed while all other prices stand still'),
  liquidation: assumed(
    'when the equity of a currency is at most maintenance margin and closing fees of its positions, its pending orders are cancelled with source 3, then its positions are closed, the largest loss first, until the rest is safe',
  ),
  'liquidation-order': assumed(
    'a liquidation is one limit order at mark, filled whole, without a client id, of category full_liquidation or partial_liquidation, and pays the taker fee',
  ),
  'liquidation-cover': assumed('a debt that is left without positions is covered by the exchange: type 5, subType 110'),
  'stops-before-liquidation': assumed('a price that reaches a stop order and the liquidation price at once sends the stop order first'),
  'funding-payment': doc(
    'longs pay shorts the rate times the value at mark when funding falls due, and receive it when the rate is below zero',
  ),
  'bills-kept': doc('bills of 7 days can be asked for, in the archive of 3 months'),
  'transfer-own-only': assumed('only transfers between the funding and the trading account of one user are offered'),
  'transfer-available': assumed('what is not tied up may leave the trading account; more is refused with 58350'),
  'transfer-bills': doc('a transfer writes a bill in both accounts: 11 or 12 in the trading account, 131 or 130 in the funding account'),
  'transfer-at-once': assumed('a transfer has ended when it is answered'),
  'transfer-unknown': assumed('the state of an unknown transfer answers 58129'),
  // Private channels, as values.
  pushes: assumed('each step of an order is told as it happened; positions and balances as they are afterwards, once each'),
  // Sockets.
  'socket-paths': assumed('every channel and operation is served on each of the three socket paths, whatever the query'),
  'login-sequence': assumed(
    'a login fails on the first of: key missing 60005, time 60004, key unknown 60032, environment 50101, address 50110, too old 60006, sign 60007, passphrase 60024; several at once 60009; then the socket is closed with 4001',
  ),
  'login-valid-for': doc('a login is signed over its time in seconds, and valid within 30 s of the server clock'),
  'second-login': doc('a second login on a socket is refused with 60031, and the first stays'),
  'socket-unknown-keys': doc('a message with keys beside id, op, args (and expTime of orders) is refused with 60012'),
  'socket-operations': doc('a socket may log in, subscribe and unsubscribe 480 times an hour, beyond that 60014'),
  'connects-per-second': assumed('more than 3 connections a second from one address are refused with HTTP 429 before they are open'),
  'text-ping': doc('a text ping is answered by a text pong'),
  'quiet-sockets-closed': assumed(
    'a socket is closed with 4004 when nothing was sent on it for 30 s, a pong included, or when it neither logged in nor subscribed within 30 s',
  ),
  'socket-tier-channels': doc('fills and the books of 10 ms are for large traders, 64003; with lenient limits fills is told'),
  'channel-connections': doc('at most 30 connections of an account listen to a private channel; each new one is told how many there are'),
  'unsubscribe-unknown': assumed('unsubscribing from what was not subscribed is acknowledged'),
  'snapshot-channels': doc('positions, account and balance_and_position begin with everything; orders, orders-algo and fills do not'),
  'regular-pushes': doc('positions and account are told again every 5 s, or as updateInterval says; with 0 only when they change'),
  'holding-events': assumed(
    'balance_and_position calls a change filled or liquidation when there was a trade, funding_fee when a position changed without one, else transferred',
  ),
  'liquidation-warning': assumed('positions with a margin ratio of 300 % or less are told when the ratio changes, at most once a second'),
  'public-pushes': assumed('a public channel begins with its present value and tells it again when anything but its time changes'),
  'public-push-pace': assumed('public channels are looked at 5 times a second; the exchange tells some of them more often'),
  'book-continuity': doc('an update names the seqId before it; one without changes comes after 60 s and keeps the seqId'),
  'book-checksum': doc('the checksum of a book is always 0'),
  'instrument-code': doc('orders over a socket name their instrument by instIdCode; a name is taken where there is no code'),
  'socket-order-format': doc('an order message that is malformed is refused whole with 60013 and no data'),
  'event-and-ack': doc('the push of an order may come before or after the answer to it; the desk stages both'),
  'socket-order-faults': assumed(
    'a fault of a path meets the operation of the same meaning too: no answer where the path would hang, a broken connection where it would break or answer nonsense',
  ),
  'push-faults': assumed(
    'the desk duplicates, delays (2 s), drops pushes, and lets one come after the next of its channel (or after 10 s); by channel, socket and count',
  ),
  'socket-faults': assumed(
    'the desk silences a socket that stays open, breaks one, or sends notice 64008 and closes it with 1001 a minute later; it waits for a socket that is met',
  ),
  'order-pushes': doc('an order is told once for each change; an amendment has amendResult 0 and the reqId of the client'),
  'fills-channel-client-id': doc('the fills channel names a clOrdId only where it is a number, else 0'),
  'leverage-default': assumed('leverage is 3 until it is set'),
  'leverage-of-open-position': doc('changing leverage changes the margin of the open cross position at once'),
  'closed-position-by-name': doc('a closed position comes back with pos 0 when it is asked for by name'),
  'max-size-spot-units': doc('maxBuy of spot is in base, maxSell in quote'),
};
