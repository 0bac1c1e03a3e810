import { cell, type Fields, isFields, isList, rowsOf, table } from './text.ts';

/** Who may ask, by which ways, and who may not any more. */
export function renderAgents(document: Fields): readonly string[] {
  const rows = rowsOf(document, 'agents');
  const revoked = rowsOf(document, 'revoked').map((row) => `${cell(row['name'])} (${cell(row['at'])})`);
  return [
    rows.length === 0 ? 'no agent may ask anything; twokey agents add NAME makes one' : table(columns, rows),
    revoked.length === 0 ? '' : `revoked: ${revoked.join(', ')}`,
  ];
}

const columns = [
  { title: 'agent', of: (row: Fields) => cell(row['name']) },
  { title: 'socket', of: (row: Fields) => cell(row['socket']) },
  { title: 'token', of: (row: Fields) => (row['has_token'] === true ? 'yes' : 'none') },
  { title: 'open orders', of: (row: Fields) => cell(row['open_orders']) },
  { title: 'max order USD', of: (row: Fields) => cell(row['max_order_size_usd']) },
  { title: 'instruments', of: (row: Fields) => (isList(row['instruments']) ? row['instruments'].map(cell).join(' ') : '') },
];

/** What came of a change. The token is shown here and nowhere else, ever. */
export function renderAgentChanged(document: Fields): readonly string[] {
  const name = cell(document['agent']);
  const found = rowsOf(document, 'agents').find((row) => isFields(row) && row['name'] === document['agent']);
  if (document['token'] === undefined)
    return [`agent ${name} is revoked: its connections end, its token and its socket are gone, its entries are cancelled`];
  const http = document['http'];
  return [
    `agent ${name} may ask over ${cell(found?.['socket'])} (twokey mcp --agent ${name})`,
    http === null
      ? 'no HTTP door is open: an [http] section in twokey.toml opens one at the next start'
      : `over HTTP: ${cell(http)}/mcp, with the header Authorization: Bearer TOKEN`,
    `token of ${name}, shown this once and kept nowhere: ${cell(document['token'])}`,
  ];
}
