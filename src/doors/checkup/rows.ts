import type { Json } from '../../core/lang/canonical.ts';
import { type Configuration, policyHashOf } from '../../core/policy/configuration.ts';
import type { Isolation } from '../../core/policy/isolation.ts';
import type { Check } from '../operator/checks.ts';
import { type Fields, isFields, isList } from '../operator/text.ts';
import { handshakeChecks, shakeHands } from './handshake.ts';
import { keySourceCheck } from './key-source.ts';
import { lookAround } from './look-around.ts';
import { memoryCheck, type MemoryFacts } from './memory.ts';
import { neighbourChecks } from './neighbours.ts';
import { programAt, programChecks } from './program.ts';
import type { Traces } from './traces.ts';
import { alertChecks, isolationCheck, limitsCheck, reconcileCheck, toolListChecks } from './use.ts';

/** The machine around a home, as far as `doctor` looks at it. */
export type Machine = {
  /** The folder that holds `src` and `bin`. */
  readonly install: string;
  readonly userHome: string;
  /** The name of the user who runs this. */
  readonly user: string;
  /** The folder in which the command was started. */
  readonly work: string;
  /** Whether the command was started with a key in its environment. */
  readonly inEnvironment: boolean;
  readonly now: () => number;
  /** What can be seen from here of who the agents are. */
  readonly isolation: (configuration: Configuration) => Isolation;
  /** By which ways an agent's user could read the key where twokey takes it from, a sentence each. */
  readonly openSources: (configuration: Configuration) => readonly string[];
  /** What the system does with the memory of the vault of a home; `null` where it cannot be looked at. */
  readonly memory: (home: string) => MemoryFacts | null;
  /** The file that systemd hands to this service; empty where there is none. */
  readonly serviceFile: string;
  /** Until when somebody took live in advisory mode upon himself; 0: not. */
  readonly advisoryAccepted: () => number;
  /** What the journal proves; `null` where there is none. */
  readonly traces: () => Promise<Traces | null>;
};

const HANDSHAKES_MAX = 8;

/** What is asked of the machine, of the journal and of the doors. `status` is the running gateway's; `null` where none runs. */
export async function machineChecks(
  machine: Machine,
  { home, configuration, status }: { readonly home: string; readonly configuration: Configuration; readonly status: Fields | null },
): Promise<readonly Check[]> {
  const { environment } = configuration.exchange;
  const agents = namesIn(status?.['agents']).slice(0, HANDSHAKES_MAX);
  const hands = Promise.all(agents.map((agent) => shakeHands({ install: machine.install, home, agent })));
  const [traces, program] = await Promise.all([machine.traces(), programAt(machine.install)]);
  const isolation = toldBy(status) ?? machine.isolation(configuration);
  const running = status?.['policy_hash'];
  const { fullEveryMilliseconds } = configuration.reconcile;
  const proven = traces ?? { lastCompared: null, delivered: new Map(), down: new Map(), clients: new Map() };
  return [
    ...programChecks(program),
    ...(typeof running === 'string' ? [limitsCheck({ running, declared: policyHashOf(configuration) })] : []),
    reconcileCheck(proven, { now: machine.now(), running: status !== null, fullEveryMilliseconds }),
    ...alertChecks(configuration, proven),
    ...handshakeChecks(await hands),
    ...toolListChecks(proven.clients, await hands),
    ...neighbourChecks(lookAround(machine), environment),
    keySourceCheck(machine.openSources(configuration), { environment, isolation }),
    ...memoryCheck(machine.memory(home)),
    isolationCheck(isolation, { environment, isAccepted: machine.advisoryAccepted() > 0 }),
  ];
}

/** Those that the gateway lets in now: agents come and go while it runs. */
function namesIn(agents: Json | undefined): readonly string[] {
  return isList(agents) ? agents.filter((name) => typeof name === 'string') : [];
}

/** What the running gateway found out for itself; `null` where none runs, or it is of another version. */
function toldBy(status: Fields | null): Isolation | null {
  const told = status?.['isolation'];
  if (!isFields(told)) return null;
  const words = namesIn(told['says']);
  return told['mode'] === 'isolated' ? { kind: 'isolated', users: words } : { kind: 'advisory', reasons: words };
}
