import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { accountChecks, type Check, clockCheck, keyChecks, renderChecks } from './checks.ts';
import { flatExit } from './control.ts';
import { render } from './render.ts';
import { cell, type Fields, table } from './text.ts';
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
    'fills',
    'account_config',
    'account_balance',
    'reconcile',
  ] as const) {
    match(render(kind, {}), /^– · – · – · –\n/);
    render(kind, { orders: 'none', positions: [1, null], alerts: {}, principals: [{}], next: 'x', fills: [{ size: 3 }] });
  }
});

test('no text of a document can forge a line, hide what follows or move the cursor', () => {
  const evil = `a\nsim · live\u001b[2J\u202eb\u2028c`;
  strictEqual(cell(evil), 'a?sim · live?[2J?b?c');
  const shown = render('mode', { ...head, cause: evil });
  for (const forged of ['\u001b', '\u202e', '\nsim · live']) strictEqual(shown.includes(forged), false);
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

function configuration(text: string) {
  const parsed = parseConfiguration(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
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

test('a key is judged by its rights, its account and its address', () => {
  const sim = configuration('');
  const live = configuration('[exchange]\nenvironment = "live"\n');
  const readOnly = configuration('[exchange]\nread_only = true\n');
  const judged = (changes: Fields, of = sim) => statuses(keyChecks({ ...good, ...changes }, of));
  deepStrictEqual(judged({}), { 'key rights': 'ok', 'sub-account': 'ok', 'key address': 'ok' });
  strictEqual(judged({ key_rights: ['read_only', 'trade', 'withdraw'] })['key rights'], 'failed');
  strictEqual(judged({ key_rights: ['read_only'] })['key rights'], 'failed');
  strictEqual(judged({ key_rights: ['read_only'] }, readOnly)['key rights'], 'ok');
  strictEqual(judged({ key_rights: ['read_only', 'withdraw'] }, readOnly)['key rights'], 'failed');
  strictEqual(judged({ main_uid: '1001' })['sub-account'], 'failed');
  strictEqual(judged({ key_bound_to: [] })['key address'], 'warning');
  strictEqual(judged({ key_bound_to: [] }, live)['key address'], 'failed');
});

test('an account is judged by what the books rely on', () => {
  const sim = configuration('');
  const spot = configuration('[policy]\ninstruments = ["BTC-USDT"]\n');
  const judged = (changes: Fields, of = sim) => statuses(accountChecks({ ...good, ...changes }, of));
  deepStrictEqual(judged({}), { 'position mode': 'ok', 'account level': 'ok', borrowing: 'ok' });
  strictEqual(judged({ position_mode: 'long_short_mode' })['position mode'], 'failed');
  strictEqual(judged({ account_level: '1' })['account level'], 'failed');
  strictEqual(judged({ account_level: '1' }, spot)['account level'], 'ok');
  strictEqual(judged({ spot_borrow: true })['borrowing'], 'failed');
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
  for (const word of ['approve', 'toString', '__proto__', '']) strictEqual(verbOf(word), undefined);
  match(notHere('approve'), /not part of this version/);
  match(notHere('statsu'), /is not a command; there are status, /);
});

test('only what is proven flat ends with 0, what is left with 1, and everything else is not known', () => {
  deepStrictEqual(
    ['flat', 'remaining', 'unknown', undefined, 'FLAT'].map((outcome) => flatExit(outcome === undefined ? {} : { outcome })),
    [0, 1, 4, 4, 4],
  );
  strictEqual(flatExit(null), 4);
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
