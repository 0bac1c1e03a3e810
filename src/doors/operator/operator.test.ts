import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { accountChecks, type Check, clockCheck, renderChecks } from './checks.ts';
import { parseCommand } from './command.ts';
import { flatExit, haltExit } from './control.ts';
import type { Gateway } from './gateway.ts';
import { judge } from './judge.ts';
import { render } from './render.ts';
import { cell, type Fields, table } from './text.ts';
import { resolve } from './resolve.ts';
import { notHere, verbOf, verbs } from './usage.ts';

const head = { environment: 'sim', account: 'okx:sim:1001', mode: 'ACTIVE', as_of: '2026-11-23T10:00:00.000Z' };

test('a document of a person starts with where, whose and in which mode, and names a gateway that does not run', () => {
  match(render('orders', { ...head, orders: [] }), /^sim · okx:sim:1001 · ACTIVE · 2026-11-23 10:00:00 UTC\n\nno open orders\n$/);
  match(render('orders', { ...head, gateway: 'not running', orders: [] }), /· NO GATEWAY RUNS ·/);
});

test('a document that another version wrote, or that holds nothing of what is expected, is shown and breaks nothing', () => {
  for (const kind of [
    'status',
    'mode',
    'frozen',
    'flattened',
    'limits',
    'positions',
    'orders',
    'approvals',
    'judged',
    'alerts',
    'fills',
    'account_config',
    'account_balance',
    'reconcile',
  ] as const) {
    match(render(kind, {}), /^– · – · – · –\n/);
    render(kind, {
      orders: 'none',
      positions: [1, null],
      alerts: {},
      principals: [{}],
      next: 'x',
      fills: [{ size: 3 }],
      approvals: [{}],
      order: 5,
    });
  }
});

test('no text of a document can forge a line, hide what follows or move the cursor', () => {
  const evil = `a\nsim · live\u001b[2J\u202eb\u2028c`;
  strictEqual(cell(evil), 'a?sim · live?[2J?b?c');
  const shown = render('mode', { ...head, cause: evil });
  for (const forged of ['\u001b', '\u202e', '\nsim · live']) strictEqual(shown.includes(forged), false);
});

const approval: Fields = {
  id: 'a2b3',
  agent: 'alpha',
  intent_id: 'big',
  instrument: 'BTC-USDT',
  side: 'buy',
  type: 'ioc',
  size: '0.0025',
  size_unit: 'BTC',
  amount: '0.0025',
  amount_unit: 'BTC',
  worst_price: '60300',
  price_unit: 'USDT',
  take_profit: null,
  stop_loss: '58000',
  loss_at_stop_usd: '6.35',
  stop_slippage: '0.25%',
  notional_usd: '151.5',
  market_price: '60000',
  distance_from_market: '+0.5 %',
  window_usd: '180',
  underlying_worst_case_usd: '200.25',
  asked_at: '2026-11-23T10:00:00.000Z',
  expires_at: '2026-11-23T10:02:00.000Z',
  log_seq: 41,
  if_approved_now: { outcome: 'sent', worst_price: '60300', notional_usd: '151.5', instrument_worst_case_usd: '151.5' },
  left_after: [
    { name: 'max_order_size', max: '1000', after: '151.5', left: '848.5', unit: 'USD' },
    { name: 'max_total_exposure', max: '1000', after: null, left: null, unit: 'USD' },
  ],
  agent_says: { reason: 'the range broke', evidence: ['volume doubled'], strategy: 'breakout' },
};

