import { connect, type NetConnectOpts, type Socket } from 'node:net';
import fc from 'fast-check';
import { bytesLike, cuts, pieces, showBytes } from './bytes.ts';

// Bytes on a connection, as whoever can reach a door may write them.

/** What is written, where it is cut, and whether the writer says that nothing more comes. */
export type Wire = { readonly bytes: Buffer; readonly cuts: readonly number[]; readonly ends: boolean };

export function wires(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Wire> {
  return fc.record({
    bytes,
    cuts,
    ends: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  });
}

/** Lines of these texts, and now and then with bytes of the whole changed. */
export function linesOf(texts: fc.Arbitrary<string>, samples: readonly string[]): fc.Arbitrary<Wire> {
  const whole = fc.array(texts, { minLength: 1, maxLength: 5 }).map((all) => Buffer.from(`${all.join('\n')}\n`));
  const broken = bytesLike(samples.map((text) => Buffer.from(`${text}\n`)));
  return wires(fc.oneof({ weight: 3, arbitrary: whole }, { weight: 1, arbitrary: broken }));
}

export function showWire({ bytes, cuts: places, ends }: Wire): string {
  return `${showBytes(bytes)}\n  cut at ${places.join(', ') || 'nothing'}; ${ends ? 'and ends' : 'and stays open'}`;
}

/** What came back: all of it until the other side has closed, or until `silence` has passed without a word. */
export type Heard = { readonly text: string; readonly closed: boolean };

/**
 * Writes a wire on a connection of its own. `silenceMilliseconds` is how long nothing may come before the writer gives up; a door that says nothing is no finding by itself, because whoever has
 * not said enough is waited for. `meanwhile` is run again and again until then: what answers may need its time to pass.
 */
export async function say(
  to: NetConnectOpts,
  { bytes, cuts: places, ends }: Wire,
  { silenceMilliseconds, meanwhile }: { readonly silenceMilliseconds: number; readonly meanwhile: () => Promise<void> },
): Promise<Heard> {
  const socket = connect(to);
  let text = '';
  let closed = false;
  let last = performance.now();
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    last = performance.now();
  });
  socket.on('close', () => (closed = true));
  for (const piece of pieces(bytes, places)) {
    if (piece.length > 0) socket.write(piece);
    // One piece after the other, as a network may have it.
    // oxlint-disable-next-line no-await-in-loop
    await meanwhile();
  }
  if (ends) socket.end();
  // oxlint-disable-next-line no-await-in-loop
  while (!closed && performance.now() - last < silenceMilliseconds) await meanwhile();
  await gone(socket);
  return { text, closed };
}

function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
