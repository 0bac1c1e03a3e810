import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCandles } from '../../src/main/sim/files.ts';
import { shortfalls } from './month/enough.ts';
import { type Ledger, MonthJudge } from './month/judge.ts';
import { runMonth } from './month/month.ts';

const recorded = fileURLToPath(new URL('../fixtures/btc-perp-1m-2022-01-05.csv', import.meta.url));
/** A minute of the market takes a second, so that a full comparison every hour of it is one every minute, the most there is. */
const MINUTE_MILLISECONDS = 1000;

test('a trading program trades two recorded days through the gateway, which dies once a day: every hour the books equal the ledger', async (context) => {
  const candles = readCandles(recorded);
  assert.ok(candles.ok);
  const figures = await runMonth({
    candles: candles.value.candles,
    seed: 1,
    minuteMilliseconds: MINUTE_MILLISECONDS,
    tell: (line) => context.diagnostic(line),
  });
  for (const [what, count] of figures.outcomes) context.diagnostic(`${count} ${what}`);
  assert.deepEqual(figures.differences, []);
  assert.deepEqual(shortfalls(figures), []);
  assert.equal(figures.hours, 48);
  assert.equal(figures.mode, 'ACTIVE');
});

const fill = {
  kind: 'fill',
  client_order_id: 't1',
  exchange_order_id: '1',
  trade_id: '7',
  bill_id: '1',
  instrument: 'BTC-USDT-SWAP',
  side: 'buy',
  size: '2',
  price: '45000',
  fee: '0',
  fee_currency: 'USDT',
  exchange_at: 1,
} as const;
const told = { ordId: '1', tradeId: '7', instId: 'BTC-USDT-SWAP', side: 'buy', sz: '2', at: 1 } as const;
const ledger: Ledger = { orders: [], fills: [told], positions: [{ instId: 'BTC-USDT-SWAP', pos: '2' }], algos: [] };

test('the judge of the month finds a fill that is missing, made up, booked twice or of another size, and a position of another size', () => {
  const judged = (booked: readonly (typeof fill)[], changed: Partial<Ledger> = {}): number => {
    const judge = new MonthJudge();
    judge.read([...booked, { kind: 'compared', trigger: 'hourly', clean: true, differences: [], evidence: '' }], 1);
    judge.compare({ ...ledger, ...changed }, 1);
    return judge.figures(() => 0).differences.length;
  };
  assert.equal(judged([fill]), 0);
  assert.ok(judged([]) > 0, 'missing');
  assert.ok(judged([fill, { ...fill, trade_id: '8' } as never]) > 0, 'made up');
  assert.ok(judged([fill, fill]) > 0, 'twice');
  assert.ok(judged([fill], { fills: [{ ...told, sz: '3' }], positions: [{ instId: 'BTC-USDT-SWAP', pos: '3' }] }) > 0, 'another size');
  assert.ok(judged([fill], { positions: [{ instId: 'BTC-USDT-SWAP', pos: '-2' }] }) > 0, 'another position');
});

test('the judge of the month counts what the gateway found by itself, each step down, and an hour in which nothing was compared', () => {
  const judge = new MonthJudge();
  const difference = { kind: 'position', subject: 'BTC-USDT-SWAP', books: '1', exchange: '2' } as const;
  judge.read([{ kind: 'compared', trigger: 'hourly', clean: false, differences: [difference], evidence: '' }], 1);
  judge.read([{ kind: 'mode', from: 'ACTIVE', to: 'REDUCE_ONLY', by: 'twokey', cause: 'a difference' }], 2);
  assert.deepEqual(judge.figures(() => 0).differences, [
    'hour 1: hourly found position BTC-USDT-SWAP: books 1, exchange 2',
    'hour 2: REDUCE_ONLY: a difference',
    'hour 2: nothing was compared',
  ]);
});
