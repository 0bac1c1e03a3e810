import { sinksOf } from '../../core/alert/sinks.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { failed, fine } from '../operator/checks.ts';
import { type Evidence, evidenceOf, type Item, item } from './item.ts';
import type { LastCompared, Traces } from './traces.ts';

// Items about what the gateway did, with the entries of the journal that prove it.

const HOUR_MILLISECONDS = 3_600_000;
/** How long a comparison that came too late is held against a journal. */
const GAP_REMEMBERED_MILLISECONDS = 7 * 86_400_000;

export function singleWriter({ journals, configuration }: Evidence): Item {
  return usedItem('single writer', { journals, configuration }, (journal, last) => {
    const others = last.classes.filter((sort) => foreign.has(sort));
    const proof = { journal, entries: [last.seq] };
    if (others.length > 0)
      return item(
        failed(
          'single writer',
          `somebody else acts on the account: ${others.join(', ')} (entry ${last.seq})`,
          'stop the other program and delete its key; twokey reconcile lists what it did',
        ),
        proof,
      );
    return item(
      fine(
        'single writer',
        `${journal.starts} starts under one lock, and at entry ${last.seq} nothing of anybody else on ${journal.account}`,
      ),
      proof,
    );
  });
}

/** Classes of differences that only another writer makes. */
const foreign: ReadonlySet<string> = new Set(['other_writer', 'foreign_order', 'foreign_trade', 'changed_order']);

export function verification({ journals, configuration }: Evidence): Item {
  const name = 'post-trade verification';
  // A gateway that only read has nothing to verify, and hides none that did.
  const traded = journals.filter(({ matched, divergent }) => matched > 0 || divergent.size > 0);
  return usedItem(name, { journals: [...traded, ...journals], configuration }, (journal) => {
    const [open] = journal.divergent;
    if (open !== undefined)
      return item(
        failed(
          name,
          `what the exchange has of ${open[0]} is not what was meant (entry ${open[1]})`,
          'twokey log show, then twokey reconcile',
        ),
        { journal, entries: [open[1]] },
      );
    if (journal.matched === 0) return item(failed(name, 'no trade was ever verified', 'let the agent trade in demo'), { journal });
    return item(
      fine(name, `${journal.matched} trades verified against the exchange's own position, the last with entry ${journal.lastMatched}`),
      { journal, entries: [journal.lastMatched] },
    );
  });
}

export function reconciliation({ journals, configuration }: Evidence): Item {
  const name = 'hourly reconciliation';
  const every = configuration.reconcile.fullEveryMilliseconds;
  if (every > HOUR_MILLISECONDS)
    return item(failed(name, `full_every is ${formatDuration(every)}`, 'set full_every = "1h" or less in [reconcile]'));
  return usedItem(name, { journals, configuration }, (journal, last) => {
    const proof = { journal, entries: [last.seq] };
    if (!last.clean)
      return item(failed(name, `the last comparison found differences (entry ${last.seq})`, 'twokey reconcile lists them'), proof);
    const { lastGap: gap, lastAt } = journal;
    if (gap !== null && lastAt - gap.at < GAP_REMEMBERED_MILLISECONDS)
      return item(
        failed(
          name,
          `${formatDuration(Math.floor(gap.milliseconds / 60_000) * 60_000)} passed without one before entry ${gap.seq}`,
          'keep the machine awake and online; a week without such a gap clears this',
        ),
        { journal, entries: [gap.seq] },
      );
    return item(
      fine(name, `${journal.comparisons} comparisons, the last one clean (entry ${last.seq}), due every ${formatDuration(every)}`),
      proof,
    );
  });
}

export function alerts({ journals, configuration }: Evidence): Item {
  const name = 'alerts configured and delivered';
  const sinks = [...sinksOf(configuration.alerts)].filter(([, { kind }]) => kind !== 'log').map(([sink]) => sink);
  if (sinks.length === 0)
    return item(
      failed(name, 'there are no [[alerts.sinks]] that reach a person', 'name one in twokey.toml, start, then twokey alerts test'),
    );
  for (const journal of evidenceOf(journals, configuration)) {
    const arrived = sinks.flatMap((sink) => (journal.down.has(sink) ? [] : (journal.delivered.get(sink) ?? [])));
    if (arrived.length === sinks.length)
      return item(fine(name, `${sinks.join(', ')}: delivered with entries ${arrived.map(({ seq }) => seq).join(', ')}`), {
        journal,
        entries: arrived.map(({ seq }) => seq),
      });
  }
  return item(
    failed(
      name,
      `nothing is known to have arrived by each of ${sinks.join(', ')}`,
      'twokey alerts test, and look whether you got it; twokey doctor says which is down',
    ),
  );
}

/** An item about a gateway that has run: red where none has. */
function usedItem(
  name: string,
  { journals, configuration }: Pick<Evidence, 'journals' | 'configuration'>,
  read: (journal: Traces, last: LastCompared) => Item,
): Item {
  for (const journal of evidenceOf(journals, configuration)) if (journal.lastCompared !== null) return read(journal, journal.lastCompared);
  const damaged = journals.find(({ damage }) => damage !== '');
  const why = damaged === undefined ? 'no journal says that a gateway ever ran here' : `${damaged.file}: ${damaged.damage}`;
  return item(failed(name, why, 'twokey up in demo writes one; a copy of it counts in evidence/ of this home'));
}
