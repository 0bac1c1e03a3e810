import type { State } from '../account/state.ts';
import type { Context } from '../gateway/events.ts';
import type { AlertBody } from '../journal/entry.ts';
import { subtract } from '../money/decimal.ts';
import { usd } from '../policy/words.ts';
import { dayOf } from './alerting.ts';
import { DIGEST } from './heard.ts';

/** At the first second of a UTC day: what the day before was like, so that a day without any message is noticed. */
export function digestDue(state: State, { circumstances, configuration: { alerts } }: Context): readonly AlertBody[] {
  const { digestDay } = state.alerting;
  const today = dayOf(circumstances.now);
  if (digestDay === null || today <= digestDay || state.booting || !circumstances.clockTrusted || alerts.sinks.length === 0) return [];
  const alertsOfDay = state.alerts.filter(({ at }) => dayOf(at) >= digestDay);
  const count = (severity: string): number => alertsOfDay.filter((alert) => alert.severity === severity).length;
  const { activity, earnings, alerting } = state;
  const entries = activity.today.day === digestDay ? activity.today.entries : 0;
  const mode = state.mode === 'ACTIVE' ? state.mode : `${state.mode} (${state.modeCause})`;
  return [
    {
      kind: 'alert',
      severity: 'info',
      code: DIGEST,
      message: `the day that ended: ${entries} entries, ${earned(earnings.course, digestDay)}, ${count('red')} red and ${count('amber')} amber alerts, ${alerting.unanswered.length} red ones not acknowledged; the account is ${state.mode}`,
      details: [
        `mode: ${mode}`,
        `positions: ${state.positions.size}, open orders: ${state.openOrders.size}, orders that wait for you: ${state.approvals.size}`,
        `last comparison: ${state.lastCompared === null ? 'none' : state.lastCompared.clean ? 'clean' : `${state.lastCompared.differences} differences`}`,
      ],
    },
  ];
}

/** By its own marks; what nobody could value is not told as nothing. */
function earned({ today, last }: State['earnings']['course'], day: number): string {
  if (today === null || last === null || today.day !== day || dayOf(last.at) !== day) return 'nothing known of gain or loss';
  return `${usd(subtract(last.usd, today.anchor))} earned`;
}
