import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../adapters/clock/system.ts';
import { createExchange } from '../adapters/exchange/https.ts';
import { type JournalReader, openJournalReadOnly } from '../adapters/store/sqlite.ts';
import { startVault, type VaultReady } from '../adapters/vault/signer.ts';
import { apply } from '../core/account/apply.ts';
import type { Circumstances } from '../core/account/books.ts';
import { positionsOf } from '../core/account/position.ts';
import { emptyState, type State } from '../core/account/state.ts';
import { inForce } from '../core/gateway/agents.ts';
import type { Verified } from '../core/journal/chain.ts';
import { unreachable } from '../core/lang/assert.ts';
import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { AccountConfigReport } from '../core/order/report.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { accountBalanceView, accountConfigView } from '../view/account.ts';
import { alertsView } from '../view/alerts.ts';
import { approvalsView } from '../view/approvals.ts';
import { agentsView, ordersView, positionsView, type Seen, statusView } from '../view/documents.ts';
import { fillsView, type JournaledFill } from '../view/fills.ts';
import { type Document, headOf, modeOf } from '../view/head.ts';
import { limitsView } from '../view/limits.ts';
import { Inquiry } from '../engine/inquiry.ts';
import { keepPace } from '../engine/pace.ts';
import { Market } from '../engine/market.ts';
import { replay } from '../engine/replay.ts';
import type { Exchange } from '../ports/exchange.ts';
import { findingsView, seeMore, unanswered } from './account.ts';
import { originOf, readConfiguration, withEnvironment } from './operator/home.ts';
import { stagePart } from '../view/stage.ts';
import { unsigned } from './public.ts';
import { standingIn } from '../core/account/standing.ts';
import { vet } from './vetting.ts';

// The reader: answers one question about a home on which no gateway needs to run. It takes no lock, opens the journal for reading
// alone, and its vault signs nothing but questions. Its parent is a command of the operator.

export type ReaderQuestion = {
  readonly question:
    | 'status'
    | 'limits'
    | 'positions'
    | 'orders'
    | 'approvals'
    | 'alerts'
    | 'agents'
    | 'fills'
    | 'stage'
    | 'account_config'
    | 'account_balance'
    | 'facts'
    | 'facts_without_keys';
  readonly home: string;
  readonly environment: 'sim' | 'demo' | null;
  readonly count: number;
  /** `fd0`: descriptor 0 holds what the parent took out of its environment. */
  readonly credentials: 'fd0' | 'none';
};
export type ReaderAnswer = { readonly ok: true; readonly document: Json } | { readonly ok: false; readonly message: string };

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ReaderQuestion) => {
  answer(message)
    .catch((error: unknown) => err(error instanceof Error ? error.message : 'the reader failed'))
    .then((result) => {
      const said: ReaderAnswer = result.ok ? { ok: true, document: result.value } : { ok: false, message: result.error };
      process.send?.(said, undefined, undefined, () => process.disconnect?.());
    })
    .catch(() => process.exit(1));
});

async function answer(asked: ReaderQuestion): Promise<Result<Json>> {
  const file = readConfiguration(asked.home);
  if (!file.ok) return file;
  const configuration = withEnvironment(file.value, asked.environment);
  const path = join(asked.home, 'state', 'journal.db');
  const opened = existsSync(path) ? openJournalReadOnly(path) : null;
  const journal = opened?.ok === true ? opened.value : null;
  const fault = opened?.ok === false ? opened.error : '';
  try {
    const { question } = asked;
    const looksAround = question === 'facts' || question === 'facts_without_keys';
    if (fault !== '' && !looksAround) return err(fault);
    if (question === 'fills') return await fillsOf(journal, asked.count);
    if (question === 'stage') return await stageOf({ home: asked.home, configuration, journal });
    await using online = connect(asked, configuration);
    return looksAround
      ? await factsOf(online, { configuration, journal, fault })
      : await documentOf(question, { home: asked.home, online, configuration, journal });
  } finally {
    journal?.close();
  }
}

/** The exchange, and a vault that signs questions alone. Either may be missing, and then it is said why. */
type Online = AsyncDisposable & { readonly inquiry: Inquiry; readonly vault: Promise<Result<VaultReady>> };

