import type { Entry } from '../../../src/core/journal/entry.ts';
import { readEntry } from '../../../src/core/journal/read-entry.ts';
import type { Json } from '../../../src/core/lang/canonical.ts';
import { formatDecimal } from '../../../src/core/money/decimal.ts';
import type { Candle } from '../../../src/sim/exchange.ts';
import { Chance } from '../../simulation/chance.ts';
import { EngineWorld } from '../../support/engine-world.ts';
import { openExchange, START } from '../../support/sim-trader.ts';
import { type Ledger, MonthJudge } from './judge.ts';
import { INSTRUMENT, Strategy } from './strategy.ts';

const MINUTES_A_DAY = 1440;
const MINUTES_AN_HOUR = 60;
/** The strategy looks at the market this often, in minutes of it. */
const STEP_MINUTES = 15;
const DEPOSIT = '500000';
const DOWN_MILLISECONDS = 20_000;
/** What is on its way when an hour ends is let arrive. */
const SETTLE_MILLISECONDS = 4000;

export type MonthOptions = {
  readonly candles: readonly Candle[];
  readonly seed: number;
  /** How long a minute of the market takes on the clock of gateway and exchange. */
  readonly minuteMilliseconds: number;
  readonly tell: (line: string) => void;
};

export type Figures = {
  readonly hours: number;
  readonly days: number;
  readonly restarts: number;
  readonly orders: { readonly buy: number; readonly sell: number };
  readonly fills: number;
  readonly fillsByDay: readonly number[];
  readonly partial: number;
  readonly stops: { readonly placed: number; readonly triggered: number };
  readonly compared: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Every difference that anybody found, as a sentence. */
  readonly differences: readonly string[];
  readonly mode: string;
  /** The last hash of the journal: two runs of one seed agree on it. */
  readonly head: string;
};

/**
 * A trading program on a recorded market: the real engine, core, vault's signing and codec on the simulated exchange, all on one virtual
 * clock. The gateway dies once a day, wherever it stands, and books and ledger are compared every hour.
 */
export async function runMonth({ candles, seed, minuteMilliseconds, tell }: MonthOptions): Promise<Figures> {
  const world = new EngineWorld(policyFor(minuteMilliseconds), openExchange({ candles, candleMilliseconds: minuteMilliseconds, seed }));
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: DEPOSIT, to: '18' });
  await world.open();
  await world.until(world.engine.start());
  const strategy = new Strategy(world, seed);
  const judge = new MonthJudge();
  const chance = new Chance(seed, 'restarts');
  let [restarts, hours, read] = [0, 0, 0];
  let crashAt = chance.between(60, MINUTES_A_DAY - 1);
  const minutes = candles.length - (candles.length % MINUTES_AN_HOUR);
  for (let minute = 0; minute < minutes; minute += 1) {
    if (minute % STEP_MINUTES === 0) strategy.act({ price: priceIn(world), held: heldIn(world) });
    // oxlint-disable no-await-in-loop -- one minute follows the other
    await world.pass(START + (minute + 1) * minuteMilliseconds - world.exchangeNow);
    if (minute === crashAt) {
      // Something is on its way: the program asks, and the gateway dies before it is answered.
      strategy.act({ price: priceIn(world), held: heldIn(world) });
      await world.pass(chance.between(0, 60));
      world.crash();
      await world.pass(chance.between(0, DOWN_MILLISECONDS));
      await world.open();
      await world.until(world.engine.start());
      restarts += 1;
    }
    if (minute % MINUTES_A_DAY === MINUTES_A_DAY - 1) crashAt = minute + chance.between(60, MINUTES_A_DAY - 1);
    if (minute % MINUTES_AN_HOUR !== MINUTES_AN_HOUR - 1) continue;
    hours += 1;
    await world.pass(SETTLE_MILLISECONDS);
    const silence = await world.until(world.engine.compareNow());
    // oxlint-enable no-await-in-loop
    if (silence !== null) judge.complain(`hour ${hours}: nothing could be compared: ${silence}`);
    judge.read(entriesFrom(world, read), hours);
    read = world.disk.rows.length;
    judge.compare(world.exchange.ledger() as unknown as Ledger, hours);
    if (world.fatal !== '') throw new Error(`the gateway ended itself in hour ${hours}: ${world.fatal}`);
    if (hours % 24 === 0) tell(`day ${hours / 24}: ${judge.said()}, ${world.engine.state.mode}`);
  }
  const { mode, modeCause } = world.engine.state;
  return {
    ...judge.figures((at) => Math.floor((at - START) / minuteMilliseconds / MINUTES_A_DAY)),
    hours,
    days: Math.ceil(minutes / MINUTES_A_DAY),
    restarts,
    outcomes: strategy.outcomes,
    mode: mode === 'ACTIVE' ? mode : `${mode}: ${modeCause}`,
    head: world.disk.rows.at(-1)?.hash ?? '',
  };
}

/** Wide limits, because the market is what is to be met; a full comparison every hour of the market. */
function policyFor(minuteMilliseconds: number): string {
  return `[policy]
instruments = ["${INSTRUMENT}"]
max_order_size = 100000
max_position_size = 400000
max_total_exposure = 400000
max_leverage = 10
max_price_move = "40%"
max_daily_loss = 400000
max_drawdown = 400000
max_book_share = "100%"
max_account_equity = 10000000
max_open_orders = 100
max_daily_trades = 10000
max_order_rate = { per_second = 100, per_minute = 1000 }
max_same_side = { per_10_minutes = 1000, per_hour = 1000 }
duplicate_window = "1s"
[reconcile]
full_every = "${Math.round((minuteMilliseconds * MINUTES_AN_HOUR) / 1000)}s"
`;
}

function priceIn(world: EngineWorld): number {
  const sent = world.reach({ method: 'GET', path: `/api/v5/market/ticker?instId=${INSTRUMENT}`, headers: {}, body: '' });
  if (sent.kind !== 'answered') throw new Error('the exchange does not answer');
  return Number((JSON.parse(sent.body) as { readonly data: readonly [{ readonly last: string }] }).data[0].last);
}

function heldIn({ engine: { state } }: EngineWorld): number {
  return [...state.positions.values()].reduce((sum, { size }) => sum + Number(formatDecimal(size)), 0);
}

function entriesFrom({ disk }: EngineWorld, from: number): readonly Entry[] {
  return disk.rows.slice(from).map(({ kind, body }) => {
    const entry = readEntry(kind, JSON.parse(body) as Json);
    if (!entry.ok) throw new Error(entry.error);
    return entry.value;
  });
}
