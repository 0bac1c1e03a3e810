import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '../core/lang/result.ts';
import { decimal } from '../core/money/decimal.ts';
import type { Claim } from './gateway.ts';
import { type Finding, judge, type Memory, type Observed } from './judge.ts';
import type { Sight } from './look.ts';
import { marksAfter } from './losses.ts';
import type { Settings } from './settings.ts';

const settings: Settings = {
  limits: {
    maxTotalExposure: decimal('300'),
    maxPositionSize: decimal('200'),
    maxDailyLoss: decimal('20'),
    maxDrawdown: decimal('50'),
  },
  everyMilliseconds: 5000,
  graceMilliseconds: 15_000,
  blindMilliseconds: 60_000,
};

const account = 'okx:sim:1001';

function sight(given: Partial<Sight> = {}): Sight {
  const equity = decimal('1000');
  const at = Date.UTC(2026, 10, 23);
  return {
    uid: '1001',
    permissions: ['read_only'],
    at,
    equityUsd: equity,
    watchedEquityUsd: equity,
    lines: [],
    held: new Map(),
    orders: [],
    ...given,
  };
}

function claim(given: Partial<Extract<Claim, { kind: 'claimed' }>> = {}): Claim {
  return { kind: 'claimed', account, mode: 'ACTIVE', equityUsd: decimal('1000'), held: new Map(), orders: new Map(), ...given };
}

const marks = marksAfter(null, { account, equityUsd: decimal('1000'), now: 0 });

function swap(position: string): Sight['lines'][number] {
  return { name: 'BTC-USDT-SWAP', position: decimal(position), orders: [], unitUsd: decimal('100'), canBeShort: true };
}

/** What is found at each of these moments, when nothing changes between them. */
function over(times: readonly number[], observed: Partial<Observed>): readonly (readonly string[])[] {
  let memory: Memory = new Map();
  return times.map((now) => {
    const judged = judge(memory, { sight: ok(sight()), claim: claim(), marks, ...observed, now }, settings);
    ({ memory } = judged);
    return told(judged.findings);
  });
}

function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, severity }) => `${code} ${severity}`);
}

test('what agrees and lies within the limits is nothing to tell', () => {
  assert.deepEqual(over([0, 60_000], { sight: ok(sight({ lines: [swap('2')] })) }), [[], []]);
});

test('what passes a limit in two looks halts, and in one look waits for the second', () => {
  const [first, second] = over([0, 1000], { sight: ok(sight({ lines: [swap('-2.5')] })) });
  assert.deepEqual(first, ['MAX_POSITION_SIZE wait']);
  assert.deepEqual(second, ['MAX_POSITION_SIZE halt']);
  const together = { sight: ok(sight({ lines: [swap('2'), { ...swap('1.5'), name: 'ETH-USDT-SWAP' }] })) };
  assert.deepEqual(over([0, 1000], together).at(-1), ['MAX_TOTAL_EXPOSURE halt']);
});

test('a loss and a drawdown halt from their limits on', () => {
  const lost = (equity: string) => ({
    sight: ok(sight({ watchedEquityUsd: decimal(equity), equityUsd: decimal(equity) })),
    claim: claim({ equityUsd: decimal(equity) }),
  });
  assert.deepEqual(over([0, 1000], lost('980')).at(-1), []);
  assert.deepEqual(over([0, 1000], lost('979.99')).at(-1), ['MAX_DAILY_LOSS halt']);
  assert.deepEqual(over([0, 1000], lost('949')).at(-1), ['MAX_DAILY_LOSS halt', 'MAX_DRAWDOWN halt']);
});

test('a disagreement halts when it outlasts the time of grace, and not before', () => {
  const held = { sight: ok(sight({ held: new Map([['BTC-USDT-SWAP', decimal('1')]]) })) };
  assert.deepEqual(over([0, 14_000, 15_000], held), [['BOOKS_DIFFER wait'], ['BOOKS_DIFFER wait'], ['BOOKS_DIFFER halt']]);
  const order = { sight: ok(sight({ orders: [{ id: 'human1', instrument: 'BTC-USDT' }] })) };
  assert.deepEqual(over([0, 15_000], order), [['BOOKS_DIFFER wait'], ['BOOKS_DIFFER halt']]);
});