function connect({ home, credentials, question }: ReaderQuestion, configuration: Configuration): Online {
  const origin = originOf(configuration);
  const exchange = origin.ok ? createExchange({ baseUrl: origin.value, clock: systemClock }) : origin;
  const simulated = configuration.exchange.environment !== 'live';
  const start = { home, userHome: homedir(), exchange: configuration.exchange, readOnly: true, credentials };
  // Where the gateway holds the keys nobody else reads them: a source that asks a person would ask twice.
  const vault = question === 'facts_without_keys' ? null : startVault(start);
  const silent: Exchange = { send: () => Promise.resolve({ kind: 'not_sent', cause: exchange.ok ? '' : exchange.error }) };
  return {
    inquiry: new Inquiry({
      pace: keepPace(systemClock),
      signer: vault?.signer ?? unsigned(simulated),
      exchange: exchange.ok ? exchange.value : silent,
      clock: systemClock,
    }),
    vault: vault?.ready ?? Promise.resolve(err('the gateway holds the keys')),
    async [Symbol.asyncDispose]() {
      await vault?.close();
      if (exchange.ok) await exchange.value.close();
    },
  };
}

type Sources = {
  readonly home: string;
  readonly online: Online;
  readonly configuration: Configuration;
  readonly journal: JournalReader | null;
};

async function documentOf(
  question: Exclude<ReaderQuestion['question'], 'fills' | 'stage' | 'facts' | 'facts_without_keys'>,
  sources: Sources,
): Promise<Result<Json>> {
  const { home, online, configuration, journal } = sources;
  const halted = existsSync(join(home, 'HALT'));
  const vault = await online.vault;
  if (!vault.ok && (question === 'account_config' || question === 'account_balance')) return vault;
  const config = await online.inquiry.ask({ kind: 'account_config' });
  const uid = config.report.kind === 'account_config' ? config.report.config.uid : null;
  const state = await stateOf(journal, { environment: configuration.exchange.environment, uid });
  if (!state.ok) return state;
  const now = systemClock.now();
  const notes = ['no gateway runs on this home: nothing is sent and nothing is watched. twokey up starts one'];
  if (uid === null)
    notes.push(
      `this is what the journal says: ${vault.ok ? `the exchange did not answer (${unanswered(config.report).text})` : vault.error}`,
    );
  if (halted) notes.push('the file HALT stands in the home folder: a gateway starts HALTED. Remove it when you know why it is there');
  const extra = { mode: halted ? 'HALTED' : modeOf(state.value), gateway: 'not running', notes };
  const head: Document = { ...headOf(state.value, now), ...extra };
  if (question === 'account_config') {
    if (config.report.kind !== 'account_config') return err(`${unanswered(config.report).text}; ${more}`);
    return ok({ ...accountConfigView(head, config.report.config), ...extra });
  }
  if (question === 'account_balance') {
    const { report } = await online.inquiry.ask({ kind: 'balance' });
    return report.kind === 'balance'
      ? ok({ ...accountBalanceView(head, report.balance), ...extra })
      : err(`${unanswered(report).text}; ${more}`);
  }
  const seen: Seen = {
    state: state.value,
    configuration: inForce(configuration, state.value),
    circumstances: await circumstancesOf(sources, state.value),
  };
  return ok({ ...viewOf(question, seen), ...extra });
}

const more = 'twokey doctor says more (in sim the exchange ends with its gateway: twokey up, or twokey sim)';

function viewOf(question: 'status' | 'limits' | 'positions' | 'orders' | 'approvals' | 'alerts' | 'agents', seen: Seen): Document {
  switch (question) {
    case 'status':
      return statusView(seen);
    case 'limits':
      return limitsView(seen, null);
    case 'positions':
      return positionsView(seen);
    case 'orders':
      return ordersView(seen);
    case 'approvals':
      return approvalsView(seen);
    case 'alerts':
      return alertsView(seen);
    case 'agents':
      return agentsView(seen);
    default:
      return unreachable(question);
  }
}

async function circumstancesOf({ online, configuration }: Sources, state: State): Promise<Circumstances> {
  const market = new Market({ inquiry: online.inquiry, now: () => systemClock.now(), monotonic: () => systemClock.monotonic() });
  const held = [...state.instruments.values()].filter(
    ({ id }) => positionsOf(state, id).length > 0 || configuration.policy.instruments.includes(id),
  );
  await Promise.all([
    market.refreshFunds(),
    market.refreshCoins(held),
    ...held.flatMap((instrument) => [market.refreshQuote(instrument), market.refreshFunding(instrument)]),
  ]);
  const { quotes, funds, leverage, funding, coinPrices } = market;
  const { readOnly } = configuration.exchange;
  return { now: systemClock.now(), clockTrusted: true, readOnly, quotes, funds, leverage, funding, coinPrices };
}

