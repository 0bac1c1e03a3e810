import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InstrumentId } from '../core/market/instrument.ts';
import { decimal, formatDecimal } from '../core/money/decimal.ts';
import { channelForm } from '../core/order/channel-form.ts';
import type { ClientOrderId, OrderTerms, ProtectionTerms } from '../core/order/order.ts';
import type { ExchangeRequest } from '../core/order/request.ts';
import type { SignedStage, StageArtefact } from '../core/stage/artefact.ts';
import { requestHash } from '../venues/okx/hash.ts';
import { encode } from '../venues/okx/request.ts';
import { isWrite, parseRequest } from './allow-table.ts';
import type { Ceiling } from './ceiling.ts';
import { PlacedOrders } from './placed-orders.ts';
import { Secret } from './secret.ts';
import { type Answer, Signatory, type SignatorySettings, signatureOf } from './sign.ts';
import { StageGate } from './stage-gate.ts';

const instrument = 'BTC-USDT' as InstrumentId;
const clientOrderId = 't0000010001' as ClientOrderId;
const NOW = Date.UTC(2026, 10, 23, 10);

const spot: OrderTerms = {
  instrument,
  product: 'spot',
  side: 'buy',
  type: 'ioc',
  size: decimal('0.001'),
  price: decimal('50000'),
  reduceOnly: false,
  leg: 'net',
  purpose: 'entry',
};
const swap: OrderTerms = { ...spot, instrument: 'BTC-USDT-SWAP' as InstrumentId, product: 'linear', size: decimal('1') };

function place(terms: Partial<OrderTerms> = {}, id = 't0000010001', expiresAt = NOW + 1_500): ExchangeRequest {
  return { kind: 'place', clientOrderId: id as ClientOrderId, terms: { ...spot, ...terms }, protection: null, expiresAt };
}

const protection = { clientOrderId: 't0000010003' as ClientOrderId, takeProfit: decimal('55000'), stopLoss: decimal('45000') };
const { takeProfit, stopLoss } = protection;

function stopOrder(id = 't0000010004', terms: Partial<ProtectionTerms> = {}): ExchangeRequest {
  const own = {
    instrument: swap.instrument,
    product: 'linear',
    side: 'sell',
    leg: 'net',
    size: decimal('1'),
    takeProfit: null,
    stopLoss,
  } as const;
  return { kind: 'protect', clientOrderId: id as ClientOrderId, terms: { ...own, ...terms } };
}

function protectedPlace(id: string, attachedId: string, size = '0.001'): ExchangeRequest {
  const terms = { ...spot, size: decimal(size) };
  const attached = { ...protection, clientOrderId: attachedId as ClientOrderId };
  return { kind: 'place', clientOrderId: id as ClientOrderId, terms, protection: attached, expiresAt: NOW + 1_500 };
}

function leverageOf(leverage: string, of = 'BTC-USDT-SWAP'): ExchangeRequest {
  return { kind: 'set_leverage', instrument: of as InstrumentId, leverage: decimal(leverage) };
}

/** One of every kind that the vault signs. */
const signed: readonly ExchangeRequest[] = [
  place(),
  place(swap),
  protectedPlace('t0000010001', 't0000010003'),
  stopOrder(),
  stopOrder('t0000010005', { instrument, product: 'spot', size: decimal('0.001'), takeProfit }),
  { kind: 'amend_protection', instrument, clientOrderId, triggers: { takeProfit: null, stopLoss } },
  { kind: 'cancel_protection', instrument, clientOrderId, exchangeOrderId: '' },
  { kind: 'cancel_protection', instrument, clientOrderId, exchangeOrderId: '77' },
  { kind: 'placed_order', instrument, exchangeOrderId: '77' },
  { kind: 'protection', clientOrderId },
  { kind: 'protections', type: 'oco', olderThan: '' },
  { kind: 'algo_orders', type: 'trigger', olderThan: '' },
  { kind: 'cancel_all_after', seconds: 30, tag: '' },
  { kind: 'cancel_all_after', seconds: 0, tag: 'bot' },
  leverageOf('2'),
  { kind: 'cancel', instrument, clientOrderId },
  { kind: 'clear_orders', instrument, exchangeOrderIds: ['77', '78'] },
  { kind: 'clear_algos', instrument, exchangeOrderIds: ['79'] },
  { kind: 'order', instrument, clientOrderId },
  { kind: 'pending', olderThan: '' },
  { kind: 'pending', olderThan: '123' },
  { kind: 'orders_history', product: 'linear', instrument, begin: 0, olderThan: '' },
  { kind: 'fills', product: 'spot', instrument, begin: NOW, olderThan: '5', exchangeOrderId: '77' },
  { kind: 'positions' },
  { kind: 'balance' },
  { kind: 'account_config' },
  { kind: 'leverage', instrument },
  { kind: 'funding_balances' },
  { kind: 'bills', span: 'recent', begin: 0, olderThan: '' },
  { kind: 'bills', span: 'archive', begin: NOW, olderThan: '5' },
];

