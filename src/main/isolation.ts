import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookAtIsolation, type Place } from '../adapters/isolation/look.ts';
import type { OperatorFailure, OperatorRequest } from '../adapters/operator/protocol.ts';
import { keyFile, keyProgram } from '../adapters/vault/sources.ts';
import type { Event } from '../core/gateway/events.ts';
import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { type Isolation, isolationText, isolationWords, WAY_OUT } from '../core/policy/isolation.ts';
import { acceptAdvisory, acceptedUntil, mayNotApprove } from '../doors/checkup/advisory.ts';
import { isoTime } from '../view/head.ts';
import { filesNamedBy, openSources } from './key-sources.ts';

const install = fileURLToPath(new URL('../../', import.meta.url));

/** In which mode a home is run by these agents, as far as this process can see. */
export function isolationAt(home: string, configuration: Configuration, looks: Place['looks'] = 'everywhere'): Isolation {
  const [runtime, searchPath] = [realpathSync(process.execPath), process.env['PATH'] ?? ''];
  const agents = [...configuration.agents.keys()];
  return lookAtIsolation({ home, install, runtime, searchPath, agents, named: namedBy(home, configuration), looks });
}

/** Whoever can change one of these is handed the key, or has a program of his run as the gateway's user. */
function namedBy(home: string, { exchange, alerts }: Configuration): readonly string[] {
  const commands = [
    ...(keyProgram(exchange)?.argv ?? []),
    ...alerts.sinks.flatMap((sink) => (sink.kind === 'command' ? sink.command : [])),
  ];
  return [...keyFiles(home, exchange), ...commands.filter((word) => isAbsolute(word))];
}

/** Where the vault looks beside credentials.toml: what twokey.toml names, and the official kit's own file. */
function keyFiles(home: string, exchange: Configuration['exchange']): readonly string[] {
  const userHome = homedir();
  const named = keyFile(exchange, { home, userHome });
  return [...(named === undefined ? [] : [named]), join(userHome, '.okx', 'config.toml')];
}

/** By which ways an agent's user could read the key where the gateway takes it from; `fd0`: variables had it. */
export function openSourcesAt(home: string, { agents, exchange }: Configuration, credentials: 'fd0' | 'none'): readonly string[] {
  const program = keyProgram(exchange);
  // Those of a keyring name no file.
  const words = program?.kind === 'command' ? program.argv.slice(1) : [];
  return openSources({
    home,
    agents: [...agents.keys()],
    files: [join(home, 'credentials.toml'), ...keyFiles(home, exchange)],
    told: filesNamedBy(words, home),
    asksKeyring: exchange.credentials.kind === 'keyring',
    fromVariables: credentials === 'fd0',
  });
}

/** Until when somebody took live in advisory mode upon himself; 0: not. */
export function advisoryAccepted(home: string): number {
  try {
    return acceptedUntil(readFileSync(fileIn(home), 'utf8'), Date.now());
  } catch {
    return 0;
  }
}

/** What is looked at again and again. */
export type Eyes = {
  readonly isolation: (looks: Place['looks']) => Isolation;
  /** By which ways an agent's user could read the key. */
  readonly openSources: () => readonly string[];
};

/** The eyes of a gateway. Its variables were looked at when it was started, and are what they were; agents are added and modes are changed while it runs. */
export function eyesAt(home: string, configuration: () => Configuration): Eyes {
  return {
    isolation: (looks) => isolationAt(home, configuration(), looks),
    openSources: () => openSourcesAt(home, configuration(), 'none'),
  };
}

export type Watching = {
  readonly home: string;
  /** That holds now, with everybody who is an agent. */
  readonly configuration: () => Configuration;
  readonly eyes: Eyes;
  readonly post: (event: Event) => void;
};

/** The mode of isolation while a gateway runs. It is found out at the start and looked at again each minute, and a loss is told. */
export class IsolationWatch {
  readonly #around: Watching;
  #found: Isolation;
  #open: readonly string[] = [];
  #told: string | null = null;

  constructor(around: Watching) {
    this.#around = around;
    this.#found = around.eyes.isolation('everywhere');
  }

  get found(): Isolation {
    return this.#found;
  }

