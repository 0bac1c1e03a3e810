import { renderAgentChanged, renderAgents } from './render-agents.ts';
import { renderAlerts } from './render-alerts.ts';
import { renderApprovals, renderJudged } from './render-approvals.ts';
import { renderStage, stageText } from './render-stage.ts';
import { cell, cents, type Column, type Fields, heading, isFields, isList, moment, pairs, rowsOf, table } from './text.ts';

// The documents of src/view as a person reads them. Each starts with where, whose and how much it may do, carries its units, and
// ends with what to do next where there is something to do.

/** The text of a document; the whole of it as JSON is what --json prints. */
export function render(kind: RenderedKind, document: Fields): string {
  return `${[heading(document), ...renderers[kind](document), ...notes(document)].filter((part) => part !== '').join('\n\n')}\n`;
}

export type RenderedKind =
  | 'status'
  | 'mode'
  | 'frozen'
  | 'flattened'
  | 'limits'
  | 'positions'
  | 'orders'
  | 'approvals'
  | 'judged'
  | 'alerts'
  | 'agents'
  | 'agent_changed'
  | 'fills'
  | 'account_config'
  | 'account_balance'
  | 'leverage'
  | 'rotated'
  | 'stage'
  | 'reconcile';

const renderers: { readonly [Kind in RenderedKind]: (document: Fields) => readonly string[] } = {
  status,
  mode,
  frozen,
  flattened,
  limits,
  positions,
  orders,
  approvals: renderApprovals,
  judged: renderJudged,
  alerts: renderAlerts,
  agents: renderAgents,
  agent_changed: renderAgentChanged,
  fills,
  account_config: accountConfig,
  account_balance: accountBalance,
  leverage,
  rotated,
  stage: renderStage,
  reconcile,
};

