import { digest } from '../lang/digest.ts';
import { err, ok, type Result } from '../lang/result.ts';
import { parseToml, type TomlTable } from '../lang/toml.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import { type Alerts, alertsOf, alertsShape } from './alerts-section.ts';
import {
  choice,
  type ConfigurationError,
  count,
  duration,
  type Field,
  flag,
  formatDuration,
  list,
  type Listen,
  listen,
  readTable,
  tableOf,
  text,
  usdAboveZero,
  type Values,
} from './fields.ts';
import { canonicalPolicy, defaultPolicy, type Environment, limitsShape, loosened, type Policy, policyOf, policyShape } from './policy.ts';

/** Whoever reads a configuration gets its policies with it. */
export { canonicalPolicy, type Environment, type Policy };

/** All of `twokey.toml` (DESIGN §4.1), with the default of every key that the file leaves out. */
export type Configuration = {
  readonly exchange: ExchangeChoice;
  readonly policy: Policy;
  readonly approval: Approval;
  /** Whether what only the operator may do needs a proof in sim and demo too; in live it does in any case. */
  readonly operator: { readonly requireProof: boolean };
  /** By name; with no section there is one agent, `default`. */
  readonly agents: ReadonlyMap<string, AgentPolicy>;
  /** Agents of the file whom the operator revoked. They may ask for nothing, and their stops are kept as their sections say. */
  readonly former: ReadonlyMap<string, AgentPolicy>;
  readonly alerts: Alerts;
  readonly reconcile: { readonly fullEveryMilliseconds: number };
  readonly http: HttpSection;
  readonly okxDoor: { readonly listen: Listen };
  readonly sim: { readonly listen: Listen; readonly seed: number; readonly rateLimits: 'strict' | 'lenient' };
};

/** `wanted`: whether the file has an `[http]` at all; no port is opened that nobody asked for. */
export type HttpSection = {
  readonly wanted: boolean;
  readonly listen: Listen;
  /** Host names, with their port where there is one, that a tunnel or proxy of the owner's is reached by. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may ask; empty: none. */
  readonly allowedOrigins: readonly string[];
  /** Where the owner reaches the operator's page from elsewhere; empty where that is not said. Its host and its origin are allowed with it. */
  readonly publicUrl: string;
};

export type ExchangeChoice = {
  readonly kind: 'okx';
  readonly environment: Environment;
  readonly site: 'global' | 'eea' | 'us';
  readonly profile: string;
  readonly readOnly: boolean;
  /** How long the exchange waits for a sign of the gateway before it cancels all by itself; it takes 10 to 120 seconds. */
  readonly deadManSeconds: number;
  /** What the file names as the source of credentials; `unnamed` leaves the search to the other sources. */
  readonly credentials:
    | { readonly kind: 'unnamed' }
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'command'; readonly command: readonly string[] }
    /** `program`: the full path of `secret-tool` or of `security`, whose name says how it is asked. */
    | { readonly kind: 'keyring'; readonly program: string };
};

export type AgentPolicy = {
  readonly name: string;
  /** The tightest of the agent's own limits and those of `[policy]`. */
  readonly policy: Policy;
  /** Whether the agent may close what another one opened. */
  readonly sharedPositions: boolean;
};

export type Approval = {
  readonly threshold: ApprovalThreshold;
  readonly ttlMilliseconds: number;
  /** Whether the first entry on an instrument, and one larger than any before it there, needs a person. */
  readonly firstOfKind: boolean;
};
/** `undecided`: the file says nothing, which live does not accept. */
export type ApprovalThreshold =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'never' }
  | { readonly kind: 'above'; readonly amount: Usd };

/** Keys that are read but do not bind yet. They are named wherever limits are shown; what relies on one of them does not start. */
export const parsedButNotEnforced: readonly string[] = [];

export const AGENTS_MAX = 64;

/** Reads `twokey.toml`. An empty text gives every default; the first thing that is wrong refuses the whole file. */
export function parseConfiguration(fileText: string): Result<Configuration, ConfigurationError> {
  const root = parseToml(fileText);
  if (!root.ok) return err({ line: root.error.line, key: root.error.key ?? '', message: root.error.message });
  const read = readTable(root.value, { name: '', shape: fileShape });
  if (!read.ok) return read;
  const { approval, operator, reconcile, http, okx_door: okxDoor, sim, ...values } = read.value;
  const exchange = values.exchange ?? exchangeOf({});
  const policy = policyOf(values.policy ?? {}, defaultPolicy(exchange.environment));
  const agents = readAgents(values.agents, policy);
  if (!agents.ok) return agents;
  return ok({
    exchange,
    policy,
    approval: {
      threshold: approval?.above ?? { kind: 'undecided' },
      ttlMilliseconds: approval?.ttl ?? 120_000,
      firstOfKind: approval?.first_of_kind ?? false,
    },
    operator: { requireProof: operator?.require_proof ?? false },
    agents: agents.value,
    former: new Map(),
    alerts: alertsOf(values.alerts ?? {}, exchange.environment),
    reconcile: { fullEveryMilliseconds: reconcile?.full_every ?? 3_600_000 },
    http: {
      wanted: http !== undefined,
      listen: http?.listen ?? { host: '127.0.0.1', port: 7390 },
      allowedHosts: http?.allowed_hosts ?? [],
      allowedOrigins: http?.allowed_origins ?? [],
      publicUrl: http?.public_url ?? '',
    },
    okxDoor: { listen: okxDoor?.listen ?? { host: '127.0.0.1', port: 7391 } },
    sim: { listen: sim?.listen ?? { host: '127.0.0.1', port: 7392 }, seed: sim?.seed ?? 1, rateLimits: sim?.rate_limits ?? 'strict' },
  });
}

