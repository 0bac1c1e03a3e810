import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';
import type { Notice, Pulse } from '../core/alert/notice.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import type { Notifier, Told } from '../ports/notifier.ts';

const sinks = `[alerts]
normal_order_size = 1000000
trades_per_window = { count = 999 }
pulse_url = "https://pulse.example"
[[alerts.sinks]]
kind = "webhook"
url = "https://hook.example"
`;

/** A sink that answers as the test says, and remembers what it got. */
class Recorder implements Notifier {
  readonly notices: Notice[] = [];
  readonly pulses: Pulse[] = [];
  answer: () => Told | Promise<Told> = () => ({ kind: 'told' });

  tell(_sink: string, notice: Notice): Promise<Told> {
    this.notices.push(notice);
    return Promise.resolve(this.answer());
  }

  pulse(pulse: Pulse): Promise<Told> {
    this.pulses.push(pulse);
    return Promise.resolve(this.answer());
  }
}

async function running(notifier: Notifier, world = new EngineWorld(sinks)): Promise<EngineWorld> {
  await world.open({ notifier });
  await world.until(world.engine.start());
  return world;
}

test('a way down reaches the sink within a second, with the hash of a head that the journal has', async () => {
  const notifier = new Recorder();
  const world = await running(notifier);
  await world.engine.operate({ verb: 'halt', reason: 'a test' });
  await world.pass(1000);
  const [notice, ...more] = notifier.notices;
  assert.deepEqual(more, []);
  assert.ok(notice !== undefined);
  assert.deepEqual([notice['severity'], notice['code'], notice['message']], ['red', 'HALTED', 'a test']);
  const log = notice['log'] as { readonly seq: number; readonly hash: string };
  assert.equal(world.disk.rows[log.seq - 1]?.hash, log.hash);
  assert.match(notice.text, /^twokey sim red HALTED: a test\ndone: nothing is sent any more\nacknowledge: twokey ack \w+$/);
  assert.equal(world.kinds().filter((kind) => kind === 'delivered').length, 1);
});

test('an alert that was on its way when the process died is sent again under the same id, and never after it arrived', async () => {
  const notifier = new Recorder();
  notifier.answer = () => new Promise(() => {});
  const world = await running(notifier);
  await world.engine.operate({ verb: 'halt', reason: 'a test' });
  await world.pass(1000);
  world.crash();
  notifier.answer = () => ({ kind: 'told' });
  await running(notifier, world);
  await world.pass(1000);
  world.crash();
  await running(notifier, world);
  await world.pass(1000);
  const halts = notifier.notices.filter(({ code }) => code === 'HALTED').map(({ id }) => id);
  assert.equal(halts.length, 2);
  assert.equal(new Set(halts).size, 1);
});

test('a sink that comes back gets everything that it missed, in order', async () => {
  const notifier = new Recorder();
  const world = await running(notifier);
  notifier.answer = () => ({ kind: 'failed', cause: 'ECONNREFUSED' });
  await world.engine.operate({ verb: 'reduce_only', reason: 'first' });
  await world.engine.operate({ verb: 'halt', reason: 'second' });
  await world.pass(120_000);
  assert.ok(world.engine.state.unreachable !== null);
  const before = notifier.notices.length;
  notifier.answer = () => ({ kind: 'told' });
  await world.pass(31_000);
  assert.deepEqual(
    notifier.notices
      .slice(before)
      .map(({ message }) => message)
      .filter((message) => message === 'first' || message === 'second'),
    ['first', 'second'],
  );
  assert.equal(world.engine.state.unreachable, null);
  assert.deepEqual(world.engine.state.alerting.outbox, []);
});

test('the pulse beats at the start and every five minutes, in every mode, with the head of the journal', async () => {
  const notifier = new Recorder();
  const world = await running(notifier);
  await world.engine.operate({ verb: 'halt', reason: 'a test' });
  await world.pass(600_000);
  assert.equal(notifier.pulses.length, 3);
  const last = notifier.pulses.at(-1);
  const log = last?.['log'] as { readonly seq: number; readonly hash: string };
  assert.equal(world.disk.rows[log.seq - 1]?.hash, log.hash);
  assert.deepEqual([last?.['mode'], last?.['environment']], ['HALTED', 'sim']);
});

test('a gateway that cannot write its journal sends no pulse, so that the monitor raises its alarm', async () => {
  const notifier = new Recorder();
  const world = new EngineWorld(sinks);
  const { append, ...store } = world.store;
  let isFull = false;
  world.store = {
    ...store,
    append: (head, rows) => (isFull ? Promise.resolve({ kind: 'not_written', cause: 'full' }) : append(head, rows)),
  };
  await running(notifier, world);
  isFull = true;
  world.engine.post({ kind: 'noticed', code: 'A_TEST', message: 'something to write' });
  await world.pass(600_000);
  assert.equal(notifier.pulses.length, 1);
});

test('without an address there is no pulse', async () => {
  const notifier = new Recorder();
  const world = await running(notifier, new EngineWorld(''));
  await world.pass(600_000);
  assert.deepEqual(notifier.pulses, []);
});

test('a pulse whose address comes to hold while the gateway runs beats from then on, and once, however often it is held', async () => {
  const notifier = new Recorder();
  const world = await running(notifier, new EngineWorld(''));
  const parsed = parseConfiguration('[alerts]\npulse_url = "https://pulse.example"');
  assert.ok(parsed.ok);
  for (const _ of [1, 2]) world.engine.hold({ configuration: parsed.value, policyHash: '', readOnly: false });
  await world.pass(1000);
  assert.equal(notifier.pulses.length, 1);
  await world.pass(300_000);
  assert.equal(notifier.pulses.length, 2);
});
