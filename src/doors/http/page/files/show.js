// Documents of the gateway as parts of the page. Every text is set as text; there is no way here by which one could become more.

/** An element with its texts and parts. */
export function element(name, given = {}, ...parts) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  made.append(...parts);
  return made;
}

function text(value) {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function facts(pairs) {
  return element('dl', {}, ...pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, text(value))]));
}

function heading(words) {
  return element('h2', {}, words);
}

function moment(at) {
  return typeof at === 'string' ? at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC') : '–';
}

export function showStatus(status, positions) {
  return [
    heading('Status'),
    facts([
      ['mode', `${status.mode}${status.mode_since === null ? '' : ` since ${moment(status.mode_since)}`}`],
      ['why', status.mode_cause],
      ['equity', status.equity_usd === null ? 'not known' : `${status.equity_usd} USD`],
      ['earned', status.earned_usd === null ? 'not known' : `${status.earned_usd} USD, today ${text(status.earned_today_usd)} USD`],
      ['open', `${status.positions} positions, ${status.open_orders} orders, ${status.orders_of_unknown_outcome} of unknown outcome`],
      ...(status.stage === undefined
        ? []
        : [['stage', `${status.stage}${status.stage_opens_entries === false ? ', which opens nothing' : ''}`]]),
      ['frozen', status.frozen.map(({ subject }) => subject).join(', ')],
      ...(status.limits_pending === null
        ? []
        : [['loosening', `limits of file ${status.limits_pending.file.slice(0, 12)} hold from ${moment(status.limits_pending.due)}`]]),
      ['agents', status.agents.join(', ')],
      [
        'compared',
        status.last_comparison === null
          ? 'never'
          : `${moment(status.last_comparison.at)}, ${status.last_comparison.clean ? 'no difference' : 'differences'}`,
      ],
      ['log', status.log_seq],
      ['as of', moment(status.as_of)],
    ]),
    ...(status.next.length === 0 ? [] : [heading('What to do'), ...status.next.map((each) => element('p', {}, each))]),
    heading('Positions'),
    ...(positions.positions.length === 0
      ? [element('p', {}, 'none')]
      : positions.positions.map((row) =>
          element('p', { class: 'row' }, `${row.instrument} ${row.side} ${row.size} ${text(row.size_unit)}`),
        )),
  ];
}

export function showLimits({ principals }) {
  return principals.flatMap(({ principal, limits }) => [
    heading(principal === 'account' ? 'Limits of the account' : `Limits of agent ${principal}`),
    ...limits.map(({ name, scope, max, used, unit, headroom }) => {
      // Numbers for the eye alone; what is decided is decided elsewhere, and exactly.
      const share = used === null || !(Number(max) > 0) ? 0 : Math.min(Number(used) / Number(max), 1);
      const known = used === null ? 'use not known: no entries' : `${used} of ${max} ${unit}, ${text(headroom)} left`;
      return element(
        'div',
        { class: 'row' },
        `${name}${scope === 'account' ? '' : ` (${scope})`}: ${known}`,
        element('meter', { min: '0', max: '1', high: '0.8', value: String(share), 'aria-label': name }),
      );
    }),
  ]);
}

export function showAlerts({ alerts, sinks }, acknowledge) {
  const rows = alerts.toReversed().map((alert) => {
    const open = alert.severity === 'red' && alert.acknowledged === null;
    const button = element('button', { type: 'button' }, 'I have seen this');
    button.addEventListener('click', () => acknowledge(alert.id));
    return element(
      'article',
      { class: 'alert' },
      element('p', {}, element('strong', { class: alert.severity }, `${alert.severity} ${alert.code}`), ` ${moment(alert.at)}`),
      element('p', {}, alert.message),
      ...alert.details.map((each) => element('p', { class: 'small' }, each)),
      ...(alert.action === '' ? [] : [element('p', { class: 'small' }, `done: ${alert.action}`)]),
      ...(open ? [button] : []),
    );
  });
  return [
    heading('Alerts'),
    ...sinks.map(({ name, state, cause }) => element('p', { class: 'small' }, `${name}: ${state}${cause === '' ? '' : ` (${cause})`}`)),
    ...(rows.length === 0 ? [element('p', {}, 'none')] : rows),
  ];
}

export function showLog({ entries }) {
  return [
    heading('Log'),
    ...entries
      .toReversed()
      .map(({ seq, at, kind, text: sentence }) =>
        element(
          'div',
          { class: 'row' },
          element('span', { class: 'small' }, `${seq} ${moment(new Date(at).toISOString())} ${kind}`),
          element('br'),
          sentence,
        ),
      ),
  ];
}

function atStop({ stop_loss: stop, loss_at_stop_usd: loss, stop_slippage: slippage }) {
  if (stop === null) return 'no stop: unbounded';
  return loss === null ? 'not known' : `loses ${loss} USD, both fees and ${slippage} of slippage included; more where the market jumps`;
}

/** One order that waits: the gateway's words and numbers, and apart from them, in a frame, what its agent says. */
export function showApproval(row) {
  const unit = text(row.price_unit);
  const now = row.if_approved_now;
  const twice = row.amount === null || row.amount_unit === row.size_unit ? '' : ` (${row.amount} ${row.amount_unit})`;
  const agreed =
    now.outcome === 'sent'
      ? `sent at ${now.worst_price} ${unit} or better, worth ${now.notional_usd} USD; its instrument then comes to ${now.instrument_worst_case_usd} USD in the worst case`
      : `nothing is sent now: ${text(now.message)}`;
  const said = row.agent_says;
  const words = [
    text(said.reason),
    ...(said.evidence ?? []).map((each) => `evidence: ${each}`),
    ...(said.strategy === undefined ? [] : [`strategy: ${said.strategy}`]),
  ];
  return [
    element('h3', {}, `${row.side} ${row.size} ${row.size_unit}${twice} of ${row.instrument}`),
    facts([
      ['asked by', `agent ${row.agent}, ${moment(row.asked_at)}`],
      ['as', row.type],
      ['worth', `${row.notional_usd} USD`],
      ['worst price', `${row.worst_price} ${unit}, ${text(row.distance_from_market)} from the market (${text(row.market_price)})`],
      ['stop order', `take profit ${text(row.take_profit)}, stop loss ${text(row.stop_loss)}`],
      ['at the stop', atStop(row)],
      ['10 minutes', `${row.window_usd} USD on its underlying, this order included`],
      ['worst case', `${text(row.underlying_worst_case_usd)} USD on its underlying, this order included`],
      ['if you agree', agreed],
      ['it leaves', row.left_after.map(({ name, max, left, unit }) => `${left ?? 'not known'} of ${max} ${unit} of ${name}`).join('; ')],
      ['expires', moment(row.expires_at)],
      ['id', `${row.id}, intent ${row.intent_id}, log ${row.log_seq}`],
    ]),
    element('p', { class: 'small' }, "the agent's own words, which nobody has checked:"),
    element('blockquote', {}, words.join('\n')),
  ];
}
