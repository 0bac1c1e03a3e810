import { visible } from '../core/lang/visible.ts';
import type { Case } from './case.ts';
import type { Compared } from './compare.ts';
import type { CaseResult } from './run.ts';
import type { Report } from './report.ts';

const NAME_WIDTH = 32;

export type Target = { readonly against: 'simulator' | 'okx-demo'; readonly site: string; readonly source: string };

function targetName({ against, site }: Target): string {
  return against === 'simulator' ? 'the simulator on this machine' : `OKX's demo trading (site ${site})`;
}

/** What the operator agrees to. */
export function consentText(target: Target, cases: readonly Case[]): string {
  const trading = cases.some((each) => each.kind === 'probed' && each.needs.includes('trading'));
  return [
    `twokey probe asks ${targetName(target)} about ${cases.length === 1 ? 'one rule' : `${cases.length} rules`}. Its key: ${visible(target.source)}.`,
    'Every request asks for demo trading, so that a key of live trading is refused by the exchange. No money is transferred.',
    ...(trading
      ? [
          'It places orders of the smallest size on BTC-USDT and BTC-USDT-SWAP, of at most 100 USD each: most rest 20 % from the market,',
          'some are filled and closed again. It may change the position mode and changes it back. It cancels all that it placed.',
        ]
      : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** One case, as it comes. */
export function caseText({ rule, verdict, why, compared }: CaseResult): string {
  const head = `${verdict.padEnd(8)} ${rule.padEnd(NAME_WIDTH)} ${visible(why)}`.trimEnd();
  const lines = verdict === 'DIFFERS' ? compared.filter(({ differs }) => differs.length > 0).map(differenceText) : [];
  return `${[head, ...lines].join('\n')}\n`;
}

function differenceText({ what, target, reference, differs }: Compared): string {
  const facts = differs.map(
    (name) => `${name} is ${visible(target?.facts[name] ?? 'missing')}, and here ${visible(reference?.facts[name] ?? 'missing')}`,
  );
  return `${' '.repeat(9)}${what}: ${facts.join('; ')}`;
}

/** What came of it all and what to do. */
export function closingText(report: Report, path: string): string {
  const { against, left_behind: left, waiting_for_demo: waiting } = report;
  const counts = Object.entries(report['counts'] as Readonly<Record<string, number>>).filter(([, count]) => count > 0);
  const lines = ['', counts.map(([verdict, count]) => `${count} ${verdict}`).join(' · '), `report: ${path}`];
  if (Array.isArray(left) && left.length > 0) lines.push(`✗ still there: ${left.join(', ')} → look at the account and undo it by hand`);
  if (counts.some(([verdict]) => verdict === 'DIFFERS'))
    lines.push(
      '→ twokey believes something of the exchange that is not so: send the report to the project; it holds no key, name or balance',
    );
  else if (against === 'okx-demo') lines.push('→ send the report to the project; it holds no key, name or balance');
  if (Array.isArray(waiting) && waiting.length > 0) lines.push(`→ ${waiting.length} cases still wait for a run against OKX's own demo`);
  return `${lines.join('\n')}\n`;
}
