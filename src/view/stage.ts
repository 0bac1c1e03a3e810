import type { State } from '../core/account/state.ts';
import { formatDecimal, decimal } from '../core/money/decimal.ts';
import { stageNext } from '../core/gateway/staging.ts';
import { isLiveStage } from '../core/stage/ladder.ts';
import { limitsOf } from '../core/stage/limits.ts';
import { type Document, isoTime } from './head.ts';

/** Where the account stands on the ladder of the roll-out, what that allows, and to where a promotion would lead. */
export function stagePart(state: State): Document {
  const { stage, since, opens, waitUntil, signed, drawdowns } = state.standing;
  return {
    stage,
    stage_since: since === 0 ? null : isoTime(since),
    stage_opens_entries: opens,
    stage_next: stageNext(state),
    stage_waits_until: waitUntil > state.lastAt ? isoTime(waitUntil) : null,
    stage_signed:
      signed === null
        ? null
        : { stage: signed.stage, equity_usd: signed.equityUsd, at: isoTime(signed.issuedAt), version: signed.version, key: signed.key },
    stage_limits: signed !== null && isLiveStage(stage) ? limitsDocument(limitsOf(stage, decimal(signed.equityUsd))) : null,
    stage_drawdowns: drawdowns.map(isoTime),
  };
}

/** Those of the stage alone; those of `twokey.toml` hold besides. */
function limitsDocument(limits: ReturnType<typeof limitsOf>): Document {
  return {
    max_order_size: formatDecimal(limits.maxOrderSize),
    max_position_size: formatDecimal(limits.maxPositionSize),
    max_total_exposure: formatDecimal(limits.maxTotalExposure),
    max_daily_loss: formatDecimal(limits.maxDailyLoss),
    max_drawdown: formatDecimal(limits.maxDrawdown),
    max_leverage: formatDecimal(limits.maxLeverage),
    max_open_positions: limits.maxOpenPositions,
    max_open_orders: limits.maxOpenOrders,
    max_daily_trades: limits.maxDailyTrades,
  };
}
