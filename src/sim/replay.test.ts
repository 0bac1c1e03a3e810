import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { openExchange, settings, START, trade, type Trader } from '../../test/support/sim-trader.ts';
import { add, equals, subtract } from '../core/money/decimal.ts';
import { createExchange, parseEvent, type Exchange } from './exchange.ts';
import { hash32 } from './random.ts';
import type { State } from './state.ts';

/** A day of an account in small: orders of all kinds, faults, moved prices, timers and somebody else's trades, drawn from a seed. */
function live(trader: Trader, seed: number): void {
  if (seed % 2 === 0) trader.post('/api/v5/account/set-position-mode', { posMode: 'long_short_mode' });
  for (let step = 0; step < 120; step += 1) {
    const draw = (below: number, part: number): number => hash32(seed, step, part) % below;
    const instId = ['BTC-USDT', 'BTC-USDT-SWAP', 'ETH-USDT-SWAP'][draw(3, 1)] ?? 'BTC-USDT';
    const isSpot = instId === 'BTC-USDT';
    const reference = instId.startsWith('BTC') ? 60_000 : 3000;
    const order = {
      instId,
      tdMode: isSpot ? 'cash' : seed % 3 === 0 ? 'isolated' : 'cross',
      side: draw(2, 2) === 0 ? 'buy' : 'sell',
      ordType: ['limit', 'market', 'ioc', 'post_only', 'fok'][draw(5, 3)],
      sz: isSpot ? '0.001' : String(1 + draw(3, 4)),
      px: String(reference + draw(61, 5) - 30),
      clOrdId: `c${draw(40, 6)}`,
      tgtCcy: 'base_ccy',
      reduceOnly: !isSpot && draw(5, 7) === 0,
      ...(isSpot || seed % 2 === 1 ? {} : { posSide: ['long', 'short'][draw(2, 18)] }),
    };
    const away = (side: string, price: number): object => ({
      slTriggerPx: String(price + (side === 'buy' ? -1 : 1) * (2 + draw(30, 11))),
      slOrdPx: '-1',
      tpTriggerPx: String(price + (side === 'buy' ? 1 : -1) * (2 + draw(30, 12))),
      tpOrdPx: '-1',
    });
    if (draw(3, 13) === 0) {
      const closing = order.side === 'buy' ? 'sell' : 'buy';
      const stop = { ...order, side: closing, ordType: 'oco', reduceOnly: !isSpot, cxlOnClosePos: !isSpot && draw(2, 14) === 0 };
      if (draw(2, 15) === 0)
        trader.post('/api/v5/trade/order-algo', { ...stop, ...away(order.side, reference), algoClOrdId: order.clOrdId });
      else trader.post('/api/v5/trade/order', { ...order, reduceOnly: false, attachAlgoOrds: [away(order.side, Number(order.px))] });
      if (draw(4, 16) === 0) trader.post('/api/v5/trade/cancel-algos', [{ instId, algoClOrdId: `c${draw(40, 17)}` }]);
    }
    const kind = draw(12, 8);
    if (kind < 6) trader.post('/api/v5/trade/order', order);
    else if (kind === 6) trader.post('/api/v5/trade/cancel-order', { instId, clOrdId: order.clOrdId });
    else if (kind === 7) trader.post('/api/v5/trade/amend-order', { instId, clOrdId: order.clOrdId, newPx: order.px });
    else if (kind === 8) trader.desk('/sim/market', { instId, price: String(reference + draw(41, 9) - 20) });
    else if (kind === 9) trader.desk('/sim/orders', { ...order, ordType: 'market' });
    else if (kind === 10) trader.post('/api/v5/trade/cancel-all-after', { timeOut: draw(2, 9) === 0 ? '10' : '0' });
    else {
      trader.desk('/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order', executed: draw(2, 9) === 0 });
      trader.desk('/sim/faults', { kind: 'query_fails', path: '/api/v5/account/positions' });
      trader.get('/api/v5/account/positions');
    }
    trader.wait(draw(4000, 10));
    if (step % 12 === 7) {
      const waits = { ...order, sz: isSpot ? '0.001' : '1', reduceOnly: false };
      const trigger = { triggerPx: String(reference + draw(21, 19) - 10), orderPx: '-1' };
      const kind = draw(2, 20) === 0 ? { ordType: 'trigger', ...trigger } : { ordType: 'move_order_stop', callbackSpread: '8' };
      trader.post('/api/v5/trade/order-algo', { ...waits, ...kind });
      // A contract that is delivered when the clock is moved.
      trader.post('/api/v5/trade/order', { ...order, instId: 'BTC-USDT-261120', ordType: 'market' });
    }
    // Far enough for funding to fall due.
    if (step === 60) trader.desk('/sim/clock', { advance_ms: seed % 4 === 0 ? 200_000_000 : 30_000_000 });
    if (step % 30 === 10) trader.post('/api/v5/asset/transfer', { ccy: 'USDT', amt: '10', from: '18', to: '6' });
    if (step % 30 === 20) trader.desk('/sim/deposits', { ccy: 'USDT', amt: '25', to: '18' });
    if (step % 40 === 30) trader.desk('/sim/liquidations', { instId: 'BTC-USDT-SWAP', sz: '1' });
  }
}

