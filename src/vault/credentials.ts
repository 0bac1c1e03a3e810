import { join, resolve } from 'node:path';
import { err, ok, type Result } from '../core/lang/result.ts';
import { parseToml, type TomlTable, type TomlValue } from '../core/lang/toml.ts';
import type { ExchangeChoice } from '../core/policy/configuration.ts';
import { QUOTING } from '../venues/okx/key-refusals.ts';
import { type FileText, readPrivateFile, readServiceFile } from './files.ts';
import { type Input, INPUT_BYTES_MAX } from './input.ts';
import { Secret } from './secret.ts';
import type { Credentials } from './sign.ts';

/**
 * Where the exchange keys come from (DESIGN §4.1): all three fields from one source, and the first source that has them wins. Errors
 * name file, line and key, and never what stands there.
 */
export type CredentialsSearch = {
  readonly home: string;
  /** The home of the user, where the official kit keeps its profiles. */
  readonly userHome: string;
  readonly exchange: ExchangeChoice;
  /** What came on standard input, and from where. */
  readonly input: Input;
  /** Where systemd lays what its unit gives this service; empty where no unit does. */
  readonly serviceFolder: string;
};

/** The credential that a unit of systemd loads, in the form of `credentials.toml`: `LoadCredential=okx:FILE`. */
const SERVICE_CREDENTIAL = 'okx';

/** `source` and `skipped` are told to people: names of places, nothing of what they hold. */
export type FoundCredentials = { readonly credentials: Credentials; readonly source: string; readonly skipped: readonly string[] };

type Source = {
  /** For messages. */
  readonly name: string;
  readonly style: 'ours' | 'kit' | 'environment';
  /** Somebody said that the key is there, so that its want is no reason to look elsewhere. */
  readonly isNamed: boolean;
  /** `undefined` where there is nothing. */
  readonly text: () => Result<string | undefined>;
};

/** A table with the fields of one key. `name` is for messages. */
type Profile = { readonly name: string; readonly source: Source; readonly table: TomlTable };

/** `skip` holds the reason why a simulation goes on to the next source. */
type Taken = { readonly kind: 'taken'; readonly credentials: Credentials } | { readonly kind: 'skip'; readonly reason: string };

/** The simulator's fixed key (DESIGN §4.4), where a simulation finds no other of its kind. */
const simulated: Credentials = { apiKey: new Secret('sim-key'), secretKey: new Secret('sim-secret'), passphrase: new Secret('sim-pass') };
const SIM_PREFIX = 'sim-';
const FIELD_CHARACTERS_MAX = 4_096;

const secretLine = /^\s*"?(?:api_key|secret_key|passphrase)\b/;
const profileKeys: readonly string[] = ['api_key', 'secret_key', 'passphrase', 'demo', 'site', 'base_url'];
const variables: ReadonlyMap<string, string> = new Map([
  ['api_key', 'OKX_API_KEY'],
  ['secret_key', 'OKX_API_SECRET'],
  ['passphrase', 'OKX_PASSPHRASE'],
]);

/** Finds the credentials, or says what to do. Outside of a simulation the first thing that is wrong ends the search. */
export function findCredentials(search: CredentialsSearch): Result<FoundCredentials> {
  const { exchange } = search;
  const skipped: string[] = [];
  for (const source of sourcesOf(search)) {
    const taken = takeFrom(source, exchange);
    if (!taken.ok) {
      // The kit's file is not ours: in a simulation it is no reason to stop. Ours is, lest a mistake in it stays until the day it counts.
      if (exchange.environment !== 'sim' || source.style !== 'kit') return taken;
      skipped.push(taken.error);
    } else if (taken.value?.kind === 'taken') {
      return ok({ credentials: taken.value.credentials, source: source.name, skipped });
    } else if (taken.value !== undefined) {
      skipped.push(taken.value.reason);
    } else if (source.isNamed) {
      const reason = `${source.name} holds no key: expected [profiles.${exchange.profile}] with api_key, secret_key, passphrase and demo`;
      if (exchange.environment !== 'sim') return err(reason);
      skipped.push(reason);
    }
  }
  if (exchange.environment === 'sim') return ok({ credentials: simulated, source: 'the key of the simulator itself', skipped });
  return err(
    `no credentials for ${exchange.environment}; write ${join(search.home, 'credentials.toml')} with [profiles.${exchange.profile}] api_key, secret_key, passphrase and demo, and run chmod 600 on it; twokey init does that for a new home`,
  );
}

function sourcesOf({ home, userHome, exchange, input, serviceFolder }: CredentialsSearch): readonly Source[] {
  const file = (name: string, style: Source['style']): Source => ({ name, style, isNamed: false, text: () => readIfThere(name) });
  const sources = [file(join(home, 'credentials.toml'), 'ours')];
  const service = join(serviceFolder, SERVICE_CREDENTIAL);
  if (serviceFolder !== '') sources.push({ ...file(service, 'ours'), text: () => textIn(readServiceFile(service)) });
  const named = exchange.credentials;
  if (named.kind === 'file') {
    const path = resolve(home, named.path.startsWith('~/') ? join(userHome, named.path.slice(2)) : named.path);
    sources.push({ ...file(path, 'ours'), isNamed: true, text: () => readNamed(path) });
  }
  if (input.kind !== 'none') sources.push(givenBy(input));
  return [...sources, file(join(userHome, '.okx', 'config.toml'), 'kit')];
}

