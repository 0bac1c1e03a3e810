import { parseArgs } from 'node:util';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../adapters/clock/system.ts';
import { startDoors, type Doors, checkHomeIsElsewhere, checkSocketPaths } from '../adapters/doors/doors.ts';
import { createFeed, socketsAt } from '../adapters/exchange/feed.ts';
import { createExchange } from '../adapters/exchange/https.ts';
import { haltFileExists, haltFileSays, openHome, writeHaltFile } from '../adapters/home/home.ts';
import { shareSockets } from '../adapters/isolation/share.ts';
import { acquireRunLock } from '../adapters/lock/run-lock.ts';
import { startOperatorSocket } from '../adapters/operator/server.ts';
import { createOperatorToken } from '../adapters/operator/token.ts';
import { type ChangingNotifier, createNotifier, sinkFaults } from '../adapters/notify/notifier.ts';
import { cleanEnvironment } from '../adapters/process/clean-environment.ts';
import { systemRandom } from '../adapters/random/system.ts';
import { type Embedded, useSimulator } from '../adapters/sim/embedded.ts';
import { createReserve, freeReserve } from '../adapters/store/reserve.ts';
import { openJournal } from '../adapters/store/sqlite.ts';
import { startVault } from '../adapters/vault/signer.ts';
import type { OperatorFailure } from '../adapters/operator/protocol.ts';
import type { DoorAgent } from '../core/channel.ts';
import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { visible } from '../core/lang/visible.ts';
import { type Configuration, type Environment, policyHashOf, reasonsNotToStart } from '../core/policy/configuration.ts';
import { modeOf } from '../view/head.ts';
import { Engine } from '../engine/engine.ts';
import { Inquiry } from '../engine/inquiry.ts';
import { keepPace, unpaced } from '../engine/pace.ts';
import type { Signer } from '../ports/signer.ts';
import { okxOrigin, okxSocketOrigin } from '../venues/okx/hosts.ts';
import { answerCall, answerOperator, type Desk, internalFailure } from './answering.ts';
import { readLimitsFile } from './operator/home.ts';
import { acceptForLive, closedSources, eyesAt, IsolationWatch } from './isolation.ts';
import { Limits } from './limits.ts';
import { askEvidence } from './operator/reading.ts';
import { sharedPrices } from './prices.ts';
import { namesOf } from './page/names.ts';
import { Page } from './page/page.ts';
import { createProving, createTrying } from './proving.ts';
import { createQuota } from './quota.ts';
import { vetAtStart } from './account.ts';
import { Keys } from './keys.ts';
import { KeyWatch } from './key-watch.ts';
import { Stages } from './stages.ts';
import { positionModeOf } from './vetting.ts';

const installFolder = fileURLToPath(new URL('../../', import.meta.url));

const USAGE = 'usage: twokey up [--home DIR] [--demo | --env sim|demo] [--read-only] [--json]';

/**
 * The gateway, in the foreground. Everything that must be right before the first order is checked here, in the order in which a person
 * can mend it; then the line `ready` is printed and the process serves until it is told to end.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (!options.ok) return fail(`${options.error}\n${USAGE}`, 2);
  await using running = new AsyncDisposableStack();
  try {
    const started = await start(options.value, running);
    return started.ok ? started.value : fail(started.error, 1);
  } catch (error) {
    if (process.listenerCount('uncaughtException') > 0) throw error;
    return fail(`could not start: ${error instanceof Error ? error.message : 'an unknown failure'}`, 1);
  }
}

/** A gateway that found itself wrong is not to be started again by whatever starts it as if nothing had been (reference/risk.md §6.3). */
function haltEveryNext(home: string, cause: string): void {
  try {
    const path = writeHaltFile(home, { by: 'twokey', reason: `a bug of twokey: ${cause}` });
    process.stderr.write(
      `this is a bug of twokey; ${path} keeps every start halted until you remove it: run twokey reconcile first, and report it\n`,
    );
  } catch (error) {
    process.stderr.write(`the file HALT cannot be written (${error instanceof Error ? error.message : 'unknown failure'})\n`);
  }
}

