import type { Principal } from '../core/order/intent.ts';
import { parsedButNotEnforced, policyFor } from '../core/policy/configuration.ts';
import { OPERATOR } from '../core/policy/control.ts';
import { controls, protectionControls } from '../core/policy/controls.ts';
import { limitsInUse } from '../core/policy/limits-in-use.ts';
import { policyJson } from '../core/policy/policy.ts';
import { boxed } from './boxed.ts';
import type { Seen } from './documents.ts';
import { type Document, headOf } from './head.ts';
import { frozenRows } from './stops.ts';

/**
 * Every limit with its use and what is left of it: those of one agent, or for `null` those of the account and of every agent. What is read
 * from the file and not enforced yet is named, so that nobody relies on it.
 */
export function limitsView(seen: Seen, principal: Principal | null): Document {
  const { state, circumstances, configuration } = seen;
  const mode_cause = principal === null ? state.modeCause : boxed(state.modeCause);
  const head = { ...headOf(state, circumstances.now), mode_cause, read_only: circumstances.readOnly };
  const notEnforced = { not_enforced: { names: parsedButNotEnforced, sentence: 'read from twokey.toml and not enforced by this version' } };
  if (principal !== null)
    return { ...head, agent: principal, frozen: frozenRows(state, principal), ...limitsOf(seen, principal), ...notEnforced };
  const principals = [
    { principal: 'account', ...limitsOf(seen, OPERATOR as Principal) },
    ...[...configuration.agents.keys()].map((name) => ({ principal: name, ...limitsOf(seen, name as Principal) })),
  ];
  return { ...head, frozen: frozenRows(state), principals, ...notEnforced };
}

function limitsOf({ state, circumstances, configuration }: Seen, principal: Principal): Document {
  const policy = policyFor(configuration, principal);
  const { threshold, firstOfKind } = configuration.approval;
  const approvalAbove = threshold.kind === 'above' ? threshold.amount : null;
  const limits = limitsInUse({ books: state, circumstances, policy, principal, approvalAbove }).map((limit) => ({ ...limit }));
  const counted = new Set(limits.map(({ name }) => name.split('.')[0]));
  // What has no use that could be told: how an order has to be, and when there may be one.
  const rules = Object.entries(policyJson(policy)).filter(([key]) => !counted.has(key) && key !== 'instruments');
  return {
    instruments: policy.instruments,
    limits,
    rules: { ...Object.fromEntries(rules), approval_first_of_kind: firstOfKind },
    always: [...controls, ...protectionControls].filter(({ inFile }) => !inFile).map(({ name }) => name),
  };
}