test('a disagreement that changes while it is traded begins anew', () => {
  let memory: Memory = new Map();
  const seen: string[] = [];
  for (const [now, size] of [
    [0, '1'],
    [10_000, '2'],
    [20_000, '2'],
    [25_000, '2'],
  ] as const) {
    const judged = judge(
      memory,
      { sight: ok(sight({ held: new Map([['BTC-USDT-SWAP', decimal(size)]]) })), claim: claim(), marks, now },
      settings,
    );
    ({ memory } = judged);
    seen.push(...told(judged.findings));
  }
  assert.deepEqual(seen, ['BOOKS_DIFFER wait', 'BOOKS_DIFFER wait', 'BOOKS_DIFFER wait', 'BOOKS_DIFFER halt']);
});

test('an order in flight of a gateway is no disagreement, and one that it says works has to be there', () => {
  assert.deepEqual(over([0, 20_000], { claim: claim({ orders: new Map([['t1', 'other']]) }) }).at(-1), []);
  assert.deepEqual(over([0, 20_000], { claim: claim({ orders: new Map([['t1', 'working']]) }) }).at(-1), ['BOOKS_DIFFER halt']);
});

test('a gateway that starts is not held to its books, and one that runs is held to its equity', () => {
  const held = new Map([['BTC', decimal('1')]]);
  assert.deepEqual(over([0, 20_000], { claim: claim({ mode: 'BOOT', held }) }).at(-1), []);
  assert.deepEqual(over([0, 20_000], { claim: claim({ equityUsd: decimal('985') }) }).at(-1), []);
  assert.deepEqual(over([0, 20_000], { claim: claim({ equityUsd: decimal('1021') }) }).at(-1), ['EQUITY_DIFFERS halt']);
});

test('a gateway that runs and is silent is halted after the time of grace; one that does not run, or does not say, is told', () => {
  const silent = { claim: { kind: 'silent', message: 'no answer' } } as const;
  assert.deepEqual(over([0, 14_999, 15_000], silent), [['GATEWAY_SILENT wait'], ['GATEWAY_SILENT wait'], ['GATEWAY_SILENT halt']]);
  assert.deepEqual(over([0, 90_000], { claim: { kind: 'not_running', message: 'none' } }).at(-1), ['GATEWAY_NOT_RUNNING alert']);
  assert.deepEqual(over([0, 90_000], { claim: { kind: 'refused', message: 'no token' } }).at(-1), ['GATEWAY_REFUSES alert']);
});

test('a monitor that cannot see the exchange for long halts the gateway, and where none runs it only says so', () => {
  const blind = { sight: err('time: ECONNREFUSED') };
  assert.deepEqual(over([0, 59_000, 60_000], blind), [['EXCHANGE_UNSEEN wait'], ['EXCHANGE_UNSEEN wait'], ['EXCHANGE_UNSEEN halt']]);
  const dead = { ...blind, claim: { kind: 'not_running', message: 'none' } } as const;
  assert.deepEqual(over([0, 90_000], dead).at(-1), ['GATEWAY_NOT_RUNNING alert']);
});

test('what is wrong is not forgiven by a look that failed', () => {
  const wrong = { sight: ok(sight({ held: new Map([['BTC', decimal('1')]]) })), claim: claim(), marks };
  let { memory } = judge(new Map(), { ...wrong, now: 0 }, settings);
  ({ memory } = judge(memory, { ...wrong, sight: err('time: ECONNREFUSED'), now: 10_000 }, settings));
  assert.deepEqual(told(judge(memory, { ...wrong, now: 15_000 }, settings).findings), ['BOOKS_DIFFER halt']);
});
