import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RestClient } from 'okx-api';
import { startSim } from './harness/official-kit.ts';

// The library of others that most programs on OKX use, unchanged, against `twokey sim`. It throws the body of whatever the exchange refuses, and puts a
// tag of its own on everything it sends.

const folder = mkdtempSync(join(tmpdir(), 'okx-api-'));
let sim: ChildProcess;
let url = '';
let client: RestClient;

function clientOf(apiKey: string, demoTrading: boolean): RestClient {
  return new RestClient({ apiKey, apiSecret: 'sim-secret', apiPass: 'sim-pass', baseUrl: url, demoTrading });
}

before(async () => {
  ({ sim, url } = await startSim(folder));
  client = clientOf('sim-key', false);
  await desk('/sim/deposits', { ccy: 'BTC', amt: '1', to: '18' });
});

after(async () => {
  const gone = new Promise((resolve) => sim.once('exit', resolve));
  sim.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
});

async function desk(path: string, body: object): Promise<void> {
  assert.equal((await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })).status, 200);
}

type Rows = readonly Readonly<Record<string, string>>[];

async function ledger(): Promise<Readonly<Record<'orders' | 'algos' | 'positions' | 'refused', Rows>>> {
  return (await (await fetch(`${url}/sim/ledger`)).json()) as Readonly<Record<'orders' | 'algos' | 'positions' | 'refused', Rows>>;
}

