import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Notice } from '../../core/alert/notice.ts';
import { sinkName } from '../../core/alert/sinks.ts';
import type { Sink } from '../../core/policy/alerts-section.ts';
import { createNotifier, sinkFaults } from './notifier.ts';

const notice: Notice = { id: 'abcdef-7', text: 'twokey sim red HALTED: a test\ndone: nothing' };
const secret: Sink = { kind: 'webhook', address: { kind: 'secret', secret: 'ops' } };

test('a webhook whose address is a secret gets the notice, and the pulse goes to its own address', async () => {
  const got: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push(`${request.url} ${body}`);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const notifier = createNotifier({
    alerts: { sinks: [secret], pulseUrl: `${base}/pulse` },
    secrets: { ops: `${base}/hook-0d` },
    log: () => {},
  });
  assert.deepEqual(await notifier.tell(sinkName(secret), notice), { kind: 'told' });
  assert.deepEqual(await notifier.pulse({ mode: 'ACTIVE' }), { kind: 'told' });
  server.close();
  assert.deepEqual(got, [`/hook-0d ${JSON.stringify(notice)}`, '/pulse {"mode":"ACTIVE"}']);
});

test('a log sink writes one line, a sink that is not in the file fails, and without an address there is no pulse', async () => {
  const lines: string[] = [];
  const notifier = createNotifier({ alerts: { sinks: [{ kind: 'log' }], pulseUrl: '' }, secrets: {}, log: (line) => lines.push(line) });
  assert.deepEqual(await notifier.tell(sinkName({ kind: 'log' }), notice), { kind: 'told' });
  assert.deepEqual(lines, ['twokey sim red HALTED: a test | done: nothing']);
  assert.equal((await notifier.tell('webhook-000000', notice)).kind, 'failed');
  assert.deepEqual(await notifier.pulse({}), { kind: 'told' });
});

test('other ways may come to hold, and one that was taken away can still be told what it is owed', async () => {
  const lines: string[] = [];
  const notifier = createNotifier({ alerts: { sinks: [{ kind: 'log' }], pulseUrl: '' }, secrets: {}, log: (line) => lines.push(line) });
  const command: Sink = { kind: 'command', command: ['/bin/true'] };
  assert.equal((await notifier.tell(sinkName(command), notice)).kind, 'failed');
  notifier.use({ sinks: [command], pulseUrl: 'http://127.0.0.1:1/pulse' });
  assert.equal((await notifier.tell(sinkName(command), notice)).kind, 'told');
  assert.equal((await notifier.tell(sinkName({ kind: 'log' }), notice)).kind, 'told');
  assert.equal(lines.length, 1);
  assert.equal((await notifier.pulse({})).kind, 'failed', 'nobody listens there');
});

test('where the owner reaches the page an alert leads there, to the orders that wait where it is about one, and by nothing that lets anybody in', async () => {
  const lines: string[] = [];
  const page = 'https://box.example';
  const notifier = createNotifier({
    alerts: { sinks: [{ kind: 'log' }], pulseUrl: '' },
    secrets: {},
    page,
    log: (line) => lines.push(line),
  });
  await notifier.tell(sinkName({ kind: 'log' }), notice);
  await notifier.tell(sinkName({ kind: 'log' }), { ...notice, code: 'APPROVAL_ASKED' });
  assert.deepEqual(
    lines.map((line) => line.split(' | ').at(-1)),
    ['page: https://box.example/#alerts', 'page: https://box.example/#approvals'],
  );
});

test('a sink that could never work keeps the gateway from starting, and its secret is named and not told', () => {
  const faults = (sink: Sink, secrets: Readonly<Record<string, string>> = {}): string => sinkFaults({ sinks: [sink] }, secrets).join();
  assert.match(faults(secret), /^a sink needs ops = "https:\/\/…" under \[alerts\.secrets\]/);
  const wrong = faults(secret, { ops: 'http://elsewhere.example/token-0d' });
  assert.match(wrong, /^ops under \[alerts\.secrets\] .* is no address that starts with https/);
  assert.doesNotMatch(wrong, /token-0d/);
  assert.equal(faults(secret, { ops: 'https://hook.example/x' }), '');
  assert.match(
    faults({ kind: 'ntfy', url: 'https://a.example', secret: null }),
    /kind "ntfy" are read and not delivered to in this version/,
  );
  assert.equal(faults({ kind: 'command', command: ['/bin/true'] }) + faults({ kind: 'log' }), '');
});
