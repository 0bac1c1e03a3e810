import './doors/signals.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { DoorAgent, HttpDoor, ToDoors } from '../core/channel.ts';
import { HttpListener } from '../doors/http/listener.ts';
import { startAsking, type Asking } from '../doors/mcp/asking.ts';
import { serverFactory } from '../doors/mcp/server.ts';
import { Sockets } from '../doors/mcp/sockets.ts';
import { openPipe } from './doors/pipe.ts';

// The doors: started by the gateway, holding nothing but connections. Every package that an agent's bytes pass through lives
// here, so that the worst one can ask, and can lie to its own agent, and nothing more.

// Sockets are for this user alone, from the moment they exist.
process.umask(0o177);
// A signal meant for the gateway reaches its children too; the gateway says when to go.
process.on('SIGINT', () => {});

let asking: Asking | undefined;
let sockets: Sockets | undefined;
let http: HttpListener | null = null;
/** One change of agents after the other: a name that leaves and comes back is two of them. */
let changing = Promise.resolve();
const send = openPipe((message) => {
  switch (message.kind) {
    case 'start':
      changing = start(message).catch(fail);
      return;
    case 'agents':
      changing = changing.then(() => setAgents(message.agents)).catch(fail);
      return;
    case 'answer':
      asking?.answered(message);
      return;
  }
});

async function start({ incarnation, socketsFolder, agents, http: door }: Extract<ToDoors, { kind: 'start' }>): Promise<void> {
  const { ask, answered } = startAsking({ incarnation, send });
  asking = { ask, answered };
  const { version } = packageFile;
  sockets = new Sockets({ socketsFolder, version, ask });
  await setAgents(agents);
  http = door && (await openHttp(door, { agents, factoryOf: (principal) => serverFactory({ principal, version, ask }) }));
  send({ kind: 'ready', incarnation, httpPort: http?.port ?? null });
}

/** HTTP first: a token that was revoked is the more likely to be in other hands. */
async function setAgents(agents: readonly DoorAgent[]): Promise<void> {
  http?.setAgents(agents);
  await sockets?.setAgents(agents.map(({ name }) => name));
}

/** Agents with sockets do not wait for a port that somebody else has. */
async function openHttp(door: HttpDoor, rest: Omit<Parameters<typeof HttpListener.open>[0], 'door'>): Promise<HttpListener | null> {
  try {
    return await HttpListener.open({ door, ...rest });
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
    console.error(`cannot listen on ${door.host}:${door.port} (${cause}): no HTTP door is open`);
    return null;
  }
}

function fail(error: unknown): never {
  console.error(`twokey doors: ${error instanceof Error ? error.message : 'could not start'}`);
  process.exit(1);
}
