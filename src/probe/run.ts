import { ok, type Result } from '../core/lang/result.ts';
import type { Credentials } from '../vault/sign.ts';
import { type Account, inMode, lookAt, type PositionMode } from './account.ts';
import type { Case, ProbedCase } from './case.ts';
import { type Compared, compareSteps } from './compare.ts';
import { Budget, type Deeds, type OpenSide, openSide, type Wire } from './open-side.ts';
import { referenceCredentials, referenceWire } from './reference.ts';
import { CaseEnds, type Halt, type Side } from './side.ts';
import { otherStops, sweep } from './sweep.ts';

export type Verdict = 'PROBED' | 'DIFFERS' | 'WAITS' | 'SKIPPED' | 'FAILED';

export type CaseResult = {
  readonly rule: string;
  readonly verdict: Verdict;
  /** Why it waits, was skipped or failed; empty elsewhere. */
  readonly why: string;
  readonly compared: readonly Compared[];
};

export type Running = {
  readonly cases: readonly Case[];
  readonly wire: Wire;
  readonly credentials: Credentials;
  /** What begins every client id of this run. */
  readonly prefix: string;
  /** Nothing is asked that could change something. */
  readonly readOnly: boolean;
  /** Told each result as it comes. */
  readonly tell: (result: CaseResult) => void;
};

export type Outcome = {
  readonly account: Pick<Account, 'level' | 'mode' | 'names'>;
  readonly results: readonly CaseResult[];
  /** What of the probe's own is still on the account, in words for the operator. */
  readonly left: readonly string[];
};

/**
 * Runs cases one after the other, each on the exchange that is probed and then on a reference of its own, and undoes what each left before
 * the next begins: also when it failed, and when the operator stopped the run. Refuses a key that is not one of demo trading.
 */
export async function probe({ cases, wire, credentials, prefix, readOnly, tell }: Running): Promise<Result<Outcome>> {
  const budget = new Budget(prefix);
  // Cleaning up goes on when the run was stopped.
  const cleaner: Wire = { ...wire, stopped: () => false };
  const open = (through: Wire): OpenSide => openSide({ wire: through, credentials, budget });
  const first = await ending(() => lookAt(open(wire)));
  if (first.kind !== 'done') return { ok: false, error: whyOf(first, 'the run was stopped before it began') };
  if (!first.value.ok) return first.value;
  const account = first.value.value;
  const results: CaseResult[] = [];
  let left: readonly string[] = [];
  let hasTraded = false;
  const unswept: Deeds['placed'][number][] = [];
  // Undefined where a case may have changed it.
  let mode: PositionMode | undefined = account.mode;
  try {
    for (const each of cases) {
      // One after the other: they share one account.
      const result = await one(each);
      results.push(result);
      tell(result);
    }
  } finally {
    if (hasTraded) left = await clean(unswept, otherStops);
    const back = await ending(() => inMode(open(cleaner), account.mode, mode));
    if (back.kind !== 'done' || !back.value) left = [...left, `the position mode, which was ${account.mode}`];
  }
  return ok({ account, results, left });

  async function one(each: Case): Promise<CaseResult> {
    const { rule } = each;
    if (each.kind === 'waits') return { rule, verdict: 'WAITS', why: each.why, compared: [] };
    const lack = wire.stopped() ? 'the run was stopped' : lackOf(each);
    if (lack !== undefined) return { rule, verdict: 'SKIPPED', why: lack, compared: [] };
    const side = open(wire);
    try {
      const ended = await ending(() => runOn(side, each, mode));
      if (side.deeds.movedMode) mode = undefined;
      else if (ended.kind === 'done') mode = each.mode ?? mode;
      return await judged(each, { ended, steps: side.steps, at: wire.now(), budget });
    } finally {
      // Whatever became of it, and even when the mistake is ours.
      if (each.needs.includes('trading')) await cleanAfter(side);
    }
  }

  function lackOf({ needs }: ProbedCase): string | undefined {
    if (readOnly && needs.includes('trading')) return 'the probe was told to read only';
    return needs.map((need) => account.lacks[need]).find((why) => why !== undefined);
  }

  /** Undoes what one case did. What resists is tried once more at the end of the run. */
  async function cleanAfter({ deeds }: OpenSide): Promise<void> {
    hasTraded = true;
    const resisting = await clean(
      deeds.placed,
      otherStops.filter((kind) => deeds.stops.has(kind)),
    );
    if (resisting.length > 0) unswept.push(...deeds.placed);
  }

  async function clean(orders: Deeds['placed'], stops: readonly string[]): Promise<readonly string[]> {
    const closesPositions = account.isEmpty && (orders.some(({ market }) => market === 'swap') || stops === otherStops);
    const swept = await ending(() => sweep({ side: open(cleaner), prefix, placed: orders, otherStops: stops, closesPositions }));
    return swept.kind === 'done' ? swept.value : [`whatever the probe placed (${whyOf(swept, 'stopped')})`];
  }
}

type Ended<Value> = { readonly kind: 'done'; readonly value: Value } | Halt;

/** What came of something that may end early. */
async function ending<Value>(act: () => Promise<Value>): Promise<Ended<Value>> {
  try {
    return { kind: 'done', value: await act() };
  } catch (error) {
    if (error instanceof CaseEnds) return error.halt;
    throw error;
  }
}

async function runOn(side: Side, { mode, run }: ProbedCase, known: PositionMode | undefined): Promise<void> {
  if (mode !== undefined && !(await inMode(side, mode, known)))
    throw new CaseEnds({ kind: 'lacks', why: `the exchange does not let the account change to ${mode}` });
  await run(side);
}

type Judging = {
  readonly ended: Ended<void>;
  readonly steps: OpenSide['steps'];
  readonly at: number;
  readonly budget: Budget;
};

async function judged(each: ProbedCase, { ended, steps, at, budget }: Judging): Promise<CaseResult> {
  const { rule } = each;
  if (ended.kind === 'lacks' || ended.kind === 'stopped')
    return { rule, verdict: 'SKIPPED', why: whyOf(ended, 'the run was stopped'), compared: [] };
  const reference = openSide({ wire: referenceWire(at), credentials: referenceCredentials, budget });
  const there = await ending(() => runOn(reference, each, 'net_mode'));
  const compared = compareSteps({ target: steps, reference: reference.steps });
  if (ended.kind === 'no_answer') return { rule, verdict: 'FAILED', why: ended.why, compared };
  if (there.kind === 'lacks') return { rule, verdict: 'FAILED', why: `the reference: ${there.why}`, compared };
  if (compared.length === 0) return { rule, verdict: 'FAILED', why: 'nothing was seen', compared };
  return { rule, verdict: compared.some(({ differs }) => differs.length > 0) ? 'DIFFERS' : 'PROBED', why: '', compared };
}

function whyOf(ended: Halt, otherwise: string): string {
  return ended.kind === 'no_answer' || ended.kind === 'lacks' ? ended.why : otherwise;
}