/** Line by line, and each as text alone: a message may quote a journal that somebody tampered with. */
function fail(message: string, code: number): number {
  process.stderr.write(`twokey up: ${message.split('\n').map(visible).join('\n')}\n`);
  return code;
}

type Options = {
  readonly home: string | undefined;
  readonly environment: Environment | undefined;
  readonly readOnly: boolean;
  readonly json: boolean;
};

function readOptions(argv: readonly string[]): Result<Options> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        home: { type: 'string' },
        env: { type: 'string' },
        demo: { type: 'boolean' },
        'read-only': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const chosen = values.env ?? (values.demo === true ? 'demo' : undefined);
    if (values.demo === true && values.env !== undefined && values.env !== 'demo')
      return err('--demo and --env name two environments; give one');
    if (chosen !== undefined && chosen !== 'sim' && chosen !== 'demo')
      return err(`--env is '${chosen}'; a flag can choose sim or demo, and only twokey.toml can say live`);
    return ok({ home: values.home, environment: chosen, readOnly: values['read-only'] === true, json: values.json === true });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'bad arguments');
  }
}

async function start(options: Options, running: AsyncDisposableStack): Promise<Result<number>> {
  const opened = openHome(options.home);
  if (!opened.ok) return opened;
  const home = opened.value;
  // Before anything else: from here on no process of ours has a secret in its environment, and this one has no debugger to open.
  const cleaned = cleanEnvironment({ home, argv: process.argv, environment: process.env, anew: 'always' });
  if (!cleaned.ok) return cleaned;
  const read = readLimitsFile(home);
  if (!read.ok) return read;
  const configuration = chosen(read.value.configuration, options);
  const reasons = reasonsNotToStart(configuration);
  if (reasons.length > 0) return err(reasons.join('\n'));
  const closed = closedSources(home, configuration, cleaned.value.credentials);
  if (!closed.ok) return closed;
  for (const way of closed.value) process.stderr.write(`ADVISORY: ${visible(way)}\n`);
  const isFirstLive = configuration.exchange.environment === 'live' && !(await hasTraded(home));
  if (isFirstLive) {
    const { hindrancesToLive } = await import('./operator/checklist.ts');
    const red = await hindrancesToLive(configuration, { home, isAsked: process.stdin.isTTY, ...cleaned.value });
    if (red.length > 0) return err(`live does not start while these items of twokey checklist are red:\n${red.join('\n')}`);
  }
  if (configuration.exchange.environment === 'live') {
    const accepted = await acceptForLive(home, configuration, { mayWait: !isFirstLive });
    if (!accepted.ok) return accepted;
  }
  const socketsFolder = join(home, 'run');
  const paths = checkSocketPaths({ socketsFolder, agents: [...configuration.agents.keys()] });
  if (!paths.ok) return paths;
  const elsewhere = checkHomeIsElsewhere({ installFolder, home });
  if (!elsewhere.ok) return elsewhere;
  const lock = acquireRunLock(join(socketsFolder, 'lock.db'), systemClock.now());
  if (!lock.ok) return lock;
  running.defer(() => lock.value.release());
  let isEnding = false;
  // Whoever read what we print may be gone; that is no bug, and no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const embedded = await connectSimulator(configuration, home);
  if (!embedded.ok) return embedded;
  running.defer(() => embedded.value?.close());
  const baseUrl = embedded.value?.url ?? okxOrigin(configuration.exchange.site);
  const exchange = createExchange({ baseUrl, clock: systemClock });
  if (!exchange.ok) return exchange;
  running.use(exchange.value);

  const { exchange: choice } = configuration;
  const vaultStart = { home, userHome: homedir(), exchange: choice, readOnly: choice.readOnly };
  const vault = startVault({ ...vaultStart, credentials: cleaned.value.credentials, handsOn: 'alert_secrets' });
  running.use(vault);
  const ready = await vault.ready;
  if (!ready.ok) return ready;
  for (const skipped of ready.value.skipped) process.stderr.write(`credentials skipped: ${skipped}\n`);
  const keys = new Keys({ vault, ready: ready.value });
  running.use(keys);

  const notifier = openNotifier(configuration, ready.value.secrets);
  if (!notifier.ok) return notifier;

  const lenient = configuration.exchange.environment === 'sim' && configuration.sim.rateLimits === 'lenient';
  const pace = lenient ? unpaced : keepPace(systemClock);
  const inquiryWith = (signer: Signer): Inquiry => new Inquiry({ signer, exchange: exchange.value, clock: systemClock, pace });
  const inquiry = inquiryWith(keys.signer);
  const vetted = await vetAtStart((request) => inquiry.ask(request), configuration);
  if (!vetted.ok) return vetted;
  const { account } = vetted.value;

  const journal = openJournal(join(home, 'state', 'journal.db'));
  if (!journal.ok) return journal;
  running.use(journal.value);
  if (isFirstLive && !configuration.exchange.readOnly) {
    const { confirmFirstStart } = await import('../doors/checkup/first-start.ts');
    const confirmed = await confirmFirstStart(account, { input: process.stdin, output: process.stderr });
    if (!confirmed.ok) return confirmed;
  }
  const reserve = createReserve(home);
  if (!reserve.ok) return reserve;
  const policyHash = policyHashOf(configuration);
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const engine = await Engine.open({
    account: `okx:${configuration.exchange.environment}:${account.uid}`,
    configuration,
    policyHash,
    version: versionOf(),
    readOnly: configuration.exchange.readOnly,
    positionMode: positionModeOf(account) ?? 'net',
    journal: journalName(systemRandom.bytes(6)),
    clock: systemClock,
    store: journal.value,
    checkpoints: {
      store: journal.value.snapshots,
      signer: keys.checkpoints,
      everyEntries: CHECKPOINT_ENTRIES,
    },
    signer: keys.signer,
    exchange: exchange.value,
    feed: createFeed({
      clock: systemClock,
      signer: keys.signer,
      openSocket: socketsAt(socketOrigin(configuration, baseUrl), systemClock),
      logsIn: configuration.exchange.environment !== 'live' && !configuration.exchange.readOnly,
    }),
    pace,
    notifier: notifier.value,
    haltFileExists: () => haltFileExists(home),
    haltFileSays: () => haltFileSays(home),
    freeReserve: () => freeReserve(home),
    onClockOffset: (offset) => {
      // Further apart the vault would rather end than sign; the engine refuses entries long before.
      if (Math.abs(offset) < CLOCK_OFFSET_MAX_MILLISECONDS) keys.setClockOffset(offset);
    },
    onFatal: (cause, isBug) => {
      process.stderr.write(`twokey up: stopped: ${cause}\n`);
      isEnding = true;
      if (isBug) haltEveryNext(home, cause);
      end(1);
    },
  });
  if (!engine.ok)
    return err(`${engine.error}; the gateway stays off: run twokey log verify, and restore the journal or move it away to start anew`);
  running.defer(() => engine.value.close());
  void keys.died.then(() =>
    engine.value.post({ kind: 'degraded', to: 'HALTED', cause: 'the vault died; nothing can be signed until twokey up is run again' }),
  );

  const keyWatch = new KeyWatch({
    ask: (request) => inquiry.ask(request),
    leverage: () => engine.value.circumstances().leverage,
    configuration,
    post: (event) => engine.value.post(event),
    seen: vetted.value,
  });

  const quota = createQuota(configuration.policy.maxOrderRate.perMinute);
  const prices = sharedPrices({
    ask: async (request) => (await engine.value.inquiry.ask(request)).report,
    quotes: () => engine.value.market.quotes,
    now: () => engine.value.now(),
  });
  // Filled a few lines below: the operator's way in opens first, and nobody changes agents in between.
  let doors: Doors | null = null;
  const limits = Limits.settle({
    home,
    file: { digest: read.value.digest, configuration },
    chosen: (each) => chosen(each, options),
    engine: engine.value,
    onHeld: ({ alerts }) => {
      notifier.value.use(alerts);
      doors?.agentsChanged();
    },
    faults: (alerts) => sinkFaults(alerts, ready.value.secrets),
  });
  if (!limits.ok) return limits;
  const added = checkSocketPaths({ socketsFolder, agents: [...engine.value.configuration.agents.keys()] });
  if (!added.ok) return added;
  // The vault takes the key from where it did at the start, whatever the limits that hold say by now.
  const judged = (): Configuration => ({ ...engine.value.configuration, exchange: choice });
  const isolation = new IsolationWatch({
    home,
    configuration: judged,
    eyes: eyesAt(home, judged),
    post: (event) => engine.value.post(event),
  });
  const share = sharing(socketsFolder, () => [...engine.value.configuration.agents.keys()]);
  const looking = setInterval(() => {
    void limits.value.look();
    void stages.look();
    share();
  }, LIMITS_MILLISECONDS);
  running.defer(() => clearInterval(looking));
  const desk: Desk = {
    engine: engine.value,
    limits: limits.value,
    stages: { demote: (reason) => stages.demote(reason) },
    get configuration() {
      return limits.value.configuration;
    },
    get policyHash() {
      return limits.value.policyHash;
    },
    get readOnly() {
      return limits.value.configuration.exchange.readOnly;
    },
    quota,
    prices,
    isolation: () => isolation.view(),
    rotate: async (reason) => {
      const taken = closedSources(home, judged(), 'none');
      if (!taken.ok) return err(`the keys stay as they were: ${taken.error}`);
      const rotated = await keys.rotate(
        {
          configuration,
          start: () => startVault({ ...vaultStart, credentials: 'none' }),
          askWith: (signer) => (request) => inquiryWith(signer).ask(request),
          account: () => engine.value.state.account,
          fence: () => engine.value.state.fence,
          note: (message) => engine.value.tell({ kind: 'operator_noted', code: 'CREDENTIALS', message }),
        },
        reason,
      );
      if (rotated.ok) keyWatch.take(rotated.value.seen);
      return rotated;
    },
    doors: {
      mayOpen: (agent) => {
        const path = checkSocketPaths({ socketsFolder, agents: [agent] });
        return path.ok ? null : path.error;
      },
      agentsChanged: () => {
        doors?.agentsChanged();
        isolation.look();
      },
      httpUrl: () => httpUrl,
    },
    enter: () => entranceOf(page, { httpUrl, ...configuration.http }),
  };
  let httpUrl: string | null = null;
  const { enrolled, passkeyOrigins } = ready.value;
  const tried = createTrying(engine.value);
  const proof = { engine: engine.value, enrolled, tried, prove: (asked: Parameters<Keys['prove']>[0]) => keys.prove(asked) };
  const proving = createProving({ ...proof, limits: limits.value });
  const page = new Page({
    ...proof,
    isLive: () => configuration.exchange.environment === 'live',
    passkeyOrigins,
    // A promotion is signed with a passphrase, and not on the page.
    operate: (request) => {
      const refused = isolation.refuses(request);
      if (refused !== null) return Promise.resolve(err(refused));
      return request.verb === 'promote'
        ? Promise.resolve(err({ code: 'NOT_ALLOWED', message: 'the command line promotes' }))
        : answerOperator(desk, request);
    },
    provePasskey: (asked) => keys.provePasskey(asked),
    newest: (count) => journal.value.read(Math.max(1, engine.value.state.seq - count + 1), count),
    draw: (bytes) => systemRandom.bytes(bytes),
  });
  const stages = new Stages({
    engine: engine.value,
    limits: limits.value,
    version: versionOf(),
    proving,
    keys,
    evidence: () => {
      const { environment } = configuration.exchange;
      return askEvidence(home, environment === 'live' ? null : environment);
    },
    monotonic: systemClock.monotonic,
  });
  await stages.look();
  const operator = await startOperatorSocket({
    path: join(socketsFolder, 'operator.sock'),
    token: createOperatorToken(home),
    handle: async (request, proof) => {
      // Its proof signs more than a yes: what the account may do from then on.
      if (request.verb === 'promote') return stages.promote(request, proof);
      const refused = isolation.refuses(request) ?? (await proving(request, proof));
      return refused === null ? answerOperator(desk, request) : err(refused);
    },
  });
  if (!operator.ok) return operator;
  running.use(operator.value);
  // Only now: a package in there that listened in the operator's place before would be handed the token.
  const served = openDoors(desk, { socketsFolder, page });
  doors = served;
  running.defer(() => served.close());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));
  // What goes wrong before is a start that failed, and says why; from here on it is a bug of ours.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`twokey up: stopped: ${error.message}\n`);
    // A gateway that ends already, because its disk or its snapshot is not what it was, may stumble over that once more on its way out.
    if (!isEnding) haltEveryNext(home, error.message);
    process.exit(1);
  });
  const { listen } = configuration.http;
  void served.ready.then((port) => (httpUrl = port === null ? null : `http://${hostOf(listen)}:${port}`));
  const begun = Promise.all([served.ready, engine.value.start(isolation.found)]);
  const stopped = await Promise.race([begun, ended]);
  if (typeof stopped === 'number') return ok(stopped);
  const { state } = engine.value;
  share();
  isolation.look();
  const minutely = setInterval(() => {
    void keyWatch.look();
    isolation.look();
  }, KEY_LOOK_MILLISECONDS);
  running.defer(() => clearInterval(minutely));
  announce(options, { account: state.account, mode: modeOf(state), http: httpUrl, sim: embedded.value?.url ?? null });
  return ok(await ended);
}

