import { eventually, pause } from '../harness/eventually.ts';
import { descendants, isAlive, procFile, type Program } from '../harness/program.ts';
import { World } from '../harness/world.ts';
import { Crew } from './crew.ts';
import type { Limits } from './judge.ts';
import { agentNames, type Plan } from './plan.ts';
import { Relay } from './relay.ts';

/** Tight, so that many wishes meet them. US dollars. */
export const limits: Limits = { order: 60, position: 150, total: 320 };

/** An exchange, a gateway and three agents, all of them processes, and the wire between the first two. */
export class Stage implements AsyncDisposable {
  readonly world: World;
  readonly relay: Relay;
  crew: Crew;
  #gateway: Program;

  private constructor({ world, relay, crew, gateway }: { world: World; relay: Relay; crew: Crew; gateway: Program }) {
    this.world = world;
    this.relay = relay;
    this.crew = crew;
    this.#gateway = gateway;
  }

  static async open(): Promise<Stage> {
    const relay = await Relay.open();
    const world = await World.create({
      reachedAt: relay.port,
      sections: agentNames.map((name) => `[agents.${name}]\nshared_positions = true`).join('\n'),
      policy: {
        max_order_size: String(limits.order),
        max_position_size: String(limits.position),
        max_total_exposure: String(limits.total),
        max_open_orders: '12',
        max_daily_trades: '1000000',
      },
    });
    relay.towards(world.exchange.url);
    try {
      await world.startExchange();
      const gateway = await world.up();
      return new Stage({ world, relay, crew: await Crew.connect(world), gateway });
    } catch (error) {
      await world[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the gateway that runs now, or ran last, has printed about itself. */
  get printed(): string {
    return this.#gateway.stderr;
  }

  /** Kills what the plan says, from outside and without a word, and mends what cannot mend itself. */
  async kill({ victim, pauseMilliseconds, cutMilliseconds, againMilliseconds }: Plan['kill']): Promise<void> {
    await pause(pauseMilliseconds);
    switch (victim) {
      case 'gateway': {
        await this.#killGateway();
        if (againMilliseconds !== null) {
          this.#gateway = this.world.start(['up']);
          await pause(againMilliseconds);
          await this.#killGateway();
        }
        this.#gateway = await this.world.up();
        return;
      }
      case 'vault': {
        process.kill(this.#child('vault.ts'), 'SIGKILL');
        await eventually('the vault is missed', async () => (await this.world.read('status'))['mode'] === 'HALTED');
        await this.#gateway.stop();
        this.#gateway = await this.world.up();
        return;
      }
      case 'doors':
        process.kill(this.#child('doors.ts'), 'SIGKILL');
        return;
      case 'connection':
        this.relay.cut();
        await pause(cutMilliseconds);
        this.relay.mend();
    }
  }

  /** Agents as they are when a host starts them anew. */
  async reconnect(): Promise<void> {
    await this.crew[Symbol.asyncDispose]();
    this.crew = await eventually('the agents reach the gateway', () => Crew.connect(this.world));
  }

  async #killGateway(): Promise<void> {
    const children = descendants(this.#gateway.pid);
    await this.#gateway.kill();
    await eventually('nothing of the gateway is left', () => !children.some(isAlive));
  }

  #child(entry: string): number {
    const pid = descendants(this.#gateway.pid).find((each) => procFile(each, 'cmdline').includes(entry));
    if (pid === undefined) throw new Error(`no ${entry} runs`);
    return pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    await this.relay[Symbol.asyncDispose]();
  }
}