function notes(document: Fields): readonly string[] {
  const lines = [document['notes'], document['next']].flatMap((list) => (isList(list) ? list.map((line) => `→ ${cell(line)}`) : []));
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function rotated(document: Fields): readonly string[] {
  const warnings = rowsOf(document, 'findings').map((row) => `warning: ${cell(row['message'])}; ${cell(row['fix'])}`);
  return [[`the keys in ${cell(document['source'])} sign from here on`, ...warnings].join('\n')];
}

function status(document: Fields): readonly string[] {
  const compared = document['last_comparison'];
  const comparison = isFields(compared)
    ? `${compared['clean'] === true ? 'clean' : `${cell(compared['differences'])} differences`}, ${moment(compared['at'])}`
    : 'none yet';
  const unresolved = cell(document['orders_of_unknown_outcome']);
  return [
    pairs([
      ...modeLines(document),
      ['stage', stageText(document)],
      ...isolationLines(document),
      ...frozenLines(document),
      ...haltLines(document),
      ...deadManLines(document),
      ['equity', withUnit(document['equity_usd'] === null ? 'not known' : cents(document['equity_usd']), 'USD')],
      ['earned', earned(document)],
      ['positions', cell(document['positions'])],
      ['waiting for you', `${cell(document['approvals_waiting'])} orders (twokey approvals)`],
      ['open orders', `${cell(document['open_orders'])}${unresolved === '0' ? '' : `, ${unresolved} of them of unknown outcome`}`],
      ['not verified', `${cell(document['orders_not_verified'])} orders with fills that the exchange has not confirmed yet`],
      ['last comparison', comparison],
      ['agents', cell(document['agents'])],
      ['log', `entry ${cell(document['log_seq'])}`],
      ...waitingLines(document),
    ]),
    recentAlerts(document),
  ];
}

/** Whether agents are kept out by the system; a reader that stands in for the gateway does not know. */
function isolationLines(document: Fields): readonly (readonly [string, string])[] {
  const isolation = document['isolation'];
  if (!isFields(isolation)) return [];
  const says = isList(isolation['says']) ? isolation['says'].map(cell).join('; ') : '';
  if (isolation['mode'] === 'isolated') return [['isolation', `isolated: ${says}`]];
  const until = isolation['accepted_until'] === undefined ? '' : ` (accepted until ${moment(isolation['accepted_until'])})`;
  return [['isolation', `ADVISORY${until}: an agent with a shell can go around this: ${says} → ${cell(isolation['fix'])}`]];
}

/** Limits that are to be looser, while that waits. */
function waitingLines(document: Fields): readonly (readonly [string, string])[] {
  const pending = document['limits_pending'];
  if (!isFields(pending)) return [];
  return [['limits', `a loosening waits until ${moment(pending['due'])} (twokey policy withdraw gives it up)`]];
}

/** What twokey's own trading made of it; negative is lost. */
function earned(document: Fields): string {
  if (document['earned_usd'] === null) return 'not known';
  const today = document['earned_today_usd'];
  return `${withUnit(cents(document['earned_usd']), 'USD')}${today === null ? '' : `, ${withUnit(cents(today), 'USD')} of it today (UTC)`}`;
}

function modeLines(document: Fields): readonly (readonly [string, string])[] {
  const since = typeof document['mode_since'] === 'string' ? ` since ${moment(document['mode_since'])}` : '';
  const was = typeof document['from'] === 'string' ? `, was ${cell(document['from'])}` : '';
  const cause = cell(document['mode_cause'] ?? document['cause']);
  const readOnly = document['read_only'] === true ? ', read-only: nothing is sent' : '';
  return [['mode', `${cell(document['mode'])}${since}${was}${cause === '–' ? '' : ` (${cause})`}${readOnly}`]];
}

function frozenLines(document: Fields): readonly (readonly [string, string])[] {
  const running = document['flattening'];
  const what = isFields(running)
    ? `${running['instrument'] === '' ? 'everything' : cell(running['instrument'])}, since ${moment(running['since'])}`
    : '';
  return [
    ...rowsOf(document, 'frozen').map((row): readonly [string, string] => [
      'frozen',
      `${cell(row['subject'])} since ${moment(row['since'])} by ${cell(row['by'])} (${cell(row['cause'])})`,
    ]),
    ...(what === '' ? [] : [['flattening', what] as const]),
  ];
}

function frozen(document: Fields): readonly string[] {
  const others = frozenLines(document);
  return [
    pairs([['subject', `${cell(document['subject'])} ${document['is_frozen'] === true ? 'is frozen' : 'is not frozen'}`], ...others]),
  ];
}

function leverage(document: Fields): readonly string[] {
  return [
    pairs([
      ['instrument', cell(document['instrument'])],
      ['asked for', cell(document['asked'])],
      ['answer', `${cell(document['outcome'])}${document['cause'] === '' ? '' : `: ${cell(document['cause'])}`}`],
      ['leverage now', document['leverage'] === null ? 'the exchange did not say; look with twokey doctor' : cell(document['leverage'])],
    ]),
  ];
}

function flattened(document: Fields): readonly string[] {
  const columns: readonly Column[] = [
    plain('instrument'),
    amount('before'),
    amount('left'),
    plain('unit'),
    plain('outcome'),
    plain('cause'),
  ];
  const agree = document['books_and_exchange_agree'] === true ? 'the exchange confirms it' : 'the exchange has not confirmed it';
  const open = document['open_orders'] === 0 ? 'no open orders' : `${cell(document['open_orders'])} open orders`;
  const verdict = document['flattened'] === true ? 'flat' : `NOT FLAT: ${cell(document['outcome'])}`;
  return [
    pairs([...modeLines(document), ['flattened', `${verdict}, ${open}, ${agree}`]]),
    listed('positions', columns, rowsOf(document, 'positions')),
  ];
}

function recentAlerts(document: Fields): string {
  const rows = rowsOf(document, 'alerts');
  if (rows.length === 0) return '';
  return `alerts\n${table([{ title: 'at', of: (row) => moment(row['at']) }, plain('id'), plain('severity'), plain('code'), plain('message')], rows)}`;
}

function mode(document: Fields): readonly string[] {
  return [pairs([...modeLines(document), ...haltLines(document)])];
}

/** What a halt did at the exchange, in figures. */
function haltLines(document: Fields): readonly (readonly [string, string])[] {
  const halt = document['halt'];
  if (!isFields(halt)) return [];
  const asked = `${cell(halt['cancelled'])} orders (${cell(halt['foreign_cancelled'])} of them not of twokey)`;
  if (halt['ended'] !== true)
    return [['halt', `NOT DONE since ${moment(halt['since'])}: ${asked} were asked to be cancelled; it goes on by itself`]];
  const left =
    halt['entries_left'] === 0 ? 'no entry is left at the exchange' : `${cell(halt['entries_left'])} ENTRIES ARE LEFT at the exchange`;
  return [['halt', `${left}; ${asked} cancelled, ${cell(halt['kept'])} that only reduce kept, in ${cell(halt['took_ms'])} ms`]];
}

function deadManLines(document: Fields): readonly (readonly [string, string])[] {
  const timer = document['dead_man'];
  return isFields(timer) ? [['dead man', `the exchange cancels all by itself when it hears nothing for ${cell(timer['seconds'])} s`]] : [];
}

function limits(document: Fields): readonly string[] {
  const missing = document['not_enforced'];
  const warning = isFields(missing) && cell(missing['names']) !== '–' ? `⚠ ${cell(missing['sentence'])}: ${cell(missing['names'])}` : '';
  const groups = rowsOf(document, 'principals').map((group) => {
    const columns: readonly Column[] = [
      { title: 'limit', of: (row) => cell(row['name']) },
      { title: 'over', of: (row) => cell(row['scope']) },
      { title: 'limit is', of: (row) => measure(row, 'max'), align: 'right' },
      { title: 'used', of: (row) => measure(row, 'used'), align: 'right' },
      { title: 'left', of: (row) => measure(row, 'headroom'), align: 'right' },
      plain('unit'),
    ];
    const rules = `rules: ${cell(group['rules'])}\nalways: ${cell(group['always'])}`;
    return `${cell(group['principal'])}: ${cell(group['instruments'])}\n${table(columns, rowsOf(group, 'limits'))}\n${rules}`;
  });
  return [frozenLines(document).length === 0 ? '' : pairs(frozenLines(document)), ...groups, warning];
}

function positions(document: Fields): readonly string[] {
  const columns: readonly Column[] = [
    plain('instrument'),
    plain('side'),
    amount('size'),
    { title: 'unit', of: (row) => cell(row['size_unit']) },
    { title: 'worth (USD)', of: (row) => cents(row['value_usd']), align: 'right' },
    { title: 'of', of: (row) => cell(row['owners']) },
    { title: 'since', of: (row) => moment(row['opened_at']) },
    { title: '', of: (row) => [row['dust'] === true ? 'dust' : '', differs(row)].filter((text) => text !== '').join(', ') },
  ];
  const baseline = rowsOf(document, 'baseline');
  return [
    listed('positions', columns, rowsOf(document, 'positions')),
    baseline.length === 0
      ? ''
      : `here before twokey, and not for agents to sell\n${table([{ title: 'what', of: (row) => cell(row['currency'] ?? row['instrument']) }, amount('amount'), plain('unit')], baseline)}`,
  ];
}

/** A figure of a limit: dollars to the cent, everything else as it is. */
function measure(row: Fields, key: string): string {
  return row['unit'] === 'USD' ? cents(row[key]) : cell(row[key]);
}

function differs(row: Fields): string {
  return typeof row['exchange_says'] === 'string' ? `the exchange says ${cell(row['exchange_says'])}` : '';
}

function orders(document: Fields): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'submitted', of: (row) => moment(row['submitted_at']) },
    plain('agent'),
    plain('instrument'),
    plain('side'),
    plain('type'),
    amount('size'),
    amount('filled'),
    { title: 'unit', of: (row) => cell(row['size_unit']) },
    { title: 'price', of: (row) => `${cell(row['price'])} ${cell(row['price_unit'])}`, align: 'right' },
    { title: 'state', of: (row) => `${cell(row['state'])}${row['cancel_requested'] === true ? ', cancel asked' : ''}` },
    { title: 'intent', of: (row) => cell(row['intent_id']) },
    { title: 'client order id', of: (row) => cell(row['client_order_id']) },
  ];
  return [listed('open orders', columns, rowsOf(document, 'orders'))];
}

