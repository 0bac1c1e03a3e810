import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyState } from '../../src/core/account/state.ts';
import { genesisHead, seal } from '../../src/core/journal/chain.ts';
import { bodyOf } from '../../src/core/journal/read-entry.ts';
import { compare } from '../../src/core/reconcile/compare.ts';
import { decodeRead } from '../../src/venues/okx/read.ts';

// An exchange that lists thousands of positions made an entry that was too long to be sealed, which is an assertion: the gateway stopped,
// and stopped again at every start. What the exchange does is a value: too long a list is no answer, and the longest that is one fits.

const answered = (data: readonly unknown[]) => ({ status: 200, body: JSON.stringify({ code: '0', msg: '', data }) });
const digits = '9'.repeat(30);

function positions(count: number) {
  const rows = Array.from({ length: count }, (_, index) => ({
    instId: `${String(index).padStart(4, '0')}${'X'.repeat(22)}-SWAP`,
    instType: 'SWAP',
    posSide: 'net',
    pos: `-${digits}.${digits}`,
    avgPx: '1',
    liqPx: '',
  }));
  return decodeRead({ kind: 'positions' }, answered(rows));
}

function pending(count: number) {
  const named = { posSide: 'net', tag: '', category: 'normal' };
  const row = { instType: 'SPOT', side: 'sell', ordType: 'limit', tgtCcy: '', sz: `${digits}.${digits}`, px: `${digits}.${digits}` };
  const rest = {
    accFillSz: '0',
    avgPx: '',
    state: 'live',
    reduceOnly: 'false',
    uTime: '1708587373362',
    clOrdId: '',
    algoClOrdId: '',
    ...named,
  };
  const rows = Array.from({ length: count }, (_, index) => ({
    ...row,
    ...rest,
    instId: `${'X'.repeat(27)}-USDT`,
    ordId: String(index).padStart(32, '1'),
  }));
  return decodeRead({ kind: 'pending', olderThan: '' }, answered(rows));
}

test('more positions or currencies than an entry could hold are no answer', () => {
  assert.deepEqual(positions(2001), { kind: 'failed', cause: '2001 positions, of at most 2000' });
  const details = Array.from({ length: 2001 }, (_, index) => ({ ccy: `C${index}`, cashBal: '1', availBal: '1' }));
  const balance = decodeRead({ kind: 'balance' }, answered([{ totalEq: '1', uTime: '1708587373362', details }]));
  assert.deepEqual(balance, { kind: 'failed', cause: '2001 currencies, of at most 2000' });
});

test('the longest comparison that an exchange can cause fits into one entry', () => {
  const held = positions(2000);
  const page = pending(100);
  assert.ok(held.kind === 'positions' && page.kind === 'orders');
  const balance = { equityUsd: { coefficient: 0n, scale: 0 }, currencies: [], at: 0 };
  const config = { uid: '1', mainUid: '2', accountLevel: '2', positionMode: 'net_mode', permissions: ['trade'], addresses: [], label: '' };
  const { differences } = compare(emptyState('okx:sim:1'), {
    positions: held.positions,
    balance,
    // Twenty pages are read at most.
    pending: Array.from({ length: 20 }, () => page.orders).flat(),
    config: { ...config, autoLoan: false, spotBorrow: false },
    algos: [],
    recent: [],
    bills: [],
    evidence: '0'.repeat(64),
    askedAtSeq: 0,
  });
  assert.ok(differences.length >= 4000);
  const body = bodyOf({ kind: 'compared', trigger: 'boot', clean: false, differences, evidence: '0'.repeat(64) });
  assert.equal(seal(genesisHead, [{ at: 0, account: 'okx:sim:1', kind: 'compared', body }]).length, 1);
});
