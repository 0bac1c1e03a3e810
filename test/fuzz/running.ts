import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { callOperator } from '../../src/adapters/operator/client.ts';
import { openJournalReadOnly } from '../../src/adapters/store/sqlite.ts';
import { apply } from '../../src/core/account/apply.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import type { Json } from '../../src/core/lang/canonical.ts';
import { replay } from '../../src/engine/replay.ts';
import type { Agent } from '../road/harness/agent.ts';
import { portOf } from '../road/harness/page.ts';
import type { Program } from '../road/harness/program.ts';
import { World } from '../road/harness/world.ts';
import { holds } from './door.ts';

const PATIENCE_MILLISECONDS = 60_000;

/** `twokey up` with its vault, its doors and its exchange, and an agent that is honest all along. */
export class RunningGateway {
  readonly world: World;
  readonly port: number;
  readonly #program: Program;
  readonly #honest: Agent;

  private constructor(world: World, around: { readonly program: Program; readonly honest: Agent; readonly port: number }) {
    this.world = world;
    this.port = around.port;
    this.#program = around.program;
    this.#honest = around.honest;
  }

  static async open(): Promise<RunningGateway> {
    const world = await World.create({ agents: ['default', 'honest'] });
    try {
      const program = await world.up();
      const port = await portOf(world);
      return new RunningGateway(world, { program, port, honest: await world.agent('honest') });
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get home(): string {
    return this.world.home;
  }

  /** Everything runs, and nothing was said that is a bug of ours. */
  check(): void {
    const { running, stderr } = this.#program;
    holds(running, `the gateway has ended: ${stderr}`);
    holds(!/were restarted|stopped:|bug of twokey|doors are down/.test(stderr), `the gateway said: ${stderr}`);
  }

  /** An honest agent is served, and what the gateway says of itself is what its journal comes to. */
  async judge(): Promise<void> {
    this.check();
    const { isError, text } = await this.#honest.call('get_limits');
    holds(!isError, `an honest question was refused: ${text}`);
    const said = await this.#operate({ verb: 'status' });
    const state = await this.#folded(Number(said['log_seq']));
    const [told, folded] = [shortened(said), ofState(state)];
    holds(isDeepStrictEqual(told, folded), `it says ${JSON.stringify(told)}, and its journal comes to ${JSON.stringify(folded)}`);
    // Whoever can reach a socket may stop; a person goes on.
    for (const _ of state.mode === 'ACTIVE' ? [] : ['to REDUCE_ONLY', 'to ACTIVE'])
      // oxlint-disable-next-line no-await-in-loop
      await this.world.run(['resume', '--reason', 'fuzz']);
  }

  close(): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }

  async #operate(request: { readonly verb: 'status' }): Promise<{ readonly [key: string]: Json }> {
    const said = await callOperator({ home: this.home, request, timeoutMilliseconds: PATIENCE_MILLISECONDS });
    if (!said.ok) throw new Error(`the operator was not answered: ${JSON.stringify(said.error)}`);
    return said.value as { readonly [key: string]: Json };
  }

  async #folded(through: number): Promise<State> {
    const opened = openJournalReadOnly(join(this.home, 'state', 'journal.db'));
    if (!opened.ok) throw new Error(opened.error);
    const reader = opened.value;
    try {
      let state = emptyState('okx:sim:1001');
      const replayed = await replay(reader, (fact) => {
        if (fact.seq <= through) state = apply(state, fact);
      });
      if (!replayed.ok) throw new Error(replayed.error);
      return state;
    } finally {
      reader.close();
    }
  }
}

/** What of the status follows from the journal alone. */
function shortened(status: { readonly [key: string]: Json }): object {
  const {
    latched_mode,
    mode_cause,
    starts,
    policy_hash,
    approvals_waiting,
    open_orders,
    orders_not_verified,
    red_alerts_not_acknowledged,
  } = status;
  return {
    latched_mode,
    mode_cause,
    starts,
    policy_hash,
    approvals_waiting,
    open_orders,
    orders_not_verified,
    red_alerts_not_acknowledged,
  };
}

function ofState(state: State): object {
  return {
    latched_mode: state.mode,
    mode_cause: state.modeCause,
    starts: state.epoch,
    policy_hash: state.policyHash,
    approvals_waiting: state.approvals.size,
    open_orders: state.openOrders.size,
    orders_not_verified: state.unverified.size,
    red_alerts_not_acknowledged: state.alerting.unanswered.length,
  };
}
