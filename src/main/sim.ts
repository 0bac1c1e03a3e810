import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../core/lang/result.ts';
import { listen, type Listener } from '../doors/okx/listener.ts';
import { createExchange, type Exchange } from '../sim/exchange.ts';
import { type Scenario, readCandles, readScenario } from './sim/files.ts';
import { type Keeper, keepWith } from './sim/keeper.ts';
import { openLog, type SimLog } from './sim/log.ts';

const USAGE = `usage: twokey sim [--port N] [--seed N] [--replay CSV] [--scenario FILE] [--state FILE] [--rate-limits strict|lenient] [--home DIR] [--json]`;

const PORT_DEFAULT = 7392;
const TICK_MILLISECONDS = 200;

type Options = {
  readonly home: string;
  readonly state: string;
  readonly port: number;
  readonly seed: number | undefined;
  readonly replay: string | undefined;
  readonly scenario: string | undefined;
  readonly rateLimits: 'strict' | 'lenient';
  readonly json: boolean;
};

/** Runs the embedded exchange until it is told to end. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (!options.ok) return fail(`${options.error}\n${USAGE}`, 2);
  const started = await start(options.value);
  if (!started.ok) return fail(started.error, 1);
  const { url, stop, ended } = started.value;
  process.stdout.write(options.value.json ? `${JSON.stringify({ url })}\n` : `sim listening on ${url}\n`);
  process.send?.({ kind: 'ready', url });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  // A parent that dies in whatever way closes the channel, and the exchange it forked ends with it.
  process.on('disconnect', stop);
  await ended;
  if (process.connected) process.disconnect?.();
  return 0;
}

function fail(message: string, code: number): number {
  process.stderr.write(`twokey sim: ${message}\n`);
  process.send?.({ kind: 'refused', message });
  if (process.connected) process.disconnect?.();
  return code;
}

function readOptions(argv: readonly string[]): Result<Options> {
  let values: ReturnType<typeof parse>['values'];
  try {
    values = parse(argv).values;
  } catch (error) {
    return err(error instanceof Error ? error.message : 'bad arguments');
  }
  const home = resolve(values.home ?? process.env['TWOKEY_HOME'] ?? join(homedir(), '.twokey'));
  const port = wholeNumber(values.port ?? String(PORT_DEFAULT), 65_535);
  const seed = values.seed === undefined ? undefined : wholeNumber(values.seed, 0xffffffff);
  const rateLimits = values['rate-limits'] ?? 'strict';
  if (port === undefined) return err(`--port is '${values.port}'; use a whole number from 0 to 65535`);
  if (values.seed !== undefined && seed === undefined) return err(`--seed is '${values.seed}'; use a whole number from 0 to 4294967295`);
  if (rateLimits !== 'strict' && rateLimits !== 'lenient') return err(`--rate-limits is '${rateLimits}'; use strict or lenient`);
  const state = values.state === undefined ? join(home, 'state', 'sim.db') : resolve(values.state);
  return ok({ home, state, port, seed, replay: values.replay, scenario: values.scenario, rateLimits, json: values.json === true });
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      port: { type: 'string' },
      seed: { type: 'string' },
      replay: { type: 'string' },
      scenario: { type: 'string' },
      state: { type: 'string' },
      home: { type: 'string' },
      'rate-limits': { type: 'string' },
      json: { type: 'boolean' },
      // Global flags, accepted anywhere; to the exchange itself they mean nothing.
      demo: { type: 'boolean' },
      env: { type: 'string' },
      'read-only': { type: 'boolean' },
    },
  });
}

function wholeNumber(text: string, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value <= most ? value : undefined;
}

type Running = { readonly url: string; readonly stop: () => void; readonly ended: Promise<void> };

async function start(options: Options): Promise<Result<Running>> {
  const candles = options.replay === undefined ? ok({ candles: [], hash: '' }) : readCandles(options.replay);
  if (!candles.ok) return candles;
  const scenario: Result<Scenario> = options.scenario === undefined ? ok([]) : readScenario(options.scenario);
  if (!scenario.ok) return scenario;
  const opened = openLog({ path: options.state, seed: options.seed, replayHash: candles.value.hash, startedAt: Date.now() });
  if (!opened.ok) return opened;
  const log = opened.value;
  const nonce = writeNonce(options.home);
  const exchange = createExchange({
    settings: {
      seed: log.seed,
      candles: candles.value.candles,
      rateLimits: options.rateLimits,
      sign: ({ secret, parts }) => {
        const hash = createHmac('sha256', secret);
        for (const part of parts) hash.update(part);
        return hash.digest('base64');
      },
      prove: (challenge) =>
        /^([0-9a-fA-F]{2}){1,128}$/.test(challenge) ? createHmac('sha256', nonce).update(challenge, 'hex').digest('hex') : undefined,
    },
    startedAt: log.startedAt,
    restored: log.restored,
  });
  const replayed = log.replay((event) => {
    exchange.replay(event);
  });
  if (!replayed.ok) return replayed;
  const keeper = keepWith(exchange, log);
  let listener: Listener;
  try {
    listener = await listen({ backend: keeper.handle, sockets: keeper.sockets, host: '127.0.0.1', port: options.port });
  } catch (error) {
    log.close(undefined);
    const reason = error instanceof Error ? error.message : 'unknown failure';
    return err(`cannot listen on port ${options.port}: ${reason}; end what listens there, or use another --port (0 picks a free one)`);
  }
  return ok(run({ listener, exchange, log, keeper, scenario: scenario.value }));
}

/** 32 random bytes by which a gateway on the same home recognises this exchange as its own. */
function writeNonce(home: string): Buffer {
  const nonce = randomBytes(32);
  const path = join(home, 'run', 'sim.nonce');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, nonce, { mode: 0o600 });
  chmodSync(path, 0o600);
  return nonce;
}

type Parts = {
  readonly listener: Listener;
  readonly exchange: Exchange;
  readonly log: SimLog;
  readonly keeper: Keeper;
  readonly scenario: Scenario;
};

function run({ listener, exchange, log, keeper, scenario }: Parts): Running {
  const ticking = setInterval(() => {
    keeper.tick();
  }, TICK_MILLISECONDS);
  const steps = scenario.map(({ afterMilliseconds, method, path, body }) =>
    setTimeout(() => {
      void playStep(keeper, { method, path, body });
    }, afterMilliseconds),
  );
  const { promise: ended, resolve: finish } = Promise.withResolvers<undefined>();
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    clearInterval(ticking);
    for (const step of steps) clearTimeout(step);
    void listener.close().then(() => {
      // What was answered in this turn is written in the next: only then may the log be closed.
      setImmediate(() => {
        log.close(exchange.state());
        finish(undefined);
      });
    });
  };
  return { url: listener.url, stop, ended: ended.then(() => undefined) };
}

type Step = { readonly method: string; readonly path: string; readonly body: string };

async function playStep(keeper: Keeper, { method, path, body }: Step): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reaction = await keeper.handle({ method, url: path, headers, body: Buffer.from(body), remoteAddress: '127.0.0.1' });
  if (reaction.kind === 'answer' && reaction.status !== 200) process.stderr.write(`scenario: ${method} ${path}: ${reaction.body}\n`);
}

// The gateway forks this file; a person starts it through the launcher, which calls `main` itself.
if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
