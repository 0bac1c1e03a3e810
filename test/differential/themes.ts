import type { Chance } from '../simulation/chance.ts';
import type { Limits } from './story.ts';

/** How often an asker, the market or the exchange does what; shares of the wishes, or of the events. */
export type Habits = {
  exit: number;
  close: number;
  amend: number;
  agree: number;
  market: number;
  sell: number;
  repeat: number;
  /** How often somebody who holds something rests an order that would turn it. */
  turn: number;
  stop: number;
  badStop: number;
  noReason: number;
  strangeInstrument: number;
  wrongUnit: number;
  offGrid: number;
  stalePrice: number;
  staleOthers: number;
  stranger: number;
  coin: number;
  diverging: number;
  moved: number;
  /** How often a price changes. */
  price: number;
  /** How often it rises a little when it does. */
  rise: number;
  wideBook: number;
  thinBook: number;
  funding: number;
  unexpected: number;
  tooSmall: number;
  tooLarge: number;
  farPrice: number;
  crossing: number;
  readOnly: number;
  mode: number;
  freeze: number;
  /** How many of these are that nobody can be told of anything. */
  silence: number;
  restart: number;
  unknown: number;
  filling: number;
  /** How often an order that is not filled at once is accepted at once. */
  hearing: number;
  transfer: number;
  leverage: number;
  /** How many milliseconds lie between events, by weight. */
  hurry: number;
  mark: number;
};

export const usual: Habits = {
  exit: 0.28,
  close: 0.4,
  amend: 0.2,
  agree: 0.2,
  market: 0.2,
  sell: 0.4,
  repeat: 0.03,
  turn: 0.02,
  stop: 0.12,
  badStop: 0.05,
  noReason: 0.008,
  strangeInstrument: 0.012,
  wrongUnit: 0.006,
  offGrid: 0.006,
  stalePrice: 0.012,
  staleOthers: 0.02,
  stranger: 0.1,
  coin: 0.03,
  diverging: 0.008,
  moved: 0.008,
  price: 0.1,
  rise: 0.1,
  wideBook: 0.008,
  thinBook: 0.01,
  funding: 0.015,
  unexpected: 0.012,
  tooSmall: 0.02,
  tooLarge: 0.02,
  farPrice: 0.03,
  crossing: 0.08,
  readOnly: 0.01,
  mode: 0.012,
  freeze: 0.015,
  silence: 0,
  restart: 0.006,
  unknown: 0.08,
  filling: 0.65,
  hearing: 0.5,
  transfer: 0.02,
  leverage: 0.01,
  hurry: 0.35,
  mark: 0.04,
};

/** Limits so wide that only what a theme tightens binds. */
export const wide: Omit<Limits, 'instruments'> = {
  order_types: ['market', 'limit', 'post_only', 'ioc'],
  sides: ['buy', 'sell'],
  quiet_hours: [],
  max_order_size: '1000000',
  max_position_size: '1000000',
  max_underlying_exposure: '1000000',
  max_total_exposure: '1000000',
  max_open_positions: 100,
  max_open_orders: 1000,
  max_daily_trades: 1000,
  max_daily_loss: '100000',
  max_drawdown: '100000',
  max_leverage: '100',
  max_margin_share: '1',
  min_liquidation_distance: '0.0001',
  max_account_equity: '10000000',
  min_balance: '0',
  price_collar: '0.02',
  exit_collar: '0.05',
  per_second: 1000,
  per_minute: 1000,
  per_10_minutes: 1000,
  per_hour: 1000,
  duplicate_window: 30_000,
  max_data_age: 2000,
  max_spread: '0.01',
  max_book_share: '1',
  max_volume_share: '0.1',
  max_price_move: '0.05',
  max_divergence: '0.02',
  max_funding_rate: '0.003',
  require_reason: true,
  require_stop: 'never',
  min_stop_distance: '0.002',
  approval_above: null,
  approval_first: false,
};

export type Theme = (chance: Chance) => {
  readonly limits?: Partial<Limits>;
  readonly habits?: Partial<Habits>;
  readonly equity?: string;
  readonly only?: readonly string[];
  /** Whether the day ends soon. */
  readonly midnight?: boolean;
};

const dollars = (chance: Chance, least: number, most: number) => (chance.between(least * 10, most * 10) / 10).toString();

const few = (chance: Chance) =>
  chance.pick([['AAA-USDT-SWAP'], ['AAA-USDT'], ['CCC-USD-SWAP', 'DDD-USDT-FUT'], ['BBB-USDC', 'AAA-USDT-SWAP']]);

