import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../core/lang/result.ts';
import { holds } from '../doors/drill/condition.ts';
import { type DeskAsked, readScenario } from '../doors/drill/read-scenario.ts';
import { listen, type Listener } from '../doors/okx/listener.ts';
import { readLedger } from '../doors/try/facts.ts';
import { createExchange, type Exchange } from '../sim/exchange.ts';
import { readCandles } from './sim/files.ts';
import { type Keeper, keepWith } from './sim/keeper.ts';
import { openLog, type SimLog } from './sim/log.ts';

const USAGE = `usage: twokey sim [--port N] [--seed N] [--replay CSV] [--replay-speed N] [--speed N] [--scenario FILE] [--state FILE] [--rate-limits strict|lenient] [--home DIR] [--json]`;

const PORT_DEFAULT = 7392;
const TICK_MILLISECONDS = 200;
const TICK_MILLISECONDS_LEAST = 10;
const SPEED_MAX = 3600;

type Options = {
  readonly home: string;
  readonly state: string;
  readonly port: number;
  readonly seed: number | undefined;
  readonly replay: string | undefined;
  /** How many replayed minutes pass in one of the exchange's. */
  readonly replaySpeed: number;
  /** How many seconds of the exchange pass in one of the machine's. */
  readonly speed: number;
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
  const [speed, replaySpeed] = [wholeNumber(values.speed ?? '1', SPEED_MAX), wholeNumber(values['replay-speed'] ?? '1', SPEED_MAX)];
  if (!speed) return err(`--speed is '${values.speed}'; use a whole number from 1 to ${SPEED_MAX}`);
  if (!replaySpeed) return err(`--replay-speed is '${values['replay-speed']}'; use a whole number from 1 to ${SPEED_MAX}`);
  if (rateLimits !== 'strict' && rateLimits !== 'lenient') return err(`--rate-limits is '${rateLimits}'; use strict or lenient`);
  const state = values.state === undefined ? join(home, 'state', 'sim.db') : resolve(values.state);
  const { replay, scenario, json = false } = values;
  return ok({ home, state, port, seed, replay, replaySpeed, speed, scenario, rateLimits, json });
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      port: { type: 'string' },
      seed: { type: 'string' },
      replay: { type: 'string' },
      'replay-speed': { type: 'string' },
      speed: { type: 'string' },
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
  const scenario: Result<readonly DeskAsked[]> = options.scenario === undefined ? ok([]) : readScenario(options.scenario);
  if (!scenario.ok) return scenario;
  const replayHash = options.replaySpeed === 1 ? candles.value.hash : `${candles.value.hash}@${options.replaySpeed}`;
  const opened = openLog({ path: options.state, seed: options.seed, replayHash, startedAt: Date.now() });
  if (!opened.ok) return opened;
  const log = opened.value;
  const nonce = writeNonce(options.home);
  const exchange = createExchange({
    settings: {
      seed: log.seed,
      candles: candles.value.candles,
      candleMilliseconds: 60_000 / options.replaySpeed,
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
  const clock = clockOf(exchange, options.speed);
  const keeper = keepWith(exchange, log, clock);
  let listener: Listener;
  try {
    listener = await listen({ backend: keeper.handle, sockets: keeper.sockets, host: '127.0.0.1', port: options.port });
  } catch (error) {
    log.close(undefined);
    const reason = error instanceof Error ? error.message : 'unknown failure';
    return err(`cannot listen on port ${options.port}: ${reason}; end what listens there, or use another --port (0 picks a free one)`);
  }
  return ok(run({ listener, exchange, log, keeper, speed: options.speed, scenario: scenario.value }));
}

/** The machine's clock, or one that runs faster from here on, and never begins before what the exchange has lived already. */
function clockOf(exchange: Exchange, speed: number): () => number {
  if (speed === 1) return Date.now;
  const began = Date.now();
  const { now, clockAhead } = exchange.state();
  const from = Math.max(began, now - clockAhead);
  return () => from + (Date.now() - began) * speed;
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
  readonly speed: number;
  readonly scenario: readonly DeskAsked[];
};

function run({ listener, exchange, log, keeper, speed, scenario }: Parts): Running {
  const ticking = setInterval(() => keeper.tick(), Math.max(TICK_MILLISECONDS_LEAST, TICK_MILLISECONDS / speed));
  const leaving = new AbortController();
  // What ends it is that the exchange ends.
  playStory({ exchange, keeper, speed, scenario }, leaving.signal).catch(() => undefined);
  const { promise: ended, resolve: finish } = Promise.withResolvers<undefined>();
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    clearInterval(ticking);
    leaving.abort();
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

/** Plays the steps one after the other, each when its time has come and what it waits for is so. */
async function playStory({ exchange, keeper, speed, scenario }: Omit<Parts, 'listener' | 'log'>, signal: AbortSignal): Promise<void> {
  let began = performance.now();
  // oxlint-disable no-await-in-loop -- a story is told in its sequence
  for (const { waits, afterMilliseconds, ...asked } of scenario) {
    for (const condition of waits) {
      while (!holds(condition, readLedger(exchange.ledger()))) await pause(TICK_MILLISECONDS / speed, undefined, { signal });
      began = performance.now();
    }
    await pause(Math.max(0, began + afterMilliseconds / speed - performance.now()), undefined, { signal });
    await playStep(keeper, asked);
  }
  // oxlint-enable no-await-in-loop
}

type Asked = Pick<DeskAsked, 'method' | 'path' | 'body'>;

async function playStep(keeper: Keeper, { method, path, body }: Asked): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reaction = await keeper.handle({ method, url: path, headers, body: Buffer.from(body), remoteAddress: '127.0.0.1' });
  if (reaction.kind === 'answer' && reaction.status !== 200) process.stderr.write(`scenario: ${method} ${path}: ${reaction.body}\n`);
}

// The gateway forks this file; a person starts it through the launcher, which calls `main` itself.
if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
