import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRow, type Row, type Told, trade, type Trader } from '../../test/support/sim-trader.ts';

const ORDER = '/api/v5/trade/order';
const market = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', tgtCcy: 'quote_ccy' };

/** A market of which the best quotes hold little. */
function thin(): Trader {
  const trader = trade();
  assert.equal(trader.desk('/sim/market', { regime: 'illiquid' }).status, 200);
  return trader;
}

function placed(trader: Trader, fields: object): Row {
  return firstRow(trader.post(ORDER, { ...market, ...fields }));
}

/** What became of an order, and the farthest price that it paid. */
function outcome(trader: Trader, fields: object): { readonly row: Row; readonly worst: number } {
  const { ordId } = placed(trader, fields);
  const row = firstRow(trader.get(`${ORDER}?instId=BTC-USDT&ordId=${ordId}`));
  const fills = trader.exchange.ledger()['fills'] as readonly { ordId: string; px: string }[];
  const prices = fills.filter((fill) => fill.ordId === ordId).map(({ px }) => Number(px));
  return { row, worst: Math.max(...prices) };
}

function best(trader: Trader): number {
  const book: Told = trader.get('/api/v5/market/books?instId=BTC-USDT&sz=1');
  const [asks] = [(firstRow(book) as unknown as { asks: readonly (readonly string[])[] }).asks];
  return Number(asks[0]?.[0]);
}

test('a spot market order goes no farther from the best quote than its slippage, and the rest is cancelled', () => {
  const ask = best(thin());
  const bounded = outcome(thin(), { sz: '9900', slippagePct: '0.0001' });
  assert.ok(bounded.worst <= ask * 1.0001, `${bounded.worst} from ${ask}`);
  assert.deepEqual([bounded.row['state'], bounded.row['cancelSource']], ['canceled', '27']);
  const free = outcome(thin(), { sz: '9900' });
  assert.equal(free.row['state'], 'filled');
  assert.ok(free.worst > ask * 1.0001, `the same order without a bound pays ${free.worst}`);
  for (const slippagePct of ['0', '0.00', '0.05']) assert.equal(outcome(thin(), { sz: '9900', slippagePct }).row['state'], 'filled');
});

test('too much slippage, what is none, and slippage of a contract are refused; on a limit order it is idle', () => {
  const trader = trade();
  for (const [slippagePct, code] of [
    ['0.0501', '54084'],
    ['1', '54084'],
    ['-0.01', '54085'],
    ['0.00001', '54085'],
    ['wide', '54085'],
  ] as const)
    assert.equal(placed(trader, { sz: '50', slippagePct })['sCode'], code, slippagePct);
  const contract = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'market', sz: '1' };
  assert.equal(firstRow(trader.post(ORDER, { ...contract, slippagePct: '0.01' }))['sCode'], '54085');
  assert.equal(placed(trader, { ordType: 'limit', px: '59000', sz: '0.001', slippagePct: 'wide' })['sCode'], '0');
});
