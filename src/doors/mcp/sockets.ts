import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type Ask, serverFactory } from './server.ts';
import { LineTransport } from './transport.ts';

/** Connections of one agent at once; a host opens one or two, and a probe beside it. */
const connectionsMax = 64;

export type Doorway = { readonly socketsFolder: string; readonly agents: readonly string[]; readonly version: string; readonly ask: Ask };

/** Closing waits for the connections that are open; the doors themselves are ended, not closed. */
export type Sockets = { readonly close: () => Promise<void> };

/**
 * Opens one Unix socket an agent: which socket a caller can reach is who it is. The files are 0600 by the process's umask, set
 * by the caller, because under Node's permission model nothing here may change the mode of a file.
 */
export async function openSockets({ socketsFolder, agents, version, ask }: Doorway): Promise<Sockets> {
  const servers = await Promise.all(
    agents.map((principal) => listening(door({ principal, version, ask }), join(socketsFolder, `agent-${principal}.sock`))),
  );
  return { close: async () => void (await Promise.all(servers.map(closed))) };
}

function door({ principal, version, ask }: { readonly principal: string; readonly version: string; readonly ask: Ask }): Server {
  const factory = serverFactory({ principal, version, ask });
  // Half-open: an agent that has said everything may still read its answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, factory));
  server.maxConnections = connectionsMax;
  return server;
}

function serve(socket: Socket, factory: Parameters<typeof serveStdio>[0]): void {
  // An error of one connection is followed by its close, and concerns nobody else.
  socket.on('error', () => {});
  serveStdio(factory, { transport: new LineTransport(socket), onerror: () => {} });
}

function listening(server: Server, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
