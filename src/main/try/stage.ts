import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type JournalReader, openJournalReadOnly } from '../../adapters/store/sqlite.ts';
import { nothingVerified, readVerified } from '../../core/journal/chain.ts';
import { readEntry } from '../../core/journal/read-entry.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { type Agent, connectAgent } from '../../doors/try/agent.ts';
import { readLedger, type Recorded } from '../../doors/try/facts.ts';
import type { Stage } from '../../doors/try/perform.ts';
import { isFields } from '../../doors/operator/text.ts';

const launcher = fileURLToPath(new URL('../../../bin/twokey.js', import.meta.url));
const START_MILLISECONDS = 60_000;
const END_MILLISECONDS = 6_000;
const ANSWER_MILLISECONDS = 5_000;
const ROWS_MAX = 10_000;
const SAID_MAX = 4_000;

/** Everything of one performance: a home of its own, a gateway with its exchange, two agents, and the two sources of truth. */
export type Theatre = Stage & {
  readonly home: string;
  readonly account: string;
  readonly mode: string;
  readonly exchangeUrl: string;
  /** Settles when the gateway has gone, with the last that it said on its way. */
  readonly ended: Promise<string>;
};

/** Makes a home in the folder for temporary files; it is removed with everything in it when the stack unwinds. */
export function makeHome(running: AsyncDisposableStack): string {
  const home = mkdtempSync(join(tmpdir(), 'twokey-try-'));
  // A process that is just ending may still write: removing waits for it instead of failing.
  running.defer(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return home;
}

export type Setting = { readonly home: string; readonly limits: string; readonly seed: number };

/** Starts everything, each in a process of its own, and ends it by its id when the stack unwinds. */
export async function setStage({ home, limits, seed }: Setting, running: AsyncDisposableStack): Promise<Theatre> {
  const [sim = 0, http = 0, okx = 0] = await freePorts(3);
  const listens = `[http]\nlisten = "127.0.0.1:${http}"\n\n[okx_door]\nlisten = "127.0.0.1:${okx}"\n`;
  writeFileSync(join(home, 'twokey.toml'), `${limits}\n[sim]\nlisten = "127.0.0.1:${sim}"\nseed = ${seed}\n\n${listens}`, { mode: 0o600 });
  // Nothing of the person's own environment or credentials is part of this: HOME is the temporary one.
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home };
  const { ready, ended } = await startGateway({ home, environment }, running);
  const opened = openJournalReadOnly(join(home, 'state', 'journal.db'));
  if (!opened.ok) throw new Error(opened.error);
  running.defer(() => opened.value.close());
  const agent = async (name: string): Promise<Agent> => {
    const argv = [launcher, 'mcp', '--agent', name, '--home', home];
    const connected = await connectAgent({ name, command: process.execPath, argv, environment });
    running.defer(() => connected.close());
    return connected;
  };
  const [alice, bob] = await Promise.all([agent('alice'), agent('bob')]);
  const command = promisify(execFile);
  const exchange = async (path: string, init: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${ready.sim}${path}`, { ...init, signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
    if (!answer.ok) throw new Error(`the exchange answered ${answer.status} at ${path}`);
    return answer.json();
  };
  return {
    home,
    account: ready.account,
    mode: ready.mode,
    exchangeUrl: ready.sim,
    cast: {
      alice,
      bob,
      operator: async (...words) => {
        const argv = [launcher, ...words, '--home', home, '--json'];
        const { stdout } = await command(process.execPath, argv, { env: environment, timeout: START_MILLISECONDS });
        const said = JSON.parse(stdout) as Json;
        return isFields(said) ? said : {};
      },
      desk: async (path, body, method = 'POST') => {
        await exchange(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      },
    },
    journal: () => readJournal(opened.value),
    ledger: async () => readLedger(await exchange('/sim/ledger', {})),
    ended,
  };
}

/** Ports that nobody listens on now, all different, because all are held until the last one is known. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

type Ready = { readonly account: string; readonly mode: string; readonly sim: string };
type Gateway = { readonly ready: Ready; readonly ended: Promise<string> };
type Start = { readonly home: string; readonly environment: Readonly<Record<string, string>> };

async function startGateway({ home, environment }: Start, running: AsyncDisposableStack): Promise<Gateway> {
  const child = spawn(process.execPath, [launcher, 'up', '--home', home, '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.defer(() => end(child));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_MAX);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const timer = setTimeout(
    () => reject(new Error(`the gateway was not ready within ${START_MILLISECONDS / 1000} s\n${said}`)),
    START_MILLISECONDS,
  );
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`the gateway ended with ${String(code)} before it was ready\n${said}`)));
  createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Ready));
  try {
    return { ready: await promise, ended: once(child, 'exit').then(() => said) };
  } finally {
    clearTimeout(timer);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_MILLISECONDS);
  await gone;
  clearTimeout(killer);
}

/** The whole journal, its chain checked from the first entry on. */
async function readJournal(reader: JournalReader): Promise<readonly Recorded[]> {
  const rows = await reader.read(1, ROWS_MAX);
  const read = readVerified(rows, nothingVerified);
  if (!read.ok) throw new Error(`entry ${read.error.seq} of the journal is wrong: ${read.error.what}`);
  return rows.map(({ seq, kind }, index) => {
    const entry = readEntry(kind, read.value.bodies[index] ?? null);
    if (!entry.ok) throw new Error(`entry ${seq} of the journal is wrong: ${entry.error}`);
    return { seq, entry: entry.value };
  });
}
