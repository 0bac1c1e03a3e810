import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, formatDecimal } from '../../src/core/money/decimal.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { decodeRead } from '../../src/venues/okx/read.ts';
import { asking, circumstances, quoteOf, spot, swap, wish } from '../support/policy-samples.ts';

// OKX computes prices to tens of decimals. An index price with thirty made an order worth more digits than a decimal of ours may have:
// the entry could not be read back, which is an assertion, and the gateway stopped at the first order.

const digits = '1'.repeat(30);

test('whatever digits a price has, what an order is worth can be written and read again, and counts as no less', () => {
  for (const instrument of [spot, swap]) {
    const index = decimal(`60001.${digits}`);
    const mark = instrument.kind === 'spot' ? null : decimal(`60000.${digits}`);
    const quotes = new Map([[instrument.id, quoteOf(instrument, '60000', { index, mark })]]);
    const size = instrument.kind === 'spot' ? '0.001' : '0.1';
    const decision = decide(asking(wish(instrument, 'buy', size), { circumstances: { ...circumstances, quotes } }));
    assert.ok(
      decision.kind === 'allow',
      JSON.stringify(decision, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
    const text = formatDecimal(decision.notionalUsd);
    assert.equal(formatDecimal(decimal(text)), text);
    assert.ok(Number(text) >= Number(size) * (instrument.kind === 'spot' ? 1 : 0.01) * 60001.1111 * 1.005 - 1e-9, text);
  }
});

test('an instrument whose steps have more decimals than can be multiplied is left out and counted', () => {
  const row = {
    instType: 'SPOT',
    instId: 'BTC-USDT',
    baseCcy: 'BTC',
    quoteCcy: 'USDT',
    tickSz: '0.1',
    lotSz: '0.00000001',
    minSz: '0.00001',
  };
  const rest = {
    maxLmtSz: '9999',
    state: 'live',
    ruleType: 'normal',
    ctVal: '',
    ctType: '',
    uly: '',
    settleCcy: '',
    ctValCcy: '',
    ctMult: '',
  };
  const refusedOf = (changes: object) => {
    const body = JSON.stringify({ code: '0', msg: '', data: [{ ...row, ...rest, ...changes }] });
    const report = decodeRead({ kind: 'instruments', product: 'spot' }, { status: 200, body });
    return report.kind === 'instruments' ? report.refused : -1;
  };
  assert.equal(refusedOf({}), 0);
  assert.equal(refusedOf({ lotSz: `0.${'0'.repeat(14)}1` }), 0);
  for (const field of ['tickSz', 'lotSz', 'minSz']) assert.equal(refusedOf({ [field]: `0.${'0'.repeat(15)}1` }), 1, field);
});
