import type { DoorAgent, HttpDoor } from '../core/channel.ts';
import { HttpListener } from './http/listener.ts';
import type { AskPage } from './http/page/asking.ts';
import { type Ask, serverFactory } from './mcp/server.ts';
import { Sockets } from './mcp/sockets.ts';

export type Opening = {
  readonly socketsFolder: string;
  readonly agents: readonly DoorAgent[];
  readonly http: HttpDoor | null;
  readonly version: string;
  readonly ask: Ask;
  readonly askPage: AskPage;
};

/** Every way in that agents have: a socket each, and HTTP for those with a token, where it is wanted. */
export class Ways {
  readonly #sockets: Sockets;
  readonly #http: HttpListener | null;
  /** One change of agents after the other: a name that leaves and comes back is two of them. */
  #changing: Promise<void> = Promise.resolve();

  private constructor(sockets: Sockets, http: HttpListener | null) {
    this.#sockets = sockets;
    this.#http = http;
  }

  static async open({ socketsFolder, agents, http, version, ask, askPage }: Opening): Promise<Ways> {
    const sockets = new Sockets({ socketsFolder, version, ask });
    await sockets.setAgents(namesOf(agents));
    return new Ways(sockets, http && (await openHttp({ http, agents, version, ask, askPage })));
  }

  /** `null` where HTTP is not wanted, or its port could not be had. */
  get httpPort(): number | null {
    return this.#http?.port ?? null;
  }

  /** From here on these agents and no others. HTTP first: a token that was revoked is the more likely to be in other hands. */
  setAgents(agents: readonly DoorAgent[]): Promise<void> {
    this.#http?.setAgents(agents);
    this.#changing = this.#changing.then(() => this.#sockets.setAgents(namesOf(agents)));
    return this.#changing;
  }
}

function namesOf(agents: readonly DoorAgent[]): readonly string[] {
  return agents.map(({ name }) => name);
}

/** Agents with sockets do not wait for a port that somebody else has. */
async function openHttp({
  http,
  agents,
  version,
  ask,
  askPage,
}: Omit<Opening, 'socketsFolder' | 'http'> & { readonly http: HttpDoor }): Promise<HttpListener | null> {
  try {
    return await HttpListener.open({ door: http, agents, factoryOf: (principal) => serverFactory({ principal, version, ask }), askPage });
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
    console.error(`cannot listen on ${http.host}:${http.port} (${cause}): no HTTP door is open`);
    return null;
  }
}
