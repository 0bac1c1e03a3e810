import { createServer, type AddressInfo, type Socket } from 'node:net';
import fc from 'fast-check';
import { runCommand } from '../../../src/adapters/notify/command.ts';
import { postJson } from '../../../src/adapters/notify/webhook.ts';
import { bytesLike, cuts } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { showWire } from '../line.ts';

type Input = { readonly bytes: Buffer; readonly cuts: readonly number[]; readonly ends: boolean; readonly runs: boolean };

const responses = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nfine',
  'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
].map((text) => Buffer.from(text));
const words = 'HTTP/1.1 200 999 Content-Length: Transfer-Encoding: gzip Set-Cookie: Location: \r\n\r\n'.split(' ');
const TIME_OUT_MILLISECONDS = 400;

/** Answers to alerts: of a webhook bytes, of a command what it prints and how it ends. Each settles once, says nothing of the other side, and counts for nothing else. */
export const alerts = doorOf<Input>({
  name: 'alerts',
  inputs: fc.record({
    bytes: bytesLike(responses, words),
    cuts,
    // A server that keeps the connection costs the time-out.
    ends: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    runs: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  round: 200,
  few: 100,
  show: showWire,
  open: async () => {
    let said: Input | null = null;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.once('data', () => {
        socket.write(said?.bytes ?? Buffer.alloc(0));
        if (said?.ends === true) socket.end();
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    return {
      throwAt: async (input) => {
        said = input;
        const told = input.runs
          ? await runCommand({ command: ['/bin/sh', '-c', script(input)], input: '{}', timeoutMilliseconds: 5000 })
          : await postJson({ url: `http://127.0.0.1:${port}/secret-path`, body: '{}', timeoutMilliseconds: TIME_OUT_MILLISECONDS });
        const isOurs = told.kind === 'told' || /^[\x20-\x7e]{1,100}$/.test(told.cause);
        holds(isOurs && !JSON.stringify(told).includes('secret-path'), `told: ${JSON.stringify(told)}`);
        return (told.kind === 'told' ? 'accepted' : told.cause.startsWith('no answer') ? 'closed' : 'refused') satisfies Fate;
      },
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise<void>((resolve) => void server.close(() => resolve()));
      },
    };
  },
});

/** Prints the bytes and ends with a number that comes of them. */
function script({ bytes }: Input): string {
  return `printf '%b' '${bytes
    .subarray(0, 2000)
    .toString('hex')
    .replaceAll(/../g, String.raw`\\x$&`)}'; exit ${bytes.length % 3}`;
}
