import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { decimal } from '../../core/money/decimal.ts';
import type { Leveraging } from '../../core/order/request.ts';
import { decodeLeverage, leverageRefusal } from './leverage.ts';
import { encode } from './request.ts';

const request: Leveraging = { kind: 'set_leverage', instrument: 'BTC-USDT-SWAP' as InstrumentId, leverage: decimal('2.50') };

function told(code: string, rows: readonly object[], status = 200): string {
  const report = decodeLeverage(request, { status, body: JSON.stringify({ code, msg: '', data: rows }) });
  return report.kind === 'rejected' ? `rejected ${report.code}` : report.kind;
}

test('a leverage is written in cross margin, in full and without a leg', () => {
  const { method, path, body } = encode(request, { simulated: true });
  assert.deepEqual(
    [method, path, body],
    ['POST', '/api/v5/account/set-leverage', '{"instId":"BTC-USDT-SWAP","lever":"2.5","mgnMode":"cross"}'],
  );
});

test('only an answer for exactly what was asked is an acceptance', () => {
  const row = { instId: 'BTC-USDT-SWAP', lever: '2.5', mgnMode: 'cross', posSide: '' };
  assert.equal(told('0', [row]), 'accepted');
  assert.equal(told('0', [{ ...row, lever: '3' }]), 'unknown');
  assert.equal(told('0', [{ ...row, instId: 'ETH-USDT-SWAP' }]), 'unknown');
  assert.equal(told('0', [{ ...row, mgnMode: 'isolated' }]), 'unknown');
  assert.equal(told('0', []), 'unknown');
  assert.equal(told('0', [row, row]), 'unknown');
  assert.equal(told('0', [row], 201), 'unknown');
  assert.equal(decodeLeverage(request, { status: 200, body: '<html>' }).kind, 'unknown');
});

test('the exchange refuses with codes of its own, and a code that nobody knows is no refusal', () => {
  for (const code of ['51039', '59101', '59102', '59103', '59107', '59108', '59109', '59112', '50120'])
    assert.equal(told(code, []), `rejected ${code}`);
  assert.equal(told('59105', [], 400), 'rejected 59105');
  assert.equal(told('59102', [], 502), 'unknown');
  assert.equal(told('50001', [], 503), 'unknown');
  assert.equal(told('59999', []), 'unknown');
  assert.match(leverageRefusal('59107'), /orders in cross margin wait/);
  assert.match(leverageRefusal('50120'), /lacks the permission/);
});
