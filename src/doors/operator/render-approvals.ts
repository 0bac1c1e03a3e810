import { boxed, cell, cents, type Fields, isFields, isList, moment, pairs, rowsOf } from './text.ts';

// What a person decides on. The gateway's own words and numbers come first; what the agent wrote stands in a box that it cannot leave.

/** The orders that wait, each with what it would lead to. */
export function renderApprovals(document: Fields): readonly string[] {
  const rows = rowsOf(document, 'approvals');
  if (rows.length === 0) return ['no order waits for you'];
  const above = document['above_usd'];
  return rows.map((row) => renderApproval(row, above === 'never' || above === 'undecided' ? '' : ` of at most ${cents(above)}`));
}

function renderApproval(row: Fields, atMost: string): string {
  const unit = cell(row['price_unit']);
  const market = typeof row['market_price'] === 'string' ? `${cell(row['market_price'])} ${unit}` : 'not known';
  const away = typeof row['distance_from_market'] === 'string' ? ` (${cell(row['distance_from_market'])} from the market, ${market})` : '';
  const worst = row['underlying_worst_case_usd'] === null ? 'not known' : `${cents(row['underlying_worst_case_usd'])} USD${atMost}`;
  const left = rowsOf(row, 'left_after').map(
    (limit) =>
      `${limit['left'] === null ? 'not known' : cell(limit['left'])} of ${cell(limit['max'])} ${cell(limit['unit'])} of ${cell(limit['name'])}`,
  );
  const facts = pairs([
    ['order', `${cell(row['side'])} ${sizeOf(row)} of ${cell(row['instrument'])} as ${cell(row['type'])}`],
    ['worth', `${cents(row['notional_usd'])} USD`],
    ['worst price', `${cell(row['worst_price'])} ${unit}${away}`],
    ['stop order', `take profit ${cell(row['take_profit'])}, stop loss ${cell(row['stop_loss'])}`],
    ['at the stop', atStop(row)],
    ['10 minutes', `${cents(row['window_usd'])} USD${atMost} on its underlying, this order included, by all agents`],
    ['worst case', `${worst} on its underlying, this order included`],
    ['if you agree', ifApproved(row['if_approved_now'], unit)],
    ...(left.length === 0 ? ['not known'] : left).map((each, at): readonly [string, string] => [at === 0 ? 'it leaves' : '', each]),
    ['asked', `${moment(row['asked_at'])}, log ${cell(row['log_seq'])}, intent ${cell(row['intent_id'])}`],
    ['expires', moment(row['expires_at'])],
  ]);
  return `${cell(row['id'])}  asked by agent ${cell(row['agent'])}\n${indented(facts)}\n${indented(agentWords(row['agent_says']))}`;
}

/** Contracts with what they come to: a slip between the two is a factor of a hundred. */
function sizeOf(row: Fields): string {
  const size = `${cell(row['size'])} ${cell(row['size_unit'])}`;
  const isTwice = typeof row['amount'] === 'string' && row['amount_unit'] !== row['size_unit'];
  return isTwice ? `${size} (${cell(row['amount'])} ${cell(row['amount_unit'])})` : size;
}

function atStop(row: Fields): string {
  if (row['stop_loss'] === null) return 'no stop: unbounded';
  if (typeof row['loss_at_stop_usd'] !== 'string') return 'not known';
  return `loses ${cents(row['loss_at_stop_usd'])} USD, both fees and ${cell(row['stop_slippage'])} of slippage included; more where the market jumps`;
}

function ifApproved(value: Fields[string] | undefined, unit: string): string {
  if (!isFields(value)) return '–';
  if (value['outcome'] !== 'sent') return `nothing is sent now: ${cell(value['message'])}`;
  const worst = cents(value['instrument_worst_case_usd']);
  return `sent at ${cell(value['worst_price'])} ${unit} or better, worth ${cents(value['notional_usd'])} USD; its instrument then comes to ${worst} USD in the worst case`;
}

function agentWords(value: Fields[string] | undefined): string {
  const said = isFields(value) ? value : {};
  const evidence = isList(said['evidence']) ? said['evidence'] : [];
  const lines = [
    cell(said['reason']),
    ...evidence.map((each) => `evidence: ${cell(each)}`),
    ...(said['strategy'] === undefined ? [] : [`strategy: ${cell(said['strategy'])}`]),
  ];
  return boxed("the agent's own words, which nobody has checked", lines);
}

/** What became of an order after a person answered. */
export function renderJudged(document: Fields): readonly string[] {
  const order = document['order'];
  const exchange = isFields(order) ? `${cell(order['client_order_id'])}, ${cell(order['state'])}, filled ${cell(order['filled'])}` : '';
  const lines: (readonly [string, string])[] = [
    ['order of', `agent ${cell(document['agent'])}, intent ${cell(document['intent_id'])}`],
    ['status', `${cell(document['status'])}${document['code'] === undefined ? '' : ` ${cell(document['code'])}`}`],
    ['', cell(document['message'])],
  ];
  if (exchange !== '') lines.push(['exchange', exchange]);
  lines.push(['sent', cell(document['sent_to_exchange'])]);
  return [pairs(lines)];
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