const open: readonly ExchangeRequest[] = [
  { kind: 'instruments', product: 'spot' },
  { kind: 'ticker', instrument },
  { kind: 'book', instrument, depth: 1 },
  { kind: 'candles', instrument, bar: '1m', count: 1 },
  { kind: 'mark_price', instrument },
  { kind: 'index', pair: 'BTC-USDT' },
  { kind: 'funding_rate', instrument },
  { kind: 'time' },
];

/** Whether the key names a trigger beside which the other one is there. */
function isOneOfTwo(value: unknown, key: string | undefined): boolean {
  const triggers = value as { readonly takeProfit?: unknown; readonly stopLoss?: unknown };
  if (key === 'takeProfit') return typeof triggers.stopLoss === 'string';
  return key === 'stopLoss' && typeof triggers.takeProfit === 'string';
}

/** As it crosses the channel: JSON, amounts as texts. */
function message(request: ExchangeRequest): { [key: string]: unknown } {
  return JSON.parse(JSON.stringify(channelForm(request))) as { [key: string]: unknown };
}

const ceiling: Ceiling = {
  kind: 'file',
  instruments: new Map([
    ['BTC-USDT', decimal('0.002')],
    ['BTC-USDT-SWAP', decimal('2')],
  ]),
  perMinute: 5,
};

const operator = Buffer.alloc(52, 3);

const artefact: StageArtefact = {
  account: 'okx:live:1',
  stage: 'LIVE-0',
  equityUsd: '10000',
  version: '1.0.0',
  positionMode: 'net',
  issuedAt: 1,
};

class Asked {
  readonly #signatory: Signatory;
  readonly #gate: StageGate;
  #sequence = 0;
  monotonic = 1_000_000;
  epoch = 1;

