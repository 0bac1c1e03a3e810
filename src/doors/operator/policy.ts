import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type Configuration, parseConfiguration, policyHashOf, reasonsNotToStart } from '../../core/policy/configuration.ts';
import { policyJson } from '../../core/policy/policy.ts';
import { type ConfigurationError, formatConfigurationError } from '../../core/policy/fields.ts';
import type { Command } from './command.ts';
import type { Gateway } from './gateway.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { loosens, policyChanges, renderChanges } from './policy-changes.ts';
import { policyDocument, renderPolicy } from './policy-document.ts';
import { changeLimits } from './policy-apply.ts';
import { policySection, profileOf } from './policy-profile.ts';
import { cell, type Fields, isFields } from './text.ts';

/** What the commands look at: files, and a gateway only to say whether it decides by the same policy. */
export type Sources = {
  readonly gateway: Gateway;
  /** The configuration of the home as a gateway would read it; the error names file, line and key. */
  readonly declared: Result<Configuration>;
};

const GATEWAY_MILLISECONDS_MAX = 2_000;
const NEXT = 'nothing of this holds before FILE is in place of the twokey.toml of the home, and twokey policy apply';

/** `policy show`, `check [FILE]`, `diff FILE` and `profile EQUITY` read and change nothing; `apply` and `withdraw` ask the gateway. */
export async function policy(command: Command, sources: Sources): Promise<ExitCode> {
  const [verb, file, ...more] = command.words;
  if (verb === 'profile' && file !== undefined && more.length <= 2) return profile(command, [file, ...more]);
  if (more.length === 0) {
    if (verb === 'show' && file === undefined) return show(command, sources);
    if (verb === 'check') return check(command, sources, file);
    if (verb === 'diff' && file !== undefined) return diff(command, sources, file);
    if ((verb === 'apply' || verb === 'withdraw') && file === undefined) return changeLimits(verb, command, sources.gateway);
  }
  const message =
    'expected twokey policy show, check [FILE], diff FILE, apply, withdraw or profile EQUITY [INSTRUMENT [SMALLEST ORDER IN USD]]';
  return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
}

/** Limits for a small account, to be put into twokey.toml by whoever agrees with them. */
function profile(command: Command, words: readonly string[]): ExitCode {
  const computed = profileOf(words);
  if (!computed.ok) return fail(command, { code: 'SCHEMA', message: computed.error, exit: exits.failed });
  const section = policySection(computed.value);
  print(command, { limits: policyJson(computed.value), toml: section }, () => [
    `# limits of a small account, from ${cell(words[0])} USD; every other limit as by default`,
    section,
  ]);
  return exits.fine;
}

async function show(command: Command, { gateway, declared }: Sources): Promise<ExitCode> {
  if (!declared.ok) return fail(command, { code: 'SCHEMA', message: declared.error, exit: exits.failed });
  const configuration = underFlags(declared.value, command);
  const document = policyDocument(configuration);
  const running = await runningPolicy(gateway, policyHashOf(configuration));
  const file = join(command.home, 'twokey.toml');
  const heading = `${configuration.exchange.environment} · policy of ${cell(file)}`;
  print(command, { ...document, file, running }, () => [heading, renderPolicy(document), ...warnings(running)]);
  return exits.fine;
}

/** Ends with 1 when no gateway would start with the file, and says why with the line, where it is one line. */
function check(command: Command, { declared }: Sources, named: string | undefined): ExitCode {
  const file = named === undefined ? join(command.home, 'twokey.toml') : resolve(named);
  const read = named === undefined ? parsed(file, 'every default') : parsed(file, 'refused');
  if (!read.ok) return refused(command, file, [read.error]);
  const configuration = underFlags(read.value, command);
  const problem = (message: string): Problem => ({ line: null, key: '', message });
  // The file of the home has to be one that others cannot write, too.
  const closed = named !== undefined || declared.ok ? [] : [problem(declared.error)];
  const problems = [...closed, ...reasonsNotToStart(configuration).map(problem)];
  if (problems.length > 0) return refused(command, file, problems);
  const hash = policyHashOf(configuration);
  const { environment } = configuration.exchange;
  print(command, { ok: true, environment, file, policy_hash: hash, problems: [] }, () => [
    `${environment} · ${cell(file)}: ok\nhash ${hash}`,
  ]);
  return exits.fine;
}

