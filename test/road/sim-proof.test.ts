import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Embedded, useSimulator } from '../../src/adapters/sim/embedded.ts';
import type { Result } from '../../src/core/lang/result.ts';

// What listens at the address of the embedded exchange is given orders only when it proves whose it is.

const nonce = Buffer.alloc(32, 7);

async function usedBy(answer: RequestListener): Promise<Result<Embedded>> {
  const home = mkdtempSync(join(tmpdir(), 'tk-'));
  mkdirSync(join(home, 'run'));
  writeFileSync(join(home, 'run', 'sim.nonce'), nonce);
  const server = createServer(answer);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  try {
    return await useSimulator({ home, host: '127.0.0.1', port, seed: 1, rateLimits: 'lenient' });
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(home, { recursive: true });
  }
}

function challengeOf(url: string): string {
  return new URL(url, 'http://x').searchParams.get('challenge') ?? '';
}

test('who knows the nonce of the home is used as it is', async () => {
  const used = await usedBy(({ url = '' }, response) =>
    response.end(JSON.stringify({ proof: createHmac('sha256', nonce).update(challengeOf(url), 'hex').digest('hex') })),
  );
  assert.ok(used.ok);
});

const strangers: readonly (readonly [string, RequestListener])[] = [
  ['gives the challenge back', ({ url = '' }, response) => response.end(challengeOf(url))],
  [
    'has another nonce',
    ({ url = '' }, response) => response.end(createHmac('sha256', 'other').update(challengeOf(url), 'hex').digest('hex')),
  ],
  ['answers nothing', (_, response) => response.end()],
  ['answers without an end', (_, response) => void response.write('x'.repeat(100_000))],
  ['answers drop by drop', (_, response) => void setInterval(() => response.write('x'), 100).unref()],
  ['never answers', () => {}],
  ['leads elsewhere', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
];

for (const [what, answer] of strangers)
  // Whoever waited for one that never ends would wait until the test is ended.
  test(`a stranger that ${what} is refused, and not waited for, with what to do`, { timeout: 60_000 }, async () => {
    const used = await usedBy(answer);
    assert.ok(!used.ok);
    assert.match(used.error, /^something else listens at 127\.0\.0\.1:\d+; end it, or set another address as listen in \[sim\]/);
  });
