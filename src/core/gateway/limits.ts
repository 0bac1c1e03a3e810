import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Configuration } from '../policy/configuration.ts';
import type { Event, Step } from './events.ts';
import { down } from './modes.ts';

/** Other limits hold, or are waited for. A file that was loosened and that nobody applied is told line by line, and in live closes entries besides. */
export function limitsSet(
  state: State,
  { ratchet, policyHash, by, cause, unapplied }: Extract<Event, { kind: 'limits_set' }>,
  { exchange }: Pick<Configuration, 'exchange'>,
): Step {
  const { inForce, pending } = ratchet;
  const entry: Entry = { kind: 'policy', in_force: inForce, pending, policy_hash: policyHash, by, cause };
  if (unapplied.length === 0) return { entries: [entry], effects: [] };
  const isLive = exchange.environment === 'live';
  const alert: Entry = {
    kind: 'alert',
    severity: 'red',
    code: 'POLICY_LOOSENED',
    message: 'twokey.toml was changed so that it would allow more, and nobody applied that: it holds only where it tightens',
    action: `${isLive ? 'entries are closed; ' : ''}if it was you, twokey policy apply; if not, put the file right and see who can write to it`,
    details: unapplied,
    key: `POLICY_LOOSENED ${policyHash}`,
  };
  const closed = isLive ? down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause: 'twokey.toml was loosened behind our back' }) : null;
  return { entries: [entry, alert, ...(closed?.entries ?? [])], effects: closed?.effects ?? [] };
}
