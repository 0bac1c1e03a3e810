import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../core/market/instrument.ts';
import type { Quote } from '../core/market/quote.ts';
import { decimal } from '../core/money/decimal.ts';
import type { MarketView } from '../core/order/parse-intent.ts';
import type { ReadReport } from '../core/order/report.ts';
import type { Read } from '../core/order/request.ts';
import { sharedPrices } from './prices.ts';

const id = 'BTC-USDT' as InstrumentId;
const one = decimal('1');

function desk() {
  const asked: Read[] = [];
  const world = { now: 1000, quotes: new Map<InstrumentId, Quote>(), failing: false };
  const level = [one, one] as const;
  const prices = sharedPrices({
    now: () => world.now,
    quotes: () => world.quotes,
    ask: (request): Promise<ReadReport> => {
      asked.push(request);
      if (world.failing) return Promise.resolve({ kind: 'failed', cause: 'nobody' });
      if (request.kind === 'book') {
        const side = Array.from({ length: request.depth }, () => level);
        return Promise.resolve({ kind: 'book', book: { instrument: id, bids: side, asks: side, at: 1 } });
      }
      return Promise.resolve({ kind: 'ticker', ticker: { instrument: id, bid: one, ask: one, last: one, volume: null, at: 1 } });
    },
  });
  return { asked, world, prices };
}

test('however many agents look, the exchange is asked once a second for each view, and every depth is cut out of one answer', async () => {
  const { asked, world, prices } = desk();
  const views: readonly MarketView[] = [...Array(20).keys()].map((index) => ({ kind: 'book', depth: index + 1 }));
  const reports = await Promise.all(views.map((view) => prices(id, view)));
  assert.deepEqual(
    reports.map((report) => (report.kind === 'book' ? [report.book.bids.length, report.book.asks.length] : [])),
    [...Array(20).keys()].map((index) => [index + 1, index + 1]),
  );
  assert.equal(asked.length, 1);
  world.now += 1000;
  await prices(id, { kind: 'book', depth: 1 });
  assert.equal(asked.length, 2);
});

test('a ticker is the quote that decisions use, while that is fresh; an old one asks the exchange', async () => {
  const { asked, world, prices } = desk();
  const two = decimal('2');
  const absent = { mark: null, index: null, volume: null, book: null, range: null };
  world.quotes.set(id, { instrument: id, bid: two, ask: two, last: two, ...absent, at: 900, receivedAt: 900 });
  const fresh = await prices(id, { kind: 'ticker' });
  assert.ok(fresh.kind === 'ticker' && fresh.ticker.bid === two);
  assert.equal(asked.length, 0);
  world.now += 5000;
  const old = await prices(id, { kind: 'ticker' });
  assert.ok(old.kind === 'ticker' && old.ticker.bid === one);
  assert.equal(asked.length, 1);
});

test('that the exchange did not answer is said to everybody who asked then, and not to those who ask a second later', async () => {
  const { world, prices } = desk();
  world.failing = true;
  assert.equal((await prices(id, { kind: 'ticker' })).kind, 'failed');
  world.failing = false;
  world.now += 1000;
  assert.equal((await prices(id, { kind: 'ticker' })).kind, 'ticker');
});

test('a clock that was set back makes no old answer new', async () => {
  const { asked, world, prices } = desk();
  world.now = 700_000;
  await prices(id, { kind: 'ticker' });
  world.now = 100_000;
  await prices(id, { kind: 'ticker' });
  assert.equal(asked.length, 2);
});
