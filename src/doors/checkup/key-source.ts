import type { Environment } from '../../core/policy/configuration.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';

/** Whether an agent's user could read the key where twokey takes it from. `open`: by which ways, a sentence each. */
export function keySourceCheck(open: readonly string[], environment: Environment): Check {
  const name = 'key source';
  if (open.length === 0) return fine(name, 'no user of an agent can read the key where twokey takes it from');
  const fix = 'each line says what to do; where somebody could read it, make a new key at OKX';
  return (environment === 'live' ? failed : warned)(name, open.join('; '), fix);
}
