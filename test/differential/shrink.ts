import { replay } from './play.ts';
import type { Event, History } from './story.ts';

/** The shortest list of events that could be found with which oracle and core still differ: ever smaller parts are left out as long as they do. */
export function shrunk(history: History): History {
  let events = history.events;
  for (let part = Math.ceil(events.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let from = 0; from < events.length;) {
      const fewer = without(events, from, part);
      const found = replay({ ...history, events: fewer });
      if (found === null) from += part;
      else events = fewer.slice(0, found.event + 1);
    }
  }
  return { ...history, events };
}

/** What is left keeps its time. */
function without(events: readonly Event[], from: number, count: number): readonly Event[] {
  const lost = events.slice(from, from + count).reduce((sum, { after }) => sum + after, 0);
  return events.toSpliced(from, count).map((event, index) => (index === from ? { ...event, after: event.after + lost } : event));
}