test('an alert is read by its first line, and what an agent wrote stands in a box below it', () => {
  const alert = {
    id: 'a2b3',
    log_seq: 41,
    at: '2026-11-23T10:00:00.000Z',
    severity: 'amber',
    code: 'UNUSUAL_SIZE',
    message: 'alpha sends a buy',
    limit: '30 USD',
    value: '40 USD',
    action: 'none: the limits allow it',
    details: ["the agent's own words, which nobody has checked: all is well\nz9z9  red HALTED: forged"],
    acknowledged: null,
    not_delivered_to: ['webhook-0a1b2c'],
  };
  const sink = { name: 'webhook-0a1b2c', state: 'down', cause: 'ECONNREFUSED', waiting: 1 };
  const closed = { since: '2026-11-23T10:00:09.000Z', cause: 'webhook-0a1b2c takes no alert: ECONNREFUSED' };
  strictEqual(
    render('alerts', { ...head, alerts: [alert], sinks: [sink], entries_closed: closed, next: [] }),
    `sim · okx:sim:1001 · ACTIVE · 2026-11-23 10:00:00 UTC

⚠ nobody can be told since 2026-11-23 10:00:09 UTC, so that entries are closed: webhook-0a1b2c takes no alert: ECONNREFUSED

a2b3  amber UNUSUAL_SIZE: alpha sends a buy
  at            2026-11-23 10:00:00 UTC, log 41
  limit         30 USD, value 40 USD
  done          none: the limits allow it
  acknowledged  no
  not yet at    webhook-0a1b2c
  ┌─ details
  │ the agent's own words, which nobody has checked: all is well?z9z9  red H
  │ ALTED: forged
  └─

sinks
name            state  waiting  cause
webhook-0a1b2c  down   1        ECONNREFUSED
`,
  );
  match(render('alerts', { ...head, alerts: [] }), /no alerts\n\nno \[\[alerts\.sinks\]\] in twokey\.toml/);
});

test('a person reads the order, what it is worth, what it leads to and what happens on agreeing, before the words of the agent', () => {
  const shown = render('approvals', { ...head, above_usd: '100', approvals: [approval], next: ['twokey approve ID'] });
  strictEqual(
    shown,
    `sim · okx:sim:1001 · ACTIVE · 2026-11-23 10:00:00 UTC

a2b3  asked by agent alpha
  order         buy 0.0025 BTC of BTC-USDT as ioc
  worth         151.5 USD
  worst price   60300 USDT (+0.5 % from the market, 60000 USDT)
  stop order    take profit –, stop loss 58000
  at the stop   loses 6.35 USD, both fees and 0.25% of slippage included; more where the market jumps
  10 minutes    180 USD of at most 100 on its underlying, this order included, by all agents
  worst case    200.25 USD of at most 100 on its underlying, this order included
  if you agree  sent at 60300 USDT or better, worth 151.5 USD; its instrument then comes to 151.5 USD in the worst case
  it leaves     848.5 of 1000 USD of max_order_size
                not known of 1000 USD of max_total_exposure
  asked         2026-11-23 10:00:00 UTC, log 41, intent big
  expires       2026-11-23 10:02:00 UTC
  ┌─ the agent's own words, which nobody has checked
  │ the range broke
  │ evidence: volume doubled
  │ strategy: breakout
  └─

→ twokey approve ID
`,
  );
  match(render('approvals', { ...head, approvals: [] }), /no order waits for you/);
  const bare = { ...approval, stop_loss: null, loss_at_stop_usd: null, size: '3', size_unit: 'contracts', amount: '0.03' };
  const bareText = render('approvals', { ...head, approvals: [bare] });
  match(bareText, /at the stop +no stop: unbounded/);
  match(bareText, /order +buy 3 contracts \(0\.03 BTC\) of BTC-USDT/);
  match(render('approvals', { ...head, approvals: [{ ...approval, loss_at_stop_usd: null }] }), /at the stop +not known/);
  const refused = { ...approval, if_approved_now: { outcome: 'denied', code: 'HALTED', message: 'the account is HALTED' } };
  match(render('approvals', { ...head, above_usd: 'never', approvals: [refused] }), /nothing is sent now: the account is HALTED/);
});

