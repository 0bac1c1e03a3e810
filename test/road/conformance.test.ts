import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpListener } from '../../src/doors/http/listener.ts';
import { fixtures } from './conformance/fixtures.ts';
import { conformance, revisions, WayIn } from './conformance/run.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// The official conformance suite, twice: on the door's own code with what the suite calls by name behind it, so that it can try everything, and on the
// gateway as it is shipped. Each list of what is not passed says why; the suite fails when one of them passes after all.

/** What the suite is told of the things that are not passed, where there is a list. */
function listed(of: 'stack' | 'shipped', revision: (typeof revisions)[number]): readonly string[] {
  const file = fileURLToPath(new URL(`conformance/${of}-${revision}.yaml`, import.meta.url));
  return existsSync(file) ? ['--expected-failures', file] : [];
}

for (const revision of revisions) {
  const but = revision === '2025-11-25' ? ', but for what takes a session, which the SDK serves nobody of both revisions with' : '';
  test(`the door's own stack passes every requirement of ${revision}${but}`, async () => {
    await using way = await WayIn.open();
    const token = 'conformance-'.repeat(3);
    const listener = await HttpListener.open({
      door: { host: '127.0.0.1', port: 0, hosts: [`localhost:${way.port}`], origins: [`http://localhost:${way.port}`] },
      agents: [{ name: 'suite', tokenHash: createHash('sha256').update(token).digest('hex') }],
      factoryOf: () => fixtures,
      askPage: () => Promise.resolve({ status: 404, session: '', answer: {} }),
    });
    try {
      way.leadTo({ port: listener.port, token });
      const { code, said } = await conformance(way.port, ['--requirements', revision, ...listed('stack', revision)]);
      assert.equal(code, 0, said);
      // What was tried is told, so that a suite that tries nothing is seen.
      assert.match(said, revision === '2026-07-28' ? /Total: 1[45]\d passed/ : /Total: 5\d passed/);
    } finally {
      await listener.close();
    }
  });
}

test('the shipped gateway passes of both revisions whatever asks for no tool, resource or prompt of the suite’s own', async () => {
  await using way = await WayIn.open();
  await using world = await World.create();
  const file = join(world.home, 'twokey.toml');
  const allowed = `[http]\nallowed_hosts = ["localhost:${way.port}"]\nallowed_origins = ["http://localhost:${way.port}"]\n`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('[http]\n', allowed));
  const gateway = await world.up();
  const { token } = await world.read('agents', 'add', 'suite');
  const port = Number(/http=http:\/\/127\.0\.0\.1:(\d+)/.exec(gateway.stdout)?.[1]);
  way.leadTo({ port, token: String(token) });
  for (const revision of revisions) {
    // One after the other: a burst of both would meet the limits of one agent.
    // oxlint-disable-next-line no-await-in-loop
    const { code, said } = await conformance(way.port, ['--requirements', revision, ...listed('shipped', revision)]);
    assert.equal(code, 0, `${revision}\n${said}`);
  }
});
