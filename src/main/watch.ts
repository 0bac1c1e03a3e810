import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../adapters/clock/system.ts';
import { createExchange } from '../adapters/exchange/https.ts';
import { haltFileExists, openHome } from '../adapters/home/home.ts';
import { callOperator } from '../adapters/operator/client.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { visible } from '../core/lang/visible.ts';
import { decimal, multiply } from '../core/money/decimal.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { type ExitCode, exits, out } from '../doors/operator/output.ts';
import { readPrivateFile } from '../vault/files.ts';
import type { Gateway } from '../watch/gateway.ts';
import { loadMarks, saveMarks } from '../watch/marks-file.ts';
import { ReadingKey } from '../watch/reading-key.ts';
import { type Limits, parseSettings } from '../watch/settings.ts';
import { lookDocument, lookText, verdictOf } from '../watch/tell.ts';
import { type Told, watch, watchOnce, type Watching } from '../watch/watch.ts';
import { originOf, readConfiguration, withEnvironment } from './operator/home.ts';

// The independent monitor: a process of its own with a key of its own. It reads the exchange, asks the gateway, and may halt it; it holds no key
// that could trade, and speaks to the gateway's socket in three questions and one command.

const USAGE = 'usage: twokey watch [--once] [--home DIR] [--demo | --env sim|demo] [--json]';
const ANSWER_MILLISECONDS_MAX = 5000;
/** Between two lines that say that all is well. */
const SILENCE_MILLISECONDS = 60_000;

export async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = readOptions(argv);
  if (!options.ok) return fail(`${options.error}\n${USAGE}`, exits.usage);
  const { once, json } = options.value;
  await using running = new AsyncDisposableStack();
  const prepared = prepare(options.value, running);
  if (!prepared.ok) return fail(prepared.error, exits.failed);
  const watching = { ...prepared.value, tell: teller(prepared.value, options.value) };
  const ending = await (once ? watchOnce(watching) : watch(watching));
  if (ending.kind === 'refused') return fail(ending.message, exits.failed);
  if (!once || ending.last === null) return exits.fine;
  const { limits } = watching.settings;
  out(json ? `${JSON.stringify(lookDocument(ending.last, limits), null, 2)}\n` : lookText(ending.last, limits));
  return exitOf(ending.last);
}

function fail(message: string, code: ExitCode): ExitCode {
  process.stderr.write(`twokey watch: ${message.split('\n').map(visible).join('\n')}\n`);
  return code;
}

type Options = {
  readonly home: string | undefined;
  readonly environment: 'sim' | 'demo' | null;
  readonly once: boolean;
  readonly json: boolean;
};

function readOptions(argv: readonly string[]): Result<Options> {
  const yes = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { home: { type: 'string' }, env: { type: 'string' }, demo: yes, once: yes, json: yes, 'read-only': yes },
    });
    const environment = values.env ?? (values.demo === true ? 'demo' : null);
    if (environment !== null && environment !== 'sim' && environment !== 'demo')
      return err('expected --env sim or --env demo; only twokey.toml can say live');
    if (values.demo === true && environment !== 'demo') return err('--demo and --env name two environments; give one');
    return ok({ home: values.home, environment, once: values.once === true, json: values.json === true });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'bad arguments');
  }
}