/** What a history is about: limits that bind soon, or things that happen often. */
export const themes: Readonly<Record<string, Theme>> = {
  'order size': (chance) => ({ limits: { max_order_size: dollars(chance, 8, 40) } }),
  'position size': (chance) => ({ limits: { max_position_size: dollars(chance, 15, 70) } }),
  'underlying exposure': (chance) => ({ limits: { max_underlying_exposure: dollars(chance, 15, 80) } }),
  'total exposure': (chance) => ({ limits: { max_total_exposure: dollars(chance, 25, 110) } }),
  leverage: (chance) => ({ limits: { max_leverage: dollars(chance, 0.3, 2) }, equity: dollars(chance, 20, 60), habits: { leverage: 0.1 } }),
  margin: (chance) => ({ limits: { max_margin_share: dollars(chance, 0.1, 1) }, equity: dollars(chance, 10, 60) }),
  liquidation: (chance) => ({ limits: { min_liquidation_distance: dollars(chance, 0.2, 1) }, equity: dollars(chance, 10, 60) }),
  'open positions': (chance) => ({ limits: { max_open_positions: chance.between(1, 2) } }),
  'open orders': (chance) => ({ limits: { max_open_orders: chance.between(1, 3) }, habits: { filling: 0.3, stop: 0.3 } }),
  'daily trades': (chance) => ({
    limits: { max_daily_trades: chance.between(1, 3) },
    midnight: true,
    habits: { unknown: 0.4, filling: 0.2, hearing: 0.1 },
  }),
  losses: (chance) => ({
    only: few(chance),
    limits: chance.happens(0.5) ? { max_daily_loss: dollars(chance, 0.1, 2) } : { max_drawdown: dollars(chance, 0.1, 3) },
    habits: { mark: 0.25, filling: 0.85, market: 0.5, coin: 0 },
  }),
  equity: (chance) => ({
    limits: chance.happens(0.5) ? { max_account_equity: dollars(chance, 150, 250) } : { min_balance: dollars(chance, 150, 250) },
    equity: '200',
    habits: { transfer: 0.3 },
  }),
  funds: (chance) => ({ equity: dollars(chance, 20, 60), habits: { transfer: 0.1 } }),
  approval: (chance) => ({
    limits: chance.happens(0.6) ? { approval_above: dollars(chance, 15, 90) } : { approval_first: true, duplicate_window: 100 },
    only: few(chance),
    habits: { agree: 0.6, price: 0.3, rise: 0.8, sell: 0.1, repeat: 0.6, filling: 0.3 },
  }),
  'read only': () => ({ habits: { readOnly: 0.3 } }),
  rate: (chance) => ({
    only: few(chance),
    limits: chance.happens(0.5) ? { per_second: chance.between(1, 2) } : { per_minute: chance.between(1, 3) },
    habits: { hurry: 0.8 },
  }),
  repetition: (chance) => ({
    only: few(chance),
    limits: chance.happens(0.5) ? { per_10_minutes: chance.between(1, 2) } : { per_hour: chance.between(1, 2) },
    habits: { mode: 0.04, freeze: 0.03, sell: 0.2 },
  }),
  doubles: (chance) => ({ limits: { duplicate_window: chance.between(1, 60) * 1000 }, habits: { repeat: 0.4 } }),
  'types and sides': (chance) => ({
    limits: chance.happens(0.5) ? { order_types: ['limit', 'ioc'] } : { sides: [chance.happens(0.5) ? 'buy' : 'sell'] },
  }),
  'quiet hours': (chance) => ({
    limits: { quiet_hours: chance.happens(0.5) ? ['23:30-00:10'] : ['10:00-10:05', '00:00-23:00'] },
    habits: { hurry: 0.5 },
  }),
  stops: (chance) => ({
    limits: chance.happens(0.5)
      ? { require_stop: chance.happens(0.5) ? 'always' : 'derivatives' }
      : { min_stop_distance: dollars(chance, 0, 1) === '0' ? '0.01' : '0.05' },
    habits: { stop: 0.6, badStop: 0.3 },
  }),
  exits: (chance) => ({ only: few(chance), habits: { exit: 0.6, close: 0.4, filling: 0.75, farPrice: 0.15 } }),
  'open exits': (chance) => ({
    only: few(chance),
    habits: { exit: 0.5, close: 0.2, stop: 0.5, badStop: 0, filling: 0.6, sell: 0.5, amend: 0.25, crossing: 0 },
  }),
  turning: (chance) => ({
    only: [chance.pick(['AAA-USDT-SWAP', 'CCC-USD-SWAP'])],
    limits: { max_position_size: dollars(chance, 20, 60) },
    habits: { turn: 0.4, crossing: 0, exit: 0.4, close: 0.3, filling: 0.5, mode: 0.2, hearing: 0.9, stop: 0.02, stranger: 0 },
  }),
  coins: (chance) => ({
    limits: { max_total_exposure: dollars(chance, 30, 130) },
    only: ['AAA-USDT', 'BBB-USDC', 'CCC-USD-SWAP', 'DDD-USDT-FUT'],
    habits: { coin: 0.5, filling: 0.9 },
  }),
  'both sides': (chance) => ({ only: few(chance), habits: { price: 0.25, crossing: 0.4, filling: 0.2, sell: 0.5 } }),
  'both legs': (chance) => ({
    only: [chance.pick(['AAA-USDT-SWAP', 'CCC-USD-SWAP'])],
    habits: { filling: 0.95, sell: 0.5, exit: 0.35, close: 0.8, stranger: 0 },
  }),
  strangers: (chance) => ({ only: few(chance), habits: { stranger: 0.5, filling: 0.9, sell: 0.5 } }),
  amendments: (chance) => ({ only: few(chance), habits: { amend: 0.5, filling: 0.25 } }),
  'unknown outcomes': () => ({ habits: { unknown: 0.5, filling: 0.3 } }),
  modes: () => ({ habits: { mode: 0.1, freeze: 0.1, silence: 0.4, restart: 0.05, filling: 0.8 } }),
  market: (chance) => ({
    limits: chance.happens(0.5)
      ? { max_book_share: dollars(chance, 0.1, 0.4), max_volume_share: '0.01' }
      : { max_spread: '0.002', max_divergence: '0.003', max_price_move: '0.01' },
    habits: { diverging: 0.1, moved: 0.1, wideBook: 0.1, thinBook: 0.2, funding: 0.15, coin: 0.15 },
  }),
  blunders: () => ({
    habits: {
      noReason: 0.07,
      strangeInstrument: 0.1,
      wrongUnit: 0.06,
      offGrid: 0.06,
      unexpected: 0.1,
      tooSmall: 0.12,
      tooLarge: 0.12,
      farPrice: 0.15,
    },
  }),
  'old data': () => ({ habits: { stalePrice: 0.15, staleOthers: 0.25, coin: 0.1, filling: 0.8 } }),
};
