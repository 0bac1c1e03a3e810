import { Socket } from 'node:net';
import type { FromDoors, ToDoors } from '../../core/channel.ts';

/** The descriptor that the gateway opened for us (src/adapters/doors/channel.ts says why it is not Node's own channel). */
const DESCRIPTOR = 3;

/** The doors' end of the pipe to the gateway, one JSON value a line. Without a gateway there are no doors: its end ends the process. */
export function openPipe(take: (message: ToDoors) => void): (message: FromDoors) => void {
  const pipe = new Socket({ fd: DESCRIPTOR, readable: true, writable: true });
  let partial = '';
  pipe.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    // What the gateway says is believed: it is the side that decides.
    for (const line of lines) take(JSON.parse(line) as ToDoors);
  });
  pipe.on('error', () => {});
  pipe.on('close', () => process.exit(0));
  return (message) => void pipe.write(`${JSON.stringify(message)}\n`);
}
