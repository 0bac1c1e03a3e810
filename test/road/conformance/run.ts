import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../harness/program.ts';

/** The revisions of the protocol whose requirements are frozen in the suite. */
export const revisions = ['2025-11-25', '2026-07-28'] as const;

/**
 * A way to the door for a suite that has no token to show: whatever it says is passed on as it is, Host and Origin too, and a token put beside.
 * The door knows the name of this port by `allowed_hosts` and `allowed_origins`, as it would that of a tunnel.
 */
export class WayIn implements AsyncDisposable {
  readonly #server: Server;
  #to = { port: 0, token: '' };

  private constructor() {
    this.#server = createServer((request, response) => {
      const { port, token } = this.#to;
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      const onward = ask({ host: '127.0.0.1', port, method: request.method, path: request.url, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
  }

  static async open(): Promise<WayIn> {
    const way = new WayIn();
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  /** Where it leads from now on. */
  leadTo(to: { readonly port: number; readonly token: string }): void {
    this.#to = to;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export type Verdict = { readonly code: number | null; readonly said: string };

/** The official suite against one address, with everything that it says. */
export async function conformance(port: number, flags: readonly string[]): Promise<Verdict> {
  const program = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const child = spawn(process.execPath, [program, 'server', '--url', `http://localhost:${port}/mcp`, '--timeout', '10000', ...flags], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
