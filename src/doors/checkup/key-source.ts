import type { Environment } from '../../core/policy/configuration.ts';
import { type Isolation, WAY_OUT } from '../../core/policy/isolation.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';

type Known = { readonly environment: Environment; readonly isolation: Isolation };

/** Whether an agent's user could read the key where twokey takes it from. `open`: by which ways, a sentence each. */
export function keySourceCheck(open: readonly string[], { environment, isolation }: Known): Check {
  const name = 'key source';
  // In advisory mode a start in live is asked of a person, who is told the same.
  if (open.length === 0 && isolation.kind === 'advisory')
    return warned(name, 'an agent that is the gateway’s own user can read the key, wherever twokey takes it from', WAY_OUT);
  if (open.length === 0) return fine(name, 'no user of an agent can read the key where twokey takes it from');
  const fix = 'each line says what to do; where somebody could read it, make a new key at OKX';
  const isRefused = environment === 'live' && isolation.kind === 'isolated';
  return (isRefused ? failed : warned)(name, open.join('; '), fix);
}
