import { match, strictEqual } from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import type { Isolation } from '../../core/policy/isolation.ts';
import { ACCEPTED_DAYS, acceptAdvisory, acceptedUntil, mayNotApprove } from './advisory.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 27);
const advisory: Extract<Isolation, { kind: 'advisory' }> = { kind: 'advisory', reasons: ['agent a has no user of its own'] };
const isolated: Isolation = { kind: 'isolated', users: ['a is alice'] };

test('advisory mode is accepted for a week, and a file that says longer accepts nothing', () => {
  strictEqual(acceptedUntil(`${now + day}\n`, now), now + day);
  strictEqual(acceptedUntil(`${now + ACCEPTED_DAYS * day}`, now), now + ACCEPTED_DAYS * day);
  for (const text of ['', 'yes', `${now}`, `${now - 1}`, `${now + ACCEPTED_DAYS * day + 1}`, '1e99', ` ${now + day}`, '9'.repeat(40)])
    strictEqual(acceptedUntil(text, now), 0, text);
});

test('it takes the whole sentence at a terminal, and is told why it is asked', async () => {
  const asked = async (typed: string, isTTY: boolean) => {
    const input = Object.assign(new PassThrough(), { isTTY });
    const output = new PassThrough();
    input.end(typed);
    const answer = await acceptAdvisory(advisory, { input, output, now });
    return { answer, said: String(output.read() ?? '') };
  };
  const yes = await asked('agents can go around this\n', true);
  strictEqual(yes.answer.ok && yes.answer.value, now + ACCEPTED_DAYS * day);
  match(yes.said, /agent a has no user of its own/);
  for (const typed of ['yes\n', '\n', '', 'agents can\n']) strictEqual((await asked(typed, true)).answer.ok, false, typed);
  strictEqual((await asked('agents can go around this\n', false)).answer.ok, false);
});

test('in advisory mode there are no approvals, and with isolation there are', () => {
  const approving = (text: string, isolation: Isolation) => {
    const read = parseConfiguration(`[exchange]\nenvironment = "live"\n[approval]\n${text}\n`);
    if (!read.ok) throw new Error(read.error.message);
    return mayNotApprove(read.value, isolation);
  };
  match(approving('above = 40', advisory) ?? '', /approve its own orders/);
  match(approving('above = "never"\nfirst_of_kind = true', advisory) ?? '', /approve its own orders/);
  strictEqual(approving('above = "never"', advisory), null);
  strictEqual(approving('above = 40', isolated), null);
});
