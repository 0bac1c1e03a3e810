import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../../src/core/policy/configuration.ts';
import type { StepFacts } from '../../src/doors/try/facts.ts';
import { judge } from '../../src/doors/try/judge.ts';
import { limits, story } from '../../src/doors/try/story.ts';
import { readConfiguration } from '../../src/main/operator/home.ts';
import { perform } from '../../src/doors/try/perform.ts';
import { makeHome, setStage } from '../../src/main/try/stage.ts';
import { eventually } from './harness/eventually.ts';
import { lies } from './try-lies.ts';

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
  if (process.platform === 'linux')
    await eventually('nothing runs any more', () => {
      assert.deepEqual(left(), []);
      return true;
    });
  assert.deepEqual(readdirSync(folder), []);
}

test('try --once --json says on one document that every step went as it must, and leaves nothing behind', async () => {
  const child = start('--once', '--json');
  const [code] = (await once(child, 'close')) as [number | null];
  const document = JSON.parse(child.said()) as { ok: boolean; steps: Record<'name' | 'asked' | 'outcome' | 'ok', unknown>[] };
  assert.deepEqual(
    document.steps.filter(({ ok }) => ok !== true),
    [],
  );
  assert.equal(document.ok, true);
  assert.equal(code, 0);
  assert.equal(document.steps.length, story.length);
  for (const accident of ['units mixed up', 'a cheap sale', 'a wider stop', 'small slices'])
    assert(
      document.steps.some(({ name }) => name === accident),
      accident,
    );
  for (const { name, asked, outcome } of document.steps)
    for (const text of [name, asked, outcome]) assert(typeof text === 'string' && text.length > 0);
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
  await eventually('the story ends', () => child.said().includes('Ctrl-C ends'));
  const home = /--home (\S+)/.exec(child.said())?.[1] ?? '';
  const look = spawn(process.execPath, [launcher, 'status', '--home', home, '--json'], { stdio: 'ignore' });
  assert.deepEqual(await once(look, 'close'), [0, null]);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [0, null]);
  await nothingIsLeft();
});

test('interrupted in the middle of the story it ends everything all the same', async () => {
  const child = start('--once');
  await eventually('the story begins', () => child.said().includes('a good order'));
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
  assert.deepEqual(
    [...new Set(lies.map(([, kind]) => kind))].toSorted(),
    [...new Set(facts.map(({ kind }) => kind))].toSorted(),
    'each kind has a lie',
  );
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
