import { headOf } from '../view/head.ts';
import { answerOf, type Answered, errorAnswer, previewAnswer, uncertainAnswer } from '../view/answer.ts';
import { accountBalanceView, accountConfigView, adoptionView, comparisonView } from '../view/account.ts';
import { alertsView } from '../view/alerts.ts';
import { approvalsView, judgedView } from '../view/approvals.ts';
import { agentsView, ordersView, portfolioView, positionsView, type Seen, statusView } from '../view/documents.ts';
import { flattenedView, freezeView, haltRow } from '../view/stops.ts';
import { limitsView } from '../view/limits.ts';
import { marketView } from '../view/market.ts';
import { rebalancePreviewAnswer } from '../view/rebalance.ts';
import { alertIdOf, unacknowledged } from '../core/alert/outbox.ts';
import { unreachable } from '../core/lang/assert.ts';
import type { Json } from '../core/lang/canonical.ts';
import { digest } from '../core/lang/digest.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { ClientIdentity } from '../core/channel.ts';
import { decimal, formatDecimal } from '../core/money/decimal.ts';
import { rebalanceOn } from '../core/gateway/rebalancing.ts';
import { bodyHashOf, previewOf } from '../core/gateway/wishes.ts';
import type { Principal, RebalanceIntent } from '../core/order/intent.ts';
import { parseIntent, parsePrincipal, parseQuery, type MarketView, type Query } from '../core/order/parse-intent.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import type { Code } from '../core/policy/codes.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { tripOf } from '../core/policy/tripwire.ts';
import { systemRandom } from '../adapters/random/system.ts';
import type { OperatorFailure, OperatorRequest } from '../adapters/operator/protocol.ts';
import { type Engine, type Judgement, UNSURE } from '../engine/engine.ts';
import { type Ask, findingsView, seeMore, unanswered } from './account.ts';
import type { Limits } from './limits.ts';
import type { Rotated } from './keys.ts';
import type { Prices } from './prices.ts';
import type { Stages } from './stages.ts';
import type { Quota } from './quota.ts';
import { vet } from './vetting.ts';

/** Turns calls of agents and of the operator into questions to the engine, and its answers into JSON. */
export type Desk = {
  readonly engine: Engine;
  readonly limits: Pick<Limits, 'answer'>;
  readonly stages: Pick<Stages, 'demote'>;
  readonly configuration: Configuration;
  readonly policyHash: string;
  readonly readOnly: boolean;
  readonly quota: Quota;
  readonly prices: Prices;
  /** Takes the keys that their source holds now. */
  readonly rotate: (reason: string) => Promise<Result<Rotated>>;
  /** In which mode of isolation this runs. */
  readonly isolation: () => Json;
  readonly doors: DoorsControl;
  /** Lets one browser into the operator's page. */
  readonly enter: () => Result<Json, OperatorFailure>;
};

/** What of the doors a change of agents concerns. */
export type DoorsControl = {
  /** Why no socket of this name could be opened; `null` where one can. */
  readonly mayOpen: (agent: string) => string | null;
  /** Tells the doors who the agents are now. */
  readonly agentsChanged: () => void;
  /** Where the HTTP door answers; `null` where there is none. */
  readonly httpUrl: () => string | null;
};

export type Call = { readonly principal: string; readonly tool: string; readonly arguments: Json; readonly client: ClientIdentity };

const reads: ReadonlySet<string> = new Set(['get_limits', 'get_portfolio', 'get_market', 'get_intent']);

/** Answers one call of an agent. Everything in it is parsed here again: the doors may have been poisoned (DESIGN §2). */
export async function answerCall(desk: Desk, call: Call): Promise<Answered> {
  const principal = parsePrincipal(call.principal);
  if (!principal.ok || !desk.engine.configuration.agents.has(principal.value))
    return refusal(desk, 'NOT_ALLOWED', 'no agent of this name; nothing was sent');
  const bytes = Buffer.byteLength(JSON.stringify(call.arguments));
  const wait = desk.quota.take({ principal: principal.value, tool: call.tool, bytes, now: desk.engine.now() });
  if (wait > 0) return refusal(desk, 'RATE_LIMIT', `too many calls; nothing was sent; the next may come in ${wait} ms`);
  // Before the wish itself: what freezes its agent holds for it.
  const trip = tripOf(call.tool, call.arguments);
  if (trip !== null) desk.engine.post({ kind: 'tripped', principal: principal.value, trip });
  if (reads.has(call.tool)) {
    const query = parseQuery({ tool: call.tool, arguments: call.arguments });
    return query.ok ? answerQuery(desk, principal.value, query.value) : schema(desk, query.error);
  }
  const intent = parseIntent({ principal: principal.value, tool: call.tool, arguments: call.arguments });
  if (!intent.ok) return schema(desk, intent.error);
  const { engine } = desk;
  if (call.tool === 'preview_order' && (intent.value.kind === 'place' || intent.value.kind === 'close')) {
    const decision = previewOf(engine.state, intent.value, { given: call.arguments, context: engine.context() });
    return previewAnswer({ state: engine.state, now: engine.now(), decision, intentId: intent.value.intentId });
  }
  if (intent.value.kind === 'rebalance' && intent.value.dryRun) return dryRun(desk, call, intent.value);
  const outcome = await engine.ask({ tool: call.tool, intent: intent.value, arguments: call.arguments, client: call.client });
  if (outcome.kind === 'uncertain') return uncertainAnswer({ state: engine.state, now: engine.now(), intentId: intent.value.intentId });
  if (outcome.kind === 'refused')
    return errorAnswer({
      state: engine.state,
      now: engine.now(),
      code: outcome.code,
      message: outcome.message,
      intentId: intent.value.intentId,
    });
  const answered = answerOf({ state: engine.state, record: outcome.record, now: engine.now() });
  if (answered.failed && (intent.value.kind === 'place' || intent.value.kind === 'rebalance'))
    desk.quota.refused(principal.value, engine.now());
  return answered;
}

