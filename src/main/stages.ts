import { demandsProof, type Proving } from './proving.ts';
import type { OperatorFailure, OperatorRequest, Proof } from '../adapters/operator/protocol.ts';
import type { Vault } from '../adapters/vault/signer.ts';
import { mayNotPromote, stageNext } from '../core/gateway/staging.ts';
import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { formatDecimal, isPositive } from '../core/money/decimal.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { SignedStage, StageArtefact } from '../core/stage/artefact.ts';
import { isLiveStage, type Stage, stageBelow } from '../core/stage/ladder.ts';
import type { Engine } from '../engine/engine.ts';
import type { StageEvidence } from './operator/stage-evidence.ts';
import { headOf } from '../view/head.ts';
import { stagePart } from '../view/stage.ts';

type StagesSettings = {
  readonly engine: Pick<Engine, 'state' | 'now' | 'tell' | 'post' | 'circumstances'>;
  /** What holds. */
  readonly limits: { readonly configuration: Configuration };
  readonly version: string;
  readonly proving: Proving;
  readonly keys: Pick<Vault, 'prove' | 'holdStage'>;
  /** What was seen of the account so far, by a process of its own: a long journal is read, and this one has to keep its seconds. */
  readonly evidence: () => Promise<Result<StageEvidence>>;
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
};

type Promotion = Extract<OperatorRequest, { verb: 'promote' }>;

/** For how long what was seen counts, so that a person who is asked for a proof afterwards has the time to give it. */
const SEEN_MILLISECONDS = 300_000;

/** The roll-out while the gateway runs: the vault is told which signed stage holds, and the operator leads the account up and down (docs/operate/stages.md). */
export class Stages {
  readonly #settings: StagesSettings;
  /** What the vault was told last; `undefined`: nothing yet. */
  #told: SignedStage | null | undefined;
  #seen: { readonly stage: Stage; readonly at: number } | null = null;
  #isBusy = false;

  constructor(settings: StagesSettings) {
    this.#settings = settings;
  }

  /** Tells the vault what holds where that has changed: outside of live nothing, and what fell to reading only is taken back. */
  async look(): Promise<void> {
    const { engine, keys } = this.#settings;
    const { environment, standing } = engine.state;
    const wanted = standing.opens ? standing.signed : null;
    if (environment !== 'live' || this.#isBusy) return;
    if (this.#told !== undefined && wanted?.signature === this.#told?.signature) return;
    this.#told = wanted;
    const cause = await keys.holdStage(wanted);
    if (cause !== null && cause !== '') engine.post({ kind: 'stage_refused', cause });
  }

  /** One rung down, at once; nobody is asked for a proof. */
  async demote(reason: string): Promise<Result<Json, OperatorFailure>> {
    const { engine } = this.#settings;
    const { environment, standing } = engine.state;
    if (stageBelow(environment, standing.stage) === null)
      return notAllowed(`${standing.stage} is the lowest stage of ${environment}; twokey halt stops everything`);
    const unwritten = await engine.tell({ kind: 'demote_asked', reason });
    if (unwritten !== null) return unavailable(unwritten);
    await this.look();
    return ok(this.#document());
  }

  /** One rung up, after everything that the rung asks for, and in live with a proof that signs it. */
  async promote(request: Promotion, proof: Proof | null): Promise<Result<Json, OperatorFailure>> {
    if (this.#isBusy) return notAllowed('the account is being promoted already');
    this.#isBusy = true;
    try {
      return await this.#promote(request, proof);
    } finally {
      this.#isBusy = false;
    }
  }

  async #promote(request: Promotion, proof: Proof | null): Promise<Result<Json, OperatorFailure>> {
    const { engine, limits, proving, keys } = this.#settings;
    const refused = mayNotPromote(engine.state, engine.now()) ?? this.#mayNot();
    const to = stageNext(engine.state);
    if (refused !== null || to === null) return notAllowed(`${refused ?? 'there is no next stage'}; nothing was changed`);
    const missing = await this.#missing(to);
    if (missing !== '') return notAllowed(missing);
    const artefact = isLiveStage(to) ? this.#artefact(to) : null;
    if (isLiveStage(to) && artefact === null) return notAllowed('the equity of the account is not known now; nothing was changed');
    if (proof === null && demandsProof(limits.configuration, request)) {
      const asked = await proving(request, null);
      if (asked !== null) return err(asked);
    }
    let signed: SignedStage | null = null;
    const unproven = await proving(request, proof, async (asked) => {
      const said = await keys.prove(artefact === null ? asked : { ...asked, stage: artefact });
      if (said.kind === 'proved' && said.signed !== null && artefact !== null) signed = { ...artefact, ...said.signed };
      return said;
    });
    if (unproven !== null) return err(unproven);
    const unwritten = await engine.tell({ kind: 'promote_asked', to, reason: request.reason, signed });
    if (unwritten === null && engine.state.standing.stage === to) {
      this.#told = signed;
      return ok(this.#document());
    }
    // The vault opened when it signed, and what the journal does not have does not hold.
    this.#told = null;
    await keys.holdStage(null);
    return unwritten === null
      ? notAllowed('something changed meanwhile; look with twokey stage show, nothing was changed')
      : unavailable(unwritten);
  }

  #mayNot(): string | null {
    const { engine, limits } = this.#settings;
    if (limits.configuration.exchange.readOnly)
      return 'this gateway only reads; take read_only out of twokey.toml and start it with a key that may trade';
    return engine.circumstances().clockTrusted ? null : 'the exchange’s time is not known now; see twokey doctor';
  }

  /** What is missing for the stage, in words with the fix; empty where nothing is. */
  async #missing(to: Stage): Promise<string> {
    const { evidence, monotonic, engine } = this.#settings;
    const { stage } = engine.state.standing;
    if (this.#seen !== null && this.#seen.stage === stage && monotonic() - this.#seen.at < SEEN_MILLISECONDS) return '';
    const seen = await evidence();
    if (!seen.ok) return `what ${to} asks for could not be looked at: ${seen.error}; nothing was changed`;
    if (seen.value.stage !== stage) return 'the stage changed meanwhile; look with twokey stage show, nothing was changed';
    const red = seen.value.items.filter(({ status }) => status === 'failed').map(({ name, detail }) => `${name}: ${detail}`);
    if (red.length > 0) return [`${to} asks for more; nothing was changed:`, ...red].join('\n');
    this.#seen = { stage, at: monotonic() };
    return '';
  }

  #artefact(stage: Stage): StageArtefact | null {
    const { engine, version } = this.#settings;
    const { account, positionMode } = engine.state;
    const { funds } = engine.circumstances();
    if (funds === null || !isPositive(funds.equityUsd)) return null;
    return { account, stage, equityUsd: formatDecimal(funds.equityUsd), version, positionMode, issuedAt: Math.floor(engine.now()) };
  }

  #document(): Json {
    const { state, now } = { state: this.#settings.engine.state, now: this.#settings.engine.now() };
    return { ...headOf(state, now), ...stagePart(state) };
  }
}

function notAllowed(message: string): Result<never, OperatorFailure> {
  return err({ code: 'NOT_ALLOWED', message });
}

function unavailable(message: string): Result<never, OperatorFailure> {
  return err({ code: 'UNAVAILABLE', message });
}
