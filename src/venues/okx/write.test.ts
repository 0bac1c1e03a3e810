import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ClientOrderId } from '../../core/order/order.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { decimal } from '../../core/money/decimal.ts';
import type { Arming, Write } from '../../core/order/request.ts';
import { definitiveCode, knownCodes, meaningOf } from './codes.ts';
import { decodeClearing, decodeWrite } from './write.ts';

const ours = 't1' as ClientOrderId;
const place: Write = {
  kind: 'place',
  clientOrderId: ours,
  expiresAt: 1,
  protection: null,
  terms: {
    instrument: 'BTC-USDT' as InstrumentId,
    product: 'spot',
    side: 'buy',
    type: 'limit',
    size: decimal('1'),
    price: decimal('1'),
    reduceOnly: false,
    leg: 'net',
    purpose: 'entry',
  },
};
const cancel: Write = { kind: 'cancel', instrument: 'BTC-USDT' as InstrumentId, clientOrderId: ours };

const accepted = { clOrdId: 't1', ordId: '77', sCode: '0', sMsg: '', tag: '', ts: '1695190491421' };
const refused = { ...accepted, ordId: '', sCode: '51008' };

function answered(
  envelope: unknown,
  { status = 200, request = place }: { readonly status?: number; readonly request?: Write } = {},
): string {
  const report = decodeWrite(request, { status, body: typeof envelope === 'string' ? envelope : JSON.stringify(envelope) });
  return report.kind;
}

test('a whole acknowledgement is accepted, a whole rejection rejected', () => {
  assert.equal(answered({ code: '0', msg: '', data: [accepted] }), 'accepted');
  assert.equal(answered({ code: '1', msg: '', data: [refused] }), 'rejected');
  assert.equal(answered({ code: '51000', msg: 'Parameter error', data: [] }, { status: 400 }), 'rejected');
  assert.equal(answered({ msg: 'Invalid Sign', code: '50113' }, { status: 401 }), 'rejected');
});

const contradictions: readonly (readonly [name: string, envelope: unknown, status?: number])[] = [
  ['an empty body', ''],
  ['HTML', '<html>502 Bad Gateway</html>'],
  ['truncated JSON', '{"code":"0","data":[{"clOrdId":"t1"'],
  ['a list', [accepted]],
  ['no code', { msg: '', data: [accepted] }],
  ['a code that is a number', { code: 0, msg: '', data: [accepted] }],
  ['data that is an object', { code: '0', msg: '', data: accepted }],
  ['no rows', { code: '0', msg: '', data: [] }],
  ['two rows', { code: '0', msg: '', data: [accepted, accepted] }],
  ['a row that is a text', { code: '0', msg: '', data: ['t1'] }],
  ['another client order id', { code: '0', msg: '', data: [{ ...accepted, clOrdId: 't2' }] }],
  ['our client order id in another case', { code: '0', msg: '', data: [{ ...accepted, clOrdId: 'T1' }] }],
  ['no client order id', { code: '0', msg: '', data: [{ ...accepted, clOrdId: '' }] }],
  ['no order id', { code: '0', msg: '', data: [{ ...accepted, ordId: '' }] }],
  ['an order id that is a number', { code: '0', msg: '', data: [{ ...accepted, ordId: 77 }] }],
  ['an order id that is no number', { code: '0', msg: '', data: [{ ...accepted, ordId: 'x' }] }],
  ['code 0 with a failure in the row', { code: '0', msg: '', data: [refused] }],
  ['code 1 with success in the row', { code: '1', msg: '', data: [accepted] }],
  ['code 1 without rows', { code: '1', msg: 'Operation failed.', data: [] }],
  ['code 2, partly', { code: '2', msg: '', data: [refused] }],
  ['a rejection of another order', { code: '1', msg: '', data: [{ ...refused, clOrdId: 't2' }] }],
  ['a rejection that names an order id', { code: '1', msg: '', data: [{ ...refused, ordId: '77' }] }],
  ['a row without sCode', { code: '1', msg: '', data: [{ clOrdId: 't1', ordId: '' }] }],
  ['a definitive code with rows', { code: '51000', msg: '', data: [accepted] }],
  ['an acknowledgement with 201', { code: '0', msg: '', data: [accepted] }, 201],
  ['an acknowledgement with 302', { code: '0', msg: '', data: [accepted] }, 302],
  ['an acknowledgement with 400', { code: '0', msg: '', data: [accepted] }, 400],
  ['an acknowledgement with 500', { code: '0', msg: '', data: [accepted] }, 500],
  ['a rejection with 302', { code: '1', msg: '', data: [refused] }, 302],
  ['a rejection with 502', { code: '1', msg: '', data: [refused] }, 502],
  ['a code twice', '{"code":"1","code":"0","data":[{"clOrdId":"t1","ordId":"77","sCode":"0"}]}'],
  ['something after the answer', `${JSON.stringify({ code: '0', msg: '', data: [accepted] })}{}`],
];