test('no words of an agent leave their box, however long, wide or full of spaces they are', () => {
  const texts = ['x'.repeat(2000), '界'.repeat(600), `fine${' '.repeat(200)}if you agree  nothing is sent`, 'a\nif you agree  fine\u202e'];
  for (const reason of texts) {
    const shown = render('approvals', { ...head, approvals: [{ ...approval, agent_says: { reason } }] });
    const [before = '', box = ''] = shown.split('┌─');
    const inside = box.split('└─')[0]?.split('\n').slice(1, -1) ?? [];
    for (const line of inside) {
      match(line, /^ {2}│ /);
      const columns = Array.from(line).reduce(
        (sum, each) => sum + (each.charCodeAt(0) >= 0x1100 && each !== '│' && each !== '?' ? 2 : 1),
        0,
      );
      strictEqual(columns <= 80, true, String(columns));
    }
    strictEqual(before.includes(reason.slice(0, 20)), false);
  }
});

function commandOf(...argv: readonly string[]) {
  const command = parseCommand([...argv, '--json']);
  if (!command.ok) throw new Error(command.error);
  return command.value;
}

test('what became of an order decides how approve and deny end, and a wrong word is wrong usage', async (context) => {
  context.mock.method(process.stdout, 'write', () => true);
  const ended = async (verb: 'approve' | 'deny', answer: Awaited<ReturnType<Gateway>>): Promise<number> =>
    judge(verb, commandOf('A2B3', '--reason', 'fine'), (request) => {
      deepStrictEqual(request, { verb, approval: 'a2b3', reason: 'fine' });
      return Promise.resolve(answer);
    });
  const told = (status: string, code?: string) =>
    ({ ok: true, value: { ...head, status, ...(code === undefined ? {} : { code }) } }) as const;
  for (const status of ['filled', 'working', 'accepted']) strictEqual(await ended('approve', told(status)), 0, status);
  for (const status of ['denied', 'rejected', 'cancelled']) strictEqual(await ended('approve', told(status)), 1, status);
  strictEqual(await ended('approve', told('unknown')), 4);
  strictEqual(await ended('deny', told('denied', 'APPROVAL_DENIED')), 0);
  strictEqual(await ended('deny', told('denied', 'APPROVAL_EXPIRED')), 1);
  const refused = { kind: 'refused', code: 'NOT_FOUND', message: 'no order waits' } as const;
  strictEqual(await ended('approve', { ok: false, error: refused }), 1);
  strictEqual(await ended('approve', { ok: false, error: { kind: 'not_running', message: '' } }), 3);
  strictEqual(await ended('approve', { ok: false, error: { kind: 'unanswered', message: '' } }), 4);
  const nobody: Gateway = () => Promise.reject(new Error('nobody is asked'));
  for (const words of [[], ['a2b3', 'b3c4']]) strictEqual(await judge('approve', commandOf(...words), nobody), 2);
});

test('a word on an order of unknown outcome names one order and says what was looked at', async (context) => {
  context.mock.method(process.stdout, 'write', () => true);
  const nobody: Gateway = () => Promise.reject(new Error('nobody is asked'));
  for (const words of [['--reason', 'x'], ['t1'], ['t1', 't2', '--reason', 'x'], ['t-1', '--reason', 'x'], ['t1', '--reason', ' ']])
    strictEqual(await resolve(commandOf(...words), nobody), 2, words.join(' '));
  const asked: Gateway = (request) => {
    deepStrictEqual(request, { verb: 'resolve', order: 't1', reason: 'not there' });
    return Promise.resolve({ ok: true, value: { ...head, orders: [] } });
  };
  strictEqual(await resolve(commandOf('t1', '--reason', 'not there'), asked), 0);
  const refused = { kind: 'refused', code: 'NOT_ALLOWED', message: 'still looked up' } as const;
  strictEqual(await resolve(commandOf('t1', '--reason', 'x'), () => Promise.resolve({ ok: false, error: refused })), 1);
});

test('amounts stand to the right, so that their digits are under each other', () => {
  const rows = [
    { unit: 'BTC', size: '0.5' },
    { unit: 'contracts', size: '12' },
  ];
  const text = table(
    [
      { title: 'size', of: (row) => cell(row['size']), align: 'right' },
      { title: 'unit', of: (row) => cell(row['unit']) },
    ],
    rows,
  );
  strictEqual(text, 'size  unit\n 0.5  BTC\n  12  contracts');
});

function statuses(checks: readonly Check[]): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

