import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Certificate } from './certificate.ts';

/**
 * A server on a thread of its own, which counts the bytes of requests in memory that both threads see. It shows what has left this
 * thread while this thread stands still.
 */
export type ListeningThread = { readonly port: number; readonly received: Int32Array; readonly end: () => Promise<void> };

const code = `
const { parentPort, workerData } = require('node:worker_threads');
const { received, certificate } = workerData;
const serve = (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    Atomics.add(received, 0, bytes.length);
    Atomics.notify(received, 0);
    socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}');
  });
};
const server = certificate === undefined ? require('node:net').createServer(serve) : require('node:tls').createServer(certificate, serve);
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function listenOnThread(certificate?: Certificate): Promise<ListeningThread> {
  const received = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(code, { eval: true, workerData: { received, certificate } });
  const messages: readonly unknown[] = await once(worker, 'message');
  return {
    port: Number(messages[0]),
    received,
    end: async () => {
      await worker.terminate();
    },
  };
}
