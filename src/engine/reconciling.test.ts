import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, formatDecimal, subtract } from '../core/money/decimal.ts';
import type { DifferenceBody, Entry } from '../core/journal/entry.ts';
import { readEntry } from '../core/journal/read-entry.ts';
import { parseJson } from '../core/lang/canonical.ts';
import { editing, EngineWorld } from '../../test/support/engine-world.ts';

const swap = { instrument: 'BTC-USDT-SWAP' };

function entriesOf<Kind extends Entry['kind']>(world: EngineWorld, kind: Kind): readonly Extract<Entry, { kind: Kind }>[] {
  return world.disk.rows.flatMap((row) => {
    if (row.kind !== kind) return [];
    const json = parseJson(row.body, { charactersMax: 1_000_000, depthMax: 64 });
    const entry = json.ok ? readEntry(row.kind, json.value) : json;
    assert.ok(entry.ok);
    return entry.value.kind === kind ? [entry.value as Extract<Entry, { kind: Kind }>] : [];
  });
}

async function compared(world: EngineWorld): Promise<readonly DifferenceBody[]> {
  assert.equal(await world.until(world.engine.compareNow()), null);
  return world.engine.lastComparison?.differences ?? [];
}

function classes(differences: readonly DifferenceBody[]): readonly string[] {
  return differences.map((difference) => difference.class ?? '').toSorted();
}

async function adopt(world: EngineWorld): Promise<readonly DifferenceBody[]> {
  const adopted = await world.until(world.engine.adopt('I did that'));
  assert.ok(adopted.ok, adopted.ok ? '' : adopted.error);
  return adopted.value.differences;
}

async function resumed(world: EngineWorld): Promise<string> {
  while (world.engine.state.mode !== 'ACTIVE') {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await world.until(world.engine.operate({ verb: 'resume', reason: 'it was meant' })), null);
  }
  return world.engine.state.mode;
}

test('every bill of our own trades is read, explained by a booked fill, and leads to what the exchange holds', async () => {
  const world = await EngineWorld.running();
  for (const [order, side] of [
    [{}, 'buy'],
    [swap, 'buy'],
    [swap, 'sell'],
    [{}, 'sell'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await world.until(world.place({ ...order, side, quantity: side === 'buy' ? '40' : '30' }));
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(15_000);
  }
  assert.deepEqual(await compared(world), []);
  const statements = entriesOf(world, 'statement');
  assert.deepEqual(
    [statements[0]?.trades, statements.reduce((sum, { trades }) => sum + trades, 0)],
    [0, 4],
    'the first opens the account, and each trade is counted once',
  );
  assert.ok(statements.every(({ items }) => items.length === 0));
  const { statement } = world.engine.state;
  assert.deepEqual([statement?.unbilled, [...(statement?.unsettled ?? [])]], [0, []]);
  const { balances } = world.desk('GET', '/sim/ledger') as {
    balances: readonly { ccy: string; total: string; account: string }[];
  };
  for (const { ccy, total, account } of balances)
    if (account === '1001') assert.equal(formatDecimal(statement?.balances.get(ccy) ?? decimal('0')), total, ccy);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('money that came closes entries until the operator accepts it, and is no gain', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ ...swap }));
  await world.pass(10_000);
  const before = world.engine.state.earnings.cash;
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '500', to: '18' });
  await world.pass(11_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  const [found] = await compared(world);
  assert.deepEqual([found?.class, found?.subject], ['movement', 'USDT']);
  assert.equal(formatDecimal(subtract(decimal(found?.exchange ?? ''), decimal(found?.books ?? ''))), '500');
  assert.match((await world.until(world.engine.operate({ verb: 'resume', reason: 'go on' }))) ?? '', /1 differences/);
  assert.deepEqual(classes(await adopt(world)), ['movement']);
  assert.deepEqual(await compared(world), []);
  assert.equal(await resumed(world), 'ACTIVE');
  assert.deepEqual(world.engine.state.earnings.cash, before);
  assert.equal(entriesOf(world, 'adopted')[0]?.reason, 'I did that');
});

test('money that came and went again leaves nothing to accept', async () => {
  const world = await EngineWorld.running();
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '500', to: '18' });
  world.desk('POST', '/sim/transfers', { ccy: 'USDT', amt: '500', from: '18', to: '6' });
  await world.pass(11_000);
  assert.deepEqual(await compared(world), []);
});