const good: Fields = {
  uid: '1001',
  main_uid: '1000',
  key_rights: ['read_only', 'trade'],
  key_bound_to: ['127.0.0.1'],
  position_mode: 'net_mode',
  account_level: '2',
  auto_loan: false,
  spot_borrow: false,
};

test('doctor shows what vetting found of key and account, and what nothing speaks against as it is', () => {
  const judged = (findings: readonly Fields[] | null) => statuses(accountChecks({ ...good, findings }));
  const allFine = {
    'key rights': 'ok',
    'sub-account': 'ok',
    'key address': 'ok',
    'position mode': 'ok',
    'account level': 'ok',
    borrowing: 'ok',
  };
  deepStrictEqual(judged([]), allFine);
  const rights = { topic: 'key rights', verdict: 'refuse', message: 'this key may withdraw', fix: 'make another' };
  const funds = { topic: 'funding account', verdict: 'warn', message: 'it holds 5 USDT', fix: 'move it' };
  deepStrictEqual(judged([rights, funds]), { ...allFine, 'key rights': 'failed', 'funding account': 'warning' });
  deepStrictEqual(judged([{ ...rights, topic: 'news', verdict: 'another' }])['news'], 'failed', 'what is not understood is no pass');
  deepStrictEqual(judged(null), { account: 'failed' }, 'nothing was judged');
});

test('half a second between the clocks is a warning, two seconds are too much, in both directions', () => {
  const judged = [0, 500, -500, 501, -501, 2000, 2001, -2001].map((offset) => clockCheck(offset).status);
  deepStrictEqual(judged, ['ok', 'ok', 'ok', 'warning', 'warning', 'warning', 'failed', 'failed']);
  match(clockCheck(700).detail, /700 ms behind/);
});

test('every check that is not passed says what to do, and a passed one says nothing', () => {
  const text = renderChecks([
    { name: 'clock', status: 'ok', detail: 'fine', fix: '' },
    { name: 'key rights', status: 'failed', detail: 'may withdraw', fix: 'make another' },
  ]);
  strictEqual(text, '✓ clock       fine\n✗ key rights  may withdraw\n              → make another\n');
});

test('a command of later work is told apart from a slip of the pen', () => {
  for (const word of Object.keys(verbs)) strictEqual(verbOf(word), word);
  strictEqual(verbOf('diagnose'), 'doctor');
  for (const word of ['setup', 'toString', '__proto__', '']) strictEqual(verbOf(word), undefined);
  match(notHere('setup'), /not part of this version/);
  match(notHere('statsu'), /is not a command; there are status, /);
});

test('only what is proven flat ends with 0, what is left with 1, and everything else is not known', () => {
  deepStrictEqual(
    ['flat', 'remaining', 'unknown', undefined, 'FLAT'].map((outcome) => flatExit(outcome === undefined ? {} : { outcome })),
    [0, 1, 4, 4, 4],
  );
  strictEqual(flatExit(null), 4);
});

test('a halt ends with 0 when nothing is left at the exchange, with 1 when something is, and with 4 while that is not known', () => {
  deepStrictEqual(
    [{ ended: true, outcome: 'clear' }, { ended: true, outcome: 'remaining' }, { ended: false }, null, 'clear'].map((halt) =>
      haltExit({ ...head, halt }),
    ),
    [0, 1, 4, 4, 4],
  );
  strictEqual(haltExit(null), 4);
});

test('a flattening that left something says so before anything else, and names position, size and cause', () => {
  const rows = [{ instrument: 'BTC-USDT-SWAP', before: '2', left: '1', unit: 'contracts', outcome: 'open', cause: 'no fresh price' }];
  const shown = render('flattened', {
    ...head,
    flattened: false,
    outcome: 'remaining',
    positions: rows,
    open_orders: 0,
    books_and_exchange_agree: false,
  });
  match(shown, /flattened +NOT FLAT: remaining, no open orders, the exchange has not confirmed it/);
  match(shown, /BTC-USDT-SWAP +2 +1 +contracts +open +no fresh price/);
});
