import type { Json } from './lang/canonical.ts';

/**
 * What crosses between the gateway and the doors. Everything from the doors is parsed again by the gateway: a poisoned package
 * can ask, and can misinform its own agent, and nothing more (DESIGN §2).
 */
export type FromDoors =
  | { readonly kind: 'ready'; readonly incarnation: number }
  | {
      readonly kind: 'call';
      readonly incarnation: number;
      /** The doors' own number of the call, unique within an incarnation. */
      readonly call: number;
      readonly principal: string;
      readonly client: ClientIdentity;
      readonly tool: string;
      readonly arguments: Json;
    };

/** Who asked, as far as the asker says: journaled, never believed. `toolsHash` is the hash of the tool list it saw. */
export type ClientIdentity = { readonly name: string; readonly version: string; readonly toolsHash: string };

export type ToDoors =
  /** The first message: where to listen and for whom. `socketsFolder` holds `agent-NAME.sock`. */
  | { readonly kind: 'start'; readonly incarnation: number; readonly socketsFolder: string; readonly agents: readonly string[] }
  /** `answer` goes to the agent as it is, in `structuredContent` and as text; `failed` becomes `isError`. */
  | { readonly kind: 'answer'; readonly incarnation: number; readonly call: number; readonly failed: boolean; readonly answer: Json };