/**
 * The limits that hold for a principal: an agent's own, and the account's for twokey and the operator. A name that nobody gave,
 * or that was revoked, may trade nothing.
 */
export function policyFor(configuration: Configuration, principal: string): Policy {
  const agent = configuration.agents.get(principal);
  if (agent !== undefined) return agent.policy;
  if (reservedNames.includes(principal)) return configuration.policy;
  return { ...(configuration.former.get(principal)?.policy ?? configuration.policy), instruments: [] };
}

/**
 * Every limit that holds for anybody, as one text: a line each for the account, for approvals and, in order of name, for every agent. Two files
 * that allow the same have one text.
 */
export function policyText({ policy, agents, approval, operator }: Configuration): string {
  const own = [...agents.values()].map(
    ({ name, policy: limits, sharedPositions }) => `${name} ${sharedPositions} ${canonicalPolicy(limits)}`,
  );
  const waits = `${approvalAbove(approval)} ${formatDuration(approval.ttlMilliseconds)} ${approval.firstOfKind}`;
  // Without a line where it is not asked for, so that the hash of a file from before is what it was.
  const proof = operator.requireProof ? ['operator proof'] : [];
  return [canonicalPolicy(policy), waits, ...proof, ...own.toSorted()].join('\n');
}

/** The hash that stands in every decision: SHA-256 of `policyText`. */
export function policyHashOf(configuration: Configuration): string {
  return digest(policyText(configuration));
}

/** Above how many US dollars a person has to agree, or `never`, or `undecided`. */
export function approvalAbove({ threshold: above }: Approval): string {
  return above.kind === 'above' ? formatDecimal(above.amount) : above.kind;
}

/** Why the configured environment may not be entered yet; empty when nothing is in the way. */
export function reasonsNotToStart({ exchange, approval, alerts }: Configuration): readonly string[] {
  const { environment } = exchange;
  if (environment === 'sim') return [];
  const reasons: string[] = [];
  const isLive = environment === 'live';
  if (!isLive) return reasons;
  if (approval.threshold.kind === 'undecided')
    reasons.push('live needs a decision about approvals: set above in [approval] to a number of USD or to "never"');
  if (alerts.sinks.length === 0) reasons.push('live needs a way to reach you: add [[alerts.sinks]]');
  return reasons;
}

/** Principals that are not agents. */
export const reservedNames: readonly string[] = ['twokey', 'operator'];

const agentShape = { ...limitsShape, shared_positions: flag };

/** Every agent with its own limits, none looser than the account's. A limit above the account's would be a lie to whoever reads it. */
function readAgents(sections: TomlTable | undefined, policy: Policy): Result<ReadonlyMap<string, AgentPolicy>, ConfigurationError> {
  if (sections === undefined) return ok(new Map([['default', { name: 'default', policy, sharedPositions: false }]]));
  if (sections.entries.size > AGENTS_MAX)
    return err({ line: sections.line, key: 'agents', message: `expected at most ${AGENTS_MAX} agents` });
  const agents = new Map<string, AgentPolicy>();
  for (const [name, entry] of sections.entries) {
    const problem = (message: string) => err({ line: entry.line, key: name, message });
    if (!/^[a-z0-9-]{1,32}$/.test(name)) return problem('expected the name of an agent: 1 to 32 of a-z, 0-9 and -');
    if (reservedNames.includes(name)) return problem('expected another name: this one is no agent but one who also acts on the account');
    if (entry.value.kind !== 'table') return problem(`expected a section [agents.${name}]`);
    const read = readTable(entry.value, { name: `agents.${name}`, shape: agentShape });
    if (!read.ok) return read;
    const own = policyOf(read.value, policy);
    for (const [key, { line }] of entry.value.entries) {
      const allowed = loosened({ key, policy: own, limit: policy });
      if (allowed !== null)
        return err({ line, key, message: `expected ${allowed}, as in [policy]; an agent may have tighter limits, never looser ones` });
    }
    agents.set(name, { name, policy: own, sharedPositions: read.value.shared_positions ?? false });
  }
  return agents.size > 0 ? ok(agents) : err({ line: sections.line, key: 'agents', message: 'expected at least one [agents.NAME]' });
}