/** The decision that a rebalance would come to now, without a record. */
function dryRun({ engine }: Desk, { tool, arguments: given, client }: Call, intent: RebalanceIntent): Answered {
  const event = { kind: 'asked', call: 0, tool, intent, arguments: given, client } as const;
  const decision = rebalanceOn(engine.state, { event, intent, bodyHash: bodyHashOf(tool, given), context: engine.context() });
  return rebalancePreviewAnswer({ state: engine.state, now: engine.now(), decision, intent });
}

function refusal({ engine }: Desk, code: Code, message: string): Answered {
  return errorAnswer({ state: engine.state, now: engine.now(), code, message, intentId: '' });
}

/** For a bug of ours, whose effect is not known. Its text stays here: it could hold anything. */
export function internalFailure({ engine }: Desk, call: Call): Answered {
  const given = call.arguments;
  const intentId =
    typeof given === 'object' && given !== null && 'intent_id' in given && typeof given.intent_id === 'string' ? given.intent_id : '';
  return uncertainAnswer({ state: engine.state, now: engine.now(), intentId });
}

function schema(desk: Desk, problem: { readonly path: string; readonly message: string }): Answered {
  return refusal(desk, 'SCHEMA', `${problem.path}: ${problem.message}; nothing was sent`);
}

async function answerQuery(desk: Desk, principal: Principal, query: Query): Promise<Answered> {
  const { engine } = desk;
  switch (query.kind) {
    case 'limits':
      return { failed: false, answer: limitsView(seen(desk), principal) };
    case 'portfolio':
      return { failed: false, answer: portfolioView(seen(desk), principal) };
    case 'market':
      return answerMarket(desk, query.instrument, query.view);
    case 'intent': {
      const record = await engine.recall({ principal, intentId: query.intentId, waitMilliseconds: query.waitMilliseconds });
      if (record === null) return refusal(desk, 'NOT_FOUND', 'no request of yours has this intent_id; nothing was sent under it');
      return answerOf({ state: engine.state, record, now: engine.now() });
    }
    default:
      return unreachable(query);
  }
}

async function answerMarket(desk: Desk, instrument: InstrumentId, view: MarketView): Promise<Answered> {
  const { engine, configuration } = desk;
  if (!configuration.policy.instruments.includes(instrument))
    return refusal(
      desk,
      'NOT_ALLOWED',
      `${instrument} is not among the instruments of the policy: ${configuration.policy.instruments.join(', ')}`,
    );
  const report = await desk.prices(instrument, view);
  if (report.kind === 'failed') return refusal(desk, 'UNAVAILABLE', 'the exchange did not answer; nothing was sent');
  return {
    failed: false,
    answer: marketView(headOf(engine.state, engine.now()), { state: engine.state, instrument, report }),
  };
}

/** What documents are made from. */
export function seen({ engine }: Pick<Desk, 'engine'>): Seen {
  return { state: engine.state, circumstances: engine.circumstances(), configuration: engine.configuration };
}

