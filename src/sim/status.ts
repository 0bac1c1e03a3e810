import { type Answer, failure, success } from './answers.ts';
import { textField } from './fields.ts';
import type { PublicCall } from './public.ts';
import { refusals } from './refusal.ts';
import type { Row } from './rows.ts';
import { maintenanceState } from './under-conditions.ts';
import type { World } from './world.ts';

/** What is told of maintenance; of demo trading, and of its trading service alone. */
function statusRows({ state: { now, conditions } }: World): readonly Row[] {
  const { maintenance } = conditions;
  if (maintenance === undefined) return [];
  const { begin, end, isScheduled } = maintenance;
  const state = maintenanceState(now, maintenance);
  const times = { begin: String(begin), end: String(end), href: '', preOpenBegin: '', scheDesc: '' };
  const kind = { serviceType: '5', state, maintType: isScheduled ? '1' : '2', env: '2', system: 'unified' };
  return [{ ...times, ...kind, title: 'Trading system upgrade' }];
}

const states: readonly string[] = ['scheduled', 'ongoing', 'pre_open', 'completed', 'canceled'];

/** GET system/status. */
export function getStatus({ world, fields }: PublicCall): Answer {
  const wanted = textField(fields, 'state');
  // @rule status-states
  if (wanted !== '' && !states.includes(wanted)) return failure(refusals.parameter('state'));
  const isAsked = ({ state }: Row): boolean => (wanted === '' ? states.slice(0, 3).includes(String(state)) : state === wanted);
  return success(statusRows(world).filter(isAsked));
}

/** The channel tells of its end too. */
export function getStatusTold({ world }: PublicCall): Answer {
  return success(statusRows(world));
}