const somePath = text({ expected: 'expected the path of a file', fits: /\S/ });
const someWord = text({ expected: 'expected a text that is not empty', fits: /\S/ });
/** The two programs by which a keyring of the system is asked; by its full path, so that no PATH leads to another one. */
const keyringProgram = text({
  expected: 'expected the full path of secret-tool (Linux) or of security (macOS), such as "/usr/bin/secret-tool"',
  fits: /^\/(?:[^/]+\/)*(?:secret-tool|security)$/,
});

const someHost = text({
  expected: 'expected a host name in small letters, with its port where there is one, such as "box.example:8443"',
  fits: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/,
});
const expectedOrigin = 'expected an origin such as "https://box.example", without a path';
const originText = text({
  expected: expectedOrigin,
  fits: /^https?:\/\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/,
});
/** A port above 65535 has the form of one, and whoever takes the address apart later would stumble over it. */
const someOrigin: Field<string> = (value, key) => {
  const read = originText(value, key);
  return read.ok && !URL.canParse(read.value) ? err({ line: value.line, key, message: expectedOrigin }) : read;
};

const exchangeShape = {
  kind: choice(['okx']),
  environment: choice(['sim', 'demo', 'live']),
  site: choice(['global', 'eea', 'us']),
  profile: text({ expected: 'expected the name of a profile: letters, digits, - and _', fits: /^[A-Za-z0-9_-]{1,64}$/ }),
  read_only: flag,
  dead_man: duration({ least: '10s', most: '2m' }),
  credentials_file: somePath,
  credentials_command: list('expected a list of texts, the program first, such as ["pass", "show", "okx"]', someWord),
  credentials_keyring: keyringProgram,
};

const exchangeSection: Field<ExchangeChoice> = (value, key) => {
  const read = tableOf(exchangeShape)(value, key);
  if (!read.ok) return read;
  const named = Object.entries(read.value).flatMap(([name, said]) => (name.startsWith('credentials_') && said !== undefined ? [name] : []));
  if (named.length > 1) return err({ line: value.line, key, message: `expected one source of credentials: remove ${named.join(' or ')}` });
  return ok(exchangeOf(read.value));
};

function exchangeOf(values: Values<typeof exchangeShape>): ExchangeChoice {
  return {
    kind: 'okx',
    environment: values.environment ?? 'sim',
    site: values.site ?? 'global',
    profile: values.profile ?? 'demo',
    readOnly: values.read_only ?? false,
    deadManSeconds: Math.floor((values.dead_man ?? 20_000) / 1000),
    credentials: sourceOf(values),
  };
}

function sourceOf({
  credentials_file: path,
  credentials_command: command,
  credentials_keyring: program,
}: Values<typeof exchangeShape>): ExchangeChoice['credentials'] {
  if (path !== undefined) return { kind: 'file', path };
  if (command !== undefined) return { kind: 'command', command };
  return program === undefined ? { kind: 'unnamed' } : { kind: 'keyring', program };
}

const threshold: Field<ApprovalThreshold> = (value, key) => {
  if (value.kind === 'text' && value.value === 'never') return ok({ kind: 'never' });
  const read = usdAboveZero(value, key);
  return read.ok ? ok({ kind: 'above', amount: read.value }) : err({ ...read.error, message: `${read.error.message}, or "never"` });
};

/** A table that is read later, when what it is compared with is known. */
const anyTable: Field<TomlTable> = (value, key) =>
  value.kind === 'table' ? ok(value) : err({ line: value.line, key, message: `expected [${key}.NAME] sections` });

const fileShape = {
  exchange: exchangeSection,
  policy: tableOf(policyShape),
  approval: tableOf({ above: threshold, ttl: duration({ least: '1s', most: '1d' }), first_of_kind: flag }),
  operator: tableOf({ require_proof: flag }),
  agents: anyTable,
  alerts: tableOf(alertsShape),
  // At most a day: a full comparison cannot be configured away (reference/risk.md D15).
  reconcile: tableOf({ full_every: duration({ least: '1m', most: '1d' }) }),
  http: tableOf({
    listen,
    allowed_hosts: list('expected a list of host names', someHost),
    allowed_origins: list('expected a list of origins', someOrigin),
    public_url: someOrigin,
  }),
  okx_door: tableOf({ listen }),
  sim: tableOf({ listen, seed: count({ least: 0, most: 2 ** 32 - 1 }), rate_limits: choice(['strict', 'lenient']) }),
};