  constructor(settings: Partial<SignatorySettings> = {}) {
    this.#gate = new StageGate({ environment: settings.environment ?? 'demo', operator });
    this.#signatory = new Signatory({
      credentials: { apiKey: new Secret('KEY'), secretKey: new Secret('SECRET'), passphrase: new Secret('PASS') },
      ceiling,
      leverage: { instruments: ['BTC-USDT', 'BTC-USDT-SWAP'], most: decimal('3') },
      environment: 'demo',
      readOnly: false,
      gate: this.#gate,
      clock: { now: () => NOW, monotonic: () => this.monotonic },
      ...settings,
    });
  }

  /** As if the operator had proven who they are for this. */
  promote(): SignedStage {
    const signature = this.#gate.sign(artefact);
    assert.ok(signature.ok, 'the gate signs');
    return { ...artefact, ...signature.value };
  }

  hold(stage: SignedStage | null): Answer {
    this.#sequence += 1;
    return this.raw({ kind: 'stage', id: this.#sequence, sequence: this.#sequence, stage });
  }

  raw(question: unknown): Answer {
    return this.#signatory.answer(question);
  }

  sign(request: ExchangeRequest, hash = isWrite(request) ? requestHash(encode(request, { simulated: true }), true) : ''): Answer {
    this.#sequence += 1;
    return this.raw({
      kind: 'sign',
      id: this.#sequence,
      sequence: this.#sequence,
      epoch: this.epoch,
      request: message(request),
      expectedHash: hash,
    });
  }

  cause(request: ExchangeRequest, hash?: string): string {
    const answer = this.sign(request, hash);
    return 'cause' in answer ? answer.cause : answer.kind;
  }
}

test('signatures are those of the exchange', () => {
  const secret = new Secret('22582BD0CFF14C41EDBF1AB98506286D');
  const timestamp = '2020-12-08T09:08:57.715Z';
  const body = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2","clOrdId":"b15"}';
  const vectors = [
    [{ timestamp, method: 'GET', path: '/api/v5/account/balance?ccy=BTC', body: '' }, 'HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY='],
    [
      { timestamp, method: 'GET', path: '/api/v5/account/positions?instId=LTC-USDT-SWAP%2CBTC-USDT-SWAP', body: '' },
      'bug1/ix5ZjYREeUi9BNiZF6cBJN4MNugLpeReoN84U0=',
    ],
    [{ timestamp, method: 'POST', path: '/api/v5/trade/order', body }, '3mDLZY/Wj7XI4ITQQpWw50Kd6ZO3DsDfrMj7luXO6aQ='],
    [{ timestamp: '1704876947', method: 'GET', path: '/users/self/verify', body: '' }, '5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU='],
  ] as const;
  for (const [text, expected] of vectors) assert.equal(signatureOf(secret, text), expected);
});

test('every request of the table crosses the channel unchanged and is signed', () => {
  const vault = new Asked();
  signed.forEach((request, index) => {
    assert.deepEqual(parseRequest(message(request)), { ok: true, value: request });
    const numbered =
      request.kind === 'place' ? { ...request, clientOrderId: `t000001${String(index).padStart(4, '0')}` as ClientOrderId } : request;
    const answer = vault.sign(numbered);
    assert.ok(answer.kind === 'signed', JSON.stringify(answer));
    const wire = encode(numbered, { simulated: true });
    assert.deepEqual([answer.method, answer.path, answer.body], [wire.method, wire.path, wire.body]);
    assert.equal(answer.headers['OK-ACCESS-TIMESTAMP'], '2026-11-23T10:00:00.000Z');
    assert.equal(answer.headers['x-simulated-trading'], '1');
    assert.equal(answer.headers['expTime'], request.kind === 'place' ? String(NOW + 1_500) : undefined);
  });
});

test('no login is signed where its session could move real money, or anything in read-only mode', () => {
  for (const settings of [{ readOnly: true }, { environment: 'live' }] as const)
    assert.equal(new Asked(settings).sign({ kind: 'login' }).kind, 'refused');
});

test('a login over a socket is signed with whole seconds over its one path, and such a signature sends nothing', () => {
  const answer = new Asked().sign({ kind: 'login' });
  assert.ok(answer.kind === 'signed', JSON.stringify(answer));
  const timestamp = String(NOW / 1000);
  const secret = new Secret('SECRET');
  assert.deepEqual([answer.method, answer.path, answer.body], ['GET', '/users/self/verify', '']);
  assert.equal(answer.headers['OK-ACCESS-TIMESTAMP'], timestamp);
  assert.equal(answer.headers['OK-ACCESS-SIGN'], signatureOf(secret, { timestamp, method: 'GET', path: '/users/self/verify', body: '' }));
  for (const added of [{ path: '/api/v5/trade/order' }, { timestamp: '1' }, { args: [] }]) {
    const asked = { ...message({ kind: 'login' }), ...added };
    const told = new Asked().raw({ kind: 'sign', id: 1, sequence: 1, epoch: 0, request: asked, expectedHash: '' });
    assert.equal(told.kind, 'refused');
  }
});

test('what is not in the table is refused, and a public read needs no signature', () => {
  const vault = new Asked();
  for (const request of open) assert.equal(vault.cause(request), 'a public read needs no signature');
  const others: readonly unknown[] = [
    null,
    'place',
    [],
    {},
    { kind: 'withdraw' },
    { kind: 'toString' },
    { kind: '__proto__' },
    { kind: 5 },
  ];
  for (const [index, request] of others.entries()) {
    assert.equal(vault.raw({ kind: 'sign', id: 1, sequence: 100 + index, epoch: 0, request, expectedHash: '' }).kind, 'refused');
  }
});

test('a field that is missing, added or of another kind refuses the request', () => {
  let refused = 0;
  for (const request of signed) {
    const whole = message(request);
    const inner = ['terms', 'protection', 'triggers'].flatMap((name) => Object.keys(whole[name] ?? {}).map((key) => `${name}.${key}`));
    const paths: readonly (readonly string[])[] = [...Object.keys(whole), ...inner].map((path) => path.split('.'));
    for (const path of paths.filter(([key]) => key !== 'kind')) {
      for (const wrong of [undefined, null, {}, [], true, -1, 0.5, 'x y', '\u0000']) {
        const broken = structuredClone(whole);
        const [first = '', second] = path;
        if (second === undefined) broken[first] = wrong;
        else (broken[first] as { [key: string]: unknown })[second] = wrong;
        if (wrong === true && second === 'reduceOnly' && request.kind === 'place' && request.terms.product !== 'spot') continue;
        // No protection, and one trigger of two, are requests of their own.
        if (wrong === null && (first === 'protection' || isOneOfTwo(whole[first], second))) continue;
        assert.equal(
          parseRequest(JSON.parse(JSON.stringify(broken))).ok,
          false,
          `${request.kind} ${path.join('.')} ${JSON.stringify(wrong)}`,
        );
        refused += 1;
      }
    }
    assert.equal(parseRequest({ ...whole, extra: 1 }).ok, false);
  }
  assert.ok(refused > 200);
});

test('bytes other than those that the decision journaled are not signed', () => {
  const vault = new Asked();
  const hash = requestHash(encode(place(), { simulated: true }), true);
  const changes: readonly Partial<OrderTerms>[] = [
    { size: decimal('0.0011') },
    { price: decimal('50000.1') },
    { side: 'sell' },
    { type: 'limit' },
    { purpose: 'exit' },
  ];
  for (const change of changes) assert.match(vault.cause(place(change), hash), /hash differs/);
  assert.match(vault.cause(place({}, 't0000010002'), hash), /hash differs/);
  assert.match(vault.cause(place({}, clientOrderId, NOW + 1_501), hash), /hash differs/);
  assert.match(vault.cause(place(), ''), /hash differs/);
  assert.match(vault.cause({ kind: 'balance' }, hash), /a read carries no hash/);
  assert.equal(vault.sign(place()).kind, 'signed');
});

test('a hash for demo signs nothing in live, nor the other way round', () => {
  const demo = requestHash(encode(place(), { simulated: true }), true);
  const live = requestHash(encode(place(), { simulated: false }), false);
  assert.match(new Asked({ environment: 'live' }).cause(place(), demo), /hash differs/);
  assert.match(new Asked({ environment: 'demo' }).cause(place(), live), /hash differs/);
  const opened = new Asked({ environment: 'live' });
  opened.promote();
  const answer = opened.sign(place(), live);
  assert.ok(answer.kind === 'signed');
  assert.equal(answer.headers['x-simulated-trading'], undefined);
});

const inLive = (request: ExchangeRequest): string => requestHash(encode(request, { simulated: false }), false);

test('in live nothing that opens a position is signed before the operator has signed a stage, and everything else is (I-C3)', () => {
  const vault = new Asked({ environment: 'live' });
  assert.match(vault.cause(place(), inLive(place())), /no stage of the roll-out/);
  assert.match(vault.cause(protectedPlace('t0000010001', 't0000010003'), inLive(protectedPlace('t0000010001', 't0000010003'))), /no stage/);
  const exit = place({ ...swap, side: 'sell', purpose: 'exit', reduceOnly: true }, 't0000010009');
  for (const request of [exit, stopOrder(), { kind: 'cancel', instrument, clientOrderId } as const])
    assert.equal(vault.sign(request, inLive(request)).kind, 'signed', request.kind);
  vault.promote();
  assert.equal(vault.sign(place(), inLive(place())).kind, 'signed');
  // What fell back to reading is told to the vault, and an id that it refused then was not used.
  vault.hold(null);
  const next = place({}, 't0000010002');
  assert.match(vault.cause(next, inLive(next)), /no stage/);
  vault.promote();
  assert.equal(vault.sign(next, inLive(next)).kind, 'signed');
});

test('a stage that the operator signed opens after a start; one of another operator, with one field changed or for another environment does not', () => {
  const vault = new Asked({ environment: 'live' });
  const signed = vault.promote();
  assert.equal(new Asked({ environment: 'live' }).hold(signed).kind, 'stage_held');
  const stranger = new StageGate({ environment: 'live', operator: Buffer.alloc(52, 4) }).sign(artefact);
  assert.ok(stranger.ok);
  const wrong = [
    { ...artefact, ...stranger.value },
    { ...signed, stage: 'LIVE-4' },
    { ...signed, equityUsd: '1000000' },
    { ...signed, account: 'okx:live:2' },
    { ...signed, version: '2' },
    { ...signed, positionMode: 'long_short' },
    { ...signed, issuedAt: 2 },
    { ...signed, signature: signed.signature.replace(/./, (digit) => (digit === '0' ? '1' : '0')) },
  ];
  for (const each of wrong) {
    const other = new Asked({ environment: 'live' });
    const answer = other.hold(each);
    assert.ok(answer.kind === 'refused', JSON.stringify(each));
    assert.match(answer.cause, /not signed by the operator/);
    assert.match(other.cause(place(), inLive(place())), /no stage/);
  }
  const gate = new StageGate({ environment: 'live', operator });
  for (const odd of [
    { ...artefact, account: 'okx:demo:1' },
    { ...artefact, stage: 'SHADOW' },
    { ...artefact, version: 'a\nb' },
  ])
    assert.equal(gate.sign(odd).ok, false);
  assert.equal(new StageGate({ environment: 'live', operator: null }).sign(artefact).ok, false, 'nobody is enrolled');
  assert.equal(new StageGate({ environment: 'demo', operator }).sign(artefact).ok, false, 'no real money');
  const malformed = { kind: 'stage', id: 90, sequence: 90, stage: { ...signed, more: 1 } };
  assert.equal(new Asked({ environment: 'live' }).raw(malformed).kind, 'fatal');
});

test('an order id is signed once, with whatever terms', () => {
  const vault = new Asked();
  assert.equal(vault.sign(place()).kind, 'signed');
  assert.match(vault.cause(place()), /was signed before/);
  assert.match(vault.cause(place({ size: decimal('0.0002') })), /was signed before/);
});

test('an id is taken once, also when two hundred thousand came after it', () => {
  const placed = new PlacedOrders();
  const id = (sequence: number): string => `tabcdef0001${sequence.toString(36).padStart(8, '0')}`;
  for (let sequence = 1; sequence <= 200_000; sequence += 1) assert.equal(placed.take(id(sequence)), true);
  for (const sequence of [1, 99_999, 100_000, 100_001, 150_000, 200_000]) assert.equal(placed.take(id(sequence)), false);
  // Two that are signed in the wrong order are both new.
  assert.deepEqual([placed.take(id(200_002)), placed.take(id(200_001)), placed.take(id(200_002))], [true, true, false]);
});

test('entries have a budget a minute; exits and cancels have another, ten times as large', () => {
  const vault = new Asked();
  for (let order = 1; order <= 5; order += 1) assert.equal(vault.sign(place({}, `t${order}`)).kind, 'signed');
  assert.match(vault.cause(place({}, 't6')), /more than 5 entries in a minute/);
  const exit = (order: number): Answer => vault.sign(place({ ...swap, reduceOnly: true, size: decimal('50') }, `u${order}`));
  for (let order = 1; order <= 25; order += 1) assert.equal(exit(order).kind, 'signed');
  for (let order = 1; order <= 25; order += 1) assert.equal(vault.sign({ kind: 'cancel', instrument, clientOrderId }).kind, 'signed');
  assert.match(vault.cause({ kind: 'cancel', instrument, clientOrderId }), /more than 50 exits and cancels/);
  vault.monotonic += 60_000;
  assert.equal(vault.sign({ kind: 'cancel', instrument, clientOrderId }).kind, 'signed');
  assert.equal(vault.sign(place({}, 't7')).kind, 'signed');
});

test('what travels with an order has an id that is signed once too, and neither is used up when the other was', () => {
  const vault = new Asked();
  assert.equal(vault.sign(protectedPlace('t1', 't2')).kind, 'signed');
  assert.match(vault.cause(protectedPlace('t3', 't2')), /order t2 was signed before/);
  assert.match(vault.cause(protectedPlace('t4', 't4')), /order t4 was signed before/);
  assert.match(vault.cause(stopOrder('t2')), /order t2 was signed before/);
  assert.equal(vault.sign(protectedPlace('t3', 't4')).kind, 'signed');
  assert.equal(vault.sign(stopOrder('t5')).kind, 'signed');
  assert.match(vault.cause(stopOrder('t5')), /order t5 was signed before/);
  assert.match(vault.cause(protectedPlace('t6', 't7', '0.0021')), /max_size/);
  assert.equal(vault.sign(protectedPlace('t6', 't7')).kind, 'signed');
});

test('stop orders, their amendments and cancels count with the exits, and a sale is held to the ceiling of exits', () => {
  const vault = new Asked();
  for (let order = 1; order <= 5; order += 1) assert.equal(vault.sign(place({}, `t${order}`)).kind, 'signed');
  for (let order = 1; order <= 48; order += 1) assert.equal(vault.sign(stopOrder(`u${order}`)).kind, 'signed');
  const triggers = { takeProfit: null, stopLoss };
  assert.equal(vault.sign({ kind: 'amend_protection', instrument, clientOrderId, triggers }).kind, 'signed');
  assert.equal(vault.sign({ kind: 'cancel_protection', instrument, clientOrderId, exchangeOrderId: '' }).kind, 'signed');
  assert.match(vault.cause({ kind: 'amend_protection', instrument, clientOrderId, triggers }), /more than 50 exits and cancels/);
  assert.match(vault.cause(stopOrder('u49')), /more than 50 exits and cancels/);
  const sale = stopOrder('v1', { instrument, product: 'spot', size: decimal('0.0081') });
  assert.match(new Asked().cause(sale), /four times max_size/);
});

test('a refused order uses up neither its id nor the minute', () => {
  const vault = new Asked();
  for (let attempt = 0; attempt < 20; attempt += 1) assert.match(vault.cause(place({ size: decimal('1') })), /max_size/);
  assert.equal(vault.sign(place()).kind, 'signed');
});

test('a leverage is signed for instruments of the policy alone and never above max_leverage', () => {
  const cause = (answer: Answer): string => (answer.kind === 'refused' ? answer.cause : answer.kind);
  const asked = new Asked();
  assert.equal(asked.sign(leverageOf('3')).kind, 'signed');
  assert.match(cause(asked.sign(leverageOf('3.01'))), /3\.01 times, of at most 3 \(max_leverage/);
  assert.match(cause(asked.sign(leverageOf('0.5'))), /of at most 3/);
  assert.match(cause(asked.sign(leverageOf('2', 'ETH-USDT-SWAP'))), /not among the instruments/);
  const nothing = { instruments: [], most: decimal('3') };
  assert.match(cause(new Asked({ leverage: nothing }).sign(leverageOf('2'))), /not among the instruments/);
  assert.match(cause(new Asked({ readOnly: true }).sign(leverageOf('2'))), /reads only/);
});

test('a vault of a reader signs reads only', () => {
  const vault = new Asked({ readOnly: true });
  for (const request of signed) assert.equal(vault.sign(request).kind, isWrite(request) ? 'refused' : 'signed', request.kind);
});

test('a placement that stays valid for long is not signed, and the clock moves by at most 30 s', () => {
  const vault = new Asked();
  assert.match(vault.cause(place({}, 't1', NOW + 30_001)), /not void after 30000 ms/);
  assert.equal(vault.raw({ kind: 'clock', offsetMilliseconds: 30_000 }).kind, 'nothing');
  const answer = vault.sign(place({}, 't1', NOW + 60_000));
  assert.ok(answer.kind === 'signed');
  assert.equal(answer.headers['OK-ACCESS-TIMESTAMP'], '2026-11-23T10:00:30.000Z');
  assert.equal(vault.raw({ kind: 'clock', offsetMilliseconds: -30_001 }).kind, 'fatal');
  assert.equal(new Asked({ environment: 'sim' }).raw({ kind: 'clock', offsetMilliseconds: 3_600_000 }).kind, 'nothing');
});

test('after a halt nothing that was decided before it is signed but cancels; an epoch is never lowered', () => {
  const vault = new Asked();
  assert.equal(vault.sign(place({}, 't1')).kind, 'signed');
  assert.equal(vault.raw({ kind: 'epoch', epoch: 2 }).kind, 'nothing');
  assert.match(vault.cause(place({}, 't2')), /decided in epoch 1, and a halt has begun epoch 2/);
  assert.match(vault.cause(stopOrder('t3')), /decided in epoch 1/);
  assert.match(vault.cause({ kind: 'amend_protection', instrument, clientOrderId, triggers: { takeProfit: null, stopLoss } }), /epoch 1/);
  for (const request of [
    { kind: 'cancel', instrument, clientOrderId },
    { kind: 'clear_orders', instrument, exchangeOrderIds: ['77'] },
    { kind: 'cancel_all_after', seconds: 10, tag: '' },
    { kind: 'balance' },
  ] as const)
    assert.equal(vault.sign(request).kind, 'signed', request.kind);
  vault.raw({ kind: 'epoch', epoch: 1 });
  assert.equal(vault.sign(place({}, 't4')).kind, 'refused');
  vault.epoch = 3;
  assert.equal(vault.sign(place({}, 't5')).kind, 'signed');
  vault.epoch = 2;
  assert.match(vault.cause(place({}, 't6')), /epoch 3/, 'a signature of a later epoch has begun that one');
});

test('a list of cancels names each order once, by number, and no more of them than the exchange takes', () => {
  const vault = new Asked();
  const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index + 1));
  const ask = (kind: 'clear_orders' | 'clear_algos', exchangeOrderIds: unknown): Answer['kind'] => {
    const request = { kind, instrument, exchangeOrderIds: exchangeOrderIds as readonly string[] } as const;
    return vault.sign(request, 'hash').kind === 'refused' && /hash differs/.test(vault.cause(request, 'hash')) ? 'signed' : 'refused';
  };
  assert.deepEqual([ask('clear_orders', ids(20)), ask('clear_algos', ids(10))], ['signed', 'signed']);
  for (const wrong of [[], ids(21), ['1', '1'], [''], ['a'], [1], '1', undefined]) assert.equal(ask('clear_orders', wrong), 'refused');
  assert.equal(ask('clear_algos', ids(11)), 'refused');
});

