import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keptLimits } from '../../adapters/home/limits.ts';
import { digest } from '../../core/lang/digest.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type Configuration, parseConfiguration } from '../../core/policy/configuration.ts';
import { heldBy, type LimitsFile, type Ratchet } from '../../core/policy/ratchet.ts';
import { formatConfigurationError } from '../../core/policy/fields.ts';
import { okxOrigin, simulatorOrigin } from '../../venues/okx/hosts.ts';

/** twokey.toml of a home, every default where there is none. Errors name file, line and key. What others could have written is not read. */
export function readConfiguration(home: string): Result<Configuration> {
  const read = readLimitsFile(home);
  return read.ok ? ok(read.value.configuration) : read;
}

/** The same with its text and the digest of that. */
export function readLimitsFile(home: string): Result<LimitsFile & { readonly text: string }> {
  const file = join(home, 'twokey.toml');
  let text = '';
  try {
    if (othersCanWrite(home, file)) return err(`others can write to ${file}, and with it your limits; run chmod go-w ${file}`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return err(`cannot read ${file}`);
  }
  const parsed = parseConfiguration(text);
  if (!parsed.ok) return err(formatConfigurationError({ file, error: parsed.error }));
  return ok({ text, digest: digest(text), configuration: parsed.value });
}

/**
 * The limits that hold by the journal, whatever the file of the home says by now: those of the `file` where none were ever noted. What is proven for a promotion is
 * proven of these, so that a file that somebody changed asks for no less.
 */
export function limitsInForce(
  home: string,
  { limits, file }: { readonly limits: Ratchet | null; readonly file: Configuration },
): Result<Configuration> {
  if (limits === null) return ok(file);
  const held = heldBy(limits.inForce, (name) => {
    const text = keptLimits(home, name);
    const parsed = text === undefined ? undefined : parseConfiguration(text);
    return parsed?.ok === true ? parsed.value : undefined;
  });
  if (held.ok) return ok({ ...held.value, exchange: { ...held.value.exchange, environment: file.exchange.environment } });
  return err(`the limits that hold are not known: state/policy/${held.error}.toml is missing or was changed`);
}

/** Whether it is open for writing, or somebody else's, in a folder that lets others in. Both are those of the file that a link leads to. */
function othersCanWrite(home: string, file: string): boolean {
  const { mode, uid } = statSync(file);
  const foreign = process.getuid !== undefined && uid !== process.getuid() && uid !== 0;
  return foreign || ((mode & 0o022) !== 0 && (statSync(home).mode & 0o011) !== 0);
}

/** The configuration with the environment that a flag chose, which is never live. */
export function withEnvironment(configuration: Configuration, environment: 'sim' | 'demo' | null): Configuration {
  return environment === null ? configuration : { ...configuration, exchange: { ...configuration.exchange, environment } };
}

/** Where the exchange of a configuration answers. */
export function originOf({ exchange, sim }: Configuration): Result<string> {
  if (exchange.environment !== 'sim') return ok(okxOrigin(exchange.site));
  const { host, port } = sim.listen;
  return simulatorOrigin(`${host.includes(':') ? `[${host}]` : host}:${port}`);
}
