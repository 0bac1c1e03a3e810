import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, openExchange, START, trade, type Trader } from '../../test/support/sim-trader.ts';
import { decimal } from '../core/money/decimal.ts';
import { isThin, levelAt, type Regime } from './regimes.ts';

const HOUR = 3_600_000;

function regime(kind: Regime['kind'], since = START): Regime {
  return { kind, since, periodMilliseconds: HOUR };
}

function levels(kind: Regime['kind'], { base = 'BTC', count, step }: { base?: string; count: number; step: number }): readonly number[] {
  return Array.from({ length: count }, (_, index) => levelAt({ seed: 7, base, regime: regime(kind), at: START + index * step }));
}

/** The largest step between two levels that follow each other. */
function largest(values: readonly number[]): number {
  return Math.max(...values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? 0))));
}

function priceOf(trader: Trader, instId: string): number {
  return Number(firstRow(trader.get(`/api/v5/market/ticker?instId=${instId}`))['last']);
}

test('a calm market keeps its level, a trend reaches its own in small steps, and a gap jumps to it at once', () => {
  const [calm, trending, gap] = (['calm', 'trending', 'gap'] as const).map((kind) => levels(kind, { count: 600, step: 60_000 }));
  assert.deepEqual(new Set(calm), new Set([0]));
  // 6 % in an hour at most, minute by minute; a jump is most of a per cent.
  assert.ok(largest(trending ?? []) <= 10_100, String(largest(trending ?? [])));
  assert.ok(Math.max(...(trending ?? []).map(Math.abs)) > 90_000);
  assert.ok(largest(gap ?? []) > 90_000, String(largest(gap ?? [])));
  assert.ok(new Set(gap).size <= 12, 'between two jumps nothing moves');
});

test('a level is a function of seed and clock: asked in any sequence it is the same, and two periods meet where one ends', () => {
  for (const kind of ['trending', 'gap', 'seeded'] as const) {
    const there = levels(kind, { count: 200, step: 1_234_567 });
    const back = Array.from({ length: 200 }, (_, index) =>
      levelAt({ seed: 7, base: 'BTC', regime: regime(kind), at: START + (199 - index) * 1_234_567 }),
    );
    assert.deepEqual(back.toReversed(), there);
  }
  const seams = Array.from({ length: 200 }, (_, index) => START + index * HOUR);
  const steps = seams.map((at) => {
    const [before, after] = [at - 1, at].map((moment) => levelAt({ seed: 3, base: 'ETH', regime: regime('seeded'), at: moment }));
    return Math.abs((after ?? 0) - (before ?? 0));
  });
  assert.ok(Math.max(...steps.slice(1)) <= 1, `the largest step between two periods is ${Math.max(...steps)}`);
});

test('drawn regimes meet each kind, and every Saturday and Sunday is thin', () => {
  const monday = Date.UTC(2026, 10, 23);
  const drawn = regime('seeded', monday);
  const hours = Array.from({ length: 14 * 24 }, (_, index) => monday + index * HOUR + 1);
  const thin = hours.filter((at) => isThin({ seed: 1, regime: drawn, at }));
  const weekend = hours.filter((at) => [0, 6].includes(new Date(at).getUTCDay()));
  assert.equal(weekend.length, 96);
  assert.deepEqual(
    weekend.filter((at) => !thin.includes(at)),
    [],
  );
  assert.ok(thin.length > weekend.length && thin.length < hours.length / 2 + weekend.length);
});

test('coins go with BTC, each in its measure and with some of its own', () => {
  const hours = Array.from({ length: 200 }, (_, index) => START + index * HOUR);
  const moves = (base: string): readonly number[] => hours.map((at) => levelAt({ seed: 5, base, regime: regime('trending'), at }));
  const [btc, eth, sol] = [moves('BTC'), moves('ETH'), moves('SOL')];
  for (const [other, own] of [
    [eth, 40_000],
    [sol, 80_000],
  ] as const) {
    const apart = btc.map((value, index) => (other[index] ?? 0) - (value * (own === 40_000 ? 12 : 15)) / 10);
    assert.ok(Math.max(...apart.map(Math.abs)) <= own + 1);
    assert.ok(new Set(apart).size > 100, 'each adds some of its own');
  }
  assert.deepEqual(new Set(levels('trending', { base: 'USDT', count: 50, step: HOUR })), new Set([0]));
});

