import { type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { type Certificate, selfSigned } from '../../../contract/certificate.ts';

/** What came over one address, as far as tests want to know: under which name, and whether it said that it wants demo trading. */
export type Seen = { readonly host: string; readonly method: string; readonly path: string; readonly simulated: boolean };

/** The TLS side of an exchange: each host with a certificate of its own, and a simulator on this machine behind all of them. */
export class Front {
  readonly seen: Seen[] = [];
  readonly #certificates: ReadonlyMap<string, Certificate>;
  readonly #port: number;

  constructor(hosts: readonly string[], simulatorPort: number) {
    this.#certificates = new Map(hosts.map((host) => [host, selfSigned(host)]));
    this.#port = simulatorPort;
  }

  /** What a machine has to trust to believe in these hosts. */
  get authorities(): string {
    return [...this.#certificates.values()].map(({ cert }) => cert).join('');
  }

  async listen(port: number, host: string): Promise<void> {
    const server: Server = createServer({
      SNICallback: (host, done) => {
        const certificate = this.#certificates.get(host);
        if (certificate === undefined) done(new Error(`nobody is called ${host} here`));
        else done(null, createSecureContext({ ...certificate }));
      },
    });
    server.on('request', (request, response) => this.#relay(request, response));
    server.on('upgrade', (request, socket, head) => this.#join(request, socket, head));
    server.on('tlsClientError', (error) => process.stderr.write(`front: ${error.message}\n`));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host }, resolve);
    });
  }

  #headers(request: IncomingMessage): NodeJS.Dict<string | string[]> {
    const { host = '', ...headers } = request.headers;
    const simulated = headers['x-simulated-trading'] === '1';
    this.seen.push({ host, method: request.method ?? '', path: request.url?.split('?')[0] ?? '', simulated });
    // A simulator answers to this machine alone.
    return { ...headers, host: `127.0.0.1:${this.#port}` };
  }

  #relay(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path } = request;
    const onward = ask({ host: '127.0.0.1', port: this.#port, method, path, headers: this.#headers(request) }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  #join(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const onward = connect({ host: '127.0.0.1', port: this.#port });
    const lines = Object.entries(this.#headers(request)).map(([name, value]) => `${name}: ${String(value)}`);
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
    for (const end of [socket, onward]) end.on('error', () => [socket, onward].forEach((each) => each.destroy()));
  }
}
