import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { callOperator, operatorSocketPath } from '../../adapters/operator/client.ts';
import { SOCKET_PATH_BYTES_MAX } from '../../adapters/operator/server.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { type Configuration, parsedButNotEnforced, reasonsNotToStart } from '../../core/policy/configuration.ts';
import { accountChecks, type Check, clockCheck, failed, fine, keyChecks, part, renderChecks, warned } from '../../doors/operator/checks.ts';
import { cell, type Fields, isFields } from '../../doors/operator/text.ts';
import type { Command } from './command.ts';
import { originOf, readConfiguration, withEnvironment } from './home.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { askReader } from './reading.ts';

const GATEWAY_MILLISECONDS_MAX = 10_000;

/** Checks everything that has to be right, each with what to fix. Ends with 1 when anything failed; what is only unwise is a warning. */
export async function doctor(command: Command): Promise<ExitCode> {
  if (command.words.length > 0) return fail(command, { code: 'SCHEMA', message: 'doctor takes no further words', exit: exits.usage });
  const read = readConfiguration(command.home);
  const checks: Check[] = [nodeCheck(), ...fileChecks(command.home)];
  if (read.ok) {
    const configuration = withEnvironment(read.value, command.environment);
    checks.push(...settingChecks(command.home, configuration), ...(await worldChecks(command, configuration)));
  } else {
    checks.push(failed('configuration', read.error, 'correct the line named above; everything after it waits for that'));
  }
  const passed = checks.every(({ status }) => status !== 'failed');
  const environment = read.ok ? withEnvironment(read.value, command.environment).exchange.environment : 'unknown environment';
  if (command.json) out(`${JSON.stringify({ ok: passed, environment, home: command.home, checks }, null, 2)}\n`);
  else out(`${environment} · ${command.home}\n\n${renderChecks(checks)}`);
  return passed ? exits.fine : exits.failed;
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 26 || (major === 26 && minor >= 10);
  return enough
    ? fine('node', process.version)
    : failed('node', `${process.version}, and twokey needs 26.10 or newer`, 'npm ci brings the right one; start with ./twokey');
}

/** Secrets that others could read, and a home in which others could put a file of theirs. */
function fileChecks(home: string): readonly Check[] {
  const mode = modeOf(home);
  if (mode === null)
    return [warned('home', `${home} does not exist yet`, 'twokey up makes it; without twokey.toml every limit has its default')];
  // The home itself may be looked at; what lies under it is closed for itself, and nobody else may put anything there.
  const checks = [closedCheck('home', { path: home, bits: mode, closed: 0o022, chmod: '700' })];
  const closed = [
    ...['run', 'state'].map((name) => ({ name, closed: 0o077, chmod: '700' })),
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

function settingChecks(home: string, configuration: Configuration): readonly Check[] {
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
      ? fine('environment', `${environment} may be started`)
      : failed('environment', reasons.join('; '), 'see twokey.toml'),
  );
  if (environment !== 'sim' && !existsSync(join(home, 'ceiling.toml')))
    checks.push(
      failed(
        'ceiling',
        `there is no ceiling.toml, and ${environment} does not start without one`,
        'write the most that may ever be signed into ceiling.toml (docs/formats)',
      ),
    );
  const sockets = [operatorSocketPath(home), ...[...configuration.agents.keys()].map((name) => join(home, 'run', `agent-${name}.sock`))];
  const longest = sockets.toSorted((one, other) => Buffer.byteLength(other) - Buffer.byteLength(one))[0] ?? '';
  const bytes = Buffer.byteLength(longest);
  checks.push(
    bytes > SOCKET_PATH_BYTES_MAX
      ? failed(
          'socket paths',
          `${longest} has ${bytes} bytes of at most ${SOCKET_PATH_BYTES_MAX}`,
          'use a shorter --home or a shorter name of the agent',
        )
      : fine('socket paths', `${bytes} of at most ${SOCKET_PATH_BYTES_MAX} bytes`),
  );
  if (parsedButNotEnforced.length > 0)
    checks.push(
      warned(
        'limits',
        `${parsedButNotEnforced.join(', ')} are read and not enforced by this version`,
        'do not rely on them; they refuse demo and live',
      ),
    );
  return checks;
}

/** What only the gateway, the exchange, the keys and the journal can tell. A gateway that runs holds the keys, so that it is asked. */
async function worldChecks(command: Command, configuration: Configuration): Promise<readonly Check[]> {
  const status = await callOperator({ home: command.home, request: { verb: 'status' }, timeoutMilliseconds: GATEWAY_MILLISECONDS_MAX });
  const running = status.ok && isFields(status.value) && status.value['environment'] === configuration.exchange.environment;
  const checks = [gatewayCheck(command.home, status)];
  const facts = await askReader(command, running ? 'facts_without_keys' : 'facts');
  if (!facts.ok || !isFields(facts.value))
    return [...checks, failed('reader', facts.ok ? 'no facts' : facts.error, 'see the output above')];
  checks.push(...journalChecks(facts.value));
  const offset = facts.value['clock_offset_ms'];
  const origin = originOf(configuration);
  const where = origin.ok ? origin.value : origin.error;
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
  const account = running ? await accountOf(command) : part(facts.value, 'account');
  if (!running) checks.push(credentialsCheck(facts.value));
  if (account === null) {
    if (part(facts.value, 'vault')?.['ok'] === false) return checks;
    return [
      ...checks,
      failed(
        'environment truth',
        `the exchange does not take this key in ${configuration.exchange.environment} (${cell(facts.value['account_failure'])})`,
        'a demo key works in demo only, a live key in live only: check which one this is',
      ),
    ];
  }
  return [
    ...checks,
    fine('environment truth', `the key answers in ${configuration.exchange.environment}`),
    ...keyChecks(account, configuration),
    ...accountChecks(account, configuration),
  ];
}

function gatewayCheck(home: string, status: Awaited<ReturnType<typeof callOperator>>): Check {
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

async function accountOf({ home }: Command): Promise<Fields | null> {
  const answer = await callOperator({ home, request: { verb: 'account_config' }, timeoutMilliseconds: GATEWAY_MILLISECONDS_MAX });
  const document: Json = answer.ok ? answer.value : null;
  return isFields(document) ? document : null;
}

function modeOf(path: string): number | null {
  return existsSync(path) ? statSync(path).mode & 0o777 : null;
}
