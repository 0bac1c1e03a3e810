import { join } from 'node:path';
import { digest } from '../core/lang/digest.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { parseCeiling } from '../core/policy/ceiling-file.ts';
import { type Configuration, parseConfiguration } from '../core/policy/configuration.ts';
import { formatConfigurationError } from '../core/policy/fields.ts';
import type { Environment } from '../core/policy/policy.ts';
import type { Clock } from '../ports/clock.ts';
import { alertSecrets } from './alert-secrets.ts';
import { type Ceiling, derivedCeiling, fileCeiling } from './ceiling.ts';
import { findCredentials } from './credentials.ts';
import { readOpenFile, readPrivateFile } from './files.ts';
import type { Input } from './input.ts';
import { type Enrolment, parseEnrolment, Prover, secretOf } from './operator-proof.ts';
import type { Passkey } from './passkey.ts';
import { Passkeys } from './passkeys.ts';
import { Signatory } from './sign.ts';
import { StageGate } from './stage-gate.ts';

export type VaultSettings = {
  readonly home: string;
  readonly userHome: string;
  /** `--demo` and `--env` choose sim or demo; only twokey.toml can say live. */
  readonly environment: Environment;
  readonly readOnly: boolean;
  readonly input: Input;
  /** Where systemd lays what its unit gives this service; empty where no unit does. */
  readonly serviceFolder: string;
  /** Whether the secrets of the sinks are read for whoever started the vault. */
  readonly alertSecrets: boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
};

/** A vault that may sign. `source` and `skipped` are for people; `secrets` are those of the sinks, by name, and leave the vault. */
export type OpenVault = {
  readonly signatory: Signatory;
  readonly prover: Prover;
  readonly passkeys: Passkeys;
  readonly source: string;
  readonly skipped: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
  /** The hash of the files that say what it may sign. */
  readonly rules: string;
};

/**
 * Reads what the vault needs, itself: what the gateway says of files is not believed, because a gateway that lies is what the
 * vault is there for.
 */
export function openVault(settings: VaultSettings): Result<OpenVault> {
  const { home, userHome, environment, input, serviceFolder, clock } = settings;
  const configuration = readConfiguration(join(home, 'twokey.toml'));
  if (!configuration.ok) return configuration;
  const exchange = { ...configuration.value.exchange, environment };
  if (environment === 'live' && configuration.value.exchange.environment !== 'live')
    return err('only environment = "live" in twokey.toml leads to live');
  const found = findCredentials({ home, userHome, exchange, input, serviceFolder });
  if (!found.ok) return found;
  const ceiling = readCeiling(join(home, 'ceiling.toml'), { environment, configuration: configuration.value });
  if (!ceiling.ok) return ceiling;
  const secrets = settings.alertSecrets ? alertSecrets(join(home, 'credentials.toml'), configuration.value.alerts.sinks) : ok({});
  if (!secrets.ok) return secrets;
  const enrolment = readEnrolment(join(home, 'operator.toml'));
  if (!enrolment.ok) return enrolment;
  const gate = new StageGate({ environment, operator: secretOf(enrolment.value) });
  const readOnly = settings.readOnly || exchange.readOnly;
  const { credentials, source, skipped } = found.value;
  const { instruments, maxLeverage: most } = configuration.value.policy;
  const leverage = { instruments, most };
  const signatory = new Signatory({ credentials, leverage, ceiling: ceiling.value, environment, readOnly, gate, clock });
  const prover = new Prover(enrolment.value, { clock, gate });
  const texts = [
    readOpenFile(join(home, 'twokey.toml')),
    ...['ceiling.toml', 'operator.toml'].map((name) => readPrivateFile(join(home, name))),
  ];
  const passkeys = new Passkeys(enrolment.value?.passkeys ?? []);
  return ok({ signatory, prover, passkeys, source, skipped, secrets: secrets.value, rules: digest(JSON.stringify(texts)) });
}

function readConfiguration(path: string): Result<Configuration> {
  const read = readOpenFile(path);
  if (!read.ok) return read;
  const parsed = parseConfiguration(read.value.kind === 'text' ? read.value.text : '');
  return parsed.ok ? parsed : err(formatConfigurationError({ file: path, error: parsed.error }));
}

/** Read once, at the start: a file that is put there or taken away later changes nothing before a person has started the gateway again. */
function readEnrolment(path: string): Result<(Enrolment & { readonly passkeys: readonly Passkey[] }) | null> {
  const read = readPrivateFile(path);
  if (!read.ok) return read;
  if (read.value.kind === 'absent') return ok(null);
  const parsed = parseEnrolment(read.value.text);
  return parsed.ok ? parsed : err(formatConfigurationError({ file: path, error: parsed.error }));
}

function readCeiling(
  path: string,
  { environment, configuration }: { readonly environment: Environment; readonly configuration: Configuration },
): Result<Ceiling> {
  const read = readPrivateFile(path);
  if (!read.ok) return read;
  if (read.value.kind === 'text') {
    const parsed = parseCeiling(read.value.text);
    return parsed.ok ? ok(fileCeiling(parsed.value)) : err(formatConfigurationError({ file: path, error: parsed.error }));
  }
  if (environment === 'sim') return ok(derivedCeiling(configuration.policy));
  return err(
    `${path} is not there, and ${environment} needs the vault's own ceiling; write it with [instruments."BTC-USDT"] max_size and [rate] per_minute, and run chmod 600 ${path}`,
  );
}
