import { keepLimits, keptLimits } from '../adapters/home/limits.ts';
import type { OperatorFailure, OperatorRequest } from '../adapters/operator/protocol.ts';
import type { Json } from '../core/lang/canonical.ts';
import type { Event } from '../core/gateway/events.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { type Configuration, parseConfiguration, policyHashOf, reasonsNotToStart } from '../core/policy/configuration.ts';
import { applied, type LimitsFile, meeting, type Ratchet, type Settled, settledAtStart } from '../core/policy/ratchet.ts';
import { policyChanges, renderChanges } from '../doors/operator/policy-changes.ts';
import type { Engine } from '../engine/engine.ts';
import { headOf, isoTime } from '../view/head.ts';
import { readLimitsFile } from './operator/home.ts';

type LimitsSettings = {
  readonly home: string;
  /** What this gateway was started with. */
  readonly file: LimitsFile;
  /** A configuration as the flags of this start make it. */
  readonly chosen: (configuration: Configuration) => Configuration;
  /** Other limits hold, and perhaps other agents may ask and other people are told. */
  readonly onHeld: (configuration: Configuration) => void;
  /** What keeps a way to people from ever working. */
  readonly faults: (alerts: Configuration['alerts']) => readonly string[];
  readonly engine: Pick<Engine, 'state' | 'now' | 'tell' | 'post' | 'hold' | 'circumstances'>;
};

type Asked = Extract<OperatorRequest, { verb: 'policy_apply' | 'policy_loosen' | 'policy_withdraw' }>;

const causes: { readonly [Each in Settled['finding']]: string } = {
  first: 'the file of the first start',
  same: 'nothing that limits has changed',
  taken: 'the file was changed, and no proof and no wait is asked for',
  tightened: 'the file tightens',
  loosened: 'the file loosens and nobody applied that: it holds only where it tightens',
  waiting: 'what loosens waits',
  due: 'the wait is over',
};

/** Which limits hold while the gateway runs (docs/operate/policy.md): the file of the start as far as it may, and what the operator applies. */
export class Limits {
  readonly #settings: LimitsSettings;
  #configuration: Configuration;
  #last: Promise<unknown> = Promise.resolve();

  /** Before the engine starts. An error says which file is missing. */
  static settle(settings: LimitsSettings): Result<Limits> {
    const { home, file, engine } = settings;
    const kept = keepFile(home, file.digest);
    if (!kept.ok) return kept;
    const { limits: ratchet } = engine.state;
    const settled = settledAtStart({ ratchet, known: (digest) => known(settings, digest), file });
    if (!settled.ok) {
      const name = `state/policy/${settled.error}.toml`;
      return err(
        `the limits that held before are not known any more: ${name} is missing or was changed; put it back, or put the twokey.toml of then back as it was`,
      );
    }
    const { configuration, finding } = settled.value;
    const limits = new Limits(settings, configuration);
    if (finding !== 'same' && finding !== 'waiting') {
      const changes = finding === 'loosened' ? policyChanges({ before: configuration, after: file.configuration }) : [];
      engine.post({
        kind: 'limits_set',
        ratchet: settled.value.ratchet,
        policyHash: limits.policyHash,
        by: 'twokey',
        cause: causes[finding],
        unapplied: finding === 'loosened' ? linesOf(changes) : [],
        loosening: null,
      });
    }
    limits.#hold(configuration);
    return ok(limits);
  }

  private constructor(settings: LimitsSettings, configuration: Configuration) {
    this.#settings = settings;
    this.#configuration = configuration;
  }

  /** What the gateway goes by: the limits that hold. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  get policyHash(): string {
    return policyHashOf(this.#configuration);
  }

  /** Whether a loosening has waited long enough; then it holds. */
  look(): Promise<void> {
    return this.#alone(() => this.#due());
  }

  /** What the operator wants of the file of the home. Nothing loosens by `policy_apply`. */
  answer(request: Asked): Promise<Result<Json, OperatorFailure>> {
    return this.#alone(() => this.#answer(request));
  }

