import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Result } from '../../core/lang/result.ts';
import { type Configuration, parsedButNotEnforced, reasonsNotToStart } from '../../core/policy/configuration.ts';
import { networkChecks, stepsTo } from '../checkup/network.ts';
import { type Machine, machineChecks } from '../checkup/rows.ts';
import { reportText } from '../checkup/share.ts';
import { accountChecks, type Check, clockCheck, failed, fine, part, renderChecks, warned } from './checks.ts';
import type { Command } from './command.ts';
import type { Gateway, Reader } from './gateway.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { cell, type Fields, isFields } from './text.ts';

/** What doctor looks at, handed in by the process that may look. */
export type Surroundings = {
  readonly home: string;
  /** With the environment that a flag chose; the error names file, line and key. */
  readonly configuration: Result<Configuration>;
  readonly socketPathBytesMax: number;
  readonly gateway: Gateway;
  readonly reader: Reader;
  /** Where the exchange answers, or why there is no such place. */
  readonly originOf: (configuration: Configuration) => string;
  readonly machine: Machine;
};

const GATEWAY_MILLISECONDS_MAX = 10_000;

/** Prints what `checksOf` finds. Ends with 1 when anything failed. */
export async function doctor(command: Command, surroundings: Omit<Surroundings, 'home'>): Promise<ExitCode> {
  const { home, words, json } = command;
  if (words.length > 0) return fail(command, { code: 'SCHEMA', message: 'doctor takes no further words', exit: exits.usage });
  const checks = await checksOf({ ...surroundings, home });
  const passed = checks.every(({ status }) => status !== 'failed');
  const { configuration } = surroundings;
  const environment = configuration.ok ? configuration.value.exchange.environment : 'unknown environment';
  const { userHome, user } = surroundings.machine;
  const heading = `${environment} · ${home}`;
  if (command.report !== '') {
    const path = resolve(command.report);
    const refused = writeReport(path, reportText(heading, checks, { home, userHome, user }));
    if (refused !== '') return fail(command, { code: 'UNAVAILABLE', message: refused, exit: exits.failed });
    if (!json) process.stderr.write(`written for others to read, without names and places: ${path}\n`);
  }
  if (json) out(`${JSON.stringify({ ok: passed, environment, home, checks }, null, 2)}\n`);
  else out(`${heading}\n\n${renderChecks(checks)}`);
  return passed ? exits.fine : exits.failed;
}

/** Never over a file that is there. @returns why not; empty when it was written. */
function writeReport(path: string, text: string): string {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    return '';
  } catch (error) {
    return `the report ${path} cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'failed'}); name a file that is not there yet`;
  }
}

/** Everything that has to be right, each with what to fix. What is only unwise is a warning. */
export async function checksOf(surroundings: Surroundings): Promise<readonly Check[]> {
  const { home, configuration } = surroundings;
  const checks = [nodeCheck(), ...fileChecks(home)];
  if (!configuration.ok) {
    return [...checks, failed('configuration', configuration.error, 'correct the line named here; everything after it waits for that')];
  }
  return [...checks, ...settingChecks(surroundings, configuration.value), ...(await worldChecks(surroundings, configuration.value))];
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 26 || (major === 26 && minor >= 10);
  return enough
    ? fine('node', process.version)
    : failed('node', `${process.version}, and twokey needs 26.10 or newer`, 'npm ci brings the right one; start with ./twokey');
}

/** Secrets that others could read, and a home in which others could put a file of theirs. */
export function fileChecks(home: string): readonly Check[] {
  const mode = modeOf(home);
  if (mode === null)
    return [warned('home', `${home} does not exist yet`, 'twokey up makes it; without twokey.toml every limit has its default')];
  // The home itself may be looked at; what lies under it is closed for itself, and nobody else may put anything there.
  const checks = [closedCheck('home', { path: home, bits: mode, closed: 0o022, chmod: '700' })];
  const closed = [
    // Agents that are users of their own pass through to their sockets.
    { name: 'run', closed: 0o066, chmod: '700' },
    { name: 'state', closed: 0o077, chmod: '700' },
    ...['credentials.toml', 'ceiling.toml'].map((name) => ({ name, closed: 0o077, chmod: '600' })),
  ];
  for (const { name, ...rule } of closed) {
    const path = join(home, name);
    const bits = modeOf(path);
    if (bits !== null) checks.push(closedCheck(name, { path, bits, ...rule }));
  }
  const halt = join(home, 'HALT');
  if (existsSync(halt))
    checks.push(warned('halt file', `${halt} exists: nothing is sent`, 'when you know why, remove it, then twokey resume'));
  return checks;
}