function prepare(options: Options, running: AsyncDisposableStack): Result<Omit<Watching, 'tell'>> {
  const opened = openHome(options.home);
  if (!opened.ok) return opened;
  const home = opened.value;
  const read = readConfiguration(home);
  if (!read.ok) return read;
  const configuration = withEnvironment(read.value, options.environment);
  const { environment } = configuration.exchange;
  const path = join(home, 'watch.toml');
  const file = readPrivateFile(path);
  if (!file.ok) return file;
  const text = file.value.kind === 'text' ? file.value.text : null;
  const settings = parseSettings({ file: path, text, environment, limits: limitsOf(configuration) });
  if (!settings.ok) return settings;
  const marksPath = join(home, 'state', 'watch.json');
  const marks = loadMarks(marksPath);
  if (!marks.ok) return marks;
  const origin = originOf(configuration);
  if (!origin.ok) return origin;
  const exchange = createExchange({ baseUrl: origin.value, clock: systemClock });
  if (!exchange.ok) return exchange;
  running.use(exchange.value);
  const key = new ReadingKey(settings.value.key, { simulated: environment !== 'live' });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end());
  return ok({
    environment,
    settings: settings.value,
    looking: { key, exchange: exchange.value, holdings: settings.value.holdings },
    gateway: gatewayOf(home),
    clock: systemClock,
    marks: marks.value,
    saveMarks: (next) => saveMarks(marksPath, next),
    ended,
  });
}

/**
 * The limits of twokey.toml where watch.toml has none: a tenth more, because prices move what was within them; of a day's loss half as much
 * again, which is where the gateway halts itself (risk.md §6.3).
 */
function limitsOf({ policy }: Configuration): Limits {
  const [tenthMore, halfMore] = [decimal('1.1'), decimal('1.5')];
  return {
    maxTotalExposure: multiply(policy.maxTotalExposure, tenthMore),
    maxPositionSize: multiply(policy.maxPositionSize, tenthMore),
    maxDailyLoss: multiply(policy.maxDailyLoss, halfMore),
    maxDrawdown: multiply(policy.maxDrawdown, tenthMore),
  };
}

function gatewayOf(home: string): Gateway {
  return {
    ask: async (verb) => {
      const answer = await callOperator({ home, request: { verb }, timeoutMilliseconds: ANSWER_MILLISECONDS_MAX });
      if (answer.ok) return { kind: 'answered', document: answer.value };
      const { kind, message } = answer.error;
      return { kind: kind === 'unanswered' ? 'silent' : kind, message };
    },
    halt: async (reason) => {
      const request = { verb: 'halt', reason, flatten: false } as const;
      const answer = await callOperator({ home, request, timeoutMilliseconds: ANSWER_MILLISECONDS_MAX });
      return answer.ok ? { kind: 'halted', message: 'the gateway is halted' } : haltFile(home, { reason, why: answer.error.message });
    },
  };
}

/** What a gateway honours while it runs and before it starts anything (DESIGN §4.2), where asking does not help. */
function haltFile(home: string, { reason, why }: { readonly reason: string; readonly why: string }): Awaited<ReturnType<Gateway['halt']>> {
  const path = join(home, 'HALT');
  try {
    if (!haltFileExists(home))
      writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), by: 'watch', reason })}\n`, { mode: 0o600, flag: 'wx' });
    return { kind: 'file', message: `${why}: the file ${path} stands there, and no gateway sends anything while it does` };
  } catch (error) {
    return {
      kind: 'failed',
      message: `${why}, and ${path} cannot be written: ${error instanceof Error ? error.message : 'unknown failure'}`,
    };
  }
}

/** Whoever watches the monitor reads what changed, and once a minute that it is still there. */
function teller({ settings }: Omit<Watching, 'tell'>, { once, json }: Options): Watching['tell'] {
  let before = '';
  let saidAt = 0;
  return (told) => {
    if (once) return;
    if (json) return out(`${JSON.stringify(lookDocument(told, settings.limits))}\n`);
    const { claim, findings, halt } = told;
    const now = JSON.stringify([claim.kind === 'claimed' ? claim.mode : claim.kind, findings, halt?.kind]);
    if (now === before && systemClock.monotonic() - saidAt < SILENCE_MILLISECONDS) return;
    before = now;
    saidAt = systemClock.monotonic();
    out(lookText(told, settings.limits));
  };
}

function exitOf(told: Told): ExitCode {
  const verdict = verdictOf(told);
  if (verdict === 'halt') return told.halt?.kind === 'failed' ? exits.unknown : exits.failed;
  if (told.sight === null) return exits.unknown;
  return verdict === 'alert' ? exits.notReachable : exits.fine;
}
