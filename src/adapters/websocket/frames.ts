// Frames of the WebSocket protocol as a client reads and writes them (RFC 6455): text messages only, no extensions.

/** What has arrived completely. After `close` or `refused` nothing more is read. */
export type Incoming =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  /** The other side ends the connection; `code` is `null` where it gave none. Its words are not kept. */
  | { readonly kind: 'close'; readonly code: number | null }
  /** The other side broke the protocol; `code` is what it is told for that. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly cause: string };

/** Protocol error, data that is no text, text that is not UTF-8, a message that is too large (RFC 6455 §7.4.1). */
export type RefusalCode = 1002 | 1003 | 1007 | 1009;

export const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Pieces of one message: without a limit empty ones could go on for ever. */
export const FRAGMENTS_MAX = 1024;
const CONTROL_BYTES_MAX = 125;

const operations = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
const FIN = 0x80;
const RESERVED = 0x70;
const OPERATION = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** Two bytes, and eight more of a long length; a server's frame carries no mask. */
const HEAD_BYTES_MAX = 10;

const empty = Buffer.alloc(0);

/** A frame whose head was read: how much of its payload is still to come is known, and was held against the bound before a byte of it is kept. */
type Frame = { readonly operation: number; readonly isLast: boolean; readonly payload: Buffer; filled: number };

/**
 * Reads what a server sends, however the bytes are cut. Never throws; holds at most one message of `messageBytesMax` and one frame of the same, which
 * are refused by their declared length before their bytes are kept.
 */
export class FrameReader {
  readonly #messageBytesMax: number;
  readonly #head = Buffer.alloc(HEAD_BYTES_MAX);
  #headBytes = 0;
  #frame: Frame | null = null;
  /** Of a message that came in part; `null` where none is under way. */
  #fragments: Buffer[] | null = null;
  #fragmentCount = 0;
  #messageBytes = 0;
  #over = false;

  constructor(messageBytesMax = MESSAGE_BYTES_MAX) {
    this.#messageBytesMax = messageBytesMax;
  }

  push(bytes: Buffer): readonly Incoming[] {
    const incoming: Incoming[] = [];
    let at = 0;
    while (!this.#over && (at < bytes.length || this.#isComplete())) {
      if (this.#frame === null) {
        at = this.#readHead(bytes, at, incoming);
        continue;
      }
      at += this.#fill(this.#frame, bytes.subarray(at));
      if (this.#isComplete()) this.#finish(this.#frame, incoming);
    }
    return incoming;
  }

  #isComplete(): boolean {
    return this.#frame !== null && this.#frame.filled === this.#frame.payload.length;
  }

