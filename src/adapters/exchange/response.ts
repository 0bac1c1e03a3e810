/**
 * A strict reader of one HTTP/1.1 answer. Bytes come in as they arrive; what comes out is a complete answer, the wish for more, or a
 * refusal. It is stricter than the standard where a lax reading could take half an answer, or somebody else's, for ours: an answer
 * without a length is refused, because its end could not be told from a broken connection.
 */
export type Progress =
  | { readonly kind: 'more' }
  | { readonly kind: 'complete'; readonly status: number; readonly body: string; readonly reuse: Reuse }
  | { readonly kind: 'refused'; readonly cause: string };

/** What the server said about the connection: whether it may carry another request, and how long it stays open unused. */
export type Reuse = { readonly kind: 'close' } | { readonly kind: 'keep'; readonly idleMilliseconds: number };

export const HEAD_BYTES_MAX = 16 * 1024;
/** Informational answers (1xx) before the real one. */
export const INFORMATIONAL_MAX = 4;
/** Lines of a chunked body that only say a length. */
const CHUNK_LINE_BYTES_MAX = 16;

type Phase =
  | { readonly kind: 'head' }
  | { readonly kind: 'length'; readonly head: Head; readonly bytes: number }
  | { readonly kind: 'chunk_size'; readonly head: Head }
  | { readonly kind: 'chunk'; readonly head: Head; readonly bytes: number }
  | { readonly kind: 'last_chunk'; readonly head: Head }
  | { readonly kind: 'over' };

type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' };
type Head = { readonly status: number; readonly framing: Framing; readonly reuse: Reuse };

const empty = Buffer.alloc(0);
const endOfHead = Buffer.from('\r\n\r\n');
const endOfLine = Buffer.from('\r\n');

export class ResponseReader {
  readonly #bodyBytesMax: number;
  #phase: Phase = { kind: 'head' };
  #pending: Buffer = empty;
  #informational = 0;
  #body: Buffer[] = [];
  #bodyBytes = 0;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Takes the next bytes. After anything but `more` it is over: later bytes are refused. */
  push(bytes: Buffer): Progress {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const progress = this.#advance();
      if (progress === undefined) continue;
      if (progress.kind !== 'more') this.#phase = { kind: 'over' };
      return progress;
    }
  }

  /** One step; `undefined` when there may be another. */
  #advance(): Progress | undefined {
    const phase = this.#phase;
    switch (phase.kind) {
      case 'head':
        return this.#readHead();
      case 'length':
        return this.#readBody(phase.head, phase.bytes);
      case 'chunk_size':
        return this.#readChunkSize(phase.head);
      case 'chunk':
        return this.#readChunk(phase.head, phase.bytes);
      case 'last_chunk':
        return this.#readLastChunk(phase.head);
      case 'over':
        return refused('bytes after the answer');
    }
  }

  #readHead(): Progress | undefined {
    const end = this.#pending.indexOf(endOfHead);
    if (end === -1)
      return this.#pending.length > HEAD_BYTES_MAX ? refused(`a head of more than ${HEAD_BYTES_MAX} bytes`) : { kind: 'more' };
    if (end > HEAD_BYTES_MAX) return refused(`a head of more than ${HEAD_BYTES_MAX} bytes`);
    const text = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + endOfHead.length);
    const head = parseHead(text);
    if (typeof head === 'string') return refused(head);
    if (head.status < 200) {
      this.#informational += 1;
      // 101 would hand the connection to another protocol, which nobody asked for.
      if (head.status === 101) return refused('a change of protocol');
      return this.#informational > INFORMATIONAL_MAX ? refused('too many informational answers') : undefined;
    }
    if (head.framing.kind === 'chunked') this.#phase = { kind: 'chunk_size', head };
    else if (head.framing.bytes > this.#bodyBytesMax) return refused(this.#tooLarge());
    else this.#phase = { kind: 'length', head, bytes: head.framing.bytes };
    return undefined;
  }

  #tooLarge(): string {
    return `an answer of more than ${this.#bodyBytesMax} bytes`;
  }

  #readBody(head: Head, bytes: number): Progress {
    const missing = this.#collect(bytes);
    if (missing === 0) return this.#complete(head);
    this.#phase = { kind: 'length', head, bytes: missing };
    return { kind: 'more' };
  }

  /** Moves what is there of the next `bytes` into the body; says how many are still missing. */
  #collect(bytes: number): number {
    const taken = this.#take(Math.min(bytes, this.#pending.length));
    if (taken.length > 0) this.#body.push(taken);
    return bytes - taken.length;
  }

  #readChunkSize(head: Head): Progress | undefined {
    const end = this.#pending.indexOf(endOfLine);
    if (end === -1) return this.#pending.length > CHUNK_LINE_BYTES_MAX ? refused('a chunk length that is too long') : { kind: 'more' };
    const line = this.#pending.toString('latin1', 0, end);
    // Extensions of chunks are allowed by the standard, used by nobody, and a classic of smuggling.
    if (!/^[0-9A-Fa-f]{1,8}$/.test(line)) return refused('a chunk length that is not a number');
    this.#pending = this.#pending.subarray(end + endOfLine.length);
    const bytes = Number.parseInt(line, 16);
    if (this.#bodyBytes + bytes > this.#bodyBytesMax) return refused(this.#tooLarge());
    this.#bodyBytes += bytes;
    this.#phase = bytes === 0 ? { kind: 'last_chunk', head } : { kind: 'chunk', head, bytes };
    return undefined;
  }

  #readChunk(head: Head, bytes: number): Progress | undefined {
    const missing = this.#collect(bytes);
    this.#phase = { kind: 'chunk', head, bytes: missing };
    if (missing > 0 || this.#pending.length < endOfLine.length) return { kind: 'more' };
    if (!this.#take(endOfLine.length).equals(endOfLine)) return refused('a chunk that does not end where it said');
    this.#phase = { kind: 'chunk_size', head };
    return undefined;
  }

  /** The empty line after the last chunk; fields there (trailers) are refused. */
  #readLastChunk(head: Head): Progress {
    if (this.#pending.length < endOfLine.length) return { kind: 'more' };
    return this.#take(endOfLine.length).equals(endOfLine) ? this.#complete(head) : refused('fields after the last chunk');
  }

  #complete(head: Head): Progress {
    // Two answers to one request: whichever is ours, one of them is not.
    if (this.#pending.length > 0) return refused('bytes after the answer');
    const bytes = this.#body.length === 1 ? (this.#body[0] ?? empty) : Buffer.concat(this.#body);
    const body = decodeUtf8(bytes);
    if (body === undefined) return refused('an answer that is not UTF-8');
    return { kind: 'complete', status: head.status, body, reuse: head.reuse };
  }

  #take(bytes: number): Buffer {
    const taken = this.#pending.subarray(0, bytes);
    this.#pending = this.#pending.subarray(bytes);
    return taken;
  }
}

