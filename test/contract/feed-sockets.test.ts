import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { openSocket } from '../../src/adapters/websocket/socket.ts';
import { okxSocketOrigin, socketPath } from '../../src/venues/okx/hosts.ts';
import { selfSigned } from './certificate.ts';

test('a socket is opened to nobody whose certificate is not trusted, whatever the environment says', async () => {
  const server = createServer(selfSigned('localhost'));
  const asked: string[] = [];
  server.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const ended = await new Promise<string>((resolve, reject) => {
      const watcher = {
        opened: () => reject(new Error('opened')),
        text: () => reject(new Error('heard')),
        closed: (_code: number | null, cause: string) => resolve(cause),
      };
      const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
      assert.ok(openSocket({ origin, path: '/ws/v5/private', clock: systemClock, watcher }).ok);
    });
    assert.equal(ended, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.deepEqual(asked, [], 'not one byte of the request has left');
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    server.close();
  }
});

test('sockets of demo and live have hosts of their own at every site', () => {
  const sites = ['global', 'eea', 'us'] as const;
  const origins = sites.flatMap((site) => [okxSocketOrigin(site, 'demo'), okxSocketOrigin(site, 'live')]);
  assert.deepEqual(origins, [
    'https://wspap.okx.com:8443',
    'https://ws.okx.com:8443',
    'https://wseeapap.okx.com:8443',
    'https://wseea.okx.com:8443',
    'https://wsuspap.okx.com:8443',
    'https://wsus.okx.com:8443',
  ]);
  assert.deepEqual((['public', 'private', 'business'] as const).map(socketPath), ['/ws/v5/public', '/ws/v5/private', '/ws/v5/business']);
});
