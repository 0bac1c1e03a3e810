import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type Ask, serverFactory } from './server.ts';
import { LineTransport } from './transport.ts';

/** Connections of one agent at once; a host opens one or two, and a probe beside it. */
const connectionsMax = 64;

export type Doorway = { readonly socketsFolder: string; readonly version: string; readonly ask: Ask };

/**
 * One Unix socket an agent: which socket a caller can reach is who it is. The files are 0600 by the process's umask, set by the caller, because
 * under Node's permission model nothing here may change the mode of a file.
 */
export class Sockets {
  readonly #doorway: Doorway;
  readonly #open = new Map<string, Door>();

  constructor(doorway: Doorway) {
    this.#doorway = doorway;
  }

  /** From here on these agents and no others: the sockets of those who are missing are gone when this resolves, and so are their connections. */
  async setAgents(agents: readonly string[]): Promise<void> {
    const leaving = [...this.#open].filter(([name]) => !agents.includes(name));
    for (const [name] of leaving) this.#open.delete(name);
    await Promise.all(leaving.map(([, door]) => door.close()));
    const { socketsFolder } = this.#doorway;
    const coming = agents.filter((name) => !this.#open.has(name));
    await Promise.all(
      coming.map((principal) => {
        const door = new Door({ ...this.#doorway, principal });
        this.#open.set(principal, door);
        return door.listen(join(socketsFolder, `agent-${principal}.sock`));
      }),
    );
  }
}

class Door {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  constructor({ principal, version, ask }: { readonly principal: string; readonly version: string; readonly ask: Ask }) {
    const factory = serverFactory({ principal, version, ask });
    // Half-open: an agent that has said everything may still read its answers.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
      serve(socket, factory);
    });
    this.#server.maxConnections = connectionsMax;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Whoever was revoked is cut off in the middle of a word. The file goes with the server. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#connections) socket.destroy();
    });
  }
}

function serve(socket: Socket, factory: Parameters<typeof serveStdio>[0]): void {
  // An error of one connection is followed by its close, and concerns nobody else.
  socket.on('error', () => {});
  serveStdio(factory, { transport: new LineTransport(socket), onerror: () => {} });
}
