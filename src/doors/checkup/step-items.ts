import { formatDuration } from '../../core/policy/fields.ts';
import { failed, fine } from '../operator/checks.ts';
import { type Evidence, type Item, item } from './item.ts';
import type { Traded } from './traces.ts';

// The steps before real money: demo trading, then reading live data.

export const DEMO_TRADES_MIN = 20;
const READING_MILLISECONDS_MIN = 7 * 86_400_000;
const HOUR_MILLISECONDS = 3_600_000;

/** An item for each agent: what one proved says nothing of another. Trades of the simulator do not count. */
export function demoTrades({ configuration, journals }: Evidence): readonly Item[] {
  const sound = journals.filter(({ environment, damage }) => environment === 'demo' && damage === '');
  return [...configuration.agents.keys()].map((agent) => {
    const name = `${DEMO_TRADES_MIN} demo trades by ${agent}`;
    const own = sound.flatMap((journal) =>
      journal.traded.filter((traded) => traded.agent === agent).map((traded) => ({ journal, traded })),
    );
    const [best] = own.toSorted((one, other) => other.traded.orders - one.traded.orders);
    const simulated = journals
      .filter(({ environment }) => environment === 'sim')
      .flatMap(({ traded }) => traded)
      .filter((traded) => traded.agent === agent);
    if (best === undefined) {
      const others = Math.max(0, ...simulated.map(({ orders }) => orders));
      const why = others > 0 ? `; the ${others} of the simulator do not count` : '';
      return item(failed(name, `no order of ${agent} was executed in demo trading${why}`, demoFix));
    }
    const { orders, first, last } = best.traded;
    const what = `${orders} executed orders ${strategyOf(best.traded)}, entries ${first} to ${last} of ${best.journal.file}`;
    const proof = { journal: best.journal, entries: [first, last] };
    return orders >= DEMO_TRADES_MIN
      ? item(fine(name, what), proof)
      : item(failed(name, `${what}: ${DEMO_TRADES_MIN - orders} are missing`, demoFix), proof);
  });
}

const demoFix =
  'let the agent trade in demo (twokey init --env demo, twokey up) under one strategy; a journal of another home counts when a copy lies in evidence/ of this one';

function strategyOf({ strategy }: Traded): string {
  return strategy === '' ? 'without a strategy named' : `of strategy ${strategy}`;
}

/** Reading live data for a week comes before trading on it; a read-only start is how it is done and is not held up by it. */
export function readingWeek({ configuration, journals }: Evidence): Item {
  const name = 'a week of reading live data';
  const blocking = !configuration.exchange.readOnly;
  const sound = journals.filter(({ environment, damage }) => environment === 'live' && damage === '');
  const [best] = sound.toSorted((one, other) => other.readOnly.milliseconds - one.readOnly.milliseconds);
  const done = best?.readOnly ?? { milliseconds: 0, first: 0, last: 0 };
  const fix = 'twokey up --read-only with environment = "live", seven days without a gap of two hours';
  if (best === undefined || done.last === 0) return item(failed(name, 'no read-only gateway ever ran on live data', fix), { blocking });
  const proof = { blocking, journal: best, entries: [done.first, done.last] };
  const what = `${formatDuration(Math.floor(done.milliseconds / HOUR_MILLISECONDS) * HOUR_MILLISECONDS)} in a row, entries ${done.first} to ${done.last} of ${best.file}`;
  return done.milliseconds >= READING_MILLISECONDS_MIN ? item(fine(name, what), proof) : item(failed(name, `${what}, of 7d`, fix), proof);
}
