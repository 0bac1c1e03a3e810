import type { State } from '../../src/core/account/state.ts';
import type { Checkpoint } from '../../src/core/journal/checkpoint.ts';
import { channelForm } from '../../src/core/order/channel-form.ts';
import type { Row } from '../../src/core/journal/row.ts';
import type { Configuration } from '../../src/core/policy/configuration.ts';
import { createFeed, type OpenFeedSocket } from '../../src/adapters/exchange/feed.ts';
import { Engine } from '../../src/engine/engine.ts';
import { keepPace, unpaced } from '../../src/engine/pace.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Exchange } from '../../src/ports/exchange.ts';
import type { Signed, Signer } from '../../src/ports/signer.ts';
import type { CheckpointSigned, CheckpointSigner } from '../../src/ports/snapshots.ts';
import { derivedCeiling } from '../../src/vault/ceiling.ts';
import { Secret } from '../../src/vault/secret.ts';
import { Signatory } from '../../src/vault/sign.ts';
import { StageGate } from '../../src/vault/stage-gate.ts';
import { encode } from '../../src/venues/okx/request.ts';
import { publicHeaders } from '../../src/venues/okx/sign.ts';
import { START } from '../support/sim-trader.ts';
import type { Chance } from './chance.ts';
import type { Asker, Disk } from './disk.ts';
import type { Schedule } from './schedule.ts';
import type { Storm } from './storm.ts';
import type { Tally } from './tally.ts';

const signedNames: Readonly<Record<string, string>> = {
  place: 'place signed',
  protect: 'protect signed',
  amend_protection: 'protect signed',
  cancel: 'cancel signed',
  cancel_protection: 'cancel signed',
  clear_orders: 'cancel signed',
  clear_algos: 'cancel signed',
  cancel_all_after: 'cancel signed',
};

export type Surroundings = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly storm: () => Storm;
  readonly tally: Tally;
  readonly disk: Disk;
  readonly configuration: Configuration;
  readonly strict: boolean;
  /** Whether the account is in long/short mode. */
  readonly legs: boolean;
  /** After how many entries there is a snapshot; `null`: never. */
  readonly snapshotEntries: number | null;
  /** How far the host's wall clock is ahead of the exchange's. */
  readonly hostAhead: () => number;
  readonly haltFileExists: () => boolean;
  readonly connect: (asker: Asker) => Exchange;
  /** `null`: a gateway that hears nothing unasked. */
  readonly listen: ((asker: Asker) => OpenFeedSocket) | null;
  readonly told: (rows: readonly Row[]) => void;
  /** The journal has been read, by way of a snapshot or whole; `checkpoints` are what it was read with. */
  readonly recovered: (state: State, checkpointKey: string) => void;
  /** The process ended itself, or could not start. */
  readonly ended: (cause: string) => void;
};

/**
 * One start of the gateway: the real engine with its vault, on ports that reach it only while it lives. To crash is to let go of it: what it
 * waits for never comes, and what it asks for never happens.
 */
export class GatewayProcess implements Asker {
  readonly #around: Surroundings;
  #alive = true;
  #engine: Engine | null = null;
  #ready = false;
  #vaultIsDead = false;
  #ended = '';

  constructor(around: Surroundings) {
    this.#around = around;
  }

  alive(): boolean {
    return this.#alive;
  }

  /** `null` until the journal has been read. */
  get engine(): Engine | null {
    return this.#alive ? this.#engine : null;
  }

  /** Whether the first comparison has ended. */
  get ready(): boolean {
    return this.#alive && this.#ready;
  }

  /** Why it ended itself; empty while it has not. */
  get endedItself(): string {
    return this.#ended;
  }

  get vaultIsDead(): boolean {
    return this.#vaultIsDead;
  }

  crash(): void {
    this.#alive = false;
  }