type Closing = { readonly path: string; readonly bits: number; readonly closed: number; readonly chmod: string };

function closedCheck(name: string, { path, bits, closed, chmod }: Closing): Check {
  const mode = bits.toString(8);
  if ((bits & closed) !== 0) return failed(name, `others can use ${path} (mode ${mode})`, `chmod ${chmod} ${path}`);
  return fine(name, `${path}, mode ${mode}`);
}

export function settingChecks(
  { home, socketPathBytesMax }: Pick<Surroundings, 'home' | 'socketPathBytesMax'>,
  configuration: Configuration,
): readonly Check[] {
  const { environment } = configuration.exchange;
  const checks = [
    fine(
      'configuration',
      existsSync(join(home, 'twokey.toml')) ? 'twokey.toml can be read' : 'there is no twokey.toml; every key has its default',
    ),
  ];
  const reasons = reasonsNotToStart(configuration);
  checks.push(
    reasons.length === 0
      ? fine(
          'environment',
          environment === 'live' ? 'live; twokey checklist says whether it may be started' : `${environment} may be started`,
        )
      : failed('environment', reasons.join('; '), 'see twokey.toml'),
  );
  if (environment !== 'sim' && !existsSync(join(home, 'ceiling.toml')))
    checks.push(
      failed(
        'ceiling',
        `there is no ceiling.toml, and ${environment} does not start without one`,
        'twokey init writes one for a new home; else write the most that may ever be signed: [instruments."BTC-USDT"] max_size, [rate] per_minute; then chmod 600 it',
      ),
    );
  const sockets = [
    join(home, 'run', 'operator.sock'),
    ...[...configuration.agents.keys()].map((name) => join(home, 'run', `agent-${name}.sock`)),
  ];
  const longest = sockets.toSorted((one, other) => Buffer.byteLength(other) - Buffer.byteLength(one))[0] ?? '';
  const bytes = Buffer.byteLength(longest);
  checks.push(
    bytes > socketPathBytesMax
      ? failed(
          'socket paths',
          `${longest} has ${bytes} bytes of at most ${socketPathBytesMax}`,
          'use a shorter --home or a shorter name of the agent',
        )
      : fine('socket paths', `${bytes} of at most ${socketPathBytesMax} bytes`),
  );
  if (parsedButNotEnforced.length > 0)
    checks.push(warned('limits', `read and not enforced by this version: ${parsedButNotEnforced.join(', ')}`, 'do not rely on them'));
  return checks;
}

/** What only the gateway, the exchange, the keys and the journal can tell. A gateway that runs holds the keys, so that it is asked. */
async function worldChecks(surroundings: Surroundings, configuration: Configuration): Promise<readonly Check[]> {
  const { home, gateway, machine } = surroundings;
  const status = await gateway({ verb: 'status' }, GATEWAY_MILLISECONDS_MAX);
  const found = status.ok && isFields(status.value) ? status.value : null;
  const here = found?.['environment'] === configuration.exchange.environment ? found : null;
  // The reader first: it may have this program started anew, without the secrets of its environment.
  const asked = await exchangeChecks(surroundings, { configuration, status, running: here !== null });
  return [...asked, ...(await machineChecks(machine, { home, configuration, status: here }))];
}

