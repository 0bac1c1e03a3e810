import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, formatDecimal } from '../core/money/decimal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Claim } from './gateway.ts';
import { look } from './look.ts';
import { ReadingKey } from './reading-key.ts';
import type { Settings } from './settings.ts';
import { lookDocument } from './document.ts';
import { type Told, watch, watchOnce } from './watch.ts';

const key = new ReadingKey({ apiKey: 'k', secretKey: 's', passphrase: 'p' }, { simulated: true });
const at = Date.UTC(2026, 10, 23);

const config = {
  uid: '1001',
  mainUid: '1000',
  acctLv: '2',
  posMode: 'net_mode',
  perm: 'read_only',
  ip: '',
  label: '',
  autoLoan: false,
  enableSpotBorrow: false,
};
const order = {
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  state: 'partially_filled',
  accFillSz: '1',
  clOrdId: 't1',
  ordId: '7',
  algoClOrdId: '',
  side: 'buy',
  sz: '3',
  ordType: 'limit',
  tgtCcy: '',
  px: '120',
  avgPx: '100',
  reduceOnly: 'false',
  posSide: 'net',
  tag: '',
  category: 'normal',
  uTime: String(at),
};
const stop = {
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  ordType: 'conditional',
  algoClOrdId: 't2',
  algoId: '8',
  side: 'sell',
  sz: '',
  tgtCcy: '',
  tpTriggerPx: '',
  slTriggerPx: '90',
  reduceOnly: 'true',
  posSide: 'net',
  tag: '',
  state: 'live',
  ordIdList: [],
  ordId: '',
  uTime: String(at),
};
const swap = {
  instType: 'SWAP',
  instId: 'BTC-USDT-SWAP',
  uly: 'BTC-USDT',
  settleCcy: 'USDT',
  ctValCcy: 'BTC',
  ctVal: '0.01',
  ctMult: '1',
  ctType: 'linear',
  expTime: '',
  tickSz: '0.1',
  lotSz: '1',
  minSz: '1',
  maxLmtSz: '1000',
  state: 'live',
  ruleType: 'normal',
};
const inverse = { ...swap, instId: 'BTC-USD-SWAP', uly: 'BTC-USD', settleCcy: 'BTC', ctValCcy: 'USD', ctVal: '100', ctType: 'inverse' };
const position = { instId: 'BTC-USDT-SWAP', instType: 'SWAP', posSide: 'net', pos: '1', avgPx: '100', liqPx: '' };
const priceOf = (instId: string, markPx: string) => ({ instId, markPx, idxPx: markPx, ts: String(at) });

type Rows = Readonly<Record<string, readonly object[]>>;

/** An account with a swap of which more is being bought, a stop for all of it, an inverse position, and a coin in the wallet. */
const account: Rows = {
  'public/time': [{ ts: String(at) }],
  'account/config': [config],
  'account/positions': [position, { ...position, instId: 'BTC-USD-SWAP', pos: '-2' }],
  'account/balance': [
    {
      totalEq: '1000',
      uTime: String(at),
      details: [
        { ccy: 'USDT', cashBal: '900', availBal: '900' },
        { ccy: 'BTC', cashBal: '1.5', availBal: '1.5' },
      ],
    },
  ],
  'trade/orders-pending': [order],
  'trade/orders-algo-pending?ordType=conditional': [stop],
  ...Object.fromEntries(
    ['oco', 'trigger', 'move_order_stop', 'chase', 'twap', 'smart_iceberg'].map((type) => [
      `trade/orders-algo-pending?ordType=${type}`,
      [],
    ]),
  ),
  'public/instruments': [swap, inverse],
  'public/mark-price': [priceOf('BTC-USDT-SWAP', '100')],
  'market/index-tickers?instId=USDT-USD': [priceOf('USDT-USD', '0.99')],
  'market/index-tickers?instId=BTC-USDT': [priceOf('BTC-USDT', '101')],
};

/** An exchange that answers from rows, by the longest path that fits; what it has no rows for fails. */
function answering(rows: Rows): Exchange {
  return {
    send: ({ path }) => {
      const found = Object.keys(rows).find((name) => path.startsWith(`/api/v5/${name}`));
      return Promise.resolve(
        found === undefined
          ? { kind: 'unknown', cause: 'no answer' }
          : { kind: 'answered', status: 200, body: JSON.stringify({ code: '0', data: rows[found] }) },
      );
    },
  };
}