/** The body that the library throws; of a write the code of its first item. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    const body = error as {
      readonly code?: string;
      readonly data?: readonly { readonly sCode?: string }[];
      readonly body?: { readonly code?: string };
    };
    return body.data?.[0]?.sCode ?? body.code ?? body.body?.code ?? JSON.stringify(error);
  }
  return 'carried out';
}

const spot = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '59000', sz: '0.01' } as const;
const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '3' } as const;

async function dated(): Promise<string> {
  const listed = await client.getInstruments({ instType: 'FUTURES', instFamily: 'BTC-USD' });
  return listed.find(({ alias }) => alias === 'quarter')?.instId ?? assert.fail('a contract of the quarter is listed');
}

test('everything that can be asked about the market is answered, and what does not exist is refused', async () => {
  const [btc, perpetual] = [{ instId: 'BTC-USDT' }, { instId: 'BTC-USDT-SWAP' }];
  const asked: readonly (readonly [string, Promise<unknown>])[] = [
    ['instruments', client.getInstruments({ instType: 'SWAP' })],
    ['time', client.getSystemTime({})],
    ['mark price', client.getMarkPrice({ instType: 'FUTURES' })],
    ['price limit', client.getMinMaxLimitPrice(perpetual)],
    ['open interest', client.getOpenInterest({ instType: 'SWAP' })],
    ['funding rate', client.getFundingRate(perpetual)],
    ['past funding', client.getFundingRateHistory(perpetual)],
    ['position tiers', client.getPositionTiers({ instType: 'SWAP', tdMode: 'cross', instFamily: 'BTC-USDT' })],
    ['greeks', client.getOptionMarketData({ instFamily: 'BTC-USD' })],
    ['ticker', client.getTicker(btc)],
    ['tickers', client.getTickers({ instType: 'OPTION', uly: 'BTC-USD' })],
    ['book', client.getOrderBook({ ...btc, sz: '5' })],
    ['candles', client.getCandles(btc)],
    ['past candles', client.getHistoricCandles(btc)],
    ['trades', client.getTrades(btc)],
    ['index', client.getIndexTickers(btc)],
    ['index candles', client.getIndexCandles(btc)],
  ];
  for (const [name, answer] of asked) {
    const rows: unknown = await answer;
    assert.ok(Array.isArray(rows) && rows.length > 0, name);
  }
  assert.ok(Math.abs((await client.getServerTime()) - Date.now()) < 60_000);
  assert.equal(await refusal(client.getTicker({ instId: 'NOPE-USDT' })), '51001');
});

test('it reads the account, and moves money inside it', async () => {
  const [config] = await client.getAccountConfiguration();
  assert.deepEqual([config?.uid, config?.mainUid, config?.acctLv], ['1001', '1000', '2']);
  const [balance] = await client.getBalance();
  assert.deepEqual(
    balance?.details.map(({ ccy, eq }) => [ccy, eq]),
    [
      ['BTC', '1'],
      ['USDT', '10000'],
    ],
  );
  assert.deepEqual(await client.getPositions(), []);
  assert.equal((await client.getLeverage({ instId: 'BTC-USDT-SWAP', mgnMode: 'cross' }))[0]?.lever, '3');
  assert.equal((await client.getMaxBuySellAmount({ instId: 'BTC-USDT-SWAP', tdMode: 'cross' })).length, 1);
  assert.equal((await client.getMaxAvailableTradableAmount({ instId: 'BTC-USDT', tdMode: 'cash' })).length, 1);
  assert.equal((await client.getMaxWithdrawals({ ccy: 'BTC,USDT' })).length, 2);
  assert.equal((await client.getFeeRates({ instType: 'SPOT' }))[0]?.taker, '-0.001');
  await client.fundsTransfer({ ccy: 'USDT', amt: '100', from: '18', to: '6', type: '0' });
  assert.equal((await client.getBalances({ ccy: 'USDT' }))[0]?.bal, '100');
  assert.equal((await client.getAccountAssetValuation({ ccy: 'USDT' })).length, 1);
  await client.fundsTransfer({ ccy: 'USDT', amt: '100', from: '6', to: '18', type: '0' });
  assert.equal((await client.getBills({ type: '1' })).length, 3);
  assert.equal((await client.getBillsArchive({ type: '1' })).length, 3);
  assert.equal(await refusal(client.fundsTransfer({ ccy: 'USDT', amt: '100', from: '6', to: '18', type: '0' })), '58350');
});

test('an order rests, is amended, asked for and cancelled, alone and in a batch', async () => {
  const [placed] = await client.submitOrder({ ...spot, clOrdId: 'a1' });
  await client.amendOrder({ instId: spot.instId, clOrdId: 'a1', newPx: '58900' });
  const [order] = await client.getOrderDetails({ instId: spot.instId, ordId: placed?.ordId ?? '' });
  assert.deepEqual([order?.px, order?.state, order?.clOrdId], ['58900', 'live', 'a1']);
  assert.equal((await client.getOrderList()).length, 1);
  await client.cancelOrder({ instId: spot.instId, clOrdId: 'a1' });
  await client.submitMultipleOrders([
    { ...spot, clOrdId: 'a2' },
    { ...spot, clOrdId: 'a3' },
  ]);
  const both = ['a2', 'a3'].map((clOrdId) => ({ instId: spot.instId, clOrdId }));
  await client.amendMultipleOrders(both.map((one) => ({ ...one, newSz: '0.02' })));
  await client.cancelMultipleOrders(both);
  const { orders } = await ledger();
  assert.deepEqual(
    orders.map(({ clOrdId, sz, state }) => [clOrdId, sz, state]),
    [
      ['a1', '0.01', 'canceled'],
      ['a2', '0.02', 'canceled'],
      ['a3', '0.02', 'canceled'],
    ],
  );
  assert.equal(new Set(orders.map(({ tag }) => tag)).size, 1);
  assert.notEqual(orders[0]?.['tag'], '');
});

test('what the exchange refuses is thrown with its code, and leaves no order', async () => {
  const before = (await ledger()).orders.length;
  assert.equal(await refusal(client.submitOrder({ ...spot, sz: '9' })), '51008');
  assert.equal(await refusal(client.submitOrder({ ...spot, tdMode: 'isolated' })), '51010');
  assert.equal(await refusal(client.submitOrder({ ...swap, ordType: 'limit', px: '90000' })), '51006');
  assert.equal(await refusal(client.submitOrder({ ...swap, side: 'sell', reduceOnly: true })), '51169');
  assert.equal(await refusal(client.cancelOrder({ instId: spot.instId, clOrdId: 'a1' })), '51400');
  assert.equal(await refusal(client.amendOrder({ instId: spot.instId, clOrdId: 'a1', newPx: '1' })), '51503');
  assert.equal(await refusal(client.getOrderDetails({ instId: spot.instId, ordId: '1' })), '51603');
  assert.equal(await refusal(client.setLeverage({ instId: swap.instId, lever: '500', mgnMode: 'cross' })), '59102');
  const after = await ledger();
  assert.equal(after.orders.length, before);
  assert.deepEqual(
    after.refused.slice(-6).map(({ code }) => code),
    ['51008', '51010', '51006', '51169', '51400', '51503'],
  );
});

for (const kind of ['SWAP', 'FUTURES'] as const) {
  test(`a position in ${kind} is opened, guarded by stops, closed, and found in the history`, async () => {
    const instId = kind === 'SWAP' ? swap.instId : await dated();
    await client.setLeverage({ instId, lever: '5', mgnMode: 'cross' });
    await client.submitOrder({ ...swap, instId });
    const [position] = await client.getPositions({ instType: kind });
    assert.deepEqual([position?.pos, position?.lever, position?.mgnMode], ['3', '5', 'cross']);
    const closing = { instId, tdMode: 'cross', side: 'sell', sz: '3', reduceOnly: true } as const;
    const legs = { tpTriggerPx: '65000', tpOrdPx: '-1', slTriggerPx: '55000', slOrdPx: '-1' };
    const [stop] = await client.placeAlgoOrder({ ...closing, ordType: 'oco', ...legs });
    const algoId = stop?.algoId ?? '';
    await client.amendAlgoOrder({ instId, algoId, newSlTriggerPx: '54000' });
    assert.equal((await client.getAlgoOrderDetails({ algoId }))[0]?.slTriggerPx, '54000');
    assert.equal((await client.getAlgoOrderList({ ordType: 'oco' })).length, 1);
    const [trail] = await client.placeAlgoOrder({ ...closing, ordType: 'move_order_stop', callbackRatio: '0.05' });
    await client.placeAlgoOrder({ ...closing, ordType: 'trigger', triggerPx: '50000', orderPx: '-1' }).then(async ([waiting]) => {
      await client.cancelAlgoOrder([{ instId, algoId: waiting?.algoId ?? '' }]);
    });
    await client.cancelAlgoOrder([
      { instId, algoId },
      { instId, algoId: trail?.algoId ?? '' },
    ]);
    assert.equal((await client.getAlgoOrderHistory({ ordType: 'oco', algoId })).length, 1);
    await client.closePositions({ instId, mgnMode: 'cross' });
    assert.deepEqual(await client.getPositions({ instType: kind }), []);
    assert.equal((await client.getPositionsHistory({ instType: kind }))[0]?.type, '2');
    assert.equal((await client.getOrderHistory({ instType: kind })).length, 2);
    assert.equal((await client.getOrderHistoryArchive({ instType: kind })).length, 2);
    assert.equal((await client.getFills({ instType: kind })).length, 2);
    assert.equal((await client.getFillsHistory({ instType: kind })).length, 2);
    assert.equal(await refusal(client.closePositions({ instId, mgnMode: 'cross' })), '51023');
    const { algos } = await ledger();
    assert.ok(algos.every(({ state }) => state === 'canceled'));
  });
}

test('both position modes can be set while nothing is open', async () => {
  assert.equal((await client.setPositionMode({ posMode: 'long_short_mode' }))[0]?.posMode, 'long_short_mode');
  assert.equal(await refusal(client.submitOrder(swap)), '51000');
  await client.submitOrder({ ...swap, posSide: 'long' });
  assert.equal(await refusal(client.setPositionMode({ posMode: 'net_mode' })), '59000');
  await client.closePositions({ instId: swap.instId, mgnMode: 'cross', posSide: 'long' });
  assert.equal((await client.setPositionMode({ posMode: 'net_mode' }))[0]?.posMode, 'net_mode');
});

test('a key of demo trading works with demoTrading alone, on an account as the exchange hands it out', async () => {
  assert.equal(await refusal(clientOf('sim-key-demo', false).getAccountConfiguration()), '50101');
  const demo = clientOf('sim-key-demo', true);
  const [config] = await demo.getAccountConfiguration();
  assert.deepEqual([config?.acctLv, config?.uid === config?.mainUid], ['1', true]);
  assert.equal(await refusal(demo.submitOrder(swap)), '51010');
  await demo.setAccountMode({ acctLv: '2' });
  await demo.submitOrder(swap);
  assert.equal((await demo.getPositions()).length, 1);
  await demo.closePositions({ instId: swap.instId, mgnMode: 'cross' });
});

test('its tag makes the switch that cancels everything one that cancels what it placed itself', async () => {
  const [armed] = (await client.cancelAllAfter({ timeOut: '30' })) as unknown as Rows;
  await client.submitOrder({ ...spot, clOrdId: 'mine' });
  assert.notEqual(armed?.['tag'], '');
  await desk('/sim/orders', { ...spot, clOrdId: 'others' });
  await desk('/sim/clock', { advance_ms: 31_000 });
  const { orders } = await ledger();
  const stateOf = (name: string): string | undefined => orders.find(({ clOrdId }) => clOrdId === name)?.['state'];
  assert.deepEqual([stateOf('mine'), stateOf('others')], ['canceled', 'live']);
});