/** Answers one command of the operator; whether it may be given was checked at the socket. */
export async function answerOperator(
  desk: Desk,
  request: Exclude<OperatorRequest, { verb: 'promote' }>,
): Promise<Result<Json, OperatorFailure>> {
  const { engine } = desk;
  switch (request.verb) {
    case 'status':
      return ok({ ...statusView(seen(desk)), isolation: desk.isolation() });
    case 'limits':
      return ok(limitsView(seen(desk), null));
    case 'positions':
      return ok(positionsView(seen(desk)));
    case 'orders':
      return ok(ordersView(seen(desk)));
    case 'agents':
      return ok(agentsView(seen(desk)));
    case 'approvals':
      return ok(approvalsView(seen(desk)));
    case 'alerts':
      return ok(alertsView(seen(desk)));
    case 'ack':
      return acknowledge(desk, request);
    case 'alert_test':
      return tellAlerts(desk, { kind: 'alert_test' });
    case 'page':
      return desk.enter();
    case 'approve':
    case 'deny':
      return judge(desk, request);
    case 'account_config':
      return accountConfig(desk);
    case 'account_balance': {
      const { report } = await engine.inquiry.ask({ kind: 'balance' });
      return report.kind === 'balance' ? ok(accountBalanceView(headOf(engine.state, engine.now()), report.balance)) : silent;
    }
    case 'set_leverage':
      return setLeverage(desk, request);
    case 'demote':
      return desk.stages.demote(request.reason);
    case 'rotate':
      return rotate(desk, request.reason);
    case 'freeze':
    case 'unfreeze':
      return freeze(desk, request);
    case 'agent_add':
    case 'agent_token':
    case 'agent_revoke':
      return changeAgent(desk, request);
    case 'resolve': {
      const refused = await engine.resolve({ clientOrderId: request.order, reason: request.reason });
      return refused === null ? ok(ordersView(seen(desk))) : err(notDone(refused));
    }
    case 'policy_apply':
    case 'policy_loosen':
    case 'policy_withdraw':
      return desk.limits.answer(request);
    case 'flatten':
      return flatten(desk, { reason: request.reason, instrument: request.instrument });
    case 'halt':
      return request.flatten ? haltAndFlatten(desk, request.reason) : operate(desk, { verb: 'halt', reason: request.reason });
    case 'reduce_only':
    case 'resume':
      return operate(desk, { verb: request.verb, reason: request.reason });
    case 'reconcile': {
      const failure = await engine.compareNow();
      if (failure !== null) return err({ code: 'UNAVAILABLE', message: failure });
      return ok(reconcileDocument(desk));
    }
    case 'adopt': {
      const adopted = await engine.adopt(request.reason);
      if (!adopted.ok) return err(notDone(adopted.error));
      return ok(adoptionView(headOf(engine.state, engine.now()), { adopted: adopted.value.differences, ...comparisonOf(engine) }));
    }
    default:
      return unreachable(request);
  }
}

const silent: Result<Json, OperatorFailure> = err({ code: 'UNAVAILABLE', message: 'the exchange did not answer; twokey doctor says more' });

async function accountConfig({ engine, configuration }: Desk): Promise<Result<Json, OperatorFailure>> {
  const ask: Ask = (request) => engine.inquiry.ask(request);
  const { report } = await ask({ kind: 'account_config' });
  if (report.kind !== 'account_config') return err({ code: 'UNAVAILABLE', message: unanswered(report).text });
  const findings = vet(await seeMore(ask, report.config, configuration), configuration);
  return ok({ ...accountConfigView(headOf(engine.state, engine.now()), report.config), findings: findingsView(findings) });
}

async function operate(
  desk: Desk,
  order: { readonly verb: 'halt' | 'reduce_only' | 'resume'; readonly reason: string },
): Promise<Result<Json, OperatorFailure>> {
  const from = desk.engine.state.mode;
  const refused = await desk.engine.operate(order);
  if (refused !== null) return err(notDone(refused));
  // The latch is durable, and nothing new leaves. Whoever halts wants to hear that nothing is left either.
  if (order.verb === 'halt') await desk.engine.untilKilled();
  const { state } = desk.engine;
  return ok({
    ...headOf(state, desk.engine.now()),
    from,
    cause: state.modeCause,
    ...(order.verb === 'halt' ? { halt: haltRow(state) } : {}),
  });
}

async function setLeverage(
  { engine }: Desk,
  { instrument, leverage: asked, reason }: Extract<OperatorRequest, { verb: 'set_leverage' }>,
): Promise<Result<Json, OperatorFailure>> {
  const done = await engine.setLeverage({ instrument, leverage: decimal(asked), reason });
  if (!done.ok) return err(notDone(done.error));
  const { outcome, cause, leverage } = done.value;
  const now = leverage === null ? null : formatDecimal(leverage);
  return ok({ ...headOf(engine.state, engine.now()), instrument, asked, outcome, cause, leverage: now });
}

async function rotate({ engine, rotate: exchanged }: Desk, reason: string): Promise<Result<Json, OperatorFailure>> {
  const done = await exchanged(reason);
  if (!done.ok) return err(notDone(done.error));
  const { source, warnings, old } = done.value;
  return ok({ ...headOf(engine.state, engine.now()), source, findings: warnings, next: [old] });
}

