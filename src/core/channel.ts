import type { Json } from './lang/canonical.ts';

/**
 * What crosses between the gateway and the doors. Everything from the doors is parsed again by the gateway: a poisoned package
 * can ask, and can misinform its own agent, and nothing more (DESIGN §2).
 */
export type FromDoors =
  /** `httpPort`: where the HTTP door listens; `null` where none was wanted, or none could be had. */
  | { readonly kind: 'ready'; readonly incarnation: number; readonly httpPort: number | null }
  | {
      readonly kind: 'call';
      readonly incarnation: number;
      /** The doors' own number of the call, unique within an incarnation. */
      readonly call: number;
      readonly principal: string;
      readonly client: ClientIdentity;
      readonly tool: string;
      readonly arguments: Json;
    }
  /** What came from the operator's page. `session` is what its browser showed, empty for nothing; who it is, and what the wish is, is the gateway's to say. */
  | { readonly kind: 'page'; readonly incarnation: number; readonly call: number; readonly session: string; readonly wish: Json };

/** One who may ask: by the socket of that name, and over HTTP where there is a token. `tokenHash` is its SHA-256 in hex; empty where there is none. */
export type DoorAgent = { readonly name: string; readonly tokenHash: string };

/** Where the HTTP door listens, on this machine alone. Beside its own names it answers to `hosts`; web pages of `origins` may ask, which are none by default. */
export type HttpDoor = {
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
};

/** Who asked, as far as the asker says: journaled, never believed. `toolsHash` is the hash of the tool list it saw. */
export type ClientIdentity = { readonly name: string; readonly version: string; readonly toolsHash: string };

export type ToDoors =
  /** The first message: where to listen and for whom. `socketsFolder` holds `agent-NAME.sock`; without `http` no port is opened. */
  | {
      readonly kind: 'start';
      readonly incarnation: number;
      readonly socketsFolder: string;
      readonly agents: readonly DoorAgent[];
      readonly http: HttpDoor | null;
    }
  /** From here on these and no others: whoever is missing, or has another token, is cut off. */
  | { readonly kind: 'agents'; readonly agents: readonly DoorAgent[] }
  /** `answer` goes to the agent as it is, in `structuredContent` and as text; `failed` becomes `isError`. */
  | { readonly kind: 'answer'; readonly incarnation: number; readonly call: number; readonly failed: boolean; readonly answer: Json }
  /** `status` is one of HTTP; `session` is a new one to keep, and empty where nothing changes. */
  | {
      readonly kind: 'page_answer';
      readonly incarnation: number;
      readonly call: number;
      readonly status: number;
      readonly session: string;
      readonly answer: Json;
    };