function looked(rows: Rows, holdings: Readonly<Record<string, string>> = {}) {
  const stated = new Map(Object.entries(holdings).map(([name, amount]) => [name, decimal(amount)]));
  return look({ key, exchange: answering(rows), holdings: stated }, () => at);
}

test('a look adds up what there is in dollars: contracts by their value, wallets by the index, a coin below a dollar as one', async () => {
  const sight = await looked(account);
  assert.ok(sight.ok, sight.ok ? '' : sight.error);
  const { lines, held, orders, equityUsd } = sight.value;
  assert.deepEqual(
    lines.map(({ name, position: held, unitUsd, orders: open }) => [
      name,
      formatDecimal(held),
      formatDecimal(unitUsd),
      ...open.map(({ side, size, unitUsd: limit }) => `${side} ${formatDecimal(size)} at ${limit === null ? 'any' : formatDecimal(limit)}`),
    ]),
    [
      ['BTC', '1.5', '101'],
      // Two of three are left to buy, and the stop is as large as the position.
      ['BTC-USDT-SWAP', '1', '1', 'buy 2 at 1.2', 'sell 1 at 0.9'],
      ['BTC-USD-SWAP', '-2', '100'],
    ],
  );
  assert.deepEqual(
    [...held].map(([name, amount]) => [name, formatDecimal(amount)]),
    [
      ['BTC', '1.5'],
      ['BTC-USDT-SWAP', '1'],
      ['BTC-USD-SWAP', '-2'],
    ],
  );
  assert.deepEqual(
    orders.map(({ id }) => id),
    ['t1', 't2'],
  );
  assert.equal(formatDecimal(equityUsd), '1000');
});

test('what the operator stated as held is neither exposure nor equity', async () => {
  const sight = await looked(account, { BTC: '1' });
  assert.ok(sight.ok);
  assert.equal(formatDecimal(sight.value.lines[0]?.position ?? decimal('9')), '0.5');
  assert.equal(formatDecimal(sight.value.watchedEquityUsd), '899');
});

test('a look that lacks one answer is no look', async () => {
  for (const name of Object.keys(account)) {
    const rest = Object.fromEntries(Object.entries(account).filter(([other]) => other !== name));
    // oxlint-disable-next-line no-await-in-loop
    const sight = await looked(rest);
    assert.equal(sight.ok, false, name);
  }
});

test('an algo order of a kind that nobody here understands is seen, by its number where it has no id of ours', async () => {
  const trigger = { ...stop, ordType: 'trigger', algoClOrdId: '', algoId: '99', reduceOnly: '' };
  const sight = await looked({ ...account, 'trade/orders-algo-pending?ordType=trigger': [trigger] });
  assert.ok(sight.ok, sight.ok ? '' : sight.error);
  assert.deepEqual(
    sight.value.orders.map(({ id }) => id),
    ['t1', 't2', '99'],
  );
});

test('in long/short mode a leg is a line of its own, and the closing side only closes', async () => {
  const legs = [
    { ...position, posSide: 'long', pos: '3' },
    { ...position, posSide: 'short', pos: '2' },
  ];
  const closing = { ...order, posSide: 'long', side: 'sell', clOrdId: 't9', ordId: '9' };
  const sight = await looked({ ...account, 'account/positions': legs, 'trade/orders-pending': [{ ...order, posSide: 'short' }, closing] });
  assert.ok(sight.ok, sight.ok ? '' : sight.error);
  assert.deepEqual(
    sight.value.lines.map(({ name, position: held, orders }) => [name, formatDecimal(held), orders.map(({ reduceOnly }) => reduceOnly)]),
    [
      ['BTC', '1.5', []],
      ['BTC-USDT-SWAP/long', '3', [true]],
      ['BTC-USDT-SWAP/short', '-2', [true]],
      ['BTC-USDT-SWAP', '0', [true]],
    ],
  );
  assert.equal(formatDecimal(sight.value.held.get('BTC-USDT-SWAP') ?? assert.fail()), '1');
});

const settings: Settings = {
  limits: { maxTotalExposure: decimal('500'), maxPositionSize: decimal('500'), maxDailyLoss: decimal('20'), maxDrawdown: decimal('50') },
  everyMilliseconds: 5000,
  graceMilliseconds: 15_000,
  blindMilliseconds: 60_000,
};

