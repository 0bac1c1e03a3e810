import type { Chance } from './chance.ts';

export type Drawn = {
  /** A whole twokey.toml. */
  readonly text: string;
  readonly instruments: readonly [string, ...string[]];
  readonly orderUsd: number;
  /** Mean milliseconds between two actions of one agent. */
  readonly pace: number;
};

/** Limits that bind in different places: a small account, a large one whose orders eat into the book, and one that is tight everywhere. */
export function drawPolicy(chance: Chance): Drawn {
  const size = chance.weighted({ small: 2, large: 2, tight: 1 });
  const orderUsd = { small: 200, large: 26_000, tight: 100 }[size];
  const all = ['BTC-USDT-SWAP', 'BTC-USDT', 'ETH-USDT', 'ETH-USDT-SWAP'] as const;
  const instruments: readonly [string, ...string[]] = [all[0], ...all.slice(1, chance.between(2, 4))];
  const lines = [
    '[policy]',
    `instruments = [${instruments.map((name) => `"${name}"`).join(', ')}]`,
    `max_order_size = ${orderUsd}`,
    `max_position_size = ${size === 'large' ? Math.round(orderUsd * 1.1) : orderUsd * chance.between(2, 4)}`,
    // Often less than the instruments together, so that it is the one that binds.
    `max_total_exposure = ${Math.round(orderUsd * chance.pick([1.6, 2.5, 9]))}`,
    `max_open_positions = ${size === 'tight' ? 1 : 4}`,
    `max_open_orders = ${size === 'tight' ? 3 : chance.between(5, 40)}`,
    `max_daily_trades = ${size === 'tight' ? chance.between(3, 15) : 5000}`,
    `max_leverage = ${chance.happens(0.1) ? '2.5' : chance.pick(['3', '5'])}`,
    // Wide for the account, or losses would end most of the worlds before anything else could happen in them; one agent has a limit that binds.
    'max_daily_loss = 5000',
    'max_drawdown = 9000',
    'max_rejects = { in_a_row = 50, per_10_minutes = 500 }',
    'max_slippage = "2%"',
    'max_account_equity = 30000',
    `min_stop_distance = "${chance.pick(['0.05', '0.1', '0.5'])}%"`,
    `max_stop_changes = ${chance.pick([2, 20, 200])}`,
    ...(chance.happens(0.1) ? ['require_stop = "derivatives"'] : []),
    `duplicate_window = "${chance.between(1, 30)}s"`,
    `max_order_rate = { per_second = ${chance.between(2, 20)}, per_minute = ${chance.between(40, 600)} }`,
    size === 'tight'
      ? 'max_same_side = { per_10_minutes = 6, per_hour = 12 }'
      : 'max_same_side = { per_10_minutes = 2000, per_hour = 5000 }',
    `agent_halt = "${chance.pick(['halted', 'reduce_only'])}"`,
    ...(chance.happens(0.25) ? ['[approval]', `above = ${orderUsd * 2}`, 'ttl = "12s"'] : []),
    '[agents.alpha]',
    ...(chance.happens(0.2) ? ['min_balance = 9999.5'] : []),
    '[agents.beta]',
    `max_daily_loss = ${orderUsd / chance.pick([20, 200])}`,
    ...(chance.happens(0.2) ? ['max_account_equity = 9990'] : []),
    '[agents.gamma]',
    'shared_positions = true',
    `max_drawdown = ${orderUsd / chance.pick([20, 200])}`,
    '',
  ];
  const pace = chance.between(200, 1500);
  // Of a book of about two million dollars inside the collar: large orders meet it, small ones never do.
  const market = [`max_book_share = "${chance.pick([100, 10, 1])}%"`, `max_price_move = "${chance.pick([3, 10])}%"`];
  return { text: lines.toSpliced(1, 0, ...market).join('\n'), instruments, orderUsd, pace };
}
