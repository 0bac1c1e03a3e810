// How each tool of the exchange's own MCP server is asked: once so that it is carried out, once so that it is refused.

export type Args = Readonly<Record<string, unknown>>;

export type Asking = {
  readonly tool: string;
  /** `$NAME` stands for the id that an earlier answer was kept under. */
  readonly args: Args;
  /** Undefined: carried out. Else what the answer has to say: the exchange's code, or its sentence where the server hides the code of an HTTP 400. */
  readonly refused?: string;
  /** Keeps the id of the first row under this name. */
  readonly keep?: string;
};

function done(tool: string, args: Args = {}, keep?: string): Asking {
  return keep === undefined ? { tool, args } : { tool, args, keep };
}

function refused(tool: string, args: Args, says: string): Asking {
  return { tool, args, refused: says };
}

const absent = { instId: 'NOPE-USDT' };
const spot = { instId: 'BTC-USDT' };
const tooMany = 'Parameter limit error';
const noFamily = 'Parameter instFamily can not be empty';
const currencies = Array.from({ length: 21 }, (_, index) => `C${index}`).join(',');
const eleven = Array.from({ length: 11 }, (_, index) => `I${index}`).join(',');

const market: readonly Asking[] = [
  done('market_get_ticker', spot),
  refused('market_get_ticker', absent, '51001'),
  done('market_get_tickers', { instType: 'FUTURES' }),
  refused('market_get_tickers', { instType: 'OPTION' }, noFamily),
  done('market_get_orderbook', { ...spot, sz: 20 }),
  refused('market_get_orderbook', { ...spot, sz: 401 }, 'Parameter sz error'),
  done('market_get_candles', { ...spot, bar: '1H' }),
  refused('market_get_candles', absent, '51001'),
  done('market_get_instruments', { instType: 'OPTION', instFamily: 'BTC-USD' }),
  refused('market_get_instruments', { instType: 'OPTION' }, noFamily),
  done('market_get_funding_rate', { instId: 'BTC-USD-SWAP' }),
  done('market_get_funding_rate', { instId: 'BTC-USDT-SWAP', history: true, limit: 3 }),
  refused('market_get_funding_rate', spot, 'Parameter instId error'),
  done('market_get_mark_price', { instType: 'SWAP' }),
  refused('market_get_mark_price', { instType: 'OPTION' }, noFamily),
  done('market_get_trades', { ...spot, limit: 5 }),
  refused('market_get_trades', absent, '51001'),
  done('market_get_index_ticker', spot),
  refused('market_get_index_ticker', absent, '51014'),
  done('market_get_index_candles', spot),
  done('market_get_index_candles', { ...spot, history: true }),
  refused('market_get_index_candles', absent, '51014'),
  done('market_get_price_limit', { instId: 'BTC-USDT-SWAP' }),
  refused('market_get_price_limit', absent, '51001'),
  done('market_get_open_interest', { instType: 'FUTURES' }),
  refused('market_get_open_interest', { instType: 'OPTION' }, noFamily),
  done('market_get_stock_tokens'),
  refused('market_get_stock_tokens', { instType: 'NOPE' }, 'Parameter instType error'),
  done('market_get_instruments_by_category', { instCategory: '4' }),
  refused('market_get_instruments_by_category', { instCategory: '4', instType: 'NOPE' }, 'Parameter instType error'),
];