async function diff(command: Command, { gateway, declared }: Sources, named: string): Promise<ExitCode> {
  if (!declared.ok) return fail(command, { code: 'SCHEMA', message: declared.error, exit: exits.failed });
  const file = resolve(named);
  const read = parsed(file, 'refused');
  if (!read.ok) return refused(command, file, [read.error]);
  const home = join(command.home, 'twokey.toml');
  const [before, after] = [underFlags(declared.value, command), underFlags(read.value, command)];
  const changes = policyChanges({ before, after });
  const hashes = { before: policyHashOf(before), after: policyHashOf(after) };
  const running = await runningPolicy(gateway, hashes.before);
  const document = {
    environment: before.exchange.environment,
    before: { file: home, policy_hash: hashes.before },
    after: { file, policy_hash: hashes.after },
    changes,
    loosens: loosens(changes),
    running,
  };
  const verdict =
    changes.length === 0
      ? []
      : [loosens(changes) ? '⚠ this loosens: something will be allowed that is refused now' : 'nothing is loosened'];
  print(command, document, () => [
    `${document.environment} · ${cell(home)} → ${cell(file)}`,
    renderChanges(changes),
    ...verdict,
    `hash ${hashes.before}\n  → ${hashes.after}`,
    ...warnings(running),
    `→ ${NEXT}`,
  ]);
  return exits.fine;
}

/** A file as a start with these flags would take it. */
function underFlags(configuration: Configuration, { environment, readOnly }: Command): Configuration {
  const { exchange } = configuration;
  return {
    ...configuration,
    exchange: { ...exchange, environment: environment ?? exchange.environment, readOnly: readOnly || exchange.readOnly },
  };
}

type Problem = { readonly line: number | null; readonly key: string; readonly message: string };

/** A file that is not there is every default where it is the home's, and a mistake where a person named it. */
function parsed(file: string, whenMissing: 'every default' | 'refused'): Result<Configuration, Problem> {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || whenMissing === 'refused')
      return err({ line: null, key: '', message: missing ? 'there is no such file' : 'it cannot be read' });
  }
  const read = parseConfiguration(text);
  return read.ok ? ok(read.value) : err(read.error satisfies ConfigurationError);
}

function refused(command: Command, file: string, problems: readonly Problem[]): ExitCode {
  const told = problems.map(({ line, key, message }) =>
    line === null ? `${file}: ${message}` : formatConfigurationError({ file, error: { line, key, message } }),
  );
  if (!command.json) return fail(command, { code: 'SCHEMA', message: told.join('\n'), exit: exits.failed });
  out(`${JSON.stringify({ ok: false, code: 'SCHEMA', message: told.join('\n'), file, problems }, null, 2)}\n`);
  return exits.failed;
}

/** Whether a gateway that runs decides by this hash; `null` where none runs or none says so. */
async function runningPolicy(gateway: Gateway, hash: string): Promise<{ readonly policy_hash: Json; readonly same: boolean } | null> {
  const status = await gateway({ verb: 'status' }, GATEWAY_MILLISECONDS_MAX);
  const running = status.ok && isFields(status.value) ? status.value['policy_hash'] : undefined;
  return typeof running === 'string' ? { policy_hash: running, same: running === hash } : null;
}

function warnings(running: { readonly policy_hash: Json; readonly same: boolean } | null): readonly string[] {
  if (running === null) return [];
  if (running.same) return ['the gateway that runs decides by this policy'];
  return [
    `⚠ the gateway that runs decides by another policy, ${cell(running.policy_hash)}: the file was changed since (twokey policy apply), or what it loosens waits (twokey status)`,
  ];
}

function print(command: Command, document: Fields, parts: () => readonly string[]): void {
  out(command.json ? `${JSON.stringify(document, null, 2)}\n` : `${parts().join('\n\n')}\n`);
}
