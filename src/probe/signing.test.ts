import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referenceCredentials as credentials } from './reference.ts';
import type { Flaws, Part } from './flaws.ts';
import { signed } from './signing.ts';

const now = 1_790_000_000_000;
const parts: readonly Part[] = ['key', 'signature', 'time', 'passphrase'];

test('every request asks for demo trading, whatever is wrong with it on purpose, and public ones too', () => {
  const flaws: readonly Flaws[] = [{}, { without: parts }, { wrong: parts }, { late: true }];
  for (const flaw of flaws) {
    const { headers } = signed({ method: 'POST', path: '/api/v5/trade/order', body: {}, flaws: flaw }, { credentials, now });
    assert.equal(headers['x-simulated-trading'], '1', JSON.stringify(flaw));
  }
  const open = signed({ method: 'GET', path: '/api/v5/public/time' }, { credentials, now });
  assert.deepEqual(open.headers, { 'Content-Type': 'application/json', 'x-simulated-trading': '1' });
});

test('a query is signed as it is sent', () => {
  const { path } = signed({ method: 'GET', path: '/api/v5/account/leverage-info', query: { instId: 'A,B' } }, { credentials, now });
  assert.equal(path, '/api/v5/account/leverage-info?instId=A%2CB');
});
