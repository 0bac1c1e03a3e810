import { cell, cents, type Fields, isFields, isList, moment, pairs, rowsOf } from './text.ts';

const marks: { readonly [status: string]: string } = { ok: '✓', warning: '⚠', failed: '✗' };

/** Where the account stands on the roll-out, with what the next stage asks for. */
export function renderStage(document: Fields): readonly string[] {
  const signed = document['stage_signed'];
  const next = document['stage_next'];
  const waits = document['stage_waits_until'];
  const drawdowns = isList(document['stage_drawdowns']) ? document['stage_drawdowns'] : [];
  const items = rowsOf(document, 'items');
  const missing = items.filter((row) => row['status'] === 'failed').length;
  return [
    pairs([
      ['stage', stageText(document)],
      ...(isFields(signed)
        ? [
            [
              'signed',
              `for ${cell(signed['stage'])} at ${cents(signed['equity_usd'])} USD, ${moment(signed['at'])}, version ${cell(signed['version'])}`,
            ] as const,
          ]
        : []),
      ...limitLines(document),
      ...(drawdowns.length === 0 ? [] : [['drawdowns', drawdowns.map(moment).join(', ')] as const]),
      [
        'next',
        next === null
          ? 'none: twokey goes no further by stages here'
          : `${cell(next)}${waits === null ? '' : `, not before ${moment(waits)}`}`,
      ],
    ]),
    items
      .map(
        (row) =>
          `${marks[cell(row['status'])] ?? '?'} ${cell(row['name'])}: ${cell(row['detail'])}${row['fix'] === '' ? '' : `\n  → ${cell(row['fix'])}`}`,
      )
      .join('\n'),
    guidance(document, missing),
  ];
}

/** One line, for status too. */
export function stageText(document: Fields): string {
  const since = document['stage_since'] === null ? '' : ` since ${moment(document['stage_since'])}`;
  return `${cell(document['stage'])}${since}${document['stage_opens_entries'] === true ? '' : ': nothing is opened, what reduces passes'}`;
}

function limitLines(document: Fields): readonly (readonly [string, string])[] {
  const limits = document['stage_limits'];
  if (!isFields(limits)) return [];
  const usd = (key: string): string => `${cents(limits[key])} USD`;
  return [
    [
      'its limits',
      `order ${usd('max_order_size')}, instrument ${usd('max_position_size')}, all ${usd('max_total_exposure')}, daily loss ${usd('max_daily_loss')}, drawdown ${usd('max_drawdown')}; ` +
        `leverage ${cell(limits['max_leverage'])}, ${cell(limits['max_open_positions'])} positions, ${cell(limits['max_open_orders'])} open orders, ${cell(limits['max_daily_trades'])} entries a day; twokey.toml may be tighter`,
    ],
  ];
}

function guidance(document: Fields, missing: number): string {
  if (document['environment'] === 'sim')
    return '→ a simulation proves plumbing and nothing else; the next step is a demo account: twokey init --env demo';
  if (document['environment'] === 'demo' && document['stage'] === 'DEMO')
    return '→ the next step is another account: a live sub-account, read for a week (docs/operate/stages.md)';
  if (document['stage_next'] === null) return '';
  if (missing > 0) return `→ ${missing} ${missing === 1 ? 'thing is' : 'things are'} missing before twokey stage promote`;
  return isList(document['items'])
    ? '→ nothing of this is missing; whether it is time is yours to say: twokey stage promote --reason "…"'
    : '';
}
