import { err, ok, type Result } from '../core/lang/result.ts';
import { parseToml } from '../core/lang/toml.ts';
import type { Sink } from '../core/policy/alerts-section.ts';
import { readPrivateFile } from './files.ts';

const VALUE_CHARACTERS_MAX = 4096;

/**
 * What `[alerts.secrets]` of `credentials.toml` holds under the names that the sinks give: the only thing of that file that leaves the vault (DESIGN §4.1).
 * A name that is not there is left out; whoever asked says so.
 */
export function alertSecrets(path: string, sinks: readonly Sink[]): Result<Readonly<Record<string, string>>> {
  const names = new Set(sinks.flatMap((sink) => secretOf(sink) ?? []));
  if (names.size === 0) return ok({});
  const read = readPrivateFile(path);
  if (!read.ok) return read;
  if (read.value.kind !== 'text') return ok({});
  const root = parseToml(read.value.text);
  // What is wrong with the file is told by whoever looks for the exchange's keys in it; its text is told by nobody.
  if (!root.ok) return err(`${path} line ${root.error.line}: ${root.error.message}`);
  const alerts = root.value.entries.get('alerts')?.value;
  const secrets = alerts?.kind === 'table' ? alerts.entries.get('secrets')?.value : undefined;
  if (secrets?.kind !== 'table') return ok({});
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = secrets.entries.get(name)?.value;
    if (value?.kind === 'text' && value.value !== '' && value.value.length <= VALUE_CHARACTERS_MAX) found[name] = value.value;
  }
  return ok(found);
}

/** The name of the secret that a sink needs; `null` where it needs none. */
function secretOf(sink: Sink): string | null {
  if ('address' in sink) return sink.address.kind === 'secret' ? sink.address.secret : null;
  return 'secret' in sink ? sink.secret : null;
}