test('the desk chooses a regime: the price goes on from where it was, and the book of a thin market is wide and small', () => {
  const trader = trade();
  const before = priceOf(trader, 'BTC-USDT');
  assert.equal(trader.desk('/sim/market', { regime: 'illiquid' }).status, 200);
  assert.ok(Math.abs(priceOf(trader, 'BTC-USDT') - before) <= 0.2);
  const { bidPx = '', askPx = '', askSz = '' } = firstRow(trader.get('/api/v5/market/ticker?instId=BTC-USDT'));
  assert.ok(Number(askPx) - Number(bidPx) > 0.005 * before, `${bidPx} ${askPx}`);
  assert.ok(Number(askSz) * before < 400, askSz);
  assert.equal(trader.desk('/sim/market', { regime: 'trending', period_ms: 60_000 }).status, 200);
  trader.wait(60_000);
  const moved = priceOf(trader, 'BTC-USDT') / before - 1;
  assert.ok(Math.abs(moved) > 0.009 && Math.abs(moved) < 0.035, String(moved));
  assert.ok(Math.sign(priceOf(trader, 'ETH-USDT') - 3000) === Math.sign(moved), 'the others go along');
  // A price that the desk moves under a regime goes on under it from there.
  trader.desk('/sim/market', { instId: 'BTC-USDT', price: '50000' });
  trader.wait(60_000);
  assert.ok(Math.abs(priceOf(trader, 'BTC-USDT') / 50_000 - 1) > 0.001);
  for (const wrong of [{ regime: 'wild' }, { regime: 'gap', period_ms: 10 }, { regime: 'seeded', period_ms: 1000 }])
    assert.equal(trader.desk('/sim/market', wrong).status, 400);
});

const candles = [
  { open: '46000', high: '46500', low: '45900', close: '46400' },
  { open: '46400', high: '46400', low: '41000', close: '41400' },
].map(({ open, high, low, close }) => ({ open: decimal(open), high: decimal(high), low: decimal(low), close: decimal(close) }));

test('where BTC is replayed the others follow it, and a replay at speed shows the same prices sooner', () => {
  const slow = trade(openExchange({ candles }));
  const fast = trade(openExchange({ candles, candleMilliseconds: 3000 }));
  slow.wait(120_000);
  fast.wait(6000);
  const [btc, same] = [slow, fast].map((trader) => priceOf(trader, 'BTC-USDT'));
  assert.equal(btc, 41_400);
  assert.equal(same, btc);
  // BTC lost 10 %; ETH 1.2 and SOL 1.5 times as much, but for their own noise.
  for (const [instId, from, measure] of [
    ['ETH-USDT', 3000, 1.2],
    ['SOL-USDT', 150, 1.5],
  ] as const)
    assert.ok(Math.abs(priceOf(slow, instId) / from - 1 + 0.1 * measure) < 0.002, instId);
});

test('where no regime was chosen the market of a seed is the one that it always was, prices and book', () => {
  const trader = trade();
  const seen = [0, 12_345, 600_000, 86_400_000].map((wait) => {
    trader.wait(wait);
    return ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'].map((instId) => {
      const { last, bidSz, askPx, askSz } = firstRow(trader.get(`/api/v5/market/ticker?instId=${instId}`));
      return [last, bidSz, askPx, askSz].join(' ');
    });
  });
  assert.deepEqual(seen, [
    ['60000 0.1548 60000.1 0.1782', '3000 2.404 3000.01 2.792', '150 83.92 150.01 58.72'],
    ['60000.2 0.2531 60000.3 0.1073', '2999.96 5.308 2999.97 2.656', '150 41.28 150.01 85.6'],
    ['59996.8 0.1102 59996.9 0.272', '3001.27 2.315 3001.28 3.806', '150.01 65.99 150.02 42.95'],
    ['59993 0.1808 59993.1 0.174', '2999.59 4.604 2999.6 5.428', '150.03 62.46 150.04 113.41'],
  ]);
});