function refused(cause: string): Progress {
  return { kind: 'refused', cause };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const statusLine = /^HTTP\/1\.1 ([1-9][0-9]{2})(?: [\x20-\x7e\x80-\xff]*)?$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*)$/;

/** The head, or what is wrong with it. Only the fields that say where the answer ends, and what becomes of the connection, are kept. */
function parseHead(text: string): Head | string {
  const [first = '', ...lines] = text.split('\r\n');
  const match = statusLine.exec(first);
  if (match === null) return 'a first line that is not HTTP/1.1';
  const fields = parseFields(lines);
  if (typeof fields === 'string') return fields;
  const status = Number(match[1]);
  const framing = framingOf(status, fields);
  return typeof framing === 'string' ? framing : { status, framing, reuse: reuseOf(fields) };
}

const kept = new Set(['content-length', 'transfer-encoding', 'content-encoding', 'connection', 'keep-alive']);

function parseFields(lines: readonly string[]): ReadonlyMap<string, string> | string {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const match = fieldLine.exec(line);
    if (match === null) return 'a header line that is malformed';
    const name = (match[1] ?? '').toLowerCase();
    if (!kept.has(name)) continue;
    if (fields.has(name)) return `two ${name} headers`;
    fields.set(name, (match[2] ?? '').trim().toLowerCase());
  }
  return fields;
}

function framingOf(status: number, fields: ReadonlyMap<string, string>): Framing | string {
  const length = fields.get('content-length');
  const transfer = fields.get('transfer-encoding');
  const encoding = fields.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return 'an encoding nobody asked for';
  if (length !== undefined && transfer !== undefined) return 'both a length and a transfer encoding';
  if (status < 200 || status === 204 || status === 304) {
    return length === undefined || length === '0' ? { kind: 'length', bytes: 0 } : 'a length where no body may be';
  }
  if (transfer !== undefined) return transfer === 'chunked' ? { kind: 'chunked' } : 'an unknown transfer encoding';
  if (length === undefined) return 'an answer that does not say its length';
  return /^[0-9]{1,10}$/.test(length) ? { kind: 'length', bytes: Number(length) } : 'a length that is not a number';
}

/** How long before the server's own time-out a connection is given up, so that our bytes do not cross its farewell. */
const FAREWELL_MARGIN_MILLISECONDS = 1000;

function reuseOf(fields: ReadonlyMap<string, string>): Reuse {
  const connection = (fields.get('connection') ?? '').split(',').map((token) => token.trim());
  if (connection.includes('close') || connection.includes('upgrade')) return { kind: 'close' };
  const timeout = /(?:^|[,; ])timeout=([0-9]{1,6})(?:$|[,; ])/.exec(fields.get('keep-alive') ?? '');
  if (timeout === null) return { kind: 'keep', idleMilliseconds: Number.POSITIVE_INFINITY };
  const idleMilliseconds = Number(timeout[1]) * 1000 - FAREWELL_MARGIN_MILLISECONDS;
  return idleMilliseconds <= 0 ? { kind: 'close' } : { kind: 'keep', idleMilliseconds };
}
