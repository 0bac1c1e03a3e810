import { type Amount, most, show } from '../../simulation/amount.ts';
import { Tally } from '../../simulation/tally.ts';
import type { JournalEntry } from '../harness/journal.ts';
import { contradictedIn, type Judgement, type Limits, type Reached } from './judge.ts';
import { faultNames, victims } from './plan.ts';
import type { Told } from './crew.ts';

/** What a long run must have met; a zero means that it tried less than it says. */
const required: readonly string[] = [
  ...victims.map((victim) => `killed: ${victim}`),
  'killed: gateway while it starts',
  ...faultNames.map((name) => `fault: ${name}`),
  'fault: answer twice',
  'order: submitted',
  'order: accepted',
  'order: rejected',
  'order: unknown',
  'order: proven absent',
  'order: refused and there all the same',
  'order: filled',
  'order: cancelled',
  'close: submitted',
  'answer: the same id again',
  'answer: INTENT_CONFLICT',
  'answer: lost',
  'denied: MAX_ORDER_SIZE',
  'denied: MAX_POSITION_SIZE',
  'denied: MAX_TOTAL_EXPOSURE',
  'mode: REDUCE_ONLY',
  'mode: HALTED',
  'mode: ACTIVE',
];

/** The figures of a run. */
export class Figures {
  readonly tally = new Tally();
  #reached: Reached = { order: 0n, position: 0n, total: 0n };

  #forgivenMost = 0;

  reach({ reached: { order, position, total }, forgiven }: Judgement): void {
    this.#forgivenMost = Math.max(this.#forgivenMost, forgiven);
    const before = this.#reached;
    this.#reached = { order: most(before.order, order), position: most(before.position, position), total: most(before.total, total) };
  }

  /** What a long run should have met and never did. */
  missing(): readonly string[] {
    return this.tally.missing(required);
  }

  lines(limits: Limits): readonly string[] {
    const { order, position, total } = this.#reached;
    const of = (what: string, amount: Amount, limit: number): string => `${what} ${show(amount)} of ${limit}`;
    const reached = [of('order', order, limits.order), of('position', position, limits.position), of('total', total, limits.total)];
    return [
      ...this.tally.lines(),
      `furthest, in USD at the lowest price: ${reached.join(', ')}`,
      `forgiven, because the exchange refused what it had carried out: at most ${this.#forgivenMost} orders of a world`,
    ];
  }
}

/** What the agents were told. */
export function countTold(tally: Tally, told: readonly Told[]): void {
  const seen = new Set<string>();
  for (const { wish, answer } of told) {
    const key = `${wish.agent}/${wish.arguments['intent_id'] ?? ''}`;
    if (seen.has(key)) tally.add('answer: the same id again');
    seen.add(key);
    tally.add('answer: all');
    if (answer === null || answer.code === 'OUTCOME_UNKNOWN') tally.add('answer: lost');
    if (answer?.code === 'INTENT_CONFLICT') tally.add('answer: INTENT_CONFLICT');
  }
}

/** What a round wrote. */
export function countJournal(tally: Tally, entries: readonly JournalEntry[]): void {
  const contradicted = contradictedIn(entries);
  const there = new Set<string>();
  for (const { kind, body } of entries) {
    const text = (key: string): string => String(body[key]);
    const name = nameOf(kind, text);
    if (name !== undefined) tally.add(name);
    if (kind === 'fill' || kind === 'reported') there.add(text('client_order_id'));
    if (kind === 'fill') tally.add('order: fills');
    if (kind === 'submitting' && text('purpose') === 'exit') tally.add('close: submitted');
  }
  for (const id of contradicted) if (there.has(id)) tally.add('order: refused and there all the same');
}

function nameOf(kind: string, text: (key: string) => string): string | undefined {
  switch (kind) {
    case 'submitting':
      return 'order: submitted';
    case 'accepted':
    case 'rejected':
    case 'unknown':
      return `order: ${kind}`;
    case 'not_sent':
      return 'order: not sent';
    case 'absent':
      return 'order: proven absent';
    case 'reported':
      return text('state') === 'filled' || text('state') === 'cancelled' ? `order: ${text('state')}` : undefined;
    case 'decision':
      return text('outcome') === 'deny' ? `denied: ${text('code')}` : undefined;
    case 'denied_again':
      return 'denied: again';
    case 'mode':
      return `mode: ${text('to')}`;
    case 'alert':
      return `alert: ${text('code')}`;
    case 'started':
      return 'start: all';
    default:
      return undefined;
  }
}
