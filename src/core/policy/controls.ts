import type { Control, OrderControl, ProtectionControl, WishControl } from './control.ts';
import { accountEquity } from './controls/account-equity.ts';
import { agentFrozen } from './controls/agent-frozen.ts';
import { approvalAbove } from './controls/approval.ts';
import { bookShare } from './controls/book-share.ts';
import { booting } from './controls/booting.ts';
import { dailyTrades } from './controls/daily-trades.ts';
import { dataAge } from './controls/data-age.ts';
import { divergence } from './controls/divergence.ts';
import { dollarPrice } from './controls/dollar-price.ts';
import { duplicates } from './controls/duplicates.ts';
import { orderTypes, sides } from './controls/entitlement.ts';
import { expectedNotional } from './controls/expected-notional.ts';
import { firstOfKind } from './controls/first-of-kind.ts';
import { frozen } from './controls/frozen.ts';
import { fundingRate } from './controls/funding-rate.ts';
import { availableFunds } from './controls/funds.ts';
import { halted } from './controls/halted.ts';
import { instruments } from './controls/instruments.ts';
import { leverage } from './controls/leverage.ts';
import { liquidationDistance, marginShare } from './controls/margin.ts';
import { notifier } from './controls/notifier.ts';
import { minBalance } from './controls/min-balance.ts';
import { dailyLoss, drawdown } from './controls/losses.ts';
import { maxOpenOrders } from './controls/open-orders.ts';
import { maxOpenPositions } from './controls/open-positions.ts';
import { maximumSize, minimumSize } from './controls/order-bounds.ts';
import { othersPosition } from './controls/others-position.ts';
import { orderRate } from './controls/order-rate.ts';
import { orderSize } from './controls/order-size.ts';
import { positionSize } from './controls/position-size.ts';
import { precision } from './controls/precision.ts';
import { quietHours } from './controls/quiet-hours.ts';
import { exitCollar, priceCollar } from './controls/price-collar.ts';
import { priceMove } from './controls/price-move.ts';
import { readOnly } from './controls/read-only.ts';
import { reason } from './controls/reason.ts';
import { reduceOnly } from './controls/reduce-only.ts';
import { reducing } from './controls/reducing.ts';
import { sameSide } from './controls/same-side.ts';
import { selfMatch } from './controls/self-match.ts';
import { spread } from './controls/spread.ts';
import { stage } from './controls/stage.ts';
import {
  attachedProtection,
  attachedStopDistance,
  requireStop,
  stopChanges,
  stopDistance,
  tighterOnly,
  triggerSides,
} from './controls/stops.ts';
import { totalExposure } from './controls/total-exposure.ts';
import { underlyingExposure } from './controls/underlying-exposure.ts';
import { whichLeg } from './controls/which-leg.ts';
import { volumeShare } from './controls/volume-share.ts';

/** Controls that need no order yet, in the order in which they are asked. */
export const wishControls: readonly WishControl[] = [
  { id: 'S1', name: 'booting', inFile: false, applies: 'both', source: 'DESIGN §3.8', check: booting },
  { id: 'S2', name: 'halted', inFile: false, applies: 'both', source: '§4.2, law 4', check: halted },
  { id: 'A1', name: 'require_reason', inFile: true, applies: 'both', source: 'DESIGN §4.3', check: reason },
  { id: 'P16', name: 'instruments', inFile: true, applies: 'both', source: 'RTS 6 art. 15(5); P16, P17', check: instruments },
  { id: 'P16t', name: 'order_types', inFile: true, applies: 'entries', source: 'RTS 6 art. 15(5); P16', check: orderTypes },
  { id: 'P16s', name: 'sides', inFile: true, applies: 'entries', source: 'RTS 6 art. 15(5); P16', check: sides },
  { id: 'P17q', name: 'quiet_hours', inFile: true, applies: 'entries', source: 'P17', check: quietHours },
  { id: 'S3', name: 'reduce_only', inFile: false, applies: 'entries', source: '§4.2, D1', check: reduceOnly },
  { id: 'G3', name: 'stage', inFile: false, applies: 'entries', source: 'RTS 6 art. 8; G3, §6.5', check: stage },
  { id: 'S4', name: 'agent_frozen', inFile: false, applies: 'entries', source: 'A2, §6.3', check: agentFrozen },
  { id: 'S5', name: 'notifier', inFile: false, applies: 'entries', source: 'DESIGN law 10', check: notifier },
  { id: 'R3', name: 'which_leg', inFile: false, applies: 'exits', source: '§4.2', check: whichLeg },
  { id: 'P3a', name: 'precision', inFile: false, applies: 'both', source: '§4.4', check: precision },
  { id: 'P15', name: 'max_data_age', inFile: true, applies: 'both', source: 'RTS 6 art. 15; P15, §4.9', check: dataAge },
  { id: 'P15u', name: 'dollar_price', inFile: false, applies: 'entries', source: '§4.4', check: dollarPrice },
  { id: 'P15d', name: 'max_divergence', inFile: true, applies: 'entries', source: 'FIA; P15', check: divergence },
  { id: 'P1m', name: 'max_price_move', inFile: true, applies: 'entries', source: 'RTS 6 art. 15(1)(a); P1', check: priceMove },
  { id: 'P14', name: 'max_spread', inFile: true, applies: 'entries', source: 'RTS 6 art. 15(4); P14', check: spread },
  { id: 'P17', name: 'max_funding_rate', inFile: true, applies: 'entries', source: 'P17, §4.11', check: fundingRate },
];