  #fill(frame: Frame, bytes: Buffer): number {
    const taken = bytes.copy(frame.payload, frame.filled);
    frame.filled += taken;
    return taken;
  }

  /** One byte at a time: a head is short, and it may be cut anywhere. */
  #readHead(bytes: Buffer, from: number, incoming: Incoming[]): number {
    let at = from;
    while (at < bytes.length && this.#headBytes < this.#headLength()) {
      this.#head[this.#headBytes] = bytes[at] ?? 0;
      this.#headBytes += 1;
      at += 1;
      // What is wrong with the first two bytes is said at once: the rest may never come.
      if (this.#headBytes === 2 && this.#refuseKind(incoming)) return at;
    }
    if (this.#headBytes >= 2 && this.#headBytes === this.#headLength()) this.#begin(incoming);
    return at;
  }

  #headLength(): number {
    if (this.#headBytes < 2) return 2;
    const length = (this.#head[1] ?? 0) & LENGTH;
    return length === 126 ? 4 : length === 127 ? 10 : 2;
  }

  #refuseKind(incoming: Incoming[]): boolean {
    const [first = 0, second = 0] = this.#head;
    const operation = first & OPERATION;
    const isControl = operation >= operations.close;
    if ((first & RESERVED) !== 0) return this.#refuse(incoming, 1002, 'reserved bits are set, and no extension was agreed');
    if ((second & MASKED) !== 0) return this.#refuse(incoming, 1002, 'a server does not mask');
    switch (operation) {
      case operations.continuation:
        if (this.#fragments === null) return this.#refuse(incoming, 1002, 'a continuation of nothing');
        break;
      case operations.text:
        if (this.#fragments !== null) return this.#refuse(incoming, 1002, 'a message inside another one');
        break;
      case operations.binary:
        return this.#refuse(incoming, 1003, 'a message that is not text');
      case operations.close:
      case operations.ping:
      case operations.pong:
        break;
      default:
        return this.#refuse(incoming, 1002, 'a frame of an unknown kind');
    }
    if (!isControl) return false;
    if ((first & FIN) === 0) return this.#refuse(incoming, 1002, 'a control frame in pieces');
    if ((second & LENGTH) > CONTROL_BYTES_MAX) return this.#refuse(incoming, 1002, 'a control frame that is too long');
    return false;
  }

  #begin(incoming: Incoming[]): void {
    const [first = 0, second = 0] = this.#head;
    const short = second & LENGTH;
    const length = short === 126 ? BigInt(this.#head.readUInt16BE(2)) : short === 127 ? this.#head.readBigUInt64BE(2) : BigInt(short);
    this.#headBytes = 0;
    if ((short === 126 && length < 126n) || (short === 127 && length < 65_536n)) {
      this.#refuse(incoming, 1002, 'a length that is written longer than it is');
      return;
    }
    const isControl = (first & OPERATION) >= operations.close;
    if (!isControl && length + BigInt(this.#messageBytes) > BigInt(this.#messageBytesMax)) {
      this.#refuse(incoming, 1009, `a message of more than ${this.#messageBytesMax} bytes`);
      return;
    }
    if (!isControl && this.#fragmentCount >= FRAGMENTS_MAX) {
      this.#refuse(incoming, 1009, `a message in more than ${FRAGMENTS_MAX} pieces`);
      return;
    }
    this.#frame = { operation: first & OPERATION, isLast: (first & FIN) !== 0, payload: Buffer.alloc(Number(length)), filled: 0 };
  }

  #finish({ operation, isLast, payload }: Frame, incoming: Incoming[]): void {
    this.#frame = null;
    switch (operation) {
      case operations.ping:
        incoming.push({ kind: 'ping', payload });
        return;
      case operations.pong:
        incoming.push({ kind: 'pong' });
        return;
      case operations.close:
        this.#closed(payload, incoming);
        return;
      default:
        this.#gather(payload, isLast, incoming);
    }
  }

  #gather(payload: Buffer, isLast: boolean, incoming: Incoming[]): void {
    const fragments = (this.#fragments ??= []);
    if (payload.length > 0) fragments.push(payload);
    this.#fragmentCount += 1;
    this.#messageBytes += payload.length;
    if (!isLast) return;
    const text = textOf(fragments.length === 1 ? (fragments[0] ?? empty) : Buffer.concat(fragments));
    this.#fragments = null;
    this.#fragmentCount = 0;
    this.#messageBytes = 0;
    if (text === null) this.#refuse(incoming, 1007, 'a message that is not UTF-8');
    else incoming.push({ kind: 'text', text });
  }

  #closed(payload: Buffer, incoming: Incoming[]): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
    if (payload.length === 1 || (code !== null && !isCloseCode(code))) {
      this.#refuse(incoming, 1002, 'a close without a code that may be sent');
      return;
    }
    if (textOf(payload.subarray(2)) === null) {
      this.#refuse(incoming, 1007, 'a close whose words are not UTF-8');
      return;
    }
    this.#over = true;
    incoming.push({ kind: 'close', code });
  }

  #refuse(incoming: Incoming[], code: RefusalCode, cause: string): true {
    this.#over = true;
    this.#frame = null;
    this.#fragments = null;
    incoming.push({ kind: 'refused', code, cause });
    return true;
  }
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Codes that may stand in a close frame (RFC 6455 §7.4). */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/** A whole text message in one frame. `mask` is four bytes that nobody can foresee. */
export function textFrame(text: string, mask: Buffer): Buffer {
  return frame(operations.text, Buffer.from(text, 'utf8'), mask);
}

export function pongFrame(payload: Buffer, mask: Buffer): Buffer {
  return frame(operations.pong, payload, mask);
}

export function closeFrame(code: number, mask: Buffer): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(operations.close, payload, mask);
}

/** A client masks everything, so that no intermediary takes what a page makes it say for a request (RFC 6455 §10.3). */
function frame(operation: number, payload: Buffer, mask: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  head[0] = FIN | operation;
  if (payload.length < 126) head[1] = MASKED | payload.length;
  else if (payload.length < 65_536) {
    head[1] = MASKED | 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = MASKED | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  const masked = Buffer.alloc(payload.length);
  for (const [index, byte] of payload.entries()) masked[index] = byte ^ (mask[index % 4] ?? 0);
  return Buffer.concat([head, mask, masked]);
}