/** The flags choose sim or demo and tighten; everything else is the file's. */
function chosen(configuration: Configuration, { environment, readOnly }: Options): Configuration {
  const exchange = {
    ...configuration.exchange,
    environment: environment ?? configuration.exchange.environment,
    readOnly: readOnly || configuration.exchange.readOnly,
  };
  return { ...configuration, exchange };
}

/** Whether a gateway that may trade ran here before: then there may be something to close, and it comes up. */
async function hasTraded(home: string): Promise<boolean> {
  const path = join(home, 'state', 'journal.db');
  if (!existsSync(path)) return false;
  const [{ everTraded }, { rowPages }] = await Promise.all([import('../doors/checkup/traces.ts'), import('../adapters/store/export.ts')]);
  return everTraded(rowPages(path));
}

async function connectSimulator(configuration: Configuration, home: string): Promise<Result<Embedded | null>> {
  if (configuration.exchange.environment !== 'sim') return ok(null);
  const { listen, seed, rateLimits } = configuration.sim;
  return useSimulator({ home, host: listen.host, port: listen.port, seed, rateLimits });
}

/** The embedded exchange speaks over sockets on the port of its paths; OKX on hosts of its own. */
function socketOrigin({ exchange: { environment, site } }: Configuration, baseUrl: string): string {
  return environment === 'sim' ? baseUrl : okxSocketOrigin(site, environment);
}