  look(): void {
    const before = this.#found;
    // Nobody but root and the gateway's user changes a file that was closed, in a folder that is; where one was open, it may be closed by now.
    this.#found = this.#around.eyes.isolation(before.kind === 'isolated' ? 'at_ways' : 'everywhere');
    const lost = before.kind === 'isolated' && this.#found.kind === 'advisory';
    if (lost) this.#around.post({ kind: 'noticed', code: 'ISOLATION_LOST', message: `${isolationText(this.#found)}; ${WAY_OUT}` });
    const cause = this.#closes();
    const isTold = this.#found.kind === 'advisory' || this.#told === cause;
    this.#told = cause;
    if (cause === null) return;
    // A key that was open for a while is to be exchanged, also where nothing was traded meanwhile.
    this.#around.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause, ...(isTold ? {} : { code: 'KEY_READABLE' }) });
  }

  /** Why an operator's request is not done: where an agent may be the one who asks, approving means nothing. */
  refuses({ verb }: OperatorRequest): OperatorFailure | null {
    const { environment } = this.#around.configuration().exchange;
    if (environment !== 'live') return null;
    const cause =
      verb === 'approve' && this.#found.kind === 'advisory'
        ? 'in advisory mode an agent could be the one who approves, so that in live nobody does'
        : verb === 'resume'
          ? this.#closes()
          : null;
    return cause === null ? null : { code: 'NOT_ALLOWED', message: `${cause}; nothing was done` };
  }

  /** As it stands in `status`. */
  view(): Json {
    const until = advisoryAccepted(this.#around.home);
    const accepted = this.#found.kind === 'advisory' && until > 0 ? { accepted_until: isoTime(until) } : {};
    const fix = this.#found.kind === 'advisory' ? { fix: WAY_OUT } : {};
    const open = this.#found.kind === 'isolated' && this.#open.length > 0 ? { key_readable: this.#open } : {};
    return { mode: this.#found.kind, says: isolationWords(this.#found), ...accepted, ...fix, ...open };
  }

  #closes(): string | null {
    const configuration = this.#around.configuration();
    if (configuration.exchange.environment !== 'live') return null;
    if (this.#found.kind === 'isolated') {
      this.#open = this.#around.eyes.openSources();
      return this.#open.length === 0 ? null : `${this.#open.join('; ')}; then exchange the key, which an agent may have by now`;
    }
    const meaningless = mayNotApprove(configuration, this.#found);
    if (meaningless !== null) return meaningless;
    if (advisoryAccepted(this.#around.home) > 0) return null;
    return `live in advisory mode was not accepted, or a week ago: twokey up at a terminal asks again; or ${WAY_OUT}`;
  }
}

/**
 * Live takes no key from where an agent's user can read it, whatever was traded before: the vault refuses such a file of its own as well. In advisory mode
 * somebody took upon himself that an agent can take the key; he is told by which ways all the same. @returns what to tell.
 */
export function closedSources(home: string, configuration: Configuration, credentials: 'fd0' | 'none'): Result<readonly string[]> {
  if (configuration.exchange.environment !== 'live') return ok([]);
  const open = openSourcesAt(home, configuration, credentials);
  const isRefused = open.length > 0 && isolationAt(home, configuration, 'at_ways').kind === 'isolated';
  return isRefused ? err(`live does not take a key that an agent can read:\n${open.join('\n')}`) : ok(open);
}

/**
 * Before live starts in advisory mode: a person has to take it upon himself, at a terminal and for some days. Where positions may be open (`mayWait`) a
 * start without that comes up all the same, and its first look closes entries.
 */
export async function acceptForLive(
  home: string,
  configuration: Configuration,
  { mayWait }: { readonly mayWait: boolean },
): Promise<Result<null>> {
  const isolation = isolationAt(home, configuration);
  if (configuration.exchange.environment !== 'live' || isolation.kind === 'isolated') return ok(null);
  const refused = mayNotApprove(configuration, isolation);
  if (refused !== null) return mayWait ? ok(null) : err(refused);
  if (advisoryAccepted(home) > 0) return ok(null);
  const accepted = await acceptAdvisory(isolation, { input: process.stdin, output: process.stderr, now: Date.now() });
  if (!accepted.ok) return mayWait ? ok(null) : accepted;
  writeFileSync(fileIn(home), `${accepted.value}\n`, { mode: 0o600 });
  return ok(null);
}

function fileIn(home: string): string {
  return join(home, 'state', 'advisory');
}
