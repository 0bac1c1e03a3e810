import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderLook } from './render.ts';

const seen = {
  environment: 'sim',
  account: 'okx:sim:1001',
  as_of: '2026-11-23T10:00:00.000Z',
  verdict: 'fine',
  gateway: { state: 'running', mode: 'ACTIVE' },
  loss_today_usd: '1.234',
  below_peak_usd: '0',
  worst_case_usd: '120.5',
  limits: { max_total_exposure: '330', max_position_size: '110', max_daily_loss: '22.5', max_drawdown: '55' },
  findings: [],
  halt: null,
};

test('a calm look is one line that says where, whose, how much and of how much at most', () => {
  const line =
    '2026-11-23 10:00:00 UTC · okx:sim:1001 · ACTIVE · worst case 120.5 of 330 USD · lost today 1.23 of 22.5 USD · below the peak 0 of 55 USD';
  assert.equal(renderLook(seen), `${line}\n`);
});

test('what is wrong follows on lines of its own, with what became of stopping the gateway', () => {
  const findings = [
    { code: 'A', severity: 'halt', message: 'too much' },
    { code: 'B', severity: 'wait', message: 'odd\nforged line' },
  ];
  const text = renderLook({ ...seen, findings, halt: { outcome: 'halted', message: 'the gateway is halted' } });
  assert.deepEqual(text.split('\n').slice(1), ['  ✗ too much', '  ⚠ odd?forged line (looking again)', '  → the gateway is halted', '']);
});

test('a gateway that does not run, or does not answer, is said so, and of what was not seen nothing is told', () => {
  assert.match(renderLook({ ...seen, gateway: { state: 'not_running', message: '' } }), / · NO GATEWAY RUNS · /);
  assert.match(renderLook({ ...seen, gateway: { state: 'silent', message: '' } }), / · THE GATEWAY DOES NOT ANSWER · /);
  assert.equal(renderLook({ ...seen, as_of: null, findings: [{ severity: 'alert', message: 'unseen' }] }), '  ⚠ unseen\n');
});
