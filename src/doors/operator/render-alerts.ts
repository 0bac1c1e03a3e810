import { boxed, cell, type Fields, isFields, isList, moment, pairs, rowsOf, table } from './text.ts';

// What a person should have seen. The first line of each is the gateway's own; what comes below may quote an agent, and stands in a box.

/** Every alert with its id, and the ways by which people are told. */
export function renderAlerts(document: Fields): readonly string[] {
  const rows = rowsOf(document, 'alerts');
  const closed = document['entries_closed'];
  return [
    isFields(closed) ? `⚠ nobody can be told since ${moment(closed['since'])}, so that entries are closed: ${cell(closed['cause'])}` : '',
    ...(rows.length === 0 ? ['no alerts'] : rows.map(renderAlert)),
    renderSinks(rowsOf(document, 'sinks')),
  ];
}

function renderAlert(row: Fields): string {
  const answer = row['acknowledged'];
  const limit = cell(row['limit']);
  const details = isList(row['details']) ? row['details'].map((each) => cell(each)) : [];
  const facts = pairs([
    ['at', `${moment(row['at'])}, log ${cell(row['log_seq'])}`],
    ...(limit === '–' ? [] : [['limit', `${limit}, value ${cell(row['value'])}`] as const]),
    ...(cell(row['action']) === '–' ? [] : [['done', cell(row['action'])] as const]),
    ['acknowledged', isFields(answer) ? `${moment(answer['at'])} by ${cell(answer['by'])}` : 'no'],
    ...(isList(row['not_delivered_to']) && row['not_delivered_to'].length > 0
      ? [['not yet at', cell(row['not_delivered_to'])] as const]
      : []),
  ]);
  const box = details.length === 0 ? [] : [boxed('details', details)];
  const body = [facts, ...box].join('\n').replaceAll(/^/gm, '  ');
  return `${cell(row['id'])}  ${cell(row['severity'])} ${cell(row['code'])}: ${cell(row['message'])}\n${body}`;
}

function renderSinks(rows: readonly Fields[]): string {
  if (rows.length === 0) return 'no [[alerts.sinks]] in twokey.toml: alerts stand in the journal and nobody is told';
  const columns = ['name', 'state', 'waiting', 'cause'].map((name) => ({ title: name, of: (row: Fields) => cell(row[name]) }));
  return `sinks\n${table(columns, rows)}`;
}
