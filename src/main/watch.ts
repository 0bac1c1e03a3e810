import { join } from 'node:path';
import { systemClock } from '../adapters/clock/system.ts';
import { createExchange } from '../adapters/exchange/https.ts';
import { writeHaltFile, openHome } from '../adapters/home/home.ts';
import { readStateFile, writeStateFile } from '../adapters/home/state-file.ts';
import { callOperator } from '../adapters/operator/client.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { type Command, parseCommand } from '../doors/operator/command.ts';
import { type ExitCode, exits, fail, out } from '../doors/operator/output.ts';
import { askForClaim } from '../doors/watch/claim.ts';
import { renderLook } from '../doors/watch/render.ts';
import { parseWatchFile } from '../doors/watch/settings.ts';
import { readPrivateFile } from '../vault/files.ts';
import { lookDocument, verdictOf } from '../watch/document.ts';
import type { Gateway } from '../watch/gateway.ts';
import { marksDocument, readMarks } from '../watch/losses.ts';
import { ReadingKey } from '../watch/reading-key.ts';
import { type Told, watch, watchOnce, type Watching } from '../watch/watch.ts';
import { originOf, readConfiguration, withEnvironment } from './operator/home.ts';

// The independent monitor: a process of its own with a key of its own. It reads the exchange, asks the gateway, and may halt it; it holds no key
// that could trade, and speaks to the gateway's socket in three questions and one command.

const HALT_MILLISECONDS_MAX = 5000;
/** Between two lines that say that all is well. */
const SILENCE_MILLISECONDS = 60_000;

/** `twokey watch [--once]`. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const voice = { json: argv.includes('--json') };
  const command = parseCommand(argv);
  if (!command.ok || command.value.words.length > 0) {
    const message = command.ok ? 'watch takes no further words; --once looks once' : command.error;
    return fail(voice, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const { once } = command.value;
  await using running = new AsyncDisposableStack();
  const prepared = prepare(command.value, running);
  if (!prepared.ok) return fail(voice, { code: 'UNAVAILABLE', message: prepared.error, exit: exits.failed });
  const watching = { ...prepared.value, tell: teller(prepared.value, command.value) };
  const ending = await (once ? watchOnce(watching) : watch(watching));
  if (ending.kind === 'refused') return fail(voice, { code: 'NOT_ALLOWED', message: ending.message, exit: exits.failed });
  return once && ending.last !== null ? exitOf(ending.last) : exits.fine;
}

function prepare({ home: given, environment: chosen }: Command, running: AsyncDisposableStack): Result<Omit<Watching, 'tell'>> {
  const opened = openHome(given);
  if (!opened.ok) return opened;
  const home = opened.value;
  const read = readConfiguration(home);
  if (!read.ok) return read;
  const configuration = withEnvironment(read.value, chosen);
  const { environment } = configuration.exchange;
  const file = join(home, 'watch.toml');
  const found = readPrivateFile(file);
  if (!found.ok) return found;
  const parsed = parseWatchFile({ file, text: found.value.kind === 'text' ? found.value.text : null, configuration });
  if (!parsed.ok) return parsed;
  const { key: fields, holdings, ...settings } = parsed.value;
  const path = join(home, 'state', 'watch.json');
  const kept = readStateFile(path);
  if (!kept.ok) return kept;
  const marks = kept.value === null ? null : readMarks(kept.value);
  if (marks === undefined)
    return err(`${path} cannot be understood: losses are measured from it; move it away to measure them from now on`);
  const origin = originOf(configuration);
  if (!origin.ok) return origin;
  const exchange = createExchange({ baseUrl: origin.value, clock: systemClock });
  if (!exchange.ok) return exchange;
  running.use(exchange.value);
  const key = new ReadingKey(fields, { simulated: environment !== 'live' });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end());
  return ok({
    environment,
    settings,
    looking: { key, exchange: exchange.value, holdings },
    gateway: gatewayOf(home),
    clock: systemClock,
    marks,
    saveMarks: (next) => writeStateFile(path, marksDocument(next)),
    ended,
  });
}

function gatewayOf(home: string): Gateway {
  const claim = () => askForClaim((request, timeoutMilliseconds) => callOperator({ home, request, timeoutMilliseconds }));
  return {
    claim,
    halt: async (reason) => {
      const request = { verb: 'halt', reason, flatten: false } as const;
      const answer = await callOperator({ home, request, timeoutMilliseconds: HALT_MILLISECONDS_MAX });
      // It is latched long before it is done at the exchange, which a slow exchange can make last.
      const isHalted = answer.ok || (await claim().then((now) => now.kind === 'claimed' && now.mode === 'HALTED'));
      return isHalted ? { kind: 'halted', message: 'the gateway is halted' } : haltFile(home, { reason, why: answer.error.message });
    },
  };
}

/** What a gateway honours while it runs and before it starts anything (DESIGN §4.2), where asking does not help. */
function haltFile(home: string, { reason, why }: { readonly reason: string; readonly why: string }): Awaited<ReturnType<Gateway['halt']>> {
  try {
    const path = writeHaltFile(home, { by: 'watch', reason });
    return { kind: 'file', message: `${why}: the file ${path} stands there, and no gateway sends anything while it does` };
  } catch (error) {
    return {
      kind: 'failed',
      message: `${why}, and ${join(home, 'HALT')} cannot be written: ${error instanceof Error ? error.message : 'unknown failure'}`,
    };
  }
}

/** Whoever watches the monitor reads what changed, and once a minute that it is still there; whoever asked once, the verdict. */
function teller({ settings }: Omit<Watching, 'tell'>, { once, json }: Command): Watching['tell'] {
  let before = '';
  let saidAt = 0;
  return (told) => {
    const verdict = verdictOf(told);
    if (once && verdict === 'wait' && told.sight !== null) return;
    const document = lookDocument(told, settings.limits);
    if (json) return out(`${JSON.stringify(document, null, once ? 2 : 0)}\n`);
    const now = JSON.stringify([document['gateway'], document['findings'], told.halt?.kind]);
    if (now === before && systemClock.monotonic() - saidAt < SILENCE_MILLISECONDS) return;
    before = now;
    saidAt = systemClock.monotonic();
    out(renderLook(document));
  };
}

function exitOf(told: Told): ExitCode {
  const verdict = verdictOf(told);
  if (verdict === 'halt') return told.halt?.kind === 'failed' ? exits.unknown : exits.failed;
  if (told.sight === null) return exits.unknown;
  return verdict === 'alert' ? exits.notReachable : exits.fine;
}
