import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../support/engine-world.ts';

// A laptop that sleeps stops its monotonic clock with everything else: no tick is late by it, and prices looked as fresh as before.

test('a machine that slept is recognised by the clocks that went on, and no entry passes before a person has looked', async () => {
  const world = await EngineWorld.running();
  world.jump(720_000);
  world.exchangeAheadMilliseconds += 720_000;
  await world.pass(3000);
  const { mode, modeCause } = world.engine.state;
  assert.equal(mode, 'REDUCE_ONLY');
  assert.match(modeCause, /this machine slept, or the gateway was stopped, for 12 min; .*twokey resume/);
});

test('a process that was stopped for a minute says so, and one that was held up for two seconds says that', async () => {
  for (const [milliseconds, words] of [
    [60_000, /slept, or the gateway was stopped, for (59|60) s/],
    [2500, /held up for \d\.\d s, by the machine or by a stop signal/],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const world = await EngineWorld.running();
    world.stall(milliseconds);
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(100);
    assert.equal(world.engine.state.mode, 'REDUCE_ONLY');
    assert.match(world.engine.state.modeCause, words);
  }
});

test('a wall clock that somebody sets is no sleep', async () => {
  const world = await EngineWorld.running();
  world.jump(1500);
  await world.pass(3000);
  assert.equal(world.engine.state.mode, 'ACTIVE');
});

test('an address that is not on the list of the key any more is told once, in plain words, and again only after the key was taken', async () => {
  const world = await EngineWorld.running();
  const told = (): number => world.engine.state.alerts.filter(({ code }) => code === 'KEY_REFUSED').length;
  const refusing = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
    Object.keys(headers).some((name) => name.toLowerCase() === 'ok-access-key')
      ? ({ kind: 'answered', status: 401, body: '{"code":"50110","msg":"Your IP 203.0.113.9 is not included","data":[]}' } as const)
      : undefined;
  world.intercept = refusing;
  await world.pass(20_000);
  assert.equal(told(), 1);
  const [alert] = world.engine.state.alerts.filter(({ code }) => code === 'KEY_REFUSED');
  assert.match(
    alert?.message ?? '',
    /this machine's address is not on the list of the key; it may have changed \(code 50110 of OKX\).*IP address/,
  );
  assert.doesNotMatch(alert?.message ?? '', /203\.0\.113\.9/, 'no text of the exchange');
  world.intercept = () => undefined;
  await world.pass(700_000);
  world.intercept = refusing;
  await world.pass(20_000);
  assert.equal(told(), 2);
});