/** The fold of the journal, as a start would make it; an empty one where there is no journal of this environment. */
async function stateOf(
  journal: JournalReader | null,
  whose: { readonly environment: string; readonly uid: string | null },
): Promise<Result<State>> {
  const [first] = journal === null ? [] : await journal.read(1, 1);
  const prefix = `okx:${whose.environment}:`;
  if (journal === null || first === undefined || !first.account.startsWith(prefix)) {
    return ok({
      ...emptyState(`${prefix}${whose.uid ?? 'unknown'}`),
      environment: whose.environment,
      standing: standingIn(whose.environment, 0),
      modeCause: 'never started',
    });
  }
  let state = emptyState(first.account);
  const verified = await replay(journal, (fact) => {
    state = apply(state, fact);
  });
  return verified.ok ? ok({ ...state, booting: false }) : verified;
}

/** Where the account stands on the roll-out, and what the next stage asks for. Nothing of it is asked of the exchange. */
async function stageOf({ home, configuration, journal }: Pick<Sources, 'home' | 'configuration' | 'journal'>): Promise<Result<Json>> {
  const state = await stateOf(journal, { environment: configuration.exchange.environment, uid: null });
  if (!state.ok) return state;
  const { stageEvidence } = await import('./operator/stage-evidence.ts');
  const evidence = await stageEvidence(state.value, { configuration: inForce(configuration, state.value), home });
  if (!evidence.ok) return evidence;
  const items = evidence.value.items.map(({ name, status, detail, fix }) => ({ name, status, detail, fix }));
  return ok({ ...headOf(state.value, systemClock.now()), ...stagePart(state.value), items });
}

async function fillsOf(journal: JournalReader | null, count: number): Promise<Result<Json>> {
  if (journal === null) return err('there is no journal on this home yet; twokey up starts one');
  const fills: JournaledFill[] = [];
  const [first] = await journal.read(1, 1);
  let state = emptyState(first?.account ?? '');
  const verified = await replay(journal, (fact) => {
    state = apply(state, fact);
    const { entry, seq, at } = fact;
    if (entry.kind === 'fill') fills.push({ seq, at, fill: entry });
  });
  if (!verified.ok) return verified;
  return ok(fillsView({ head: headOf(state, systemClock.now()), state, fills: fills.slice(-count) }));
}

/** What doctor wants to know and cannot find out without the exchange, the keys or the journal. A fact that is missing is null. */
async function factsOf(
  online: Online,
  { configuration, journal, fault }: Omit<Sources, 'home' | 'online'> & { readonly fault: string },
): Promise<Result<Json>> {
  const [offset, vault] = await Promise.all([online.inquiry.clockOffset(), online.vault]);
  const { report } = vault.ok ? await online.inquiry.ask({ kind: 'account_config' }) : { report: null };
  const damage = journal?.damage() ?? fault;
  const verified = journal === null || damage !== '' ? null : await replay(journal, () => {});
  return ok({
    clock_offset_ms: offset,
    vault: vault.ok ? { ok: true, source: vault.value.source, skipped: vault.value.skipped } : { ok: false, message: vault.error },
    account: report?.kind === 'account_config' ? await accountOf({ online, configuration, config: report.config }) : null,
    account_failure: report === null || report.kind === 'account_config' ? null : unanswered(report).text,
    journal: journalFact({ damage, verified }),
  });
}

async function accountOf({ online, configuration, config }: Pick<Sources, 'online' | 'configuration'> & Asked): Promise<Json> {
  const seen = await seeMore((request) => online.inquiry.ask(request), config, configuration);
  return { ...accountConfigView({}, config), findings: findingsView(vet(seen, configuration)) };
}

type Asked = { readonly config: AccountConfigReport };

function journalFact({ damage, verified }: { readonly damage: string; readonly verified: Result<Verified> | null }): Json {
  if (damage !== '') return { ok: false, message: damage };
  if (verified === null) return null;
  return verified.ok ? { ok: true, entries: verified.value.head.seq } : { ok: false, message: verified.error };
}