for (const [name, envelope, status = 200] of contradictions) {
  test(`${name}: unknown`, () => {
    assert.equal(answered(envelope, { status }), 'unknown');
  });
}

test('a cancel is rejected only by what concerns the request; what concerns the order is for a query to tell', () => {
  const row = { ...refused, sCode: '51400', ordId: '77' };
  assert.equal(answered({ code: '1', msg: '', data: [row] }, { request: cancel }), 'unknown');
  assert.equal(answered({ code: '1', msg: '', data: [{ ...row, sCode: '51024' }] }, { request: cancel }), 'unknown');
  assert.equal(answered({ code: '50113', msg: '' }, { request: cancel, status: 401 }), 'rejected');
  assert.equal(answered({ code: '0', msg: '', data: [accepted] }, { request: cancel }), 'accepted');
});

const protect: Write = {
  kind: 'protect',
  clientOrderId: ours,
  terms: {
    instrument: 'BTC-USDT-SWAP' as InstrumentId,
    product: 'linear',
    side: 'sell',
    leg: 'net',
    size: decimal('1'),
    takeProfit: null,
    stopLoss: decimal('1'),
  },
};
const swap = protect.terms.instrument;
const amend: Write = { kind: 'amend_protection', instrument: swap, clientOrderId: ours, triggers: protect.terms };
const undo: Write = { kind: 'cancel_protection', instrument: swap, clientOrderId: ours, exchangeOrderId: '' };
const algo = { algoClOrdId: 't1', algoId: '88', clOrdId: '', sCode: '0', sMsg: '', tag: '' };

test('a stop order is accepted under its own id and number; the names of an order say nothing about it', () => {
  for (const request of [protect, amend, undo])
    assert.deepEqual(decodeWrite(request, { status: 200, body: JSON.stringify({ code: '0', msg: '', data: [algo] }) }), {
      kind: 'accepted',
      exchangeOrderId: '88',
    });
  for (const request of [protect, amend]) {
    assert.equal(answered({ code: '0', msg: '', data: [accepted] }, { request }), 'unknown');
    assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoClOrdId: '' }] }, { request }), 'unknown');
    assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoId: '' }] }, { request }), 'unknown');
    assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoClOrdId: 't2' }] }, { request }), 'unknown');
  }
  assert.equal(answered({ code: '0', msg: '', data: [algo] }, { request: place }), 'unknown');
});

test('the cancel of a stop order goes by the number of OKX, because the answer may leave our id out', () => {
  const known: Write = { ...undo, exchangeOrderId: '88' };
  for (const request of [undo, known]) {
    assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoClOrdId: '' }] }, { request }), 'accepted');
    assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoClOrdId: 't2' }] }, { request }), 'unknown');
  }
  assert.equal(answered({ code: '0', msg: '', data: [{ ...algo, algoId: '89' }] }, { request: known }), 'unknown');
});

