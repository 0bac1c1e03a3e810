import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Sink } from '../core/policy/alerts-section.ts';
import { alertSecrets } from './alert-secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'tk-secrets-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'credentials.toml');

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const hook = (secret: string): Sink => ({ kind: 'webhook', address: { kind: 'secret', secret } });
const keys = 'api_key = "CANARY-1"\nsecret_key = "CANARY-2"\npassphrase = "CANARY-3"\n';

test('only [alerts.secrets] leaves the vault, whatever a sink names, and also what a sink that holds still needs and the file names no more', () => {
  const section = '[alerts.secrets]\nops = "https://a"\nother = "https://b"\n';
  write(`${keys}${section}[more]\nother = "CANARY-4"\n`);
  const value = { ops: 'https://a', other: 'https://b' };
  const chat: Sink = { kind: 'telegram', chat: '4', secret: 'ops' };
  for (const sinks of [[], [hook('ops'), { kind: 'log' } as const], [hook('api_key'), hook('passphrase')], [chat]])
    assert.deepEqual(alertSecrets(path, sinks), { ok: true, value });
  write(`${keys}[alerts.secrets]\nops = "https://a"\n"Not a name" = "CANARY-5"\n`);
  assert.doesNotMatch(JSON.stringify(alertSecrets(path, [hook('ops')])), /CANARY/);
});

test('a name that is not there, or holds no text, is left out, and without a file there is none', () => {
  write('[alerts.secrets]\nops = 5\nempty = ""\n');
  assert.deepEqual(alertSecrets(path, [hook('ops'), hook('empty'), hook('gone')]), { ok: true, value: {} });
  assert.deepEqual(alertSecrets(join(folder, 'nothing.toml'), [hook('ops')]), { ok: true, value: {} });
});

test('a file that others can read gives nothing, and one that is broken tells none of its text', () => {
  write('[alerts.secrets]\nops = "https://a"\n', 0o644);
  const open = alertSecrets(path, [hook('ops')]);
  assert.ok(!open.ok);
  assert.match(open.error, /chmod 600/);
  write('[alerts.secrets]\nops = "CANARY\n');
  const broken = alertSecrets(path, [hook('ops')]);
  assert.ok(!broken.ok);
  assert.doesNotMatch(broken.error, /CANARY/);
  assert.deepEqual(alertSecrets(path, [{ kind: 'log' }]), { ok: true, value: {} }, 'what nobody needs is not read');
});

test('more secrets than are handed on are refused and none is left out in silence', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, index) => `s${index} = "v"\n`).join('');
  write(`[alerts.secrets]\n${lines(64)}`);
  const most = alertSecrets(path, [hook('s63')]);
  assert.equal(most.ok && Object.keys(most.value).length, 64);
  write(`[alerts.secrets]\n${lines(65)}`);
  // Also where no sink of the file needs one: those that hold may.
  for (const sinks of [[hook('s63')], []]) {
    const over = alertSecrets(path, sinks);
    assert.match(over.ok ? '' : over.error, /has 65 secrets of at most 64/);
  }
});
