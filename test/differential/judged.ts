import type { Tally } from '../simulation/tally.ts';
import { controlNames, searched } from './subject.ts';

/** Of a hundred decisions, at most so many may hang on how something is rounded. */
const UNDECIDABLE_PERCENT_MAX = 2;

/** What a run has to have met: a comparison that never came to a control says nothing about it. */
export function lacking(tally: Tally): readonly string[] {
  const share = (tally.count('decisions: undecidable by rounding') * 100) / tally.count('decisions: all');
  return [
    ...tally.missing(controlNames.map((name) => `binding: ${name}`)).map((what) => `never ${what}`),
    ...tally.missing(required).map((what) => `never ${what}`),
    ...(share <= UNDECIDABLE_PERCENT_MAX ? [] : [`${share.toFixed(2)} % of the decisions hang on rounding`]),
  ];
}

const required: readonly string[] = [
  ...['spot net', 'linear net', 'linear leg', 'inverse net', 'inverse leg'].flatMap((what) => [
    `allowed: ${what} entry`,
    `allowed: ${what} exit`,
  ]),
  ...['place', 'close', 'amend', 'accepted', 'rejected', 'not_sent', 'unknown', 'not_found', 'absent', 'cancelling', 'armed'].map(
    eventNamed,
  ),
  ...[
    'triggered',
    'fill',
    'amended',
    'mode',
    'freeze',
    'thaw',
    'silence',
    'restart',
    'booted',
    'prices',
    'funds',
    'leverage',
    'marked',
  ].map(eventNamed),
  ...['live', 'partially_filled', 'filled', 'cancelled'].map((state) => eventNamed(`reported ${state}`)),
  'amendments: of an entry allowed',
  'amendments: of an exit allowed',
  'offers: made',
];

function eventNamed(name: string): string {
  return `events: ${name}`;
}

/** A line for each control, in the order in which they are asked: how often it was the one that refused. */
export function bindingTable(tally: Tally): readonly string[] {
  const refused = tally.count('decisions: refused');
  return controlNames.map((name, index) => {
    const count = tally.count(`binding: ${name}`);
    const share = ((count * 100) / Math.max(refused, 1)).toFixed(2);
    return `${String(index + 1).padStart(3)} ${name.padEnd(26)} ${String(count).padStart(8)} ${share.padStart(6)} %${searched.has(name) ? '  largest size sought' : ''}`;
  });
}
