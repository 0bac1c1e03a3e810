import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../../src/core/policy/configuration.ts';
import { lastOf, type LedgerOrder, type Recorded, type StepFacts } from '../../src/doors/try/facts.ts';
import { judge } from '../../src/doors/try/judge.ts';
import { limits, story } from '../../src/doors/try/story.ts';
import { readConfiguration } from '../../src/main/operator/home.ts';
import { perform } from '../../src/doors/try/perform.ts';
import { makeHome, setStage } from '../../src/main/try/stage.ts';

const launcher = fileURLToPath(new URL('../../bin/twokey.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'try-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function start(...words: readonly string[]): ChildProcess & { readonly said: () => string } {
  const child = spawn(process.execPath, [launcher, 'try', ...words], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return Object.assign(child, { said: () => text });
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const limit = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 30)))
    assert(Date.now() < limit, what);
}

/** Processes whose command line names this folder: everything that a performance starts is told its home. */
function left(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}

async function nothingIsLeft(): Promise<void> {
  if (process.platform === 'linux') await until(() => left().length === 0, `still running: ${left().join('; ')}`);
  assert.deepEqual(readdirSync(folder), []);
}

test('try --once --json says on one document that every step went as it must, within a minute, and leaves nothing behind', async () => {
  const began = Date.now();
  const child = start('--once', '--json');
  const [code] = (await once(child, 'close')) as [number | null];
  const document = JSON.parse(child.said()) as { ok: boolean; steps: Record<'name' | 'asked' | 'outcome' | 'ok', unknown>[] };
  assert.deepEqual(
    document.steps.filter(({ ok }) => ok !== true),
    [],
  );
  assert.equal(document.ok, true);
  assert.equal(code, 0);
  assert(document.steps.length >= 8);
  for (const { name, asked, outcome } of document.steps)
    for (const text of [name, asked, outcome]) assert(typeof text === 'string' && text.length > 0);
  assert(Date.now() - began < 60_000);
  await nothingIsLeft();
});

test('the transcript is plain lines of at most 100 columns where there is no terminal, with every step in it and a table at the end', async () => {
  const child = start('--once', '--seed', '7');
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = child.said().split('\n');
  assert.equal(code, 0, child.said());
  assert.deepEqual(
    lines.filter((line) => line.length > 100 || /\p{Cc}/u.test(line)),
    [],
  );
  for (const { name } of story) assert.equal(lines.filter((line) => line.includes(` ${name} `) && line.includes(' ok')).length, 2, name);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  assert.equal(shape(/```text\n(.*?)```/s.exec(readme)?.[1] ?? ''), shape(child.said()), 'the picture in README.md is what is printed');
  await nothingIsLeft();
});

/** A transcript without what differs from run to run: prices, times, and where lines break. */
function shape(transcript: string): string {
  return transcript
    .replaceAll(/\d+(\.\d+)?/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

test('it stays up for a second terminal until it is interrupted, and then ends everything', async () => {
  const child = start();
  await until(() => child.said().includes('Ctrl-C ends'), 'the story ends');
  const home = /--home (\S+)/.exec(child.said())?.[1] ?? '';
  const look = spawn(process.execPath, [launcher, 'status', '--home', home, '--json'], { stdio: 'ignore' });
  assert.deepEqual(await once(look, 'close'), [0, null]);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [0, null]);
  await nothingIsLeft();
});

test('interrupted in the middle of the story it ends everything all the same', async () => {
  const child = start('--once');
  await until(() => child.said().includes('a good order'), 'the story begins');
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [1, null]);
  await nothingIsLeft();
});

test('wrong arguments are refused with 2', async () => {
  assert.deepEqual(await once(start('--seed', 'x'), 'close'), [2, null]);
});

test('a judge who believes the real facts believes none of these', async (t) => {
  const { facts, declared } = await realFacts();
  for (const each of facts) assert.deepEqual(judge(each, declared), [], each.kind);
  for (const [name, kind, falsify, complaint] of lies) {
    await t.test(name, () => {
      const index = facts.findLastIndex((each) => each.kind === kind);
      const real = facts[index];
      assert(real !== undefined);
      assert.match(judge(falsify(real), declared).join('\n'), complaint);
    });
  }
});

async function realFacts(): Promise<{ readonly facts: readonly StepFacts[]; readonly declared: Configuration }> {
  await using running = new AsyncDisposableStack();
  const stage = await setStage({ home: makeHome(running), limits, seed: 3 }, running);
  const declared = readConfiguration(stage.home);
  assert(declared.ok);
  const transcript = { begin: () => {}, step: () => {} };
  const performed = await perform({ stage, story, declared: declared.value, transcript, signal: new AbortController().signal });
  return { facts: performed.map(({ facts }) => facts), declared: declared.value };
}

type Lie = readonly [name: string, kind: StepFacts['kind'], falsify: (facts: StepFacts) => StepFacts, complaint: RegExp];