/** Why a person's wish was not done, or that nobody knows whether it was. */
function notDone(message: string): OperatorFailure {
  return { code: message === UNSURE ? 'OUTCOME_UNKNOWN' : 'NOT_ALLOWED', message };
}

async function judge(desk: Desk, judgement: Judgement): Promise<Result<Json, OperatorFailure>> {
  const { engine } = desk;
  const outcome = await engine.judge(judgement);
  if (outcome.kind === 'refused') return err({ code: outcome.code, message: outcome.message });
  if (outcome.kind === 'uncertain')
    return err({ code: 'OUTCOME_UNKNOWN', message: 'the gateway is stopping; what became of this is not known; ask again when it runs' });
  return ok(judgedView(seen(desk), outcome.record));
}

async function acknowledge(
  desk: Desk,
  { alert, reason }: { readonly alert: string; readonly reason: string },
): Promise<Result<Json, OperatorFailure>> {
  const meant = unacknowledged(desk.engine.state).filter(({ seq }) => alert === 'all' || alertIdOf(seq) === alert);
  if (meant.length === 0 && alert !== 'all') {
    const message = `no alert ${alert} waits to be acknowledged: it has been, or never was; twokey alerts lists them`;
    return err({ code: 'NOT_FOUND', message });
  }
  return tellAlerts(desk, { kind: 'acknowledge_asked', alerts: meant.map(({ seq }) => seq), reason });
}

async function tellAlerts(desk: Desk, asked: Parameters<Engine['tell']>[0]): Promise<Result<Json, OperatorFailure>> {
  const refused = await desk.engine.tell(asked);
  return refused === null ? ok(alertsView(seen(desk))) : err(notDone(refused));
}

async function freeze(desk: Desk, asked: Parameters<Engine['freeze']>[0]): Promise<Result<Json, OperatorFailure>> {
  const refused = await desk.engine.freeze(asked);
  if (refused !== null) return err(notDone(refused));
  return ok(freezeView(desk.engine.state, desk.engine.now(), asked.subject));
}

/**
 * A token is 256 random bits, drawn here and told once. What is kept is its SHA-256: nobody can try out 2^256 of them, so that a slow hash such as
 * scrypt, which protects what people think up, would only make every request slow.
 */
async function changeAgent(
  desk: Desk,
  { verb, agent, reason }: Extract<OperatorRequest, { verb: 'agent_add' | 'agent_token' | 'agent_revoke' }>,
): Promise<Result<Json, OperatorFailure>> {
  const { engine } = desk;
  const misfit = desk.doors.mayOpen(agent);
  if (verb === 'agent_add' && misfit !== null) return err(notDone(misfit));
  const token = verb === 'agent_revoke' ? '' : `${TOKEN_PREFIX}${Buffer.from(systemRandom.bytes(TOKEN_BYTES)).toString('base64url')}`;
  const kinds = { agent_add: 'add', agent_token: 'token', agent_revoke: 'revoke' } as const;
  const refused = await engine.grant({ verb: kinds[verb], agent, tokenHash: token === '' ? '' : digest(token), reason });
  if (refused !== null) return err(notDone(refused));
  desk.doors.agentsChanged();
  return ok({ ...agentsView(seen(desk)), agent, ...(token === '' ? {} : { token, http: desk.doors.httpUrl() }) });
}

/** By which whoever finds one in a place where it should not be knows what it opens. */
const TOKEN_PREFIX = 'twokey_';
const TOKEN_BYTES = 32;

/** Halted in any case, whatever keeps it from being flattened. */
async function haltAndFlatten(desk: Desk, reason: string): Promise<Result<Json, OperatorFailure>> {
  const halted = await operate(desk, { verb: 'halt', reason });
  if (!halted.ok) return halted;
  const flattened = await flatten(desk, { reason, instrument: '' });
  return flattened.ok ? flattened : err({ ...flattened.error, message: `halted, and not flattened: ${flattened.error.message}` });
}

async function flatten(desk: Desk, asked: Parameters<Engine['flatten']>[0]): Promise<Result<Json, OperatorFailure>> {
  const reason = asked.reason === '' ? 'the operator flattens' : asked.reason;
  const flattened = await desk.engine.flatten({ ...asked, reason });
  if (!flattened.ok) return err(notDone(flattened.error));
  return ok(flattenedView(desk.engine.state, desk.engine.now(), flattened.value));
}

function reconcileDocument({ engine }: Desk): Json {
  return comparisonView(headOf(engine.state, engine.now()), comparisonOf(engine));
}

function comparisonOf({ lastComparison }: Engine): Parameters<typeof comparisonView>[1] {
  return lastComparison ?? { clean: false, differences: [] };
}