/** So many entries a start reads beside a snapshot, in about a tenth of a second. */
const CHECKPOINT_ENTRIES = 10_000;
/** How often it is looked whether a loosening has waited long enough. */
const LIMITS_MILLISECONDS = 1000;
const KEY_LOOK_MILLISECONDS = 60_000;
const CLOCK_OFFSET_MAX_MILLISECONDS = 30_000;

/** The ways to people; one that could never work is told now and not when it is needed. */
function openNotifier(
  { alerts, http: { publicUrl: page } }: Configuration,
  secrets: Readonly<Record<string, string>>,
): Result<ChangingNotifier> {
  const faults = sinkFaults(alerts, secrets);
  if (faults.length > 0) return err(faults.join('\n'));
  return ok(createNotifier({ alerts, secrets, page, log: (line) => process.stderr.write(`alert: ${line}\n`) }));
}

/** Every agent that there is, with the hash of its token where it has one. */
function doorAgents({ configuration, state }: Engine): readonly DoorAgent[] {
  return [...configuration.agents.keys()].map((name) => {
    const grant = state.grants.get(name);
    return { name, tokenHash: grant?.kind === 'added' ? grant.tokenHash : '' };
  });
}

/** Opens the sockets of agents that have users of their own to them, and says once what cannot be opened. */
function sharing(folder: string, agents: () => readonly string[]): () => void {
  const told = new Set<string>();
  return () => {
    for (const line of shareSockets({ folder, agents: agents() })) {
      if (!told.has(line)) process.stderr.write(`${line}\n`);
      told.add(line);
    }
  };
}

