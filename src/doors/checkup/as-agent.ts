import { join } from 'node:path';
import { type Check, failed, fine, renderChecks, warned } from '../operator/checks.ts';
import type { Command } from '../operator/command.ts';
import { type ExitCode, exits, out } from '../operator/output.ts';
import { becomingRoot, type Came, changing, connecting, making, memory, opening, signalling, writing } from './attack.ts';
import { shakeHands } from './handshake.ts';

/** What is attacked, by whom. */
export type Target = {
  readonly home: string;
  /** The folder of the program, its Node, and what else could be changed to have other code run: files and folders. */
  readonly install: string;
  readonly trees: readonly string[];
  readonly rests: readonly string[];
  /** The user who runs this, and the one whom the home belongs to. */
  readonly user: string;
  readonly service: string;
  /** Of the service's user; `what` is gateway, vault, doors … */
  readonly processes: readonly { readonly pid: number; readonly what: string }[];
  /** The agents whose sockets this user is to reach, and the others. */
  readonly own: readonly string[];
  readonly others: readonly string[];
  /** The groups by which this user can become root. */
  readonly powers: readonly string[];
};

const FIX = 'twokey install gives gateway and agents users of their own; docs/operate/isolation.md says what to look at';

/** `twokey doctor --as-agent`: every attack, tried as the user who runs this. Ends with 0 when each was tried and refused, and the own socket works. */
export async function doctorAsAgent({ json }: Pick<Command, 'json'>, target: Target): Promise<ExitCode> {
  const checks = [...attacks(target), ...(await sockets(target))];
  const isProven = checks.every(({ status }) => status === 'ok');
  const mode = isProven ? 'isolated' : 'not proven to be isolated';
  if (json)
    out(`${JSON.stringify({ ok: isProven, mode, user: target.user, service: target.service, home: target.home, checks }, null, 2)}\n`);
  else out(`as ${target.user}, against ${target.service} · ${target.home}\n\n${renderChecks(checks)}\n${mode}\n`);
  return isProven ? exits.fine : exits.failed;
}

function attacks(target: Target): readonly Check[] {
  const { home, install, processes, trees, rests, powers } = target;
  const inHome = (...names: readonly string[]): readonly string[] => names.map((name) => join(home, name));
  const secrets = inHome('credentials.toml', 'operator.toml', 'run/operator.token', 'run/sim.nonce');
  const limits = inHome('twokey.toml', 'ceiling.toml', 'state/advisory');
  const pids = processes.map(({ pid }) => pid);
  const strong: readonly Came[] = powers.map((group) => ({ kind: 'worked', how: `is in the group ${group}` }));
  return [
    row('read keys and tokens', secrets.map(opening)),
    row('change limits', limits.map(writing)),
    row('read the journal', inHome('state/journal.db').map(opening)),
    row('change the journal', inHome('state/journal.db').map(writing)),
    row('remove HALT, replace files', inHome('', 'state').map(making)),
    row('replace a socket', inHome('run').map(making)),
    ofProcesses(
      'read environments',
      pids.map((pid) => opening(`/proc/${pid}/environ`)),
      processes,
    ),
    ofProcesses('read memories', pids.map(memory), processes),
    ofProcesses('kill, or open a debugger', pids.map(signalling), processes),
    row('lay code into the program', [making(join(install, 'src')), making(join(install, 'bin'))]),
    row('change code, runtime, service, PATH', [changing([...rests, home], trees)]),
    row('become root', [becomingRoot(), ...strong]),
  ];
}

async function sockets({ home, install, own, others }: Target): Promise<readonly Check[]> {
  const operator = row('speak as the operator', [await connecting(join(home, 'run', 'operator.sock'))], true);
  const foreign = await Promise.all(others.map((agent) => connecting(join(home, 'run', `agent-${agent}.sock`))));
  const hands = await Promise.all(own.map((agent) => shakeHands({ install, home, agent })));
  return [
    operator,
    ...(others.length === 0 ? [] : [row(`speak as ${others.join(', ')}`, foreign)]),
    ...(own.length === 0 ? [warned('its own socket', 'this user is no agent, so that there is none', 'run it as an agent’s user')] : []),
    ...hands.map((hand) =>
      hand.ok
        ? fine('its own socket', `works: agent ${hand.agent} is shown ${hand.tools} tools`)
        : failed(
            'its own socket',
            `agent ${hand.agent}: ${hand.error}`,
            'is the gateway running, and was it started after the agent was added?',
          ),
    ),
  ];
}

/** One way in, by every file that it could go by. What is not there was not tried, which is fine for a file and not for what `mustExist`. */
function row(name: string, came: readonly Came[], mustExist = false): Check {
  const worked = came.filter(({ kind }) => kind === 'worked');
  if (worked.length > 0) return failed(name, worked.map(({ how }) => how).join('; '), FIX);
  const refused = came.filter(({ kind }) => kind === 'refused');
  if (refused.length > 0) return fine(name, `refused: ${[...new Set(refused.map(({ how }) => how))].join(', ')}`);
  if (mustExist) return warned(name, 'not tried: it is not there', 'start the gateway, then ask for this once more');
  return fine(name, 'there is none');
}

function ofProcesses(name: string, came: readonly Came[], processes: Target['processes']): Check {
  const { status, detail, fix } = row(name, came, true);
  return { name, status, detail: status === 'ok' ? `${detail} (${processes.map(({ what }) => what).join(', ')})` : detail, fix };
}