const lies: readonly Lie[] = [
  ['a second order for one intent, under another name', 'lost_answer', again('t-again'), /submitted twice/],
  [
    'a second order for one intent, under the same name',
    'lost_answer',
    orders((all) => [...all, copy(all.at(-1), {})]),
    /two orders named/,
  ],
  ['an order that the journal does not know', 'fill', orders((all) => [...all, copy(all[0], { clOrdId: 'stray' })]), /does not know/],
  ['an order by somebody else', 'fill', orders((all) => all.map((order) => ({ ...order, origin: 'external' }))), /somebody else/],
  [
    'an order that nobody allowed',
    'fill',
    journal((all) => all.filter(({ entry }) => entry.kind !== 'decision')),
    /0 decisions that allow/,
  ],
  ['an order of another size than was written down', 'fill', orders((all) => all.map((order) => ({ ...order, sz: '0.5' }))), /not the one/],
  ['an order above the limit in both books', 'fill', larger, /above max_order_size/],
  ['a position above the limit', 'crowd', more, /more than max_position_size/],
  ['a fill that is missing at the exchange', 'fill', fills(() => []), /exchange has none/],
  ['a fill that is missing in the journal', 'fill', journal((all) => all.filter(({ entry }) => entry.kind !== 'fill')), /is not booked/],
  ['a fill that is there twice', 'fill', fills((all) => [...all, ...all]), /is not booked/],
  ['an order that is not verified', 'fill', journal((all) => all.filter(({ entry }) => entry.kind !== 'verified')), /nothing proves/],
  ['a verification that found a difference', 'fill', change('verified', { exchange: '7' }), /does not agree/],
  ['a denial of something that was sent', 'fill', change('decision', { outcome: 'deny' }), /denied and has an order/],
  ['limits that changed between two decisions', 'refusal', firstHash, /the limits changed/],
  [
    'a limit that is not in twokey.toml',
    'refusal',
    change('decision', { limit: { name: 'max_order_size', max: '51', used: '0', unit: 'USD' } }),
    /no limit of twokey/,
  ],
  [
    'an order in a step that allows none',
    'refusal',
    (facts) => ({ ...facts, before: { ...facts.before, ledger: lastOf(facts.ledger) - 1 } }),
    /allowed none/,
  ],
  ['a limit that was told wrong', 'limits', (facts) => ({ ...facts, told: { ...facts.told, max_order_size: '500' } }), /told as 500/],
  ['one of the forty that never arrived', 'crowd', orders((all) => all.slice(0, -1)), /were allowed and 2 rest/],
  ['one of the forty that would have fitted', 'crowd', smallest, /would have fitted/],
  [
    'one agent alone',
    'crowd',
    (facts) => ({ ...facts, wishes: facts.wishes.map((wish) => ({ ...wish, principal: 'alice' })) }),
    /only one agent/,
  ],
  ['an order that is still open', 'cancel', orders((all) => all.map((order) => ({ ...order, state: 'live' }))), /still open/],
  ['an answer that was never lost', 'lost_answer', journal((all) => all.filter(({ entry }) => entry.kind !== 'unknown')), /never in doubt/],
  ['something left after the close', 'close', balances('0.0004'), /0.0004 BTC are left/],
  ['a halt of nobody', 'halt', change('mode', { by: 'alice' }), /no halt of the operator/],
  ['an order after the halt', 'halt', again('t-late'), /submitted after the halt/],
];

function orders(falsify: (all: readonly LedgerOrder[]) => readonly LedgerOrder[]): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, orders: [...falsify(facts.ledger.orders)] } });
}

function fills(falsify: (all: StepFacts['ledger']['fills']) => StepFacts['ledger']['fills']): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, fills: falsify(facts.ledger.fills) } });
}

function balances(total: string): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, balances: facts.ledger.balances.map((each) => ({ ...each, total })) } });
}

function journal(falsify: (all: readonly Recorded[]) => readonly Recorded[]): Lie[2] {
  return (facts) => ({ ...facts, journal: falsify(facts.journal) });
}

function change(kind: Recorded['entry']['kind'], fields: object): Lie[2] {
  return journal((all) => all.map((row) => (row.entry.kind === kind ? { ...row, entry: { ...row.entry, ...fields } } : row)));
}

function copy(order: LedgerOrder | undefined, fields: Partial<LedgerOrder>): LedgerOrder {
  assert(order !== undefined);
  return { ...order, ...fields, seq: order.seq + 1000, ordId: `${order.ordId}9` };
}

/** The last order once more, in both books. */
function again(name: string): Lie[2] {
  return (facts) => {
    const last = facts.journal.findLast(({ entry }) => entry.kind === 'submitting');
    assert(last?.entry.kind === 'submitting');
    const seq = (facts.journal.at(-1)?.seq ?? 0) + 1;
    const rows = [...facts.journal, { seq, entry: { ...last.entry, client_order_id: name } }];
    return orders((all) => [...all, copy(all.at(-1), { clOrdId: name })])({ ...facts, journal: rows });
  };
}

function larger(facts: StepFacts): StepFacts {
  const grown = orders((all) => all.map((order) => ({ ...order, sz: '0.9' })))(facts);
  return change('submitting', { size: '0.9' })(grown);
}

/** Every order of the crowd four times as large, in both books. */
function more(facts: StepFacts): StepFacts {
  const grown = orders((all) => all.map((order) => (order.state === 'live' ? { ...order, sz: '0.02' } : order)))(facts);
  return journal((all) =>
    all.map((row) =>
      row.entry.kind === 'submitting' && row.entry.type === 'limit' ? { ...row, entry: { ...row.entry, size: '0.02' } } : row,
    ),
  )(grown);
}

function firstHash(facts: StepFacts): StepFacts {
  const first = facts.journal.find(({ entry }) => entry.kind === 'decision');
  const falsify = (row: Recorded): Recorded =>
    row === first && row.entry.kind === 'decision'
      ? { ...row, entry: { ...row.entry, inputs: { ...row.entry.inputs, policy_hash: 'other' } } }
      : row;
  return journal((all) => all.map(falsify))(facts);
}

function smallest(facts: StepFacts): StepFacts {
  const last = facts.journal.findLast(({ entry }) => entry.kind === 'decision' && entry.outcome === 'deny');
  return journal((all) =>
    all.map((row) =>
      row === last && row.entry.kind === 'decision' ? { ...row, entry: { ...row.entry, arguments: { quantity: '1' } } } : row,
    ),
  )(facts);
}
