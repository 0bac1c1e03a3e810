import { cell, cents, type Column, type Fields, heading, isFields, moment, pairs, rowsOf, table } from '../operator/text.ts';

const sums: readonly Column[] = [
  { title: 'orders', of: (row) => cell(row['orders']), align: 'right' },
  { title: 'fills', of: (row) => cell(row['fills']), align: 'right' },
  { title: 'turnover USD', of: (row) => cents(row['turnover_usd']), align: 'right' },
  { title: 'fees USD', of: (row) => cents(row['fees_usd']), align: 'right' },
  { title: 'slippage USD', of: (row) => cents(row['slippage_usd']), align: 'right' },
  { title: 'bps', of: (row) => cell(row['slippage_bps']), align: 'right' },
];
const denials: Column = { title: 'denials', of: (row) => cell(row['denials']), align: 'right' };

/** Every day of a journal as a table. */
export function renderDays(document: Fields): string {
  const columns: readonly Column[] = [
    { title: 'day', of: (row) => cell(row['day']) },
    ...sums,
    denials,
    { title: 'alerts', of: (row) => cell(row['alert_count']), align: 'right' },
    { title: 'earned USD', of: (row) => cents(row['earned_usd']), align: 'right' },
  ];
  return `${heading(document)}\n\n${table(columns, rowsOf(document, 'days'))}\n`;
}

/** One day as a person reads it. */
export function renderDay(document: Fields): string {
  const parts = [
    heading(document),
    pairs([
      ['day', `${cell(document['day'])} (UTC)`],
      [
        'orders',
        `${cell(document['orders'])} sent, ${cell(document['entries'])} of them entries, ${cell(document['rejected'])} rejected by the exchange`,
      ],
      ['fills', `${cell(document['fills'])}, of ${cents(document['turnover_usd'])} USD`],
      ['fees', `${cents(document['fees_usd'])} USD (${feesOf(document)})`],
      ['slippage', slippageOf(document)],
      ['earned', earnedOf(document)],
      ['proven', `${cell(document['verified'])} times equal to the exchange, ${cell(document['divergent'])} times not`],
      ...(document['unvalued_fills'] === 0
        ? []
        : [['left out', `${cell(document['unvalued_fills'])} fills whose price or fee is not in dollars`] as const]),
    ]),
    ...listed('instrument', rowsOf(document, 'instruments'), sums),
    ...listed('agent', rowsOf(document, 'agents'), [...sums, denials]),
    counted('denied by', rowsOf(document, 'denials_by_control'), [
      { title: 'control', of: (row) => cell(row['code']) },
      { title: 'denials', of: (row) => cell(row['count']), align: 'right' },
    ]),
    counted('alerts', rowsOf(document, 'alerts'), [
      { title: 'severity', of: (row) => cell(row['severity']) },
      { title: 'code', of: (row) => cell(row['code']) },
      { title: 'times', of: (row) => cell(row['count']), align: 'right' },
      { title: 'the last one', of: (row) => cell(row['last']) },
    ]),
    counted('mode', rowsOf(document, 'mode_changes'), [
      { title: 'at', of: (row) => moment(row['at']) },
      { title: 'from', of: (row) => cell(row['from']) },
      { title: 'to', of: (row) => cell(row['to']) },
      { title: 'by', of: (row) => cell(row['by']) },
      { title: 'cause', of: (row) => cell(row['cause']) },
    ]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function feesOf(document: Fields): string {
  const fees = document['fees_by_currency'];
  const paid = isFields(fees) ? Object.entries(fees).map(([currency, amount]) => `${cell(amount)} ${cell(currency)}`) : [];
  return paid.length === 0 ? 'none' : paid.join(', ');
}

function slippageOf(document: Fields): string {
  if (document['slippage_bps'] === null) return 'nothing to compare';
  return `${cents(document['slippage_usd'])} USD worse than the price at the decision, ${cell(document['slippage_bps'])} basis points`;
}

function earnedOf(document: Fields): string {
  if (document['earned_usd'] === null) return 'nothing was marked';
  return `${cents(document['earned_usd'])} USD up to the last mark at ${moment(document['earned_as_of']).slice(11)}, fees included and what is held at its price`;
}

function listed(name: string, rows: readonly Fields[], columns: readonly Column[]): readonly string[] {
  return rows.length === 0 ? [] : [table([{ title: name, of: (row) => cell(row[name]) }, ...columns], rows)];
}

function counted(title: string, rows: readonly Fields[], columns: readonly Column[]): string {
  return rows.length === 0 ? '' : `${title}\n${table(columns, rows)}`;
}
