import type { Principal } from '../order/intent.ts';
import { type Configuration, parsedButNotEnforced, type Policy, policyFor } from '../policy/configuration.ts';
import { policyJson } from '../policy/policy.ts';
import type { Seen } from './documents.ts';
import { type Document, headOf } from './head.ts';

/**
 * Every limit with its use and what is left of it: those of one agent, or for `null` those of the account and of every agent. What is read
 * from the file and not enforced yet is named, so that nobody relies on it.
 */
export function limitsView(seen: Seen, principal: Principal | null): Document {
  const { state, circumstances, configuration } = seen;
  const names = principal === null ? ['operator' as Principal, ...namesOf(configuration)] : [principal];
  return {
    ...headOf(state, circumstances.now),
    mode_cause: state.modeCause,
    read_only: circumstances.readOnly,
    principals: names.map((name) => limitsOf(seen, name)),
    not_enforced: {
      names: parsedButNotEnforced,
      sentence: 'read from twokey.toml and not enforced by this version, so do not rely on them',
    },
  };
}

function namesOf(configuration: Configuration): readonly Principal[] {
  return [...configuration.agents.keys()] as readonly string[] as readonly Principal[];
}

function limitsOf({ configuration }: Seen, principal: Principal): Document {
  const policy = policyFor(configuration, principal);
  return { principal: principal === 'operator' ? 'account' : principal, instruments: policy.instruments, limits: rowsOf(policy) };
}

function rowsOf(policy: Policy): readonly Document[] {
  return Object.entries(policyJson(policy))
    .filter(([name]) => name !== 'instruments' && !parsedButNotEnforced.includes(name))
    .map(([limit, max]) => ({ limit, max, used: null, headroom: null }));
}
