import { PULSE, sinksOf } from '../../core/alert/sinks.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { type Isolation, isolationText, WAY_OUT } from '../../core/policy/isolation.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { isoTime } from '../../view/head.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';
import type { Handshake } from './handshake.ts';
import type { Traces } from './traces.ts';

// Rows about how twokey is used, from the journal and from what runs now. Pure: what was seen comes in, rows go out.

/** The limits that the running gateway decides by against those of the file. */
export function limitsCheck({ running, declared }: { readonly running: string; readonly declared: string }): Check {
  if (running === declared) return fine('limits in force', `those of twokey.toml, hash ${declared}; twokey limits shows their use`);
  return warned(
    'limits in force',
    `the gateway decides by other limits (hash ${running.slice(0, 12)}) than twokey.toml holds now (${declared.slice(0, 12)})`,
    'twokey policy check, then start the gateway again; until then the old ones hold',
  );
}

/** When books and exchange were last compared, and what came of it. */
export function reconcileCheck(
  { lastCompared }: Pick<Traces, 'lastCompared'>,
  { now, running, fullEveryMilliseconds }: { readonly now: number; readonly running: boolean; readonly fullEveryMilliseconds: number },
): Check {
  if (lastCompared === null)
    return warned('last reconcile', 'books and exchange were never compared', 'the first twokey up does, before anything else');
  const { seq, at, clean, classes } = lastCompared;
  const when = `entry ${seq}, ${isoTime(at)}`;
  if (!clean)
    return failed(
      'last reconcile',
      `books and exchange differed (${when}): ${classes.join(', ')}`,
      'twokey reconcile lists every difference and what to do',
    );
  const age = now - at;
  if (running && age > fullEveryMilliseconds * LATE_FACTOR)
    return failed(
      'last reconcile',
      `the last comparison is ${formatDuration(roundedMinutes(age))} old (${when}), and one is due every ${formatDuration(fullEveryMilliseconds)}`,
      'twokey reconcile compares now; if it does not, look at the gateway’s output',
    );
  return fine('last reconcile', `books and exchange agreed (${when})`);
}

const LATE_FACTOR = 1.5;

function roundedMinutes(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds / 60_000)) * 60_000;
}

/** Every way to people, and when something last arrived by it; and the monitor that notices silence. */
export function alertChecks(
  { alerts, exchange }: Pick<Configuration, 'alerts' | 'exchange'>,
  { delivered, down }: Pick<Traces, 'delivered' | 'down'>,
): readonly Check[] {
  const missing = exchange.environment === 'live' ? failed : warned;
  const names = [...sinksOf(alerts)].filter(([, { kind }]) => kind !== 'log').map(([name]) => name);
  const checks = names.map((name) => {
    const broken = down.get(name);
    if (broken !== undefined)
      return failed(
        'notifier',
        `${name} is down since entry ${broken.seq}: ${broken.cause}`,
        'twokey alerts says what waits; mend [[alerts.sinks]] or the other end, then twokey alerts test',
      );
    const last = delivered.get(name);
    if (last === undefined) return warned('notifier', `nothing ever arrived by ${name}`, 'twokey alerts test sends something');
    return fine('notifier', `${name}: last delivered with entry ${last.seq}, ${isoTime(last.at)}`);
  });
  if (names.length === 0)
    checks.push(
      missing('notifier', 'nobody is told of anything: there are no [[alerts.sinks]]', 'name one in twokey.toml, then twokey alerts test'),
    );
  return [...checks, pulseCheck(alerts.pulseUrl, down, missing)];
}

function pulseCheck(url: string, down: Traces['down'], missing: typeof warned): Check {
  if (url === '')
    return missing(
      'pulse',
      'nobody notices when twokey or this machine is silent',
      'set pulse_url in [alerts] to a monitor that expects a call every five minutes',
    );
  const broken = down.get(PULSE);
  if (broken !== undefined)
    return failed('pulse', `the monitor is not reached since entry ${broken.seq}: ${broken.cause}`, 'see pulse_url in [alerts]');
  return fine('pulse', 'called every five minutes while the gateway runs, and nothing is written of a failure');
}

/** Which list of tools each client was shown last, against the one that is shown now. */
export function toolListChecks(clients: Traces['clients'], hands: readonly Handshake[]): readonly Check[] {
  const shown = new Set(hands.flatMap((hand) => (hand.ok ? [hand.toolsHash] : [])));
  if (shown.size === 0) return [];
  return [...clients].map(([name, { hash, seq }]) => {
    const client = name === '' ? 'a client without a name' : name;
    if (shown.has(hash)) return fine('tool list', `${client} saw the list of this version (entry ${seq})`);
    return warned(
      'tool list',
      `${client} last saw another list of tools (${hash.slice(0, 12)}, entry ${seq}) than is shown now`,
      `start that client anew, so that its model knows the present tools`,
    );
  });
}

/** Whether agents are kept out by the system. `isolation` as the running gateway tells it, else as this process sees it. */
export function isolationCheck(
  isolation: Isolation,
  { environment, isAccepted }: { readonly environment: Configuration['exchange']['environment']; readonly isAccepted: boolean },
): Check {
  if (isolation.kind === 'isolated') return fine('isolation', `${isolationText(isolation)}; twokey doctor --as-agent proves it by trying`);
  const told = environment === 'live' && !isAccepted ? failed : warned;
  return told('isolation', `${isolationText(isolation)}: an agent with a shell can read the key, change limits and stop twokey`, WAY_OUT);
}
