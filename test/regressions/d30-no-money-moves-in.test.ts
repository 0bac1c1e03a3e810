import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decide } from '../../src/core/policy/decide.ts';
import { tools } from '../../src/protocol/tools.ts';
import { isSignable, parseRequest } from '../../src/vault/allow-table.ts';
import { effectOf, underBound } from '../../src/vault/ceiling.ts';
import { asking, d, NOW, spot, wish } from '../support/policy-samples.ts';
import { tokenize } from '../tidy/tokens.ts';

// Elsewhere a model that was short of money was taught which transfer to make before it asked again.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('short of money is a refusal with numbers and an offer of less, and no advice', () => {
  const funds = { equityUsd: d('1000'), available: new Map([['USDT', d('50')]]), at: NOW };
  const decision = decide(asking(wish(spot, 'buy', '0.001'), { circumstances: { funds } }));
  assert.ok(decision.kind === 'deny');
  assert.equal(decision.code, 'INSUFFICIENT_FUNDS');
  assert.ok(decision.wouldBeAllowed !== null);
});

test('no text that an agent can be told speaks of moving money', () => {
  // The words that the tripwire listens for are said to nobody.
  const isSilent = (file: string): boolean => file.endsWith('.test.ts') || file === 'src/core/policy/tripwire.ts';
  const files = globSync('src/{core,view,protocol}/**/*.ts', { cwd: ROOT }).filter((file) => !isSilent(file));
  assert.ok(files.length > 50);
  for (const file of files)
    for (const { kind, text, line } of tokenize(readFileSync(join(ROOT, file), 'utf8')))
      if (kind === 'string' || kind === 'template') assert.doesNotMatch(text, /transfer|deposit|top up|add funds/i, `${file} line ${line}`);
});

test('no tool moves money, and the vault signs nothing that does', () => {
  assert.deepEqual(
    tools.filter(({ name }) => /transfer|withdraw|deposit|convert|borrow|repay/.test(name)),
    [],
  );
  for (const kind of ['transfer', 'withdrawal', 'set_account_level', 'set_position_mode']) assert.equal(parseRequest({ kind }).ok, false);
  for (const path of [
    '/api/v5/asset/transfer',
    '/api/v5/asset/withdrawal',
    '/api/v5/account/spot-manual-borrow-repay',
    '/api/v5/account/set-account-level',
    '/api/v5/account/set-position-mode',
    '/api/v5/account/set-auto-loan',
    '/api/v5/account/position/margin-balance',
  ])
    assert.equal(isSignable({ method: 'POST', path, body: '{}', expTime: '', private: true, simulated: true }), false);
});

test('a leverage is the operator’s alone: no tool sets one, and what the vault signs of it is in cross margin and within the policy', () => {
  assert.deepEqual(
    tools.filter(({ name }) => name.includes('leverage')),
    [],
  );
  assert.equal(parseRequest({ kind: 'set_leverage' }).ok, false);
  const request = { kind: 'set_leverage', instrument: 'BTC-USDT-SWAP', leverage: '2' };
  assert.ok(parseRequest(request).ok);
  assert.equal(parseRequest({ ...request, margin: 'isolated' }).ok, false);
  const bound = { instruments: ['BTC-USDT-SWAP'], most: d('3') };
  const body = (lever: string, mgnMode = 'cross', instId = 'BTC-USDT-SWAP') => JSON.stringify({ instId, lever, mgnMode });
  const passes = (text: string): boolean => {
    const wire = { method: 'POST', path: '/api/v5/account/set-leverage', body: text, expTime: '', private: true, simulated: true } as const;
    const effect = effectOf(wire);
    return effect.ok && effect.value.kind === 'leverage' && underBound(bound, effect.value).ok;
  };
  assert.ok(passes(body('3')));
  for (const bytes of [
    body('3.01'),
    body('0'),
    body('2', 'isolated'),
    body('2', 'cross', 'ETH-USDT-SWAP'),
    body('2').replace('}', ',"ccy":"USDT"}'),
  ])
    assert.ok(!passes(bytes), bytes);
});