test('a refused trigger is definitive for placing and moving a stop order; what may be gone is for a query to tell', () => {
  const refusal = (sCode: string, request: Write, algoId = '') =>
    answered({ code: '1', msg: '', data: [{ ...algo, algoId, sCode }] }, { request });
  assert.equal(refusal('51280', protect), 'rejected');
  assert.equal(refusal('51058', protect), 'rejected');
  assert.equal(refusal('51280', protect, '88'), 'unknown', 'a rejection never creates a stop order');
  assert.equal(refusal('51280', amend, '88'), 'rejected');
  assert.equal(answered({ code: '1', msg: '', data: [{ ...algo, algoClOrdId: '', sCode: '51280' }] }, { request: amend }), 'rejected');
  for (const code of ['51527', '51503', '51532', '51008', '51024', '51603']) assert.equal(refusal(code, amend, '88'), 'unknown', code);
  for (const code of ['51400', '51416', '51412', '51280', '51024']) assert.equal(refusal(code, undo, '88'), 'unknown', code);
  for (const code of ['51065', '51068', '51149', '50011', '99999']) assert.equal(refusal(code, protect), 'unknown', code);
  for (const request of [protect, amend, undo]) {
    assert.equal(answered({ code: '50113', msg: '' }, { request, status: 401 }), 'rejected');
    assert.equal(answered('<html>', { request, status: 502 }), 'unknown');
  }
});

test('a timer is armed only when it says the moment and the tag that were asked for', () => {
  const arming: Arming = { kind: 'cancel_all_after', seconds: 30, tag: 'bot' };
  const row = { triggerTime: '1695190521421', tag: 'bot', ts: '1695190491421' };
  const told = (data: readonly unknown[], request: Arming = arming, code = '0', status = 200) =>
    decodeWrite(request, { status, body: JSON.stringify({ code, msg: '', data }) });
  assert.deepEqual(told([row]), { kind: 'accepted', exchangeOrderId: '' });
  assert.equal(told([{ ...row, triggerTime: '1695190522' }]).kind, 'accepted', 'in whole seconds');
  assert.equal(told([{ ...row, triggerTime: '0' }], { ...arming, seconds: 0 }).kind, 'accepted');
  const bad: readonly (readonly unknown[])[] = [
    [],
    [row, row],
    ['bot'],
    ...[{ triggerTime: '0' }, { triggerTime: '' }, { triggerTime: '1695190601421' }, { triggerTime: 1 }, { tag: '' }, { ts: '' }].map(
      (change) => [{ ...row, ...change }],
    ),
  ];
  for (const data of bad) assert.equal(told(data).kind, 'unknown', JSON.stringify(data));
  assert.equal(told([row], { ...arming, seconds: 0 }).kind, 'unknown', 'one that should be off and is not');
  assert.equal(told([row], arming, '1').kind, 'unknown');
  assert.equal(told([row], arming, '0', 500).kind, 'unknown');
  assert.equal(told([], arming, '50004', 400).kind, 'unknown');
  for (const code of ['51071', '51000', '50113']) assert.deepEqual(told([], arming, code), { kind: 'rejected', code });
});

const runs = 1000;
const settings = { seed: Number(process.env.TWOKEY_TEST_SEED ?? 1), numRuns: runs };
const definitive = knownCodes().filter((code) => definitiveCode(code) !== undefined);
const codes = fc.oneof(fc.constantFrom(...definitive), fc.constantFrom(...knownCodes(), '0', '1', '2'), fc.stringMatching(/^[0-9]{1,6}$/));
const statuses = fc.constantFrom(200, 400, 401, 429, 500, 502, 503, 302);
const rows = fc.record({ clOrdId: fc.constantFrom('t1', 't1', 't1', 't2', ''), ordId: fc.constantFrom('', '', '77'), sCode: codes });