  async start(): Promise<void> {
    const { configuration, disk, connect, listen, told, haltFileExists, strict, snapshotEntries, recovered, legs } = this.#around;
    const vault = this.#vault();
    const clock = this.#clock();
    const opened = await Engine.open({
      account: 'okx:sim:1001',
      configuration,
      policyHash: 'policy',
      version: '0',
      readOnly: false,
      positionMode: legs ? 'long_short' : 'net',
      journal: 'simula',
      clock,
      store: disk.store(this, told),
      checkpoints:
        snapshotEntries === null ? null : { store: disk.snapshots(this), signer: vault.checkpoints, everyEntries: snapshotEntries },
      signer: vault.signer,
      exchange: connect(this),
      feed: listen === null ? null : createFeed({ logsIn: true, clock, signer: vault.signer, openSocket: listen(this) }),
      pace: strict ? keepPace(clock) : unpaced,
      haltFileExists,
      haltFileSays: () => ({ by: 'operator', reason: '' }),
      notifier: { tell: () => Promise.resolve({ kind: 'told' }), pulse: () => Promise.resolve({ kind: 'told' }) },
      freeReserve: () => disk.freeReserve(),
      onClockOffset: vault.setOffset,
      onFatal: (cause) => this.#end(cause),
    });
    if (!opened.ok) {
      this.#end(`could not start: ${opened.error}`);
      return;
    }
    this.#engine = opened.value;
    recovered(opened.value.state, vault.checkpoints.key);
    await opened.value.start();
    this.#ready = true;
  }

  #end(cause: string): void {
    if (this.#ended !== '') return;
    this.#ended = cause;
    this.#around.ended(cause);
  }

  #clock(): Clock {
    const { schedule, hostAhead } = this.#around;
    return {
      now: () => START + schedule.elapsed + hostAhead(),
      monotonic: () => schedule.elapsed,
      turn: (act) => {
        schedule.plan(0, 'turn', () => {
          if (this.#alive) act();
        });
      },
      alarm: (delay, ring) =>
        schedule.plan(delay, 'alarm', () => {
          if (this.#alive) ring();
        }),
    };
  }

  #vault(): { readonly signer: Signer; readonly checkpoints: CheckpointSigner; readonly setOffset: (offsetMilliseconds: number) => void } {
    const { schedule, chance, configuration, storm, tally } = this.#around;
    const signatory = new Signatory({
      credentials: { apiKey: new Secret('sim-key'), secretKey: new Secret('sim-secret'), passphrase: new Secret('sim-pass') },
      ceiling: derivedCeiling(configuration.policy),
      environment: 'sim',
      readOnly: false,
      gate: new StageGate({ environment: 'sim', operator: null }),
      clock: this.#clock(),
    });
    let sequence = 0;
    const answer = (...[request, expectedHash, epoch]: Parameters<Signer['sign']>): Signed => {
      const wire = encode(request, { simulated: true });
      if (!wire.private) {
        const { method, path, body } = wire;
        return { kind: 'signed', request: { method, path, body, headers: publicHeaders(wire) } };
      }
      if (!this.#vaultIsDead && chance.happens(storm().vaultDies)) {
        tally.add('fault: vault died');
        this.#vaultIsDead = true;
      }
      if (this.#vaultIsDead) return { kind: 'dead' };
      sequence += 1;
      const given = signatory.answer({ kind: 'sign', id: sequence, sequence, epoch, request: channelForm(request), expectedHash });
      if (given.kind === 'signed') {
        const { method, path, headers, body } = given;
        return { kind: 'signed', request: { method, path, headers, body } };
      }
      if (given.kind === 'refused') tally.add('vault: refused');
      return { kind: 'refused', cause: 'cause' in given ? given.cause : given.kind };
    };
    const checkpoint = (asked: Checkpoint): CheckpointSigned => {
      if (this.#vaultIsDead) return { kind: 'dead' };
      sequence += 1;
      const given = signatory.answer({ kind: 'checkpoint', id: sequence, sequence, checkpoint: asked });
      return given.kind === 'checkpoint_signed'
        ? { kind: 'signed', signature: given.signature }
        : { kind: 'refused', cause: 'cause' in given ? given.cause : given.kind };
    };
    return {
      checkpoints: {
        key: signatory.checkpointKey,
        sign: (asked) =>
          new Promise((resolve) => {
            const signed = checkpoint(asked);
            schedule.plan(chance.between(0, 3), 'checkpoint signed', () => {
              if (this.#alive) resolve(signed);
            });
          }),
      },
      signer: {
        raise: (epoch) => void signatory.answer({ kind: 'epoch', epoch }),
        sign: (request, expectedHash, epoch) =>
          new Promise((resolve) => {
            // The vault reads its messages one after the other, and its answers may be late.
            const signed = answer(request, expectedHash, epoch);
            const name = signedNames[request.kind] ?? 'read signed';
            schedule.plan(chance.between(0, 3), name, () => {
              if (this.#alive)
                resolve(this.#vaultIsDead && signed.kind === 'signed' && signed.request.method === 'POST' ? { kind: 'dead' } : signed);
            });
          }),
      },
      setOffset: (offsetMilliseconds) => {
        signatory.answer({ kind: 'clock', offsetMilliseconds });
      },
    };
  }
}
