import { doesNotMatch, match } from 'node:assert/strict';
import { test } from 'node:test';
import { fine, warned } from '../operator/checks.ts';
import { masked, reportText } from './share.ts';

const whose = { home: '/srv/ada/.twokey', userHome: '/srv/ada', user: 'ada' };

test('a report for others has no name, home, address or account number, and keeps counts, versions, times and hashes', () => {
  const text = reportText(
    'demo · /srv/ada/.twokey',
    [
      fine('home', '/srv/ada/.twokey, mode 700'),
      fine('sub-account', '446738296011223344, a sub-account of 446738296011223300'),
      fine('key address', 'the key works from 203.0.113.7, 2001:db8::17 only'),
      fine('gateway', 'runs: okx:demo:1001 ACTIVE (process 4711)'),
      warned('clients', 'okx in /srv/ada/.claude.json', 'ask ada'),
      fine('code', 'tree 6f7b0f3970cc3c359cde902f72b7ba3d, 12345 entries, v26.10.0, 2026-11-27T19:35:52.013Z, http://127.0.0.1:7392'),
    ],
    whose,
  );
  doesNotMatch(text, /ada|446738|203\.0|2001:db8|okx:demo:1001/);
  match(text, /demo · TWOKEY_HOME\n/);
  match(text, /6f7b0f3970cc3c359cde902f72b7ba3d, 12345 entries, v26\.10\.0, 2026-11-27T19:35:52\.013Z, http:\/\/127\.0\.0\.1:7392/);
  match(text, /process 4711/);
});

test('a home that is the root and a user of two letters mask nothing else', () => {
  match(masked('at /etc/x', { home: '/', userHome: '/', user: 'at' }), /^at \/etc\/x$/);
});
