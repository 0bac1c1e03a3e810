import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { ResponseReader, type Progress } from '../../../src/adapters/exchange/response.ts';
import { FrameReader, type Incoming } from '../../../src/adapters/websocket/frames.ts';
import { bytesLike, cuts, pieces } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { showWire, type Wire } from '../line.ts';

// Bytes of the exchange before they are texts: answers over HTTP, and frames of a WebSocket. However they are cut, what is read is the same.

const BODY_BYTES_MAX = 4096;

function response(head: string, body = ''): Buffer {
  return Buffer.from(`HTTP/1.1 ${head}\r\n\r\n${body}`);
}

const responses = [
  response('200 OK\r\nContent-Type: application/json\r\nContent-Length: 11', '{"code":"0"}'.slice(0, 11)),
  response('200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\nKeep-Alive: timeout=30', 'body'),
  response('200 OK\r\nTransfer-Encoding: chunked', '4\r\nbody\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n'),
  response('100 Continue', response('429 Too Many\r\nContent-Length: 2', 'no').toString()),
  response('204 No Content\r\nConnection: close'),
];
const words = 'HTTP/1.1 Content-Length: Transfer-Encoding: chunked identity gzip 4294967296 ffffffff 0\r\n\r\n 101 : ; -1 +1 0x10'.split(
  ' ',
);

type Cut = Omit<Wire, 'ends'>;

export const httpAnswer = doorOf<Cut>({
  name: 'http-answer',
  inputs: fc.record({ bytes: bytesLike(responses, words), cuts }),
  round: 2000,
  few: 2000,
  show: (input) => showWire({ ...input, ends: true }),
  open: () => openOf(readResponse),
});

function readResponse(bytes: Buffer, parts: readonly Buffer[]): Fate {
  const whole = new ResponseReader(BODY_BYTES_MAX).push(bytes);
  const cut = lastOf(parts);
  // What came after a complete answer is seen only where it came with it.
  const isSame = cut.kind === whole.kind || (whole.kind === 'refused' && whole.cause === 'bytes after the answer');
  holds(isSame, `in one piece ${JSON.stringify(whole)}, in several ${JSON.stringify(cut)}`);
  if (whole.kind !== 'complete') return whole.kind === 'refused' ? 'refused' : 'closed';
  holds(isDeepStrictEqual(whole, cut), 'the same answer, however it came');
  holds(whole.status >= 200 && whole.status <= 999 && Buffer.byteLength(whole.body) <= BODY_BYTES_MAX, 'an answer within its bounds');
  return 'accepted';
}

function lastOf(parts: readonly Buffer[]): Progress {
  const reader = new ResponseReader(BODY_BYTES_MAX);
  let progress: Progress = { kind: 'more' };
  for (const part of parts) if (progress.kind === 'more' && part.length > 0) progress = reader.push(part);
  return progress;
}

function frame(first: number, payload: Buffer): Buffer {
  const short = payload.length < 126;
  const head = Buffer.from(short ? [first, payload.length] : [first, 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, payload]);
}

const text = Buffer.from('{"arg":{"channel":"tickers"},"data":[]}');
const frames = [
  frame(0x81, text),
  frame(0x81, Buffer.alloc(300, 'é')),
  Buffer.concat([frame(0x01, text), frame(0x89, Buffer.from('ping')), frame(0x00, text), frame(0x80, text)]),
  Buffer.concat([frame(0x81, Buffer.from('pong')), frame(0x8a, Buffer.alloc(0)), frame(0x88, Buffer.from([3, 232, 98]))]),
  frame(0x88, Buffer.alloc(0)),
  Buffer.concat([Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]), Buffer.alloc(65_536, 'x')]),
];

export const websocket = doorOf<Cut>({
  name: 'websocket',
  inputs: fc.record({ bytes: bytesLike(frames), cuts }),
  round: 2000,
  few: 2000,
  show: (input) => showWire({ ...input, ends: true }),
  open: () => openOf(readFrames),
});

function readFrames(bytes: Buffer, parts: readonly Buffer[]): Fate {
  const whole = new FrameReader().push(bytes);
  const reader = new FrameReader();
  const cut: readonly Incoming[] = parts.flatMap((part) => reader.push(part));
  holds(isDeepStrictEqual(whole, cut), `in one piece ${JSON.stringify(whole)}, in several ${JSON.stringify(cut)}`);
  const kinds = whole.map(({ kind }) => kind);
  const ends = kinds.filter((kind) => kind === 'refused' || kind === 'close').length;
  holds(ends === 0 || (ends === 1 && (kinds.at(-1) === 'refused' || kinds.at(-1) === 'close')), 'nothing is read after the end');
  return kinds.includes('refused') ? 'refused' : kinds.length > 0 ? 'accepted' : 'closed';
}

function openOf(read: (bytes: Buffer, parts: readonly Buffer[]) => Fate) {
  return Promise.resolve({
    throwAt: ({ bytes, cuts: places }: Cut) => Promise.resolve(read(bytes, pieces(bytes, places))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