test('a flood of exits leaves a halt what it needs', () => {
  const vault = new Asked();
  let count = 0;
  while (vault.sign({ kind: 'cancel', instrument, clientOrderId }).kind === 'signed') count += 1;
  assert.equal(count, 50);
  assert.equal(vault.sign({ kind: 'clear_orders', instrument, exchangeOrderIds: ['1'] }).kind, 'signed');
  assert.equal(vault.sign({ kind: 'cancel_all_after', seconds: 10, tag: '' }).kind, 'signed');
});

test('a message that comes a second time or out of turn is refused, and one of unknown form is fatal', () => {
  const vault = new Asked();
  const ask = (sequence: unknown): Answer =>
    vault.raw({ kind: 'sign', id: 7, sequence, epoch: 0, request: { kind: 'balance' }, expectedHash: '' });
  assert.equal(ask(5).kind, 'signed');
  assert.deepEqual([ask(5).kind, ask(4).kind, ask(6).kind], ['refused', 'refused', 'signed']);
  const cases: readonly unknown[] = [
    undefined,
    null,
    'sign',
    5,
    [],
    {},
    { kind: 'clock' },
    { kind: 'clock', offsetMilliseconds: 0.5 },
    { kind: 'sign', id: 1, sequence: 9, request: {} },
  ];
  for (const question of [
    ...cases,
    { kind: 'sign', id: '1', sequence: 9, epoch: 0, request: {}, expectedHash: '' },
    { kind: 'reveal', id: 1 },
  ]) {
    assert.equal(vault.raw(question).kind, 'fatal', JSON.stringify(question));
  }
});

test('whatever is asked, nothing over the ceiling is signed', () => {
  let over = 0;
  let under = 0;
  const sizes = fc.integer({ min: 1, max: 60 }).map((tenths) => decimal(`0.${String(tenths).padStart(4, '0')}`));
  fc.assert(
    fc.property(
      sizes,
      fc.constantFrom('buy' as const, 'sell' as const),
      fc.constantFrom('entry' as const, 'exit' as const),
      fc.boolean(),
      (size, side, purpose, isSwap) => {
        const contracts = decimal(String(Number(formatDecimal(size)) * 1_000));
        const terms = isSwap ? { ...swap, side, purpose, size: contracts } : { side, purpose, size };
        const answer = new Asked().sign(place(terms));
        // The purpose that the gateway names counts for nothing; the bytes say what an order can do.
        const most = isSwap ? 2 : side === 'sell' ? 0.008 : 0.002;
        const allowed = Number(formatDecimal(isSwap ? contracts : size)) <= most;
        assert.equal(answer.kind, allowed ? 'signed' : 'refused');
        if (allowed) under += 1;
        else over += 1;
      },
    ),
    { seed: 20261123, numRuns: 500 },
  );
  assert.ok(over > 25 && under > 25, `${over} over, ${under} under`);
});
