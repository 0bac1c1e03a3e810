import type { Agent, Answer } from '../harness/agent.ts';
import { pause } from '../harness/eventually.ts';
import type { World } from '../harness/world.ts';
import { agentNames, type Wish } from './plan.ts';

/** What an agent was told, or nothing where its connection ended. */
export type Told = { readonly wish: Wish; readonly answer: Answer | null };

/** The agents of a world, each a process of its own on its own socket. */
export class Crew implements AsyncDisposable {
  readonly #agents = new Map<string, Agent>();
  #sent = 0;

  static async connect(world: World): Promise<Crew> {
    const crew = new Crew();
    await Promise.all(agentNames.map(async (name) => void crew.#agents.set(name, await world.agent(name))));
    return crew;
  }

  /** Asks all lanes at once, each wish after the answer to the one before it. `before` hears how many wishes have been begun with this one. */
  async ask(lanes: readonly (readonly Wish[])[], before: (sent: number) => Promise<void>): Promise<readonly Told[]> {
    this.#sent = 0;
    const told = await Promise.all(lanes.map((lane) => this.#along(lane, before)));
    return told.flat();
  }

  async #along(lane: readonly Wish[], before: (sent: number) => Promise<void>): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (const wish of lane) {
      this.#sent += 1;
      // One wish follows the answer to the other.
      // oxlint-disable-next-line no-await-in-loop
      await before(this.#sent);
      // oxlint-disable-next-line no-await-in-loop
      told.push({ wish, answer: await this.#one(wish) });
    }
    return told;
  }

  async #one({ agent: name, tool, arguments: given, thinkMilliseconds }: Wish): Promise<Answer | null> {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    await pause(thinkMilliseconds);
    try {
      return (await agent.call(tool, given)).answer;
    } catch {
      // The shim gives up when nobody answers for ten seconds; the wish is asked again when somebody does.
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent[Symbol.asyncDispose]()));
  }
}
