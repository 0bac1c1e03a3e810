import type { Json } from '../../core/lang/canonical.ts';
import { compare } from '../../core/money/decimal.ts';
import { approvalAbove, type ApprovalThreshold, type Configuration, type Policy } from '../../core/policy/configuration.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { loosened } from '../../core/policy/policy.ts';
import { alertChanges } from './alert-changes.ts';
import { limitsOf, same } from './policy-document.ts';
import { cell, type Fields, table } from './text.ts';

/** `both`: a part of it tighter and another looser, which counts as looser. `neither`: not a limit, such as how long an answer waits. */
export type Direction = 'tightening' | 'loosening' | 'both' | 'neither';

/** What one file says otherwise than the other; `null` where only one of them says it. */
export type Change = {
  /** `null`: of the account, and of every agent that has no tighter limit of its own. */
  readonly agent: string | null;
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
  readonly change: Direction;
};

type Two<Value> = { readonly before: Value; readonly after: Value };

/** Everything in which two configurations differ that bears on what may be traded. What an agent has from the account is told once. */
export function policyChanges({ before, after }: Two<Configuration>): readonly Change[] {
  const account = limitChanges({ before: before.policy, after: after.policy });
  return [
    ...exchangeChanges({ before: before.exchange, after: after.exchange }),
    ...account.map((change) => ({ agent: null, ...change })),
    ...approvalChanges({ before: before.approval, after: after.approval }),
    ...otherChanges({ before, after }),
    ...agentChanges({ before, after }),
  ];
}

type Told = Omit<Change, 'agent'>;

function limitChanges({ before, after }: Two<Policy>): readonly Told[] {
  const next = new Map(limitsOf(after));
  return limitsOf(before).flatMap(([name, value]): readonly Told[] => {
    const other = next.get(name) ?? null;
    if (same(value, other)) return [];
    const tighter = loosened({ key: name, policy: before, limit: after }) !== null;
    const looser = loosened({ key: name, policy: after, limit: before }) !== null;
    return [{ name, before: value, after: other, change: direction({ tighter, looser }) }];
  });
}

function direction({ tighter, looser }: { readonly tighter: boolean; readonly looser: boolean }): Direction {
  if (tighter) return looser ? 'both' : 'tightening';
  return looser ? 'loosening' : 'neither';
}

/** Another environment is another account: no limit is tighter or looser for it, and nobody should overlook it. */
function exchangeChanges({ before, after }: Two<Configuration['exchange']>): readonly Change[] {
  const changes: Change[] = [];
  if (before.environment !== after.environment) {
    const told = { name: 'exchange.environment', before: before.environment, after: after.environment };
    changes.push({ agent: null, ...told, change: 'neither' });
  }
  if (before.readOnly !== after.readOnly) {
    const told = { name: 'exchange.read_only', before: before.readOnly, after: after.readOnly };
    changes.push({ agent: null, ...told, change: after.readOnly ? 'tightening' : 'loosening' });
  }
  return changes;
}

/** More orders that need a person, and less time for that person, are tighter. */
function approvalChanges({ before, after }: Two<Configuration['approval']>): readonly Change[] {
  const changes: Change[] = [];
  const [from, to] = [approvalAbove(before), approvalAbove(after)];
  if (from !== to) {
    const tighter = asksMore(after.threshold, before.threshold);
    const looser = asksMore(before.threshold, after.threshold);
    changes.push({ agent: null, name: 'approval.above', before: from, after: to, change: direction({ tighter, looser }) });
  }
  const [was, is] = [before.ttlMilliseconds, after.ttlMilliseconds];
  if (was !== is) {
    const told = { name: 'approval.ttl', before: formatDuration(was), after: formatDuration(is) };
    changes.push({ agent: null, ...told, change: is < was ? 'tightening' : 'loosening' });
  }
  if (before.firstOfKind !== after.firstOfKind) {
    const told = { name: 'approval.first_of_kind', before: before.firstOfKind, after: after.firstOfKind };
    changes.push({ agent: null, ...told, change: after.firstOfKind ? 'tightening' : 'loosening' });
  }
  return changes;
}

/** What is no limit of an order, and still must not be loosened unseen. */
function otherChanges({ before, after }: Two<Configuration>): readonly Change[] {
  const changes: Change[] = [];
  const add = (name: string, was: Json, is: Json, isTighter: boolean): void => {
    if (was !== is) changes.push({ agent: null, name, before: was, after: is, change: isTighter ? 'tightening' : 'loosening' });
  };
  const [proof, dead, full] = [before.operator.requireProof, before.exchange.deadManSeconds, before.reconcile.fullEveryMilliseconds];
  const { operator, exchange, reconcile } = after;
  add('operator.require_proof', proof, operator.requireProof, operator.requireProof);
  add('exchange.dead_man', `${dead}s`, `${exchange.deadManSeconds}s`, exchange.deadManSeconds < dead);
  const every = reconcile.fullEveryMilliseconds;
  add('reconcile.full_every', formatDuration(full), formatDuration(every), every < full);
  return [...changes, ...alertChanges({ before: before.alerts, after: after.alerts })];
}

function asksMore(one: ApprovalThreshold, other: ApprovalThreshold): boolean {
  return one.kind === 'above' && (other.kind !== 'above' || compare(one.amount, other.amount) < 0);
}

function agentChanges({ before, after }: Two<Configuration>): readonly Change[] {
  const names = [...new Set([...before.agents.keys(), ...after.agents.keys()])].toSorted();
  return names.flatMap((agent): readonly Change[] => {
    const [was, is] = [before.agents.get(agent), after.agents.get(agent)];
    if (was === undefined) return [{ agent, name: 'agent', before: null, after: 'may trade', change: 'loosening' }];
    if (is === undefined) return [{ agent, name: 'agent', before: 'may trade', after: null, change: 'tightening' }];
    const inherited = new Map([...limitChanges({ before: before.policy, after: after.policy })].map((change) => [change.name, change]));
    const own: readonly Told[] = limitChanges({ before: was.policy, after: is.policy }).filter(
      (change) => !same(change, inherited.get(change.name)),
    );
    const shared: readonly Told[] =
      was.sharedPositions === is.sharedPositions
        ? []
        : [
            {
              name: 'shared_positions',
              before: was.sharedPositions,
              after: is.sharedPositions,
              change: is.sharedPositions ? 'loosening' : 'tightening',
            },
          ];
    return [...own, ...shared].map((change) => ({ agent, ...change }));
  });
}

/** Whether anything is allowed afterwards that was not before. */
export function loosens(changes: readonly Change[]): boolean {
  return changes.some(({ change }) => change === 'loosening' || change === 'both');
}

const words: { readonly [Each in Direction]: string } = {
  tightening: 'tightens',
  loosening: 'loosens',
  both: 'tightens one part and loosens another',
  neither: 'is no limit',
};

/** The changes for a person. */
export function renderChanges(changes: readonly Fields[]): string {
  if (changes.length === 0) return 'no limit differs';
  const rows = changes.map((change) => ({ ...change, change: words[change['change'] as Direction] ?? change['change'] }));
  return table(
    [
      { title: 'of', of: (row) => (row['agent'] === null ? 'account' : `agent ${cell(row['agent'])}`) },
      { title: 'limit', of: (row) => cell(row['name']) },
      { title: 'is', of: (row) => cell(row['before']) },
      { title: 'would be', of: (row) => cell(row['after']) },
      { title: '', of: (row) => cell(row['change']) },
    ],
    rows,
  );
}