const inputNames = { command: 'the output of credentials_command', keyring: 'the keyring', environment: 'the environment' } as const;

function givenBy({ kind, text }: Exclude<Input, { kind: 'none' }>): Source {
  const name = inputNames[kind];
  const isTooLong = Buffer.byteLength(text) > INPUT_BYTES_MAX;
  return {
    name,
    style: kind === 'environment' ? 'environment' : 'ours',
    isNamed: true,
    text: () =>
      isTooLong ? err(`${name} has more than ${INPUT_BYTES_MAX} bytes, which is no key`) : ok(kind === 'keyring' ? fromHex(text) : text),
  };
}

/** `security` of macOS writes a text of many lines as the digits of its bytes. No file of ours consists of such digits. */
function fromHex(text: string): string {
  return /^(?:[0-9a-f]{2})+\n?$/i.test(text) ? Buffer.from(text.trim(), 'hex').toString('utf8') : text;
}

function readIfThere(path: string): Result<string | undefined> {
  return textIn(readPrivateFile(path));
}

function textIn(read: Result<FileText>): Result<string | undefined> {
  if (!read.ok) return read;
  return ok(read.value.kind === 'text' ? read.value.text : undefined);
}

function readNamed(path: string): Result<string> {
  const read = readPrivateFile(path);
  if (!read.ok) return read;
  return read.value.kind === 'text' ? ok(read.value.text) : err(`${path}, named by credentials_file in twokey.toml, is not there`);
}

function takeFrom(source: Source, exchange: ExchangeChoice): Result<Taken | undefined> {
  const text = source.text();
  if (!text.ok) return text;
  if (text.value === undefined) return ok(undefined);
  const root = parseToml(text.value);
  if (!root.ok) {
    const { line, key = '', message } = root.error;
    // The text of the line is looked at for the name at its beginning, and told to nobody.
    const isSecret = secretLine.test(text.value.split('\n')[line - 1] ?? '');
    return err(problem(source.name, line, key, isSecret ? `${message}; ${QUOTING}` : message));
  }
  const profile = profileIn(root.value, source, exchange);
  if (!profile.ok) return profile;
  if (profile.value === undefined) return ok(undefined);
  return 'reason' in profile.value ? ok(profile.value) : takeProfile(profile.value, exchange);
}

/** The named profile, or the fields that stand at the top of the file. */
function profileIn(
  root: TomlTable,
  source: Source,
  exchange: ExchangeChoice,
): Result<Profile | Extract<Taken, { kind: 'skip' }> | undefined> {
  if (source.style === 'ours') {
    const unknown = unknownKey(root, [...profileKeys, 'profiles', 'alerts']);
    if (unknown !== undefined)
      return err(problem(source.name, unknown.line, unknown.key, 'unknown key; expected [profiles.NAME] or [alerts.secrets]'));
  }
  const profiles = root.entries.get('profiles');
  if (profiles === undefined) {
    const flat = ['api_key', 'secret_key', 'passphrase'].some((key) => root.entries.has(key));
    if (flat) return ok({ name: source.name, source, table: root });
    // What the operator named has to have a key, which is seen to above; credentials.toml may hold the secrets of notifiers alone.
    return ok(undefined);
  }
  if (profiles.value.kind !== 'table') return err(problem(source.name, profiles.line, 'profiles', 'expected [profiles.NAME] sections'));
  const wanted = profileName(root, profiles.value, { source, exchange });
  const entry = profiles.value.entries.get(wanted);
  if (entry === undefined) {
    const reason = `${source.name} has no [profiles.${wanted}]; add it, or name another with profile in [exchange] of twokey.toml`;
    return exchange.environment === 'sim' ? ok({ kind: 'skip', reason }) : err(reason);
  }
  if (entry.value.kind !== 'table') return err(problem(source.name, entry.line, 'profiles', 'expected [profiles.NAME] sections'));
  return ok({ name: `${source.name} [profiles.${wanted}]`, source, table: entry.value });
}

/** Of the kit's profiles the one that twokey.toml names, else the kit's own default: both still have to fit the environment. */
function profileName(
  root: TomlTable,
  profiles: TomlTable,
  { source, exchange }: { readonly source: Source; readonly exchange: ExchangeChoice },
): string {
  const fallback = root.entries.get('default_profile')?.value;
  if (source.style !== 'kit' || profiles.entries.has(exchange.profile) || fallback?.kind !== 'text') return exchange.profile;
  return profiles.entries.has(fallback.value) ? fallback.value : exchange.profile;
}