function hostOf({ host }: { readonly host: string }): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** By what and where a browser enters. */
function entranceOf(
  page: Page,
  { httpUrl, publicUrl }: { readonly httpUrl: string | null; readonly publicUrl: string },
): Result<Json, OperatorFailure> {
  if (httpUrl === null)
    return err({ code: 'NOT_ALLOWED', message: 'no page is served: add [http] to twokey.toml, and start the gateway again' });
  // A passkey belongs to a name; an address of numbers has none.
  const { port } = new URL(httpUrl);
  return ok({ ...page.drawCode(), urls: [`http://localhost:${port}`, ...(publicUrl === '' ? [] : [publicUrl])] });
}

function openDoors(desk: Desk, { socketsFolder, page }: { readonly socketsFolder: string; readonly page: Page }): Doors {
  const { wanted, listen } = desk.configuration.http;
  const doors: Doors = startDoors({
    installFolder,
    socketsFolder,
    agents: () => doorAgents(desk.engine),
    http: wanted ? { ...listen, ...namesOf(desk.configuration.http) } : null,
    onCall: (call) => {
      const { incarnation } = call;
      // A rejection is our own bug. The wish may have had an effect, so the agent is told to look and not to ask anew.
      void answerCall(desk, call)
        .catch(() => internalFailure(desk, call))
        .then(({ failed, answer }) => doors.answer({ incarnation, call: call.call, failed, answer }));
    },
    onPage: ({ incarnation, call, session, wish }) => {
      // A rejection is our own bug; what was wished may have been done.
      const unsure = {
        status: 500,
        session: '',
        answer: { code: 'OUTCOME_UNKNOWN', message: 'the gateway met an error of its own; look what became of it' },
      };
      void page
        .answer({ session, wish })
        .catch(() => unsure)
        .then((answer) => doors.answerPage({ incarnation, call, ...answer }));
    },
    onDown: () => {
      const message = 'the doors are down for a minute; agents cannot reach the gateway; twokey halt still works';
      process.stderr.write(`${message}\n`);
      desk.engine.post({ kind: 'noticed', code: 'DOORS_DOWN', message });
    },
    onNoHttp: () => {
      const message = `${hostOf(listen)}:${listen.port} of [http] is taken or cannot be had: agents reach the gateway by their sockets alone, and whoever listens there may be handed their tokens`;
      process.stderr.write(`${message}\n`);
      desk.engine.post({ kind: 'noticed', code: 'HTTP_DOWN', message });
    },
    onSurprise: (what) => process.stderr.write(`the doors were restarted: ${what}\n`),
  });
  return doors;
}

function announce(
  { json }: Options,
  {
    account,
    mode,
    http,
    sim,
  }: { readonly account: string; readonly mode: string; readonly http: string | null; readonly sim: string | null },
): void {
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, account, mode, http, sim })}\n`);
  else process.stdout.write(`ready ${account} ${mode} http=${http ?? 'none'} sim=${sim ?? 'none'}\n`);
}

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Six characters that tell this journal's orders from those of every other. */
function journalName(bytes: Uint8Array): string {
  return [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

function versionOf(): string {
  const text: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text && typeof text.version === 'string' ? text.version : '0.0.0';
}
