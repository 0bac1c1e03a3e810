import assert from 'node:assert/strict';
import { booksEqualLedger, scaled } from './harness/books.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Document = Readonly<Record<string, unknown>>;
type LedgerFill = { readonly clOrdId: string; readonly fee: string; readonly feeCcy: string };

test('a report tells of every fill in the ledger and of every fee, also when no gateway runs', async () => {
  await using world = await World.create({ agents: ['alpha', 'beta'], policy: { max_order_size: '700' } });
  await world.startExchange();
  const gateway = await world.up();
  const [alpha, beta] = [await world.agent('alpha'), await world.agent('beta')];
  assert.equal((await alpha.place({ intent_id: 'spot', quantity: '300' })).status, 'filled');
  const contracts = { instrument: 'BTC-USDT-SWAP', quantity: '1', quantity_unit: 'contracts', expected_notional_usd: '600' };
  assert.equal((await beta.place({ intent_id: 'swap', ...contracts })).status, 'filled');
  assert.equal((await beta.place({ intent_id: 'large', quantity: '900' })).code, 'MAX_ORDER_SIZE');
  await alpha.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT', reason: 'a test of the road' });
  await booksEqualLedger(world);
  await gateway.stop();
  const report = await world.read('report');
  const fills = (await world.exchange.ledger()).fills as unknown as readonly LedgerFill[];
  assert.equal(report['fills'], fills.length);
  const fees = report['fees_by_currency'] as Readonly<Record<string, string>>;
  for (const currency of new Set(fills.map(({ feeCcy }) => feeCcy))) {
    const paid = fills.filter(({ feeCcy }) => feeCcy === currency).reduce((sum, { fee }) => sum + scaled(fee), 0n);
    assert.equal(scaled(fees[currency] ?? ''), -paid, currency);
  }
  assert.deepEqual(
    (report['agents'] as readonly Document[]).map((row) => [row['agent'], row['orders'], row['denials']]),
    [
      ['alpha', 2, 0],
      ['beta', 1, 1],
    ],
  );
  assert.deepEqual(report['denials_by_control'], [{ code: 'MAX_ORDER_SIZE', count: 1 }]);
  const text = await world.run(['report', String(report['day'])]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^sim · okx:sim:1001 · \w+ · /);
  assert.match(text.stdout, /MAX_ORDER_SIZE +1/);
  assert.equal((await world.run(['report', 'yesterday'])).code, 2);
  assert.equal((await world.run(['report', '2020-01-01'])).code, 1);
});