type Scene = { readonly rows?: Rows; readonly claim?: Claim; readonly limits?: Partial<Settings['limits']> };

const agreeing: Claim = {
  kind: 'claimed',
  account: 'okx:sim:1001',
  mode: 'ACTIVE',
  equityUsd: decimal('1000'),
  held: new Map([
    ['BTC-USDT-SWAP', decimal('1')],
    ['BTC-USD-SWAP', decimal('-2')],
    ['BTC', decimal('1.5')],
  ]),
  orders: new Map([
    ['t1', 'working'],
    ['t2', 'other'],
  ]),
};

/** A monitor whose time passes as fast as it waits. */
function scene({ rows = account, claim = agreeing, limits = {} }: Scene) {
  const [told, halts]: [Told[], string[]] = [[], []];
  let [now, end] = [0, () => {}];
  const clock: Clock = {
    now: () => at + now,
    monotonic: () => now,
    turn: (act) => act(),
    alarm: (delay, ring) => {
      now += delay;
      setImmediate(ring);
      return { cancel: () => {} };
    },
  };
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    told,
    halts,
    end: () => end(),
    watching: {
      environment: 'sim',
      settings: { ...settings, limits: { ...settings.limits, ...limits } },
      looking: { key, exchange: answering(rows), holdings: new Map() },
      gateway: {
        claim: () => Promise.resolve(claim),
        halt: (reason: string) => {
          halts.push(reason);
          return Promise.resolve({ kind: 'halted' as const, message: 'the gateway is halted' });
        },
      },
      clock,
      marks: null,
      saveMarks: () => {},
      tell: (each: Told) => void told.push(each),
      ended,
    },
  };
}

test('a monitor that finds nothing halts nothing', async () => {
  const { watching, halts, told } = scene({});
  const ending = await watchOnce(watching);
  assert.equal(ending.kind, 'ended');
  assert.deepEqual([halts, told.map(({ findings }) => findings)], [[], [[]]]);
});

test('a monitor looks twice and then halts, and its reason names what it found', async () => {
  const { watching, halts, told } = scene({ limits: { maxPositionSize: decimal('150') } });
  await watchOnce(watching);
  assert.equal(told.length, 2);
  assert.equal(halts.length, 1);
  assert.match(halts[0] ?? '', /^the independent monitor: BTC can come to 151.5 USD of at most 150 \(max_position_size\); BTC-USD-SWAP/);
  const last = told.at(-1);
  assert.ok(last !== undefined);
  const { verdict, halt } = lookDocument(last, settings.limits);
  assert.deepEqual([verdict, halt], ['halt', { outcome: 'halted', message: 'the gateway is halted' }]);
});

test('a gateway that is halted already is not halted again', async () => {
  const { watching, halts } = scene({ claim: { ...agreeing, mode: 'HALTED' }, limits: { maxPositionSize: decimal('1') } });
  await watchOnce(watching);
  assert.deepEqual(halts, []);
});

test('a key that may trade, and a key of another account, end the monitor before it says anything', async () => {
  const trading = scene({ rows: { ...account, 'account/config': [{ ...config, perm: 'read_only,trade' }] } });
  const refused = await watch(trading.watching);
  assert.ok(refused.kind === 'refused' && refused.message.includes('may trade'));
  const other = scene({ rows: { ...account, 'account/config': [{ ...config, uid: '7' }] } });
  const elsewhere = await watch(other.watching);
  assert.ok(elsewhere.kind === 'refused' && elsewhere.message.includes('okx:sim:7'));
  assert.deepEqual([...trading.told, ...other.told, ...trading.halts, ...other.halts], []);
});

test('a monitor that is not asked to look once looks until it is told to end', async () => {
  const { watching, told, end } = scene({});
  const counting = {
    ...watching,
    tell: (each: Told) => {
      told.push(each);
      if (told.length === 5) end();
    },
  };
  const ending = await watch(counting);
  assert.equal(ending.kind, 'ended');
  assert.ok(told.length >= 5);
});

test('a monitor that looks once and does not see the exchange says so at once and halts nothing', async () => {
  const { watching, halts, told } = scene({ rows: {} });
  await watchOnce(watching);
  assert.deepEqual([halts, told.map(({ sight }) => sight)], [[], [null]]);
});
