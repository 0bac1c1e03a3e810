import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Message = Readonly<Record<string, unknown>> & { readonly code?: string; readonly id?: string; readonly ack?: string };

/** What a webhook of somebody's gets, on this machine. It can be told to fail, and keeps its port. */
export class Hook implements AsyncDisposable {
  readonly messages: { readonly path: string; readonly message: Message }[] = [];
  status = 200;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        if (this.status === 200) this.messages.push({ path: request.url ?? '', message: JSON.parse(body) as Message });
        response.writeHead(this.status).end();
      });
    });
  }

  static async open(): Promise<Hook> {
    const hook = new Hook();
    await new Promise<void>((resolve) => void hook.#server.listen(0, '127.0.0.1', () => resolve()));
    return hook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What came under `path`, in order. */
  at(path: string): readonly Message[] {
    return this.messages.filter((each) => each.path === path).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
