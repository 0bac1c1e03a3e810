import type { DecisionBody, Entry } from '../../core/journal/entry.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { visible } from '../../core/lang/visible.ts';
import { cents, heading } from '../operator/text.ts';
import { type OrderOutcome, outcomeOf } from './outcome.ts';
import { emptyHeading, entryDocument, headingAfter, type Pages, type Report } from './pages.ts';
import { Stories, type Story } from './story.ts';
import { instant, planned, priceUnit, short, tell, terms, verdict } from './tell.ts';

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
    const lines = linesOf(entry);
    return [`entry ${row.seq}, ${instant(row.at)}`, ...lines.map(([label, text]) => `  ${label.padEnd(9)} ${text}`)];
  });
  const ends = ordersOf(story).map((order) => `  ${'outcome'.padEnd(9)} ${outcomeText(order)}`);
  return [`intent ${intent} of ${visible(story.principal)}`, ...steps, ...(ends.length === 0 ? [] : ['in the end', ...ends])].join('\n');
}

type Line = readonly [label: string, text: string];

function linesOf(entry: Entry): readonly Line[] {
  if (entry.kind === 'decision') return decisionLines(entry);
  if (entry.kind === 'submitting') return [['sending', `${visible(entry.client_order_id)}: ${terms(entry)}`]];
  return [[labelOf(entry), tell(entry)]];
}

function decisionLines(entry: DecisionBody): readonly Line[] {
  const { reason, evidence, ...asked } = fieldsOf(entry.arguments);
  const { inputs } = entry;
  const unit = typeof asked['instrument'] === 'string' ? priceUnit(asked['instrument']) : '';
  return [
    ['asked', `${visible(entry.tool)}, by client ${visible(entry.client.name)} ${visible(entry.client.version)}`],
    ...Object.entries(asked).map(([key, value]) => ['', `${visible(key)} ${valueText(value)}`] as const),
    ['reason', reason === undefined ? 'none given' : `“${valueText(reason)}”`],
    ...(Array.isArray(evidence) ? evidence.map((item: Json) => ['evidence', `“${valueText(item)}”`] as const) : []),
    ['decided', `${verdict(entry)}${planned(entry)}`],
    ['given', `mode ${visible(inputs.mode)}, policy ${short(inputs.policy_hash)}, equity ${usd(inputs.equity_usd)}`],
    ...(inputs.quote === null ? [] : [['', quoteText({ quote: inputs.quote, now: inputs.now, unit })] as const]),
    ...(inputs.quote === null ? [] : marketTexts(inputs.quote).map((text) => ['', text] as const)),
    ...Object.entries(inputs.quotes ?? {}).map(
      ([id, quote]) => ['', `${visible(id)}: ${quoteText({ quote, now: inputs.now, unit: priceUnit(id) })}`] as const,
    ),
    ...(inputs.notional_usd === null
      ? []
      : [['', `worth ${usd(inputs.notional_usd)}, worst case after it ${usd(inputs.worst_case_after_usd)}`] as const]),
  ];
}

type Seen = { readonly quote: NonNullable<DecisionBody['inputs']['quote']>; readonly now: number; readonly unit: string };

function quoteText({ quote, now, unit }: Seen): string {
  const extra = [
    quote.mark === null ? '' : `, mark ${visible(quote.mark)}`,
    quote.index === null ? '' : `, index ${visible(quote.index)}`,
  ].join('');
  return `bid ${visible(quote.bid)}, ask ${visible(quote.ask)}, last ${visible(quote.last)}${extra} ${unit}, received ${now - quote.received_at} ms before`;
}

/** What else was known of the market; entries of older versions say nothing of it. */
function marketTexts({ book, range, funding, coin }: Seen['quote']): readonly string[] {
  return [
    book === undefined || book === null
      ? ''
      : `others bid ${visible(book.bid ?? 'nothing')} and offer ${visible(book.ask ?? 'nothing')}; inside the collar ${visible(book.bid_depth)} bid and ${visible(book.ask_depth)} offered`,
    range === undefined || range === null
      ? ''
      : `between ${visible(range.lowest)} and ${visible(range.highest)} since ${instant(range.since)}`,
    funding === undefined || funding === null ? '' : `funding rate ${visible(funding.rate)}, paid at ${instant(funding.paid_at)}`,
    coin === undefined || coin === null ? '' : `${visible(coin.name)} at ${visible(coin.price)} USD`,
  ].filter((text) => text !== '');
}

function usd(amount: string | null): string {
  return amount === null ? 'not known' : `${cents(amount)} USD`;
}

function valueText(value: Json): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

function fieldsOf(value: Json): { readonly [key: string]: Json } {
  return isObject(value) ? value : {};
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function outcomeText(order: OrderOutcome): string {
  const deed = order.side === 'buy' ? 'bought' : 'sold';
  const name = `${visible(order.client_order_id)} ${order.state}`;
  if (order.fees.length === 0) return `${name}: nothing of ${visible(order.size)} ${order.size_unit} was ${deed}`;
  const average = order.average_price === '' ? '' : ` at ${order.average_price} ${order.price_unit} on average`;
  const fees = order.fees.map(({ amount, currency }) => feeText(amount, currency)).join('');
  return `${name}: ${order.filled} of ${visible(order.size)} ${order.size_unit} ${deed}${average}${fees}; verification ${order.verification}`;
}

/** Every fill names its fee, also one of nothing; a minus says that it was paid. */
function feeText(amount: string, currency: string): string {
  return amount.startsWith('-') ? `, fees ${amount.slice(1)} ${visible(currency)} paid` : `, fees ${amount} ${visible(currency)} received`;
}

/** The part of the story that an entry tells. */
function labelOf(entry: Entry): string {
  switch (entry.kind) {
    case 'denied_again':
      return 'decided';
    case 'approval_asked':
      return 'waits';
    case 'approved':
      return 'agreed';
    case 'approval_ended':
      return entry.outcome === 'denied' ? 'refused' : 'expired';
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