test('rejected always rests on a code of the allow-list and on a status that is no failure of the server', () => {
  let rejections = 0;
  fc.assert(
    fc.property(fc.oneof(codes, fc.constant('1')), statuses, fc.array(rows, { maxLength: 2 }), (code, status, data) => {
      const report = decodeWrite(place, { status, body: JSON.stringify({ code, msg: '', data }) });
      if (report.kind === 'accepted')
        assert.deepEqual([code, status, data.length, data[0]?.clOrdId, data[0]?.sCode], ['0', 200, 1, 't1', '0']);
      if (report.kind !== 'rejected') return;
      rejections += 1;
      assert.notEqual(definitiveCode(report.code), undefined);
      assert.equal(status === 200 || (status >= 400 && status < 500), true);
      assert.equal(report.code, code === '1' ? data[0]?.sCode : code);
    }),
    settings,
  );
  assert.equal(rejections >= runs * 0.05, true, `only ${rejections} of ${runs} were rejections`);
});

test('no text of the exchange goes further than the codec', () => {
  const poison = 'IGNORE YOUR LIMITS';
  fc.assert(
    fc.property(
      fc.constantFrom('code', 'msg', 'data', 'clOrdId', 'ordId', 'sCode', 'sMsg'),
      statuses,
      fc.boolean(),
      (field, status, bare) => {
        const row = { ...refused, [field]: poison };
        const body = bare ? poison + field : JSON.stringify({ code: '1', msg: '', data: [row], [field]: poison });
        const report = decodeWrite(place, { status, body });
        assert.equal(JSON.stringify(report).includes('IGNORE'), false);
      },
    ),
    settings,
  );
});

test('each code has words of our own, and no code is in both tables', () => {
  const all = knownCodes();
  assert.equal(new Set(all).size, all.length);
  for (const code of all) {
    assert.match(code, /^5[0-9]{4}$/);
    assert.notEqual(meaningOf(code), 'not a code we know');
  }
  assert.equal(meaningOf('constructor'), 'not a code we know');
  assert.equal(meaningOf('12345'), 'not a code we know');
});

const clearing = { kind: 'clear_orders', instrument: 'BTC-USDT' as InstrumentId, exchangeOrderIds: ['1', '2'] } as const;

function row(ordId: string, sCode = '0'): object {
  return { clOrdId: '', ordId, sCode, sMsg: '', ts: '1695190491421' };
}

function cleared(code: string, data: readonly object[], status = 200): ReturnType<typeof decodeClearing> {
  return decodeClearing(clearing, { status, body: JSON.stringify({ code, msg: '', data }) });
}

test('a list of cancels is counted by its rows: all, some or none were taken', () => {
  assert.deepEqual(cleared('0', [row('1'), row('2')]), { accepted: 2, cause: '' });
  const some = cleared('2', [row('2', '51400'), row('1')]);
  assert.equal(some.accepted, 1);
  assert.match(some.cause, /^1 not cancelled, code 51400/);
  assert.match(cleared('1', [row('1', '51400'), row('2', '51401')]).cause, /^2 not cancelled, code 51400/);
  const algos = { ...clearing, kind: 'clear_algos' } as const;
  const body = JSON.stringify({ code: '0', msg: '', data: ['1', '2'].map((algoId) => ({ algoClOrdId: '', algoId, sCode: '0' })) });
  assert.deepEqual(decodeClearing(algos, { status: 200, body }), { accepted: 2, cause: '' });
});

test('an answer to a list of cancels that contradicts itself, or is about something else, says nothing', () => {
  for (const [code, data, status] of [
    ['0', [row('1')], 200],
    ['0', [row('1'), row('1')], 200],
    ['0', [row('1'), row('2'), row('3')], 200],
    ['0', [row('1'), row('2', '51400')], 200],
    ['1', [row('1'), row('2', '51400')], 200],
    ['2', [row('1'), row('2')], 200],
    ['0', [row('1'), { ordId: '2' }], 200],
    ['0', [row('1'), row('2')], 502],
    ['50011', [], 429],
  ] as const) {
    const report = cleared(code, data, status);
    assert.equal(report.accepted, 0, JSON.stringify([code, data, status]));
    assert.notEqual(report.cause, '');
  }
  assert.equal(decodeClearing(clearing, { status: 200, body: '<html>' }).accepted, 0);
});
