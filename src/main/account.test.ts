import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountConfigReport, ReadReport } from '../core/order/report.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import { decodeRead } from '../venues/okx/read.ts';
import { type Ask, unanswered, vetAtStart } from './account.ts';

const parsed = parseConfiguration('[exchange]\nenvironment = "demo"\n');
if (!parsed.ok) throw new Error(parsed.error.message);
const demo = parsed.value;

const account: AccountConfigReport = {
  uid: '1001',
  mainUid: '1001',
  accountLevel: '2',
  positionMode: 'net_mode',
  permissions: ['read_only', 'trade'],
  addresses: [],
  label: '',
  autoLoan: false,
  spotBorrow: false,
};

function answering(status: number, code: string): ReadReport {
  return decodeRead({ kind: 'account_config' }, { status, body: `{"code":"${code}","msg":"any words","data":[]}` });
}

/** An exchange that gives these answers about the account, one after the other, and none to anything else. */
function exchange(...answers: readonly ReadReport[]): { readonly ask: Ask; readonly left: () => number } {
  const queue = [...answers];
  const silence: ReadReport = { kind: 'failed', cause: 'nobody' };
  const ask: Ask = ({ kind }) => Promise.resolve({ report: (kind === 'account_config' ? queue.shift() : undefined) ?? silence });
  return { ask, left: () => queue.length };
}

test('what no waiting changes ends the start at the first answer, in plain words and with the way out', async () => {
  const cases: readonly (readonly [number, string, RegExp])[] = [
    [401, '50101', /belongs to another environment.*Demo trading API/],
    [401, '50105', /passphrase is wrong.*single quotes/],
    [401, '50113', /secret_key is not that of this key.*single quotes/],
    [401, '50110', /address is not on the list.*IP address/],
    [401, '50111', /does not know this key.*site = "eea"/],
    [200, '50119', /does not exist any more.*14 idle days/],
    [400, '50100', /frozen/],
    [200, '50120', /no right to read/],
    [403, '50007', /blocked/],
  ];
  for (const [status, code, words] of cases) {
    const { ask, left } = exchange(answering(status, code), { kind: 'account_config', config: account });
    // oxlint-disable-next-line no-await-in-loop
    const vetted = await vetAtStart(ask, demo);
    assert.match(vetted.ok ? 'started' : vetted.error, words, code);
    assert.match(vetted.ok ? '' : vetted.error, new RegExp(`code ${code} of OKX`));
    assert.equal(left(), 1, 'it was not asked again');
  }
});

test('what passes by itself is waited for: a busy exchange, a proxy, no network, a rate limit, a clock', async () => {
  for (const report of [
    answering(503, '50001'),
    answering(429, '50011'),
    answering(502, '50105'),
    answering(401, '50102'),
    { kind: 'failed', cause: 'ENETUNREACH' } as const,
  ])
    assert.equal(unanswered(report).isLasting, false);
  assert.match(unanswered(answering(401, '50102')).text, /timedatectl set-ntp true/);
  const { ask } = exchange(answering(503, '50001'), { kind: 'account_config', config: account });
  const vetted = await vetAtStart(ask, demo);
  assert.deepEqual(vetted.ok && vetted.value.account, account, 'a main account in demo is fine');
});

test('everything that refuses a start is told at once', async () => {
  const config = { ...account, permissions: ['read_only', 'withdraw'], spotBorrow: true };
  const vetted = await vetAtStart(exchange({ kind: 'account_config', config }).ask, demo);
  assert.match(vetted.ok ? '' : vetted.error, /may withdraw[^\n]*\n[^\n]*borrowing is on/);
});
