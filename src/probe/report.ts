import type { Json } from '../core/lang/canonical.ts';
import { rules, RULES_VERSION } from '../sim/rules.ts';
import type { Case } from './case.ts';
import type { Compared, Seen } from './compare.ts';
import { masked, scrubbed } from './mask.ts';
import type { CaseResult, Outcome, Verdict } from './run.ts';

/** What a run was and what came of it. It may be shown to anybody. */
export type Report = { readonly [key: string]: Json };

export type Reporting = {
  readonly outcome: Outcome;
  /** Every case that there is, also those that were not asked for. */
  readonly cases: readonly Case[];
  readonly against: 'simulator' | 'okx-demo';
  readonly site: string;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Texts that no report may hold. */
  readonly secrets: readonly string[];
};

const verdicts: readonly Verdict[] = ['PROBED', 'DIFFERS', 'WAITS', 'SKIPPED', 'FAILED'];

export function reportOf(reporting: Reporting): Report {
  const { outcome, against, site, version, startedAt, endedAt } = reporting;
  const { account, results, left } = outcome;
  const names = [...reporting.secrets, ...account.names];
  return {
    format: 'twokey-probe-1',
    against,
    ...(against === 'okx-demo' ? { site } : {}),
    version,
    rules_version: RULES_VERSION,
    started_at: startedAt,
    ended_at: endedAt,
    account: { level: account.level, position_mode: account.mode },
    counts: Object.fromEntries(verdicts.map((verdict) => [verdict, results.filter((each) => each.verdict === verdict).length])),
    waiting_for_demo: waitingForDemo(reporting),
    left_behind: left,
    cases: results.map((result) => caseOf(result, names)),
  };
}

/** Cases that a run against the exchange's own demo could decide and that this one has not. */
function waitingForDemo({ outcome, cases, against }: Reporting): readonly string[] {
  const decided = outcome.results.filter(({ verdict }) => against === 'okx-demo' && (verdict === 'PROBED' || verdict === 'DIFFERS'));
  const done = new Set(decided.map(({ rule }) => rule));
  return cases.filter(({ kind, rule }) => kind === 'probed' && !done.has(rule)).map(({ rule }) => rule);
}

function caseOf({ rule, verdict, why, compared }: CaseResult, names: readonly string[]): Json {
  const isOpen = verdict === 'DIFFERS' || verdict === 'FAILED';
  return {
    name: rule,
    result: verdict,
    says: rules[rule]?.says ?? '',
    ...(why === '' ? {} : { why: scrubbed(why, names) }),
    ...(compared.length === 0 ? {} : { seen: compared.map((each) => stepOf(each, isOpen ? names : undefined)) }),
  };
}

/** With both bodies where `names` says what has to be hidden in them. */
function stepOf({ what, target, reference, differs }: Compared, names: readonly string[] | undefined): Json {
  const side = (seen: Seen | undefined): Json => {
    if (seen === undefined) return null;
    const { facts, answer } = seen;
    return names === undefined ? { facts } : { facts, http: String(answer.status), body: masked(answer.body, names) };
  };
  return { what, ...(differs.length === 0 ? {} : { differs }), target: side(target), reference: side(reference) };
}

/** Whether a run found nothing to look at. One that probed nothing found nothing out. */
export function isFine({ results, left }: Outcome): boolean {
  const count = (verdict: Verdict) => results.filter((each) => each.verdict === verdict).length;
  const asked = results.length - count('WAITS');
  const stopped = results.some(({ why }) => why === 'the run was stopped');
  return count('DIFFERS') + count('FAILED') === 0 && !stopped && left.length === 0 && (asked === 0 || count('PROBED') > 0);
}