function takeProfile(profile: Profile, exchange: ExchangeChoice): Result<Taken> {
  const { name, source, table } = profile;
  if (source.style === 'ours' && name !== source.name) {
    const unknown = unknownKey(table, profileKeys);
    if (unknown !== undefined)
      return err(problem(name, unknown.line, unknown.key, `unknown key; expected ${profileKeys.slice(0, -1).join(', ')}`));
  }
  const key = table.entries.get('api_key')?.value;
  const ofSimulator = key?.kind === 'text' && key.value.startsWith(SIM_PREFIX);
  if (exchange.environment === 'sim' && !ofSimulator)
    return ok({ kind: 'skip', reason: `${name} holds no ${SIM_PREFIX}* key, and a simulation uses no other` });
  if (exchange.environment !== 'sim' && ofSimulator)
    return err(
      `${name}: ${SIM_PREFIX}* keys are for the simulator and are refused in ${exchange.environment}; put the key of the exchange there`,
    );
  const fits = exchange.environment === 'sim' ? fitsSimulation(profile) : fitsEnvironment(profile, exchange);
  if (!fits.ok) return fits;
  const apiKey = secretField(profile, 'api_key');
  const secretKey = secretField(profile, 'secret_key');
  const passphrase = secretField(profile, 'passphrase');
  if (!apiKey.ok) return apiKey;
  if (!secretKey.ok) return secretKey;
  if (!passphrase.ok) return passphrase;
  return ok({ kind: 'taken', credentials: { apiKey: apiKey.value, secretKey: secretKey.value, passphrase: passphrase.value } });
}

function fitsSimulation({ name, table }: Profile): Result<null> {
  const address = table.entries.get('base_url');
  if (address === undefined) return ok(null);
  const loopback =
    address.value.kind === 'text' && /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?\/?$/.test(address.value.value);
  return loopback ? ok(null) : err(problem(name, address.line, 'base_url', 'expected an address on this host, or no base_url at all'));
}

function fitsEnvironment({ name, source, table }: Profile, exchange: ExchangeChoice): Result<null> {
  const { environment } = exchange;
  const address = table.entries.get('base_url');
  if (address !== undefined)
    return err(
      problem(name, address.line, 'base_url', 'refused outside of sim; remove it, because the address follows from site and environment'),
    );
  const site = table.entries.get('site');
  if (site !== undefined && (site.value.kind !== 'text' || site.value.value !== exchange.site)) {
    return err(problem(name, site.line, 'site', `does not say ${exchange.site}, which twokey.toml does; make them agree`));
  }
  // Variables cannot say it; a file can, and then has to, because a live key taken for a demo key costs money.
  if (source.style === 'environment') return ok(null);
  const demo = table.entries.get('demo');
  if (demo === undefined) return err(`${name} does not say demo; add demo = true for keys of demo trading or demo = false for live ones`);
  if (demo.value.kind !== 'boolean') return err(problem(name, demo.line, 'demo', 'expected true or false'));
  if (demo.value.value === (environment === 'demo')) return ok(null);
  return err(
    problem(
      name,
      demo.line,
      'demo',
      `says ${demo.value.value ? 'demo' : 'live'}, but the environment is ${environment}; name another profile in [exchange] of twokey.toml`,
    ),
  );
}

function secretField({ name, source, table }: Profile, key: string): Result<Secret> {
  const entry = table.entries.get(key);
  const shown = source.style === 'environment' ? (variables.get(key) ?? key) : key;
  const isVariable = source.style === 'environment';
  if (entry === undefined) {
    const emptied = isVariable ? '; a shell puts nothing in the place of what follows a $ between double quotes: use single ones' : '';
    return err(`${name} has no ${shown}; all three fields come from one source${emptied}`);
  }
  const refused = (message: string): Result<Secret> =>
    err(isVariable ? `${name}: ${shown}: ${message}` : problem(name, entry.line, key, message));
  const text = textOf(entry.value);
  if (text === undefined || text === '') return refused('expected a text in quotes that is not empty');
  if (text.length > FIELD_CHARACTERS_MAX) return refused(`expected at most ${FIELD_CHARACTERS_MAX} characters`);
  if (text !== text.trim()) return refused('expected no space or line end around it');
  // Key and passphrase travel in headers, which carry these characters only.
  if (key !== 'secret_key' && !/^[ -~]+$/.test(text))
    return refused(`expected printable ASCII characters${isVariable ? '' : `; ${QUOTING}`}`);
  // A file of variables for a container knows no quotes: they become a part of the value.
  if (isVariable && /^(["']).*\1$/.test(text)) return refused('it stands in quotes that are a part of it; leave them out where it is set');
  return ok(new Secret(text));
}

function textOf(value: TomlValue): string | undefined {
  return value.kind === 'text' ? value.value : undefined;
}

/** Only a name that looks like a key is shown: a secret on a line of its own is not. */
function unknownKey(table: TomlTable, known: readonly string[]): { readonly line: number; readonly key: string } | undefined {
  for (const [key, { line }] of table.entries) {
    if (!known.includes(key)) return { line, key: /^[a-z][a-z_]{0,23}$/.test(key) ? key : '' };
  }
  return undefined;
}

function problem(name: string, line: number, key: string, message: string): string {
  return `${name} line ${line}: ${key === '' ? '' : `${key}: `}${message}`;
}