function again(trader: Trader): Exchange {
  const exchange = openExchange();
  for (const event of trader.events) {
    const parsed = parseEvent(JSON.stringify(event));
    assert.ok(parsed.ok);
    exchange.replay(parsed.value);
  }
  return exchange;
}

test('the same events give the same ledger and the same state, whatever was asked in between', () => {
  let fills = 0;
  const ends = new Set<string>();
  for (let seed = 1; seed <= 8; seed += 1) {
    const trader = trade();
    live(trader, seed);
    const copy = again(trader);
    // The last moments changed nothing and are in no event; both look at the same time.
    copy.tick(trader.now());
    trader.exchange.tick(trader.now());
    assert.deepEqual(copy.ledger(), trader.exchange.ledger());
    assert.deepEqual(copy.state().faults, trader.exchange.state().faults);
    assert.equal(copy.state().sequence, trader.exchange.state().sequence);
    fills += trader.exchange.ledger()['fills']?.length ?? 0;
    for (const algo of trader.exchange.state().algos.values()) ends.add(algo.state);
  }
  assert.deepEqual(ends, new Set(['canceled', 'effective', 'live', 'order_failed']));
  assert.ok(fills > 100, `enough was traded to mean something: ${fills} fills`);
});

test('a state that was written down and read back goes on as the same exchange', () => {
  const trader = trade();
  live(trader, 3);
  const restored = deserialize(serialize(trader.exchange.state())) as State;
  const copy = createExchange({ settings, startedAt: START, restored });
  assert.deepEqual(copy.ledger(), trader.exchange.ledger());
  for (const exchange of [copy, trader.exchange]) exchange.tick(trader.now() + 60_000);
  assert.deepEqual(copy.ledger(), trader.exchange.ledger());
});

test('money is neither made nor lost: cash moves by what stands in bills, and each is the sum of those before it', () => {
  const types = new Set<string>();
  for (let seed = 1; seed <= 8; seed += 1) {
    const trader = trade();
    live(trader, seed);
    const state = trader.exchange.state();
    // The demo account trades nothing here, and its coins were there before any bill.
    for (const account of [...state.accounts.values()].filter(({ uid }) => uid !== '2000')) {
      for (const [ccy, balance] of account.balances) {
        const bills = account.bills.filter((bill) => bill.ccy === ccy);
        for (const [index, bill] of bills.entries()) {
          types.add(bill.type);
          const before = bills[index - 1]?.balance ?? subtract(bill.balance, bill.change);
          assert.ok(equals(add(before, bill.change), bill.balance), `${account.uid} ${ccy} bill ${bill.billId}`);
        }
        const moved = bills.reduce((sum, bill) => sum + Number(bill.change.coefficient) / 10 ** bill.change.scale, 0);
        const cash = Number(balance.cash.coefficient) / 10 ** balance.cash.scale;
        assert.ok(Math.abs(cash - moved - (ccy === 'USDT' ? 10_000 : 0)) < 1e-6, `${account.uid} ${ccy}`);
        const frozen = [...account.pending.values()].reduce((sum, order) => sum + frozenIn(order, ccy), 0);
        assert.ok(
          Math.abs(Number(balance.frozen.coefficient) / 10 ** balance.frozen.scale - frozen) < 1e-9,
          `${account.uid} ${ccy} frozen`,
        );
      }
    }
  }
  assert.deepEqual(types, new Set(['1', '2', '3', '5', '8']));
});

test('a position is what its fills left, of each leg by itself, and no leg ever lies the wrong way', () => {
  let legs = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const trader = trade();
    live(trader, seed);
    const ledger = trader.exchange.ledger();
    const rows = (name: string) => (ledger[name] ?? []) as readonly Readonly<Record<string, string>>[];
    const sums = new Map<string, number>();
    for (const { account, instId = '', posSide, side, sz } of rows('fills')) {
      if (!instId.endsWith('-SWAP')) continue;
      const key = `${account} ${instId} ${posSide}`;
      sums.set(key, (sums.get(key) ?? 0) + (side === 'buy' ? 1 : -1) * Number(sz));
      const sum = sums.get(key) ?? 0;
      if (posSide !== 'net') assert.ok(posSide === 'long' ? sum > -1e-9 : sum < 1e-9, `seed ${seed}: ${key} at ${sum}`);
    }
    const held = new Map(rows('positions').map(({ account, instId, posSide, pos }) => [`${account} ${instId} ${posSide}`, Number(pos)]));
    for (const [key, sum] of sums) {
      const isNet = key.endsWith('net');
      if (!isNet) legs += 1;
      assert.ok(Math.abs((isNet ? sum : Math.abs(sum)) - (held.get(key) ?? 0)) < 1e-9, `seed ${seed}: ${key}`);
    }
  }
  assert.ok(legs > 8, `${legs} legs`);
});

function frozenIn(order: State['orders'] extends Map<string, infer Order> ? Order : never, ccy: string): number {
  const owned = order.side === 'buy' ? 'USDT' : 'BTC';
  return order.instId === 'BTC-USDT' && owned === ccy ? Number(order.frozen.coefficient) / 10 ** order.frozen.scale : 0;
}
