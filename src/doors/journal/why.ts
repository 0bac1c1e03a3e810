import type { DecisionBody, Entry } from '../../core/journal/entry.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { isoTime } from '../../core/view/head.ts';
import { heading, moment } from '../operator/text.ts';
import { type OrderOutcome, outcomeOf } from './outcome.ts';
import { emptyHeading, entryDocument, headingAfter, type Pages, type Report } from './pages.ts';
import { Stories, type Story } from './story.ts';
import { short, tell, verdict, visible } from './tell.ts';

/** The story of one intent: what was asked and why, what was decided on which facts, what was sent, and what came of it. */
export async function tellWhy(pages: Pages, intent: string): Promise<Report> {
  const stories = new Stories(intent);
  let head = emptyHeading;
  for await (const page of pages) {
    if (!page.ok)
      return { ok: false, document: { ok: false, code: 'JOURNAL_DAMAGED', message: page.error }, text: `✗ ${visible(page.error)}\n` };
    for (const row of page.value) {
      head = headingAfter(head, row);
      stories.take(row);
    }
  }
  const found = stories.stories;
  if (found.length === 0) {
    const message = `the journal has no intent ${intent}; log show --kind decision lists what was asked`;
    return { ok: false, document: { ok: false, ...head, code: 'NOT_FOUND', message }, text: `${heading(head)}\n\n✗ ${message}\n` };
  }
  return {
    ok: true,
    document: { ...head, intent_id: intent, intents: found.map((story) => storyDocument(story)) },
    text: `${[heading(head), ...found.map((story) => storyText(story, intent))].join('\n\n')}\n`,
  };
}

function storyDocument(story: Story): { readonly [key: string]: Json } {
  return { principal: story.principal, orders: ordersOf(story), entries: story.told.map(({ row }) => entryDocument(row)) };
}

function ordersOf({ told }: Story): readonly OrderOutcome[] {
  const entries = told.map(({ entry }) => entry);
  return entries.filter((entry) => entry.kind === 'submitting').map((submitting) => outcomeOf(submitting, entries));
}

function storyText(story: Story, intent: string): string {
  const steps = story.told.flatMap(({ row, entry }) => {
    const lines = entry.kind === 'decision' ? decisionLines(entry) : [[labelOf(entry), tell(entry)] as const];
    return [`entry ${row.seq}, ${moment(isoTime(row.at))}`, ...lines.map(([label, text]) => `  ${label.padEnd(9)} ${text}`)];
  });
  const ends = ordersOf(story).map((order) => `  ${'outcome'.padEnd(9)} ${outcomeText(order)}`);
  return [`intent ${intent} of ${visible(story.principal)}`, ...steps, ...(ends.length === 0 ? [] : ['in the end', ...ends])].join('\n');
}

function decisionLines(entry: DecisionBody): readonly (readonly [string, string])[] {
  const { reason, evidence, ...asked } = fieldsOf(entry.arguments);
  const { inputs, limit } = entry;
  const use =
    limit === null ? '' : `, ${visible(limit.name)}: ${visible(limit.used)} used of at most ${visible(limit.max)} ${visible(limit.unit)}`;
  const smaller = entry.would_be_allowed === null ? '' : `; ${visible(entry.would_be_allowed)} would be allowed`;
  return [
    ['asked', `${visible(entry.tool)}, by client ${visible(entry.client.name)} ${visible(entry.client.version)}`],
    ...Object.entries(asked).map(([key, value]) => ['', `${visible(key)} ${valueText(value)}`] as const),
    ['reason', reason === undefined ? 'none given' : `“${valueText(reason)}”`],
    ...(Array.isArray(evidence) ? evidence.map((item: Json) => ['evidence', `“${valueText(item)}”`] as const) : []),
    ['decided', `${verdict(entry)}${use}${smaller}`],
    ['given', `mode ${visible(inputs.mode)}, policy ${short(inputs.policy_hash)}, equity ${usd(inputs.equity_usd)}`],
    ...(inputs.quote === null ? [] : [['', quoteText(inputs.quote, inputs.now)] as const]),
    ...(inputs.notional_usd === null
      ? []
      : [['', `worth ${usd(inputs.notional_usd)}, worst case after it ${usd(inputs.worst_case_after_usd)}`] as const]),
  ];
}

function quoteText(quote: NonNullable<DecisionBody['inputs']['quote']>, now: number): string {
  const extra = [
    quote.mark === null ? '' : `, mark ${visible(quote.mark)}`,
    quote.index === null ? '' : `, index ${visible(quote.index)}`,
  ].join('');
  return `bid ${visible(quote.bid)}, ask ${visible(quote.ask)}, last ${visible(quote.last)}${extra}, received ${now - quote.received_at} ms before`;
}

function usd(amount: string | null): string {
  return amount === null ? 'not known' : `${visible(amount)} USD`;
}

function valueText(value: Json): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

function fieldsOf(value: Json): { readonly [key: string]: Json | undefined } & { readonly [key: string]: Json } {
  return isObject(value) ? value : {};
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function outcomeText(order: OrderOutcome): string {
  const average = order.average_price === '' ? '' : ` at ${order.average_price} ${order.price_unit} on average`;
  const fees = order.fees.map(({ amount, currency }) => `, fees ${visible(amount)} ${visible(currency)}`).join('');
  const size = `${order.filled} of ${visible(order.size)} ${order.size_unit}`;
  return `${visible(order.client_order_id)} ${order.state}: ${size} ${order.side === 'buy' ? 'bought' : 'sold'}${average}${fees}; verification ${order.verification}`;
}

/** The part of the story that an entry tells. */
function labelOf(entry: Entry): string {
  switch (entry.kind) {
    case 'submitting':
      return 'sent';
    case 'accepted':
    case 'rejected':
    case 'cancel_answered':
      return 'answered';
    case 'not_sent':
      return 'not sent';
    case 'unknown':
      return 'unknown';
    case 'not_found':
    case 'absent':
    case 'reported':
      return 'looked up';
    case 'fill':
      return 'filled';
    case 'cancelling':
      return 'cancel';
    case 'verified':
      return 'verified';
    default:
      return entry.kind.replaceAll('_', ' ');
  }
}