const cash = { ...spot, tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' };
const spotStop = { ...spot, tdMode: 'cash', side: 'sell', ordType: 'conditional', sz: '0.001', slTriggerPx: '50000', slOrdPx: '-1' };

const spotTools: readonly Asking[] = [
  done('spot_place_order', { ...cash, ordType: 'market', sz: '200' }),
  done('spot_place_order', { ...cash, clOrdId: 's1', tpTriggerPx: '62000', tpOrdPx: '-1', slTriggerPx: '58000', slOrdPx: '-1' }, 's1'),
  refused('spot_place_order', { ...cash, sz: '9' }, '51008'),
  refused('spot_place_order', { ...cash, tdMode: 'cross' }, '51010'),
  done('spot_amend_order', { ...spot, ordId: '$s1', newPx: '59100' }),
  refused('spot_amend_order', { ...spot, clOrdId: 'nope', newPx: '59100' }, '51503'),
  done('spot_get_order', { ...spot, clOrdId: 's1' }),
  refused('spot_get_order', { ...spot, clOrdId: 'nope' }, '51603'),
  done('spot_get_orders', { status: 'open' }),
  done('spot_get_orders', { status: 'history' }),
  done('spot_get_orders', { status: 'archive' }),
  refused('spot_get_orders', { limit: 1000 }, tooMany),
  done('spot_cancel_order', { ...spot, ordId: '$s1' }),
  refused('spot_cancel_order', { ...spot, ordId: '$s1' }, '51400'),
  done('spot_place_algo_order', spotStop, 'spotStop'),
  done('spot_place_algo_order', { ...spotStop, ordType: 'move_order_stop', slTriggerPx: '', slOrdPx: '', callbackRatio: '0.01' }),
  refused('spot_place_algo_order', { ...spotStop, slTriggerPx: '70000' }, '51280'),
  done('spot_amend_algo_order', { ...spot, algoId: '$spotStop', newSlTriggerPx: '51000' }),
  refused('spot_amend_algo_order', { ...spot, algoId: '1', newSlTriggerPx: '51000' }, '51527'),
  done('spot_get_algo_orders', { status: 'pending', ordType: 'conditional' }),
  refused('spot_get_algo_orders', { ordType: 'conditional', limit: 1000 }, tooMany),
  done('spot_cancel_algo_order', { ...spot, algoId: '$spotStop' }),
  refused('spot_cancel_algo_order', { ...spot, algoId: '$spotStop' }, '51400'),
  done('spot_get_fills'),
  done('spot_get_fills', { archive: true }),
  refused('spot_get_fills', { limit: 1000 }, tooMany),
  done('spot_batch_orders', { action: 'place', orders: [{ ...cash, clOrdId: 'b1' }] }),
  // The server tells a partial batch as an error, and loses the ids of what was accepted.
  refused(
    'spot_batch_orders',
    {
      action: 'place',
      orders: [
        { ...cash, clOrdId: 'b2' },
        { ...cash, sz: '9' },
      ],
    },
    'partially succeeded',
  ),
  done('spot_batch_amend', { orders: [{ ...spot, clOrdId: 'b1', newPx: '58900' }] }),
  refused('spot_batch_amend', { orders: [{ ...spot, clOrdId: 'nope', newPx: '58900' }] }, '51503'),
  done('spot_batch_cancel', {
    orders: [
      { ...spot, clOrdId: 'b1' },
      { ...spot, clOrdId: 'b2' },
    ],
  }),
  refused('spot_batch_cancel', { orders: [{ ...spot, clOrdId: 'b1' }] }, '51400'),
];

/** Swaps and dated contracts have the same tools, but for a few. `price` is one at which a buy rests. */
function contracts(kind: 'swap' | 'futures', instId: string): readonly Asking[] {
  const named = { instId };
  const taking = { ...named, tdMode: 'cross', side: 'buy', ordType: 'market', sz: '10' };
  const resting = { ...taking, ordType: 'limit', px: '59000' };
  const stop = { ...named, tdMode: 'cross', side: 'sell', sz: '1', reduceOnly: true };
  const both = { ...stop, ordType: 'oco', tpTriggerPx: '65000', tpOrdPx: '-1', slTriggerPx: '55000', slOrdPx: '-1' };
  const id = (name: string) => `${kind}${name}`;
  return [
    done(`${kind}_set_leverage`, { ...named, lever: '5', mgnMode: 'cross' }),
    refused(`${kind}_set_leverage`, { ...named, lever: '500', mgnMode: 'cross' }, '59102'),
    done(`${kind}_get_leverage`, { ...named, mgnMode: 'cross' }),
    refused(`${kind}_get_leverage`, { ...absent, mgnMode: 'cross' }, '51001'),
    done(`${kind}_place_order`, taking),
    done(`${kind}_place_order`, { ...resting, clOrdId: id('1') }, id('1')),
    refused(`${kind}_place_order`, { ...resting, px: '90000' }, '51006'),
    refused(`${kind}_place_order`, { ...resting, side: 'buy', reduceOnly: true }, '51170'),
    done(`${kind}_get_positions`),
    refused(`${kind}_get_positions`, { instId: eleven }, 'Parameter instId error'),
    done(`${kind}_get_order`, { ...named, ordId: `$${id('1')}` }),
    refused(`${kind}_get_order`, { ...named, ordId: '1' }, '51603'),
    done(`${kind}_get_orders`, { status: 'open' }),
    done(`${kind}_get_orders`, { status: 'history' }),
    refused(`${kind}_get_orders`, { limit: 1000 }, tooMany),
    done(`${kind}_get_fills`),
    refused(`${kind}_get_fills`, { limit: 1000 }, tooMany),
    done(`${kind}_batch_amend`, { orders: [{ ...named, clOrdId: id('1'), newPx: '59100' }] }),
    refused(`${kind}_batch_amend`, { orders: [{ ...named, clOrdId: 'nope', newPx: '59100' }] }, '51503'),
    done(`${kind}_batch_orders`, { ...(kind === 'swap' ? { action: 'place' } : {}), orders: [{ ...resting, clOrdId: id('2') }] }),
    refused(`${kind}_batch_orders`, { ...(kind === 'swap' ? { action: 'place' } : {}), orders: [{ ...resting, px: '90000' }] }, '51006'),
    done(`${kind}_batch_cancel`, { orders: [{ ...named, clOrdId: id('2') }] }),
    refused(`${kind}_batch_cancel`, { orders: [{ ...named, clOrdId: id('2') }] }, '51400'),
    ...(kind === 'futures'
      ? [
          done('futures_amend_order', { ...named, clOrdId: id('1'), newPx: '59200' }),
          refused('futures_amend_order', { ...named, clOrdId: 'nope', newPx: '59200' }, '51503'),
        ]
      : []),
    done(`${kind}_cancel_order`, { ...named, ordId: `$${id('1')}` }),
    refused(`${kind}_cancel_order`, { ...named, ordId: `$${id('1')}` }, '51400'),
    done(`${kind}_place_algo_order`, both, id('stop')),
    done(`${kind}_place_algo_order`, { ...stop, ordType: 'move_order_stop', callbackSpread: '100' }),
    refused(`${kind}_place_algo_order`, { ...both, slTriggerPx: '70000' }, '51280'),
    done(`${kind}_place_move_stop_order`, { ...stop, callbackRatio: '0.05' }, id('trail')),
    refused(`${kind}_place_move_stop_order`, stop, 'callbackRatio or callbackSpread is required'),
    done(`${kind}_amend_algo_order`, { ...named, algoId: `$${id('stop')}`, newSlTriggerPx: '54000' }),
    refused(`${kind}_amend_algo_order`, { ...named, algoId: `$${id('trail')}`, newSz: '2' }, '51506'),
    done(`${kind}_get_algo_orders`, { ordType: 'oco' }),
    done(`${kind}_get_algo_orders`, { ordType: 'move_order_stop' }),
    refused(`${kind}_get_algo_orders`, { ordType: 'oco', limit: 1000 }, tooMany),
    done(`${kind}_cancel_algo_orders`, { orders: [{ ...named, algoId: `$${id('stop')}` }] }),
    refused(`${kind}_cancel_algo_orders`, { orders: [{ ...named, algoId: `$${id('stop')}` }] }, '51400'),
    done(`${kind}_close_position`, { ...named, mgnMode: 'cross' }),
    refused(`${kind}_close_position`, { ...named, mgnMode: 'cross' }, '51023'),
  ];
}

const account: readonly Asking[] = [
  done('account_get_balance'),
  refused('account_get_balance', { ccy: currencies }, 'Parameter ccy error'),
  done('account_transfer', { ccy: 'USDT', amt: '5', from: '18', to: '6' }),
  refused('account_transfer', { ccy: 'USDT', amt: '5000000', from: '18', to: '6' }, '58350'),
  done('account_get_max_size', { instId: 'BTC-USDT-SWAP', tdMode: 'cross' }),
  refused('account_get_max_size', { ...absent, tdMode: 'cross' }, '51001'),
  done('account_get_asset_balance', { showValuation: true }),
  refused('account_get_asset_balance', { ccy: currencies }, 'Parameter ccy error'),
  done('account_get_bills'),
  refused('account_get_bills', { limit: 1000 }, tooMany),
  done('account_get_bills_archive'),
  refused('account_get_bills_archive', { limit: 1000 }, tooMany),
  done('account_get_positions_history'),
  refused('account_get_positions_history', { limit: 1000 }, tooMany),
  done('account_get_trade_fee', { instType: 'FUTURES' }),
  refused('account_get_trade_fee', { instType: 'NOPE' }, 'Parameter instType error'),
  done('account_get_config'),
  done('account_get_max_withdrawal', { ccy: 'USDT' }),
  refused('account_get_max_withdrawal', { ccy: currencies }, 'Parameter ccy error'),
  done('account_get_max_avail_size', { ...spot, tdMode: 'cash' }),
  refused('account_get_max_avail_size', { ...absent, tdMode: 'cash' }, '51001'),
  done('account_get_positions', { instType: 'SWAP' }),
  refused('account_get_positions', { instId: eleven }, 'Parameter instId error'),
  done('account_set_position_mode', { posMode: 'net_mode' }),
  refused('account_set_position_mode', { posMode: 'hedge' }, 'Parameter posMode error'),
];

/** Tools that are not asked in one of the two ways, and what comes back instead. */
export const unasked: Readonly<Record<string, { readonly args: Args; readonly says: string }>> = {
  // It takes nothing that could be wrong.
  account_get_config: { args: { nothing: 'such' }, says: '"ok": true' },
  // It goes to another service of the exchange, which has no documentation.
  market_get_indicator: { args: { ...spot, indicator: 'rsi' }, says: 'HTTP 404 from OKX: Not Found' },
};

/** In the sequence in which they are asked. `future` is the name of a dated contract that is listed. */
export function askings(future: string): Readonly<Record<'market' | 'spot' | 'swap' | 'futures' | 'account', readonly Asking[]>> {
  return { market, spot: spotTools, swap: contracts('swap', 'BTC-USDT-SWAP'), futures: contracts('futures', future), account };
}
