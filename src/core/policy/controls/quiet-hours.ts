import { refusal, type Refusal, type Wish } from '../control.ts';

const MINUTE_MILLISECONDS = 60_000;
const DAY_MINUTES = 1440;

/** Refuses an entry in a time of the UTC day in which the policy wants quiet: nobody may be awake to look. */
export function quietHours({ question: { circumstances, policy } }: Wish): Refusal | null {
  const minute = Math.floor(circumstances.now / MINUTE_MILLISECONDS) % DAY_MINUTES;
  const quiet = policy.quietHours.find((period) => isInside(minute, period));
  return quiet === undefined ? null : refusal('NOT_ALLOWED', `the policy takes no entries from ${quiet.replace('-', ' to ')} UTC`);
}

/** A period that ends at or before its start goes over midnight; its end is not in it. */
function isInside(minute: number, period: string): boolean {
  const [start = 0, end = 0] = period.split('-').map(minuteOf);
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}
