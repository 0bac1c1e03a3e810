import { entriesOf } from '../try/facts.ts';
import type { AccidentKind } from './accident.ts';
import type { Traces } from './judge.ts';

/** One thing that stood in an accident's way: a control by its code or limit, or a step down, with the journal entries that say so. */
export type Stop = { readonly control: string; readonly said: string; readonly log: readonly number[] };

/** What stood in the way, in the sequence of the journal, and the mode in the end. */
export function stopsIn(kind: AccidentKind, { before, journal }: Traces): { readonly stops: readonly Stop[]; readonly mode: string } {
  const since = journal.filter(({ seq }) => seq > before.entry);
  const denials = entriesOf(since, 'decision').flatMap(({ seq, outcome, code, limit, message }) =>
    outcome === 'deny' ? [{ seq, control: limit === null ? code : `${code} (${limit.name})`, said: message }] : [],
  );
  const modes = entriesOf(since, 'mode').map(({ seq, to, cause }) => ({ seq, control: `mode ${to}`, said: cause }));
  const frozen = entriesOf(since, 'frozen').map(({ seq, subject, cause }) => ({ seq, control: `frozen ${subject}`, said: cause }));
  const doubts = entriesOf(since, 'unknown').map(({ seq, cause }) => ({ seq, control: 'looked up', said: cause }));
  const looked = doubts.length === 0 ? [] : [...entriesOf(since, 'reported'), ...entriesOf(since, 'absent')];
  const answers = looked.map(({ seq }) => ({ seq, control: 'looked up', said: '' }));
  const refusals = entriesOf(since, 'rejected').map(({ seq, code }) => ({ seq, control: 'rejected, not sent again', said: code }));
  // Where nobody tells of fills, to find them is what stands in the way.
  const fills = kind === 'missed' ? entriesOf(since, 'fill').map(({ seq }) => ({ seq, control: 'fill found by looking', said: '' })) : [];
  const stops = new Map<string, { readonly control: string; readonly said: string; readonly log: number[] }>();
  for (const { seq, control, said } of [...denials, ...modes, ...frozen, ...doubts, ...answers, ...refusals, ...fills].toSorted(
    (a, b) => a.seq - b.seq,
  )) {
    const known = stops.get(control);
    if (known === undefined) stops.set(control, { control, said, log: [seq] });
    else known.log.push(seq);
  }
  const last = entriesOf(journal, 'mode').at(-1)?.to ?? entriesOf(journal, 'booted').at(-1)?.mode ?? 'BOOTING';
  return { stops: [...stops.values()], mode: last };
}
