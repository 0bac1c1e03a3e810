import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Program, root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// A bug of twokey's own, put into the running gateway: closing entries fails an assertion.
const from = "    case 'operated':";
const hook = `
import { registerHooks } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('/src/core/gateway.ts')) return next(url, context);
    const pieces = readFileSync(fileURLToPath(url), 'utf8').split(${JSON.stringify(from)});
    if (pieces.length !== 2) throw new Error('the text to replace stands ' + (pieces.length - 1) + ' times');
    const source = pieces.join("    case 'operated': if (event.verb === 'reduce_only') throw new Error('a leg is longer than itself');");
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});
`;

test('a gateway that finds itself wrong stops, and no next one trades before a person has looked', async () => {
  await using world = await World.create();
  world.write('hook.mjs', hook);
  const file = join(world.home, 'HALT');
  const gateway = new Program({
    command: process.execPath,
    argv: ['--import', join(world.home, 'hook.mjs'), join(root, 'bin', 'twokey.js'), 'up', '--home', world.home],
    environment: world.environment,
  });
  await using _running = gateway;
  await gateway.line(/^ready /);
  const told = await world.run(['reduce-only', '--reason', 'drill']);
  assert.notEqual(told.code, 0, told.stdout);
  assert.equal((await gateway.exited).code, 1);
  assert.match(gateway.stderr, /stopped: a leg is longer than itself/);
  assert.match(gateway.stderr, /this is a bug of twokey; .*HALT keeps every start halted until you remove it/);
  const { by, reason } = JSON.parse(readFileSync(file, 'utf8')) as { readonly by: string; readonly reason: string };
  assert.deepEqual([by, reason], ['twokey', 'a bug of twokey: a leg is longer than itself']);
  const next = world.start(['up']);
  assert.match(await next.line(/^ready /), / HALTED /);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'too-soon' })).code, 'HALTED');
  assert.equal((await world.run(['resume', '--reason', 'looked'])).code, 1);
  rmSync(file);
  assert.equal((await world.run(['resume', '--reason', 'looked'])).code, 0);
});
