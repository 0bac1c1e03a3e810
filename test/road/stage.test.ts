import { match, ok, strictEqual } from 'node:assert/strict';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

test('in a simulation there is one stage, which nobody leaves; a demo account shows what comes after it, with and without a gateway', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  await world.up();
  const status = await world.read('status');
  strictEqual(status['stage'], 'SIM');
  strictEqual(status['stage_opens_entries'], true);
  const shown = await world.run(['stage']);
  strictEqual(shown.code, 0, shown.stderr);
  match(shown.stdout, /stage +SIM since .*\n(.*\n)*.*a simulation proves plumbing and nothing else/);
  const promoted = await world.run(['stage', 'promote']);
  strictEqual(promoted.code, 1);
  match(promoted.stderr, /SIM is as far as sim goes: the next stage is another account/);
  const demoted = await world.run(['stage', 'demote']);
  strictEqual(demoted.code, 1);
  match(demoted.stderr, /SIM is the lowest stage of sim; twokey halt stops everything/);
  strictEqual((await world.run(['stage', 'climb'])).code, 2);

  const demo = await world.read('stage', '--demo');
  strictEqual(demo['stage'], 'DEMO');
  const items = demo['items'] as readonly { readonly name: string; readonly status: string }[];
  ok(items.some(({ name, status: verdict }) => name === '20 demo trades by alpha' && verdict === 'failed'));
  ok(items.some(({ name }) => name === 'a week of reading live data'));
});
