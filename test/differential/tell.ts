import type { Event, History, Seen } from './story.ts';
import { wide } from './themes.ts';

/** A history for a person: what is not as it usually is, and the events with their times. */
export function told({ seed, setup, events }: History): readonly string[] {
  const { limits, prices, instruments } = setup;
  const named = new Set(events.flatMap((event) => ('instrument' in event ? [event.instrument] : [])));
  const tight = Object.entries(limits).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify((wide as Record<string, unknown>)[key]),
  );
  let at = setup.at;
  return [
    `seed ${seed}, ${setup.positionMode} mode, ${setup.booted ? 'booted' : 'booting'}${setup.opens ? '' : ', at a stage that opens nothing'}, ${new Date(at).toISOString()}, equity ${setup.funds.equity}`,
    `limits: ${tight.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}`,
    `beside: ${JSON.stringify({ sharing: setup.sharing, baseline: setup.baseline, leverage: setup.leverage })}`,
    ...instruments.filter(({ id }) => named.has(id)).map((listed) => `${JSON.stringify(listed)} ${JSON.stringify(prices[listed.id])}`),
    ...events.map((event) => {
      at += event.after;
      return `${new Date(at).toISOString().slice(11, 23)} ${eventText(event)}`;
    }),
  ];
}

const elsewhere = ['kind', 'after', 'seen'];

function eventText(event: Event): string {
  const fields = Object.entries(event).filter(([key, value]) => !elsewhere.includes(key) && value !== null);
  const words = fields.map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return `${event.kind}: ${words.join(', ')}${'seen' in event ? seenText(event.seen) : ''}`;
}

/** What is missing, old or odd in what was seen. */
function seenText(seen: Seen): string {
  const odd = Object.entries(seen).filter(([key, value]) => {
    if (key === 'clockTrusted') return value === false;
    return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== 0 && value !== false;
  });
  return odd.length === 0 ? '' : ` seeing ${odd.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}`;
}
