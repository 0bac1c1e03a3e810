import type { State } from '../account/state.ts';
import type { AlertBody, Entry } from '../journal/entry.ts';
import type { Configuration } from '../policy/configuration.ts';
import { formatDuration } from '../policy/fields.ts';
import type { Event, Step } from './events.ts';
import { down } from './modes.ts';

type LimitsSet = Extract<Event, { kind: 'limits_set' }>;

/**
 * Other limits hold, or are waited for. A file that was loosened and that nobody applied is told line by line, and in live closes entries besides. What the operator loosens is told too, to
 * the ways that hold before it does: somebody who is not the operator, and took what proves it, is to be noticed while there is time.
 */
export function limitsSet(state: State, event: LimitsSet, { exchange }: Pick<Configuration, 'exchange'>): Step {
  const { ratchet, policyHash, by, cause, unapplied, loosening } = event;
  const { inForce, pending } = ratchet;
  const entry: Entry = { kind: 'policy', in_force: inForce, pending, policy_hash: policyHash, by, cause };
  if (loosening !== null) return { entries: [entry, loosened(loosening)], effects: [] };
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

function loosened({ changes, waitMilliseconds }: NonNullable<LimitsSet['loosening']>): AlertBody {
  const told = { kind: 'alert', severity: 'amber', code: 'LOOSENING', details: changes } as const;
  if (waitMilliseconds === 0) return { ...told, message: 'what the operator loosened in twokey.toml holds from now on' };
  const wait = formatDuration(waitMilliseconds);
  return {
    ...told,
    message: `what the operator loosened in twokey.toml is to hold in ${wait}`,
    action: 'nothing of it holds yet; if it was not you, twokey policy withdraw gives it up, and see who knows what proves that it is you',
  };
}
