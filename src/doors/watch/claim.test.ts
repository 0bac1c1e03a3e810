import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../core/lang/canonical.ts';
import { formatDecimal } from '../../core/money/decimal.ts';
import type { Gateway } from '../operator/gateway.ts';
import { askForClaim } from './claim.ts';

const documents: Readonly<Record<string, Json>> = {
  status: { account: 'okx:sim:1001', mode: 'ACTIVE', equity_usd: '1000.5' },
  positions: {
    positions: [
      { instrument: 'BTC-USDT', side: 'long', size: '0.5' },
      { instrument: 'BTC-USDC', side: 'long', size: '0.25' },
      { instrument: 'BTC-USDT-SWAP', side: 'short', size: '3' },
    ],
    baseline: [
      { currency: 'BTC', amount: '1' },
      { currency: 'USDT', amount: '900' },
      { instrument: 'BTC-USDT-SWAP', amount: '2' },
    ],
  },
  orders: {
    orders: [
      { client_order_id: 't1', state: 'working' },
      { client_order_id: 't2', state: 'unknown' },
    ],
  },
};

function answering(of: Readonly<Record<string, Json>>): Gateway {
  return ({ verb }) => Promise.resolve({ ok: true, value: of[verb] ?? null });
}

test('what a gateway says is read by instrument, and on spot by currency, with what was there before it', async () => {
  const claim = await askForClaim(answering(documents));
  assert.ok(claim.kind === 'claimed');
  assert.deepEqual(
    [...claim.held].map(([name, amount]) => [name, formatDecimal(amount)]),
    [
      ['BTC', '1.75'],
      ['BTC-USDT-SWAP', '-1'],
      ['USDT', '900'],
    ],
  );
  assert.deepEqual(
    [...claim.orders],
    [
      ['t1', 'working'],
      ['t2', 'other'],
    ],
  );
  assert.deepEqual([claim.account, claim.mode, formatDecimal(claim.equityUsd ?? assert.fail())], ['okx:sim:1001', 'ACTIVE', '1000.5']);
});

test('a gateway that does not know its equity, and one that answers nonsense, is told apart from one that does', async () => {
  const claim = await askForClaim(answering({ ...documents, status: { account: 'a', mode: 'BOOT', equity_usd: null } }));
  assert.ok(claim.kind === 'claimed' && claim.equityUsd === null);
  assert.equal((await askForClaim(answering({ ...documents, orders: [] }))).kind, 'silent');
});

test('a gateway is asked nothing more once it has not answered, and why it did not is kept apart', async () => {
  for (const [kind, told] of [
    ['unanswered', 'silent'],
    ['not_running', 'not_running'],
  ] as const) {
    const asked: string[] = [];
    const silent: Gateway = ({ verb }) => {
      asked.push(verb);
      return Promise.resolve({ ok: false, error: { kind, message: 'no answer' } });
    };
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(await askForClaim(silent), { kind: told, message: 'no answer' });
    assert.deepEqual(asked, ['status']);
  }
});