test('what a person traded beside the agents is told by its bills, and once accepted is held beside twokey', async () => {
  const world = await EngineWorld.running();
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'sell', sz: '0.5' });
  world.desk('POST', '/sim/orders', { instId: 'ETH-USDT', side: 'buy', sz: '0.01', tgtCcy: 'base_ccy' });
  await world.pass(11_000);
  assert.notEqual(world.engine.state.mode, 'ACTIVE');
  assert.deepEqual(
    entriesOf(world, 'statement').flatMap(({ items }) => items.map((item) => `${item.class} ${item.instrument} ${item.currency}`)),
    ['foreign_trade BTC-USDT-SWAP USDT', 'foreign_trade ETH-USDT USDT', 'foreign_trade ETH-USDT ETH'],
  );
  assert.deepEqual(classes(await adopt(world)), ['phantom_position', 'phantom_position']);
  assert.deepEqual(await compared(world), []);
  await resumed(world);
  const { baseline, positions } = world.engine.state;
  assert.equal(positions.size, 0);
  assert.deepEqual([...baseline.contracts.values()].map(formatDecimal), ['-0.5']);
  const refused = await world.until(world.place({ ...swap }));
  assert.ok(refused.kind === 'recorded' && refused.record.result.kind === 'denied');
  assert.match(refused.record.result.denial.message, /held the other way before twokey/);
});

test('what a person closed of what an agent holds is taken from it at the price of the moment, and no loss disappears', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ ...swap }));
  await world.pass(10_000);
  const [position] = world.engine.state.positions.values();
  assert.ok(position !== undefined);
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'sell', sz: formatDecimal(position.size), reduceOnly: 'true' });
  await world.pass(11_000);
  assert.deepEqual(classes(await adopt(world)), ['phantom_position']);
  assert.deepEqual(await compared(world), []);
  const { positions, baseline, earnings } = world.engine.state;
  assert.equal(positions.size, 0);
  assert.deepEqual([...baseline.contracts.values()].map(formatDecimal), ['0']);
  const cash = earnings.cash.get('USDT');
  assert.ok(cash !== undefined && Math.abs(Number(formatDecimal(cash))) < 1, 'the fee and the way between two prices');
});

test('an order of somebody else that rests is not accepted, nor is anything beside it', async () => {
  const world = await EngineWorld.running();
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '5', to: '18' });
  world.desk('POST', '/sim/orders', { instId: 'BTC-USDT-SWAP', side: 'buy', sz: '1', ordType: 'limit', px: '50000' });
  const adopted = await world.until(world.engine.adopt('all of it'));
  assert.match(adopted.ok ? '' : adopted.error, /BTC-USDT-SWAP \(foreign_order\) is not adopted: cancel it at the exchange/);
  assert.deepEqual(classes(world.engine.lastComparison?.differences ?? []), ['foreign_order', 'movement']);
  assert.equal(entriesOf(world, 'adopted').length, 0);
});

test('a stop order of somebody else closes entries as well', async () => {
  const world = await EngineWorld.running();
  world.intercept = editing('/api/v5/trade/orders-algo-pending?ordType=trigger', () => [
    {
      algoId: '77',
      algoClOrdId: '',
      instId: 'BTC-USDT',
      instType: 'SPOT',
      ordType: 'trigger',
      state: 'live',
      side: 'buy',
      posSide: 'net',
      reduceOnly: 'false',
      tag: '',
      uTime: '1795000000000',
    },
  ]);
  await world.pass(31_000);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
  assert.deepEqual(classes(await compared(world)), ['foreign_order']);
});

test('where books and exchange agree there is nothing to accept', async () => {
  const world = await EngineWorld.running();
  const adopted = await world.until(world.engine.adopt('why not'));
  assert.match(adopted.ok ? '' : adopted.error, /agree: there is nothing to adopt/);
});

test('funding is explained by its bills and counts as gain or loss; what happened while no gateway ran is found at the start', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ ...swap }));
  await world.pass(10_000);
  const cash = world.engine.state.earnings.cash.get('USDT') ?? decimal('0');
  world.crash();
  world.stall(17_600_000);
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '7', to: '18' });
  await world.open();
  await world.until(world.engine.start());
  const items = entriesOf(world, 'statement').flatMap((entry) => entry.items);
  assert.deepEqual(
    items.map((item) => [item.class, item.currency]),
    [
      ['funding', 'USDT'],
      ['movement', 'USDT'],
    ],
  );
  const after = world.engine.state.earnings.cash.get('USDT') ?? decimal('0');
  assert.equal(formatDecimal(subtract(after, cash)), items[0]?.change);
  assert.deepEqual(classes(world.engine.lastComparison?.differences ?? []), ['movement']);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
});