/** What the exchange, the keys and the journal's chain say. */
async function exchangeChecks(
  { home, gateway, reader, originOf, machine }: Surroundings,
  asked: { readonly configuration: Configuration; readonly status: Awaited<ReturnType<Gateway>>; readonly running: boolean },
): Promise<readonly Check[]> {
  const { configuration, status, running } = asked;
  const checks = [gatewayCheck(home, status), ...haltChecks(status)];
  const facts = await reader(running ? 'facts_without_keys' : 'facts');
  if (!facts.ok || !isFields(facts.value))
    return [...checks, failed('reader', facts.ok ? 'no facts' : facts.error, 'see the output above')];
  checks.push(...journalChecks(facts.value));
  if (!running) checks.push(credentialsCheck(facts.value));
  const offset = facts.value['clock_offset_ms'];
  const where = originOf(configuration);
  if (configuration.exchange.environment !== 'sim') checks.push(...networkChecks(await stepsTo(where), machine.now()));
  if (typeof offset !== 'number') {
    const embedded = configuration.exchange.environment === 'sim' && !running;
    const detail = `the exchange at ${where} does not answer, so that clock, key and account were not checked`;
    return [
      ...checks,
      embedded
        ? warned('network', detail, 'the simulator runs with its gateway: twokey up, or twokey sim')
        : failed('network', detail, 'check the connection and its proxy or firewall'),
    ];
  }
  checks.push(fine('network', `the exchange at ${where} answers`), clockCheck(offset));
  const account = running ? await accountOf(gateway) : knownAccount(facts.value);
  const { environment } = configuration.exchange;
  if (account.ok) return [...checks, fine('environment truth', `the key answers in ${environment}`), ...accountChecks(account.value)];
  if (part(facts.value, 'vault')?.['ok'] === false) return checks;
  const detail = `the exchange says nothing of this key and its account in ${environment}: ${account.error}`;
  return [
    ...checks,
    failed('environment truth', detail, 'a demo key works in demo only, a live key in live only; twokey up says the same'),
  ];
}

function knownAccount(facts: Fields): Result<Fields> {
  const account = part(facts, 'account');
  return account === null ? { ok: false, error: cell(facts['account_failure']) } : { ok: true, value: account };
}

/** A halt that has not reached its end at the exchange, or left something there. */
function haltChecks(status: Awaited<ReturnType<Gateway>>): readonly Check[] {
  const halt = status.ok && isFields(status.value) ? status.value['halt'] : null;
  if (!isFields(halt) || halt['outcome'] === 'clear') return [];
  return [
    failed(
      'halt',
      'entries may still wait at the exchange',
      'it is asked again every second; look at the exchange’s own page, and cancel there',
    ),
  ];
}

function gatewayCheck(home: string, status: Awaited<ReturnType<Gateway>>): Check {
  if (status.ok) {
    const mode = isFields(status.value) ? `${cell(status.value['account'])} ${cell(status.value['mode'])}` : '';
    return fine('gateway', `runs: ${mode}${holderOf(home)}`);
  }
  if (status.error.kind === 'not_running') return warned('gateway', `${status.error.message}`, 'twokey up starts one');
  return failed('gateway', status.error.message, 'look at its output; twokey halt works in any case');
}

/** For people only: the lock itself is the kernel's, and the note may be older than the process. */
function holderOf(home: string): string {
  try {
    const note: unknown = JSON.parse(readFileSync(join(home, 'run', 'lock.json'), 'utf8'));
    return typeof note === 'object' && note !== null && 'pid' in note && typeof note.pid === 'number' ? ` (process ${note.pid})` : '';
  } catch {
    return '';
  }
}

function journalChecks(facts: Fields): readonly Check[] {
  const journal = part(facts, 'journal');
  if (journal === null) return [fine('journal', 'there is none yet')];
  if (journal['ok'] === true) return [fine('journal', `${cell(journal['entries'])} entries, and the chain holds`)];
  return [
    failed('journal', cell(journal['message']), 'keep the file as it is and run twokey log verify; the gateway does not start on it'),
  ];
}

function credentialsCheck(facts: Fields): Check {
  const vault = part(facts, 'vault');
  if (vault === null || vault['ok'] !== true) return failed('credentials', cell(vault?.['message']), 'see SECURITY.md, Keys');
  const skipped = cell(vault['skipped']);
  return fine('credentials', `from ${cell(vault['source'])}${skipped === '–' ? '' : `; skipped: ${skipped}`}`);
}

async function accountOf(gateway: Gateway): Promise<Result<Fields>> {
  const answer = await gateway({ verb: 'account_config' }, GATEWAY_MILLISECONDS_MAX);
  if (!answer.ok) return { ok: false, error: answer.error.message };
  return isFields(answer.value) ? { ok: true, value: answer.value } : { ok: false, error: 'no answer that can be read' };
}

function modeOf(path: string): number | null {
  return existsSync(path) ? statSync(path).mode & 0o777 : null;
}