/**
 * Controls of an order, in the order in which they are asked: what is wrong with the order itself, then what it repeats, then what it would add up
 * to, then the account. Read-only is the last, so that everything before it has been decided.
 */
export const orderControls: readonly OrderControl[] = [
  {
    id: 'P11',
    name: 'expected_notional_usd',
    inFile: false,
    applies: 'both',
    bySize: 'aside',
    source: 'Citi 2022; P11',
    check: expectedNotional,
  },
  { id: 'P3b', name: 'exchange_minimum', inFile: false, applies: 'both', bySize: 'monotone', source: 'exchange', check: minimumSize },
  {
    id: 'P3c',
    name: 'exchange_maximum',
    inFile: false,
    applies: 'both',
    bySize: 'monotone',
    source: 'RTS 6 art. 15(1)(c)',
    check: maximumSize,
  },
  {
    id: 'P1',
    name: 'price_collar',
    inFile: true,
    applies: 'entries',
    bySize: 'sizeless',
    source: 'RTS 6 art. 15(1)(a)',
    check: priceCollar,
  },
  { id: 'P1x', name: 'exit_collar', inFile: true, applies: 'exits', bySize: 'sizeless', source: 'RTS 6 art. 15(1)(a)', check: exitCollar },
  {
    id: 'P19',
    name: 'attached_protection',
    inFile: false,
    applies: 'both',
    bySize: 'sizeless',
    source: '§4.10',
    check: attachedProtection,
  },
  { id: 'P19r', name: 'require_stop', inFile: true, applies: 'entries', bySize: 'sizeless', source: 'P19, I-S1', check: requireStop },
  {
    id: 'P19d',
    name: 'min_stop_distance',
    inFile: true,
    applies: 'entries',
    bySize: 'sizeless',
    source: 'P19',
    check: attachedStopDistance,
  },
  { id: 'R1', name: 'really_reduces', inFile: false, applies: 'exits', bySize: 'monotone', source: '§4.2, I-R1 to I-R3', check: reducing },
  {
    id: 'R2',
    name: 'others_position',
    inFile: false,
    applies: 'entries',
    bySize: 'monotone',
    source: 'DESIGN §4.1 [agents]',
    check: othersPosition,
  },
  {
    id: 'P2',
    name: 'max_order_size',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: 'RTS 6 art. 15(1)(b)',
    check: orderSize,
  },
  {
    id: 'P3d',
    name: 'max_book_share',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: 'RTS 6 art. 15(1)(c); P3, P14',
    check: bookShare,
  },
  {
    id: 'P3v',
    name: 'max_volume_share',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: 'RTS 6 art. 15(1)(c); P3',
    check: volumeShare,
  },
  { id: 'P12', name: 'duplicate_window', inFile: true, applies: 'entries', bySize: 'exact', source: '15c3-5(c)(1)(ii)', check: duplicates },
  { id: 'P6', name: 'max_same_side', inFile: true, applies: 'entries', bySize: 'sizeless', source: 'RTS 6 art. 15(3)', check: sameSide },
  { id: 'P4', name: 'max_order_rate', inFile: true, applies: 'both', bySize: 'sizeless', source: 'RTS 6 art. 15(1)(d)', check: orderRate },
  { id: 'P5', name: 'instrument_frozen', inFile: false, applies: 'entries', bySize: 'sizeless', source: '§6.2, law 3', check: frozen },
  { id: 'P13', name: 'self_match', inFile: false, applies: 'entries', bySize: 'sizeless', source: 'FIA; P13', check: selfMatch },
  { id: 'P7', name: 'max_position_size', inFile: true, applies: 'entries', bySize: 'monotone', source: '§4.1', check: positionSize },
  {
    id: 'P7u',
    name: 'max_underlying_exposure',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: '§4.1, P7',
    check: underlyingExposure,
  },
  { id: 'P7t', name: 'max_total_exposure', inFile: true, applies: 'entries', bySize: 'monotone', source: '§4.1', check: totalExposure },
  { id: 'P8', name: 'max_leverage', inFile: true, applies: 'entries', bySize: 'monotone', source: 'P8, §4.11', check: leverage },
  {
    id: 'P8m',
    name: 'max_margin_share',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: '15c3-5(c)(1)(i); P8',
    check: marginShare,
  },
  {
    id: 'P8l',
    name: 'min_liquidation_distance',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: 'P8',
    check: liquidationDistance,
  },
  { id: 'P9p', name: 'max_open_positions', inFile: true, applies: 'entries', bySize: 'sizeless', source: 'FIA', check: maxOpenPositions },
  { id: 'P9', name: 'max_open_orders', inFile: true, applies: 'entries', bySize: 'sizeless', source: 'P9', check: maxOpenOrders },
  { id: 'P10t', name: 'max_daily_trades', inFile: true, applies: 'entries', bySize: 'sizeless', source: '§4.8', check: dailyTrades },
  { id: 'P10', name: 'max_daily_loss', inFile: true, applies: 'entries', bySize: 'monotone', source: 'FIA; P10, §4.7', check: dailyLoss },
  { id: 'P10d', name: 'max_drawdown', inFile: true, applies: 'entries', bySize: 'monotone', source: 'FIA; P10, §4.7', check: drawdown },
  {
    id: 'A2',
    name: 'max_account_equity',
    inFile: true,
    applies: 'entries',
    bySize: 'sizeless',
    source: 'DESIGN §4.1',
    check: accountEquity,
  },
  { id: 'A3', name: 'min_balance', inFile: true, applies: 'entries', bySize: 'sizeless', source: 'DESIGN §4.1', check: minBalance },
  { id: 'A4', name: 'available_funds', inFile: false, applies: 'entries', bySize: 'monotone', source: '§4.11', check: availableFunds },
  { id: 'A5', name: 'exchange.read_only', inFile: true, applies: 'both', bySize: 'aside', source: 'DESIGN §4.3', check: readOnly },
];

/** Asked when all others have passed, so that a person is never asked for what would be denied anyway. What these refuse, a person may allow. */
export const askingControls: readonly OrderControl[] = [
  { id: 'P20', name: 'approval.above', inFile: true, applies: 'entries', bySize: 'monotone', source: 'P20', check: approvalAbove },
  {
    id: 'P20k',
    name: 'approval.first_of_kind',
    inFile: true,
    applies: 'entries',
    bySize: 'monotone',
    source: 'P20',
    check: firstOfKind,
  },
];

/** Controls of a wish for stop orders (`set_protection`), which opens nothing and is asked nothing else. */
export const protectionControls: readonly ProtectionControl[] = [
  { id: 'P19s', name: 'trigger_sides', inFile: false, source: '§4.10', check: triggerSides },
  { id: 'P19m', name: 'min_stop_distance', inFile: true, source: 'P19', check: stopDistance },
  { id: 'P19t', name: 'tighter_only', inFile: false, source: 'P19', check: tighterOnly },
  { id: 'P19c', name: 'max_stop_changes', inFile: true, source: 'P19', check: stopChanges },
];

/** Every control of orders; the first that refuses is the answer. */
export const controls: readonly Control[] = [...wishControls, ...orderControls, ...askingControls];