  /** One after the other: what was waited for must not come to hold over what tightened while it was written. */
  #alone<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  async #due(): Promise<void> {
    const { engine } = this.#settings;
    const pending = engine.state.limits?.pending ?? null;
    // By the exchange's time: a host's clock can be set.
    if (pending === null || pending.due > engine.now() || !engine.circumstances().clockTrusted) return;
    const waited = known(this.#settings, pending.digest);
    const faults = waited === undefined ? [] : this.#faultsOf(waited);
    // What is not there any more, or is something else, or cannot work by now, never comes to hold.
    const configuration = faults.length === 0 ? waited : undefined;
    const ratchet: Ratchet =
      configuration === undefined
        ? { inForce: engine.state.limits?.inForce ?? [], pending: null }
        : { inForce: [pending.digest], pending: null };
    const held = this.#configuration;
    const next = configuration ?? held;
    const missing = 'the file that was waited for is missing or was changed';
    const cause = configuration !== undefined ? causes.due : faults.length > 0 ? `what waited cannot hold: ${faults.join('; ')}` : missing;
    const loosening = configuration === undefined ? null : looseningOf(policyChanges({ before: held, after: next }), 0);
    if ((await this.#write({ ratchet, configuration: next, by: 'twokey', cause, loosening })) === null) this.#hold(next);
  }

  async #answer(request: Asked): Promise<Result<Json, OperatorFailure>> {
    const { engine, home, chosen } = this.#settings;
    const { limits } = engine.state;
    if (limits === null) return refused('the gateway has just started; ask again');
    if (request.verb === 'policy_withdraw') return this.#withdraw(limits, request.reason);
    const read = readLimitsFile(home);
    if (!read.ok) return refused(read.error);
    if (read.value.digest !== request.digest)
      return refused('twokey.toml is another one by now than the one that you looked at; look again');
    const configuration = chosen(read.value.configuration);
    if (configuration.exchange.environment !== this.#settings.file.configuration.exchange.environment)
      return refused('twokey.toml names another environment, which is another account: start the gateway with it');
    const reasons = this.#faultsOf(configuration);
    if (reasons.length > 0) return refused(reasons.join('; '));
    const held = this.#configuration;
    const changes = policyChanges({ before: held, after: configuration });
    const { loosens } = meeting(held, configuration);
    if (loosens && request.verb === 'policy_apply') return ok(this.#document('loosens', changes));
    const kept = keepFile(home, request.digest);
    if (!kept.ok) return refused(kept.error);
    const now = engine.now();
    const settled = applied({ held, ratchet: limits, file: { digest: request.digest, configuration }, now });
    // What tightens holds before it is written, and what loosens after.
    if (!settled.loosens || settled.finding === 'waiting') this.#hold(settled.configuration);
    const cause = request.reason === '' ? causes[settled.finding] : request.reason;
    const { pending } = settled.ratchet;
    const loosening = settled.loosens ? looseningOf(changes, pending === null ? 0 : pending.due - now) : null;
    const unwritten = await this.#write({ ...settled, by: 'operator', cause, loosening });
    if (unwritten !== null) return err({ code: 'UNAVAILABLE', message: unwritten });
    this.#hold(settled.configuration);
    return ok(this.#document(settled.finding === 'waiting' ? 'waits' : 'holds', changes));
  }

  #faultsOf(configuration: Configuration): readonly string[] {
    const faults = this.#settings.faults(configuration.alerts);
    return [...reasonsNotToStart(configuration), ...faults.map((fault) => `${fault} (credentials.toml is read when the gateway starts)`)];
  }

  async #withdraw({ inForce, pending }: Ratchet, reason: string): Promise<Result<Json, OperatorFailure>> {
    if (pending === null) return err({ code: 'NOT_FOUND', message: 'no loosening waits' });
    const cause = reason === '' ? 'the loosening that waited was withdrawn' : reason;
    const ratchet = { inForce, pending: null };
    const unwritten = await this.#write({ ratchet, configuration: this.#configuration, by: 'operator', cause, loosening: null });
    return unwritten === null ? ok(this.#document('withdrawn', [])) : err({ code: 'UNAVAILABLE', message: unwritten });
  }

  #document(outcome: string, changes: ReturnType<typeof policyChanges>): Json {
    const { state, now } = { state: this.#settings.engine.state, now: this.#settings.engine.now() };
    const pending = state.limits?.pending ?? null;
    const waits = pending === null ? null : { file: pending.digest, due: isoTime(pending.due) };
    return { ...headOf(state, now), outcome, changes, pending: waits, policy_hash: this.policyHash };
  }

  #write(told: {
    readonly ratchet: Ratchet;
    readonly configuration: Configuration;
    readonly by: 'operator' | 'twokey';
    readonly cause: string;
    readonly loosening: Loosening;
  }): Promise<string | null> {
    const { ratchet, configuration, by, cause, loosening } = told;
    const policyHash = policyHashOf(configuration);
    return this.#settings.engine.tell({ kind: 'limits_set', ratchet, policyHash, by, cause, unapplied: [], loosening });
  }

  #hold(configuration: Configuration): void {
    this.#configuration = configuration;
    const { policyHash } = this;
    this.#settings.engine.hold({ configuration: this.configuration, policyHash, readOnly: configuration.exchange.readOnly });
    this.#settings.onHeld(this.configuration);
  }
}

const LINES_MAX = 200;
const LINE_MAX = 400;

type Loosening = Extract<Event, { kind: 'limits_set' }>['loosening'];

/** For an alert: the whole of a long list would not fit into an entry. */
function linesOf(changes: ReturnType<typeof policyChanges>): readonly string[] {
  const lines = renderChanges(changes).split('\n');
  const shown = lines.slice(0, LINES_MAX).map((line) => (line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line));
  return lines.length > LINES_MAX ? [...shown, `and ${lines.length - LINES_MAX} more; twokey policy diff shows all`] : shown;
}

function looseningOf(changes: ReturnType<typeof policyChanges>, waitMilliseconds: number): Loosening {
  return { changes: linesOf(changes), waitMilliseconds };
}

function refused(message: string): Result<never, OperatorFailure> {
  return err({ code: 'NOT_ALLOWED', message });
}

/** The file of the home as it is now, unless it is another one by now. */
function keepFile(home: string, digest: string): Result<string> {
  const read = readLimitsFile(home);
  if (!read.ok) return read;
  if (keptLimits(home, digest) !== undefined) return ok(digest);
  return read.value.digest === digest
    ? keepLimits(home, read.value.text)
    : err('twokey.toml was changed in this very moment, and nothing of it was taken');
}

function known({ home, chosen }: LimitsSettings, digest: string): Configuration | undefined {
  const text = keptLimits(home, digest);
  const parsed = text === undefined ? undefined : parseConfiguration(text);
  return parsed?.ok === true ? chosen(parsed.value) : undefined;
}