function fills(document: Fields): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'at', of: (row) => moment(row['at']) },
    plain('instrument'),
    plain('side'),
    { title: 'size', of: (row) => `${cell(row['size'])} ${cell(row['size_unit'])}`, align: 'right' },
    { title: 'price', of: (row) => `${cell(row['price'])} ${cell(row['price_unit'])}`, align: 'right' },
    { title: 'fee', of: (row) => `${cell(row['fee'])} ${cell(row['fee_unit'])}`, align: 'right' },
    { title: 'client order id', of: (row) => cell(row['client_order_id']) },
    { title: 'log', of: (row) => cell(row['log_seq']), align: 'right' },
  ];
  return [listed('fills', columns, rowsOf(document, 'fills'))];
}

function accountConfig(document: Fields): readonly string[] {
  const account =
    document['sub_account'] === true
      ? `${cell(document['uid'])} (sub-account of ${cell(document['main_uid'])})`
      : `${cell(document['uid'])} (main account)`;
  return [
    pairs([
      ['account', account],
      ['account level', cell(document['account_level'])],
      ['position mode', cell(document['position_mode'])],
      ['key may', cell(document['key_rights'])],
      [
        'key bound to',
        document['key_bound_to'] === '' || cell(document['key_bound_to']) === '–' ? 'no address' : cell(document['key_bound_to']),
      ],
      ['borrowing', document['auto_loan'] === true || document['spot_borrow'] === true ? 'on' : 'off'],
    ]),
  ];
}

function accountBalance(document: Fields): readonly string[] {
  return [
    pairs([['equity', withUnit(cents(document['equity_usd']), 'USD')]]),
    listed('balances', [plain('currency'), amount('total'), amount('available')], rowsOf(document, 'balances')),
  ];
}

function reconcile(document: Fields): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'difference', of: (row) => cell(row['class'] ?? row['kind']) },
    {
      title: 'subject',
      of: (row) =>
        [row['subject'], row['leg']]
          .filter((part) => part !== undefined)
          .map(cell)
          .join(' '),
    },
    { title: 'books say', of: (row) => cell(row['books']) },
    { title: 'exchange says', of: (row) => cell(row['exchange']) },
  ];
  const accepted = rowsOf(document, 'adopted');
  const adopted = accepted.length === 0 ? [] : [`accepted as the exchange says\n${table(columns, accepted)}`];
  if (document['clean'] === true) return [...adopted, 'books and exchange agree'];
  return [...adopted, `books and exchange differ\n${table(columns, rowsOf(document, 'differences'))}`];
}

function listed(name: string, columns: readonly Column[], rows: readonly Fields[]): string {
  return rows.length === 0 ? `no ${name}` : table(columns, rows);
}

function plain(key: string): Column {
  return { title: key, of: (row) => cell(row[key]) };
}

function amount(key: string): Column {
  return { ...plain(key), align: 'right' };
}

function withUnit(text: string, unit: string): string {
  return text === 'not known' ? text : `${text} ${unit}`;
}