test('what the exchange liquidated is told as that', async () => {
  const world = await EngineWorld.running();
  await world.until(world.place({ ...swap }));
  await world.pass(10_000);
  world.desk('POST', '/sim/liquidations', { instId: 'BTC-USDT-SWAP' });
  await world.pass(11_000);
  assert.notEqual(world.engine.state.mode, 'ACTIVE');
  assert.deepEqual(
    entriesOf(world, 'compared')
      .at(-1)
      ?.differences.map((difference) => difference.class),
    ['liquidation'],
  );
  assert.deepEqual(classes(await adopt(world)), ['phantom_position']);
  assert.deepEqual(await compared(world), []);
});

test('a balance that no bill leads to is believed at the second look, and halts where it is worth more than an order', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request, reach) => {
    const sent = reach();
    if (!request.path.startsWith('/api/v5/account/balance') || sent.kind !== 'answered') return sent;
    return { ...sent, body: sent.body.replaceAll('"cashBal":"10000"', '"cashBal":"9000"') };
  };
  await world.pass(11_000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
  assert.equal(entriesOf(world, 'mismatch').filter(({ instrument }) => instrument === 'USDT').length, 1);
  await world.pass(10_000);
  assert.equal(world.engine.state.mode, 'HALTED');
  assert.match(world.engine.state.modeCause, /USDT: the books say 10000, the exchange says 9000/);
});

test('a bill of a trade of ours that names another sum than its fill does is a difference', async () => {
  const world = await EngineWorld.running();
  world.intercept = editing('/api/v5/account/bills', (rows) =>
    rows.map((row) =>
      row['type'] === '2' && row['ccy'] === 'BTC'
        ? { ...row, balChg: String(Number(row['balChg']) - 0.0001), bal: String(Number(row['bal']) - 0.0001) }
        : row,
    ),
  );
  await world.until(world.place({}));
  await world.pass(30_000);
  assert.notEqual(world.engine.state.mode, 'ACTIVE');
  assert.ok(classes(await compared(world)).includes('settlement_drift'));
});

test('bills that cannot be read leave the comparison unclean', async () => {
  const world = await EngineWorld.running();
  world.intercept = (request) => (request.path.startsWith('/api/v5/account/bills') ? { kind: 'unknown', cause: 'no answer' } : undefined);
  await world.pass(30_000);
  assert.equal(world.engine.state.mode, 'ACTIVE', 'the routine asks again');
  assert.deepEqual(classes(await compared(world)), ['unread']);
  assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
});

test('after an outage everything is compared in full, and so it is five minutes into each UTC day', async () => {
  const world = await EngineWorld.running();
  world.intercept = () => ({ kind: 'unknown', cause: 'no network' });
  await world.pass(20_000);
  world.intercept = () => undefined;
  await world.pass(25_000);
  const triggers = () => entriesOf(world, 'compared').map(({ trigger }) => trigger);
  assert.deepEqual(triggers(), ['boot', 'reconnect']);
  const midnight = 86_400_000 - (world.exchangeNow % 86_400_000);
  world.crash();
  world.stall(midnight + 290_000);
  await world.open();
  await world.until(world.engine.start());
  await world.pass(5000);
  assert.deepEqual(triggers(), ['boot', 'reconnect', 'boot']);
  await world.pass(12_000);
  assert.deepEqual(triggers(), ['boot', 'reconnect', 'boot', 'daily']);
});

test('a comparison says in the journal what it compared and what it asked for', async () => {
  const world = await EngineWorld.running();
  world.desk('POST', '/sim/deposits', { ccy: 'USDT', amt: '5', to: '18' });
  await compared(world);
  const [boot, last] = entriesOf(world, 'compared');
  assert.deepEqual([boot?.clean, boot?.action], [true, '']);
  assert.deepEqual([last?.clean, last?.action, last?.scope], [false, 'REDUCE_ONLY', { positions: 0, currencies: 1, orders: 0, bills: 1 }]);
});
