import { digest } from '../../src/core/lang/digest.ts';
import type * as LimitsModule from '../../src/main/limits.ts';
import type * as Homes from '../../src/main/operator/home.ts';
import type * as Proofs from '../../src/vault/operator-proof.ts';
import type * as Gates from '../../src/vault/stage-gate.ts';
import type * as EngineWorlds from '../support/engine-world.ts';
import type { Attack } from './attack.ts';
import { deskOf, limits, succeeded, wish } from './grounds.ts';
import { heldBy, LimitsDesk, waiting } from './limits-desk.ts';
import { load } from './load.ts';

const setting = {
  adversary: 'whoever can set the clock of the host',
  asset: 'the limits and the mode',
  modes: 'one user',
  isInProcess: true,
} as const;

/** The host's own clock in the place of the exchange's. */
const hostClock = {
  file: 'src/engine/time.ts',
  from: 'return reading.exchangeAt + Math.round(this.#clock.monotonic() - reading.monotonicAt);',
  to: 'return this.#clock.now();',
};
const trustingClock = [
  hostClock,
  { file: 'src/engine/time.ts', from: ' || Math.abs(drift) > DRIFT_MAX_MILLISECONDS', to: '' },
  { file: 'src/engine/time.ts', from: 'return Math.abs(this.offsetMilliseconds) > SKEW_MAX_MILLISECONDS;', to: 'return false;' },
];

/** What setting the clock of the host is meant to bring. */
export const clockAttacks: readonly Attack[] = [
  {
    ...setting,
    isQuick: true,
    name: 'sets the clock back and uses a code of the authenticator a second time',
    asset: 'the proof of the operator',
    control: 'each code is taken once, whatever the clock says',
    plant: {
      file: 'src/vault/operator-proof.ts',
      from: 'return step !== undefined && step > this.#usedStep ? step : null;',
      to: 'return step ?? null;',
    },
    attempt: async (target) => {
      const { codeAt, hashOf, Prover, STEP_MILLISECONDS } = await load<typeof Proofs>(target, 'src/vault/operator-proof.ts');
      const { StageGate } = await load<typeof Gates>(target, 'src/vault/stage-gate.ts');
      const [salt, totp, passphrase] = [Buffer.alloc(16, 7), Buffer.alloc(20, 7), 'seventeen small boats'];
      const enrolment = { cost: 16_384, salt, totp, hash: await hashOf(passphrase, { cost: 16_384, salt }) };
      const now = 1_800_000_000_000;
      let elapsed = 0;
      const clock = { now: () => now, monotonic: () => elapsed };
      const prover = new Prover(enrolment, { clock, gate: new StageGate({ environment: 'sim', operator: null }) });
      const code = codeAt(totp, Math.floor(now / STEP_MILLISECONDS));
      const prove = (sequence: number) => prover.answer({ kind: 'prove', id: sequence, sequence, passphrase, code, after: 0, stage: null });
      if ((await prove(1))?.kind !== 'proved') throw new Error('the code is not taken at all');
      // Ten minutes later the host's clock says what it said then.
      elapsed += 600_000;
      const again = await prove(2);
      return succeeded(again?.kind === 'proved', `the second time: ${again?.kind ?? ''} ${again?.kind === 'refused' ? again.cause : ''}`);
    },
  },
  {
    ...setting,
    name: 'sets the clock back so that an approval can be given hours later',
    asset: 'the approval of a person',
    control: "time is the exchange's, carried on by the monotonic clock",
    plant: trustingClock,
    attempt: async (target) => {
      const desk = await deskOf(target, limits('', '[approval]\nabove = 100\nttl = "5s"'));
      await desk.call('place_order', wish({ intent_id: 'big', quantity: '150' }));
      const [approval] = desk.world.engine.state.approvals.keys();
      if (approval === undefined) throw new Error('no order waits for a person');
      desk.world.jump(-7_200_000);
      await desk.world.pass(8000);
      const answer = await desk.operate({ verb: 'approve', approval, reason: '' });
      const isTaken = desk.world.kinds().includes('approved');
      return succeeded(isTaken, `after 8 of 5 seconds it is ${isTaken ? 'taken' : answer.ok ? 'expired' : answer.error.message}`);
    },
  },
  {
    ...setting,
    name: 'sets the clock ahead, so that a loosening has waited long enough',
    control: "time is the exchange's, and none is trusted when clocks have parted",
    plant: trustingClock,
    attempt: async (target) => {
      using desk = new LimitsDesk(target);
      const [tight, loose] = [waiting(50), waiting(50_000)];
      desk.write(tight);
      const { EngineWorld } = await load<typeof EngineWorlds>(target, 'test/support/engine-world.ts');
      const world = await EngineWorld.running(tight);
      const { Limits } = await load<typeof LimitsModule>(target, 'src/main/limits.ts');
      const { readLimitsFile } = await load<typeof Homes>(target, 'src/main/operator/home.ts');
      const file = readLimitsFile(desk.home.path);
      if (!file.ok) throw new Error(file.error);
      const settled = Limits.settle({
        home: desk.home.path,
        file: file.value,
        chosen: (each) => each,
        faults: () => [],
        onHeld: () => {},
        engine: world.engine,
      });
      if (!settled.ok) throw new Error(settled.error);
      await world.pass(1000);
      desk.write(loose);
      await world.until(settled.value.answer({ verb: 'policy_loosen', digest: digest(loose), reason: '' }));
      world.jump(7_200_000);
      await world.until(settled.value.look());
      const { size, saw } = heldBy(settled.value);
      return succeeded(size > 50, `a minute after it was asked for ${saw}`);
    },
  },
  {
    ...setting,
    name: 'sets the clock ahead over midnight, so that the trades of today are those of yesterday',
    control: "time is the exchange's, and none is trusted when clocks have parted",
    plant: trustingClock,
    attempt: async (target) => {
      const { EngineWorld } = await load<typeof EngineWorlds>(target, 'test/support/engine-world.ts');
      const world = new EngineWorld(limits('max_daily_trades = 1\nmax_data_age = "30s"'));
      const untilMidnight = 86_400_000 - (world.clock.now() % 86_400_000);
      world.exchangeAheadMilliseconds = untilMidnight - 8000;
      world.jump(untilMidnight - 8000);
      await world.open();
      await world.until(world.engine.start());
      await world.until(world.place({}));
      await world.pass(1000);
      world.jump(7000);
      await world.until(world.place({ quantity: '41' }));
      const { length } = world.ledger().orders;
      return succeeded(length > 1, `${length} trades of one a day; the second was ${lastDecision(world)}`);
    },
  },
];

function lastDecision(world: EngineWorlds.EngineWorld): string {
  const { body = '{}' } = world.disk.rows.findLast(({ kind }) => kind === 'decision') ?? {};
  const { outcome, code, message } = JSON.parse(body) as { readonly outcome: string; readonly code: string; readonly message: string };
  return `${outcome} ${code} ${message}`.trim();
}
