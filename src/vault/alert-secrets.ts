import { err, ok, type Result } from '../core/lang/result.ts';
import { parseToml } from '../core/lang/toml.ts';
import type { Sink } from '../core/policy/alerts-section.ts';
import { readPrivateFile } from './files.ts';

const VALUE_CHARACTERS_MAX = 4096;
/** As a sink may name one. */
const NAME = /^[a-z0-9_-]{1,32}$/;
const SECRETS_MAX = 64;

/**
 * What `[alerts.secrets]` of `credentials.toml` holds, by name: the only thing of that file that leaves the vault (DESIGN §4.1). All of it, because the ways to people that hold need not be
 * `sinks`, which are those of twokey.toml as it is now. Where none of these needs a secret, a file that cannot be read keeps nothing from starting.
 */
export function alertSecrets(path: string, sinks: readonly Sink[]): Result<Readonly<Record<string, string>>> {
  const found = allSecrets(path);
  const count = found.ok ? Object.keys(found.value).length : 0;
  if (count > SECRETS_MAX) return err(`${path}: [alerts.secrets] has ${count} secrets of at most ${SECRETS_MAX}`);
  return found.ok || sinks.some(needsSecret) ? found : ok({});
}

function needsSecret(sink: Sink): boolean {
  if ('address' in sink) return sink.address.kind === 'secret';
  return 'secret' in sink && sink.secret !== null;
}

function allSecrets(path: string): Result<Readonly<Record<string, string>>> {
  const read = readPrivateFile(path);
  if (!read.ok) return read;
  if (read.value.kind !== 'text') return ok({});
  const root = parseToml(read.value.text);
  // What is wrong with the file is told by whoever looks for the exchange's keys in it; its text is told by nobody.
  if (!root.ok) return err(`${path} line ${root.error.line}: ${root.error.message}`);
  const alerts = root.value.entries.get('alerts')?.value;
  const secrets = alerts?.kind === 'table' ? alerts.entries.get('secrets')?.value : undefined;
  if (secrets?.kind !== 'table') return ok({});
  const found = [...secrets.entries].flatMap(([name, { value }]): readonly (readonly [string, string])[] =>
    NAME.test(name) && value.kind === 'text' && value.value !== '' && value.value.length <= VALUE_CHARACTERS_MAX
      ? [[name, value.value]]
      : [],
  );
  return ok(Object.fromEntries(found));
}
