import { cell, cents, type Fields, isFields, moment, rowsOf } from '../operator/text.ts';

const signs: ReadonlyMap<string, string> = new Map([
  ['halt', '✗'],
  ['wait', '⚠'],
  ['alert', '⚠'],
]);

/** One look of the monitor in plain words: a line for what it saw, and one for each thing that is wrong. */
export function renderLook(document: Fields): string {
  const { gateway, halt, limits } = document;
  const lines: string[] = [];
  if (document['as_of'] !== null && isFields(gateway) && isFields(limits)) {
    const [loss, below] = [cents(document['loss_today_usd']), cents(document['below_peak_usd'])];
    lines.push(
      [
        moment(document['as_of']),
        cell(document['account']),
        stateOf(gateway),
        `worst case ${cents(document['worst_case_usd'])} of ${cell(limits['max_total_exposure'])} USD`,
        `lost today ${loss} of ${cell(limits['max_daily_loss'])} USD`,
        `below the peak ${below} of ${cell(limits['max_drawdown'])} USD`,
      ].join(' · '),
    );
  }
  for (const row of rowsOf(document, 'findings')) {
    const again = row['severity'] === 'wait' ? ' (looking again)' : '';
    lines.push(`  ${signs.get(cell(row['severity'])) ?? '⚠'} ${cell(row['message'])}${again}`);
  }
  if (isFields(halt)) lines.push(`  ${halt['outcome'] === 'failed' ? '✗' : '→'} ${cell(halt['message'])}`);
  return `${lines.join('\n')}\n`;
}

function stateOf(gateway: Fields): string {
  if (gateway['state'] === 'running') return cell(gateway['mode']);
  return gateway['state'] === 'not_running' ? 'NO GATEWAY RUNS' : 'THE GATEWAY DOES NOT ANSWER';
}
