import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** The wire between a gateway and the exchange: it can be cut and mended, and can deliver an answer twice. */
export class Relay implements AsyncDisposable {
  /** How many answers were delivered twice. */
  doubled = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #towards = 0;
  #isCut = false;
  #toDouble = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#joined(socket));
  }

  static async open(): Promise<Relay> {
    const relay = new Relay();
    await new Promise<void>((resolve) => void relay.#server.listen(0, '127.0.0.1', () => resolve()));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where the exchange really listens. */
  towards(url: string): void {
    this.#towards = Number(new URL(url).port);
  }

  /** Ends every connection in the middle of whatever it carries, and lets no new one through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
    this.#toDouble = 0;
  }

  /** The next answer to an order comes twice. */
  doubleNext(): void {
    this.#toDouble += 1;
  }

  #joined(near: Socket): void {
    if (this.#isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: this.#towards });
    let answer: Buffer | null = null;
    near.on('data', (bytes: Buffer) => {
      if (this.#toDouble > 0 && bytes.toString('latin1').startsWith('POST /api/v5/trade/order ')) {
        this.#toDouble -= 1;
        answer = Buffer.alloc(0);
      }
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      if (answer === null) {
        near.write(bytes);
        return;
      }
      answer = Buffer.concat([answer, bytes]);
      if (!isWhole(answer)) return;
      near.write(Buffer.concat([answer, answer]));
      this.doubled += 1;
      answer = null;
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}

/** Whether these bytes are a complete answer; the exchange always says how long it is. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^content-length: *(\d+)/im.exec(bytes.subarray(0, end).toString('latin1'))?.[1];
  return length === undefined || bytes.length >= end + 4 + Number(length);
}
