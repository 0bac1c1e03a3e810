import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { visible } from '../core/lang/visible.ts';
import type { AccountConfigReport, ReadReport } from '../core/order/report.ts';
import type { Read } from '../core/order/request.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import { keyRefusal, keyRefusalText } from '../venues/okx/key-refusals.ts';
import { derivativesOf, type Finding, findingText, type Seen, vet } from './vetting.ts';

/** Asks the exchange one question. */
export type Ask = (request: Read) => Promise<{ readonly report: ReadReport }>;

const ACCOUNT_AGAIN_MILLISECONDS = 1000;

/**
 * Whose account the key opens, if nothing speaks against trading on it. What no waiting changes ends the start with the way out; as long as the
 * exchange cannot be reached or is busy it is asked again, because a gateway that is started by itself after an outage has to come up.
 */
export async function vetAtStart(ask: Ask, configuration: Configuration): Promise<Result<Seen>> {
  const account = await untilTold(ask);
  if (!account.ok) return account;
  const seen = await seeMore(ask, account.value, configuration);
  const findings = vet(seen, configuration);
  for (const finding of findings) if (finding.verdict === 'warn') say(`warning: ${findingText(finding)}`);
  const refused = findings.filter(({ verdict }) => verdict === 'refuse');
  return refused.length === 0 ? ok(seen) : err(refused.map(findingText).join('\n'));
}

async function untilTold(ask: Ask): Promise<Result<AccountConfigReport>> {
  for (let attempt = 1; ; attempt += 1) {
    // Each answer decides whether there is a next question.
    // oxlint-disable-next-line no-await-in-loop
    const { report } = await ask({ kind: 'account_config' });
    if (report.kind === 'account_config') return ok(report.config);
    const answer = unanswered(report);
    if (answer.isLasting) return err(`the exchange does not take this key: ${answer.text}`);
    if (attempt === 1) say(`waiting for the exchange: ${answer.text}`);
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, ACCOUNT_AGAIN_MILLISECONDS));
  }
}

/** Why there was no answer, with the way out where one is known, and whether waiting could change it. */
export function unanswered(report: ReadReport): { readonly isLasting: boolean; readonly text: string } {
  if (report.kind !== 'failed') return { isLasting: false, text: 'no answer that can be read' };
  const { code = '', cause } = report;
  const refusal = keyRefusal(code);
  if (refusal !== undefined) return { isLasting: true, text: keyRefusalText(code, refusal) };
  const clock = code === CLOCK_CODE ? "; set this machine's clock: timedatectl set-ntp true" : '';
  return { isLasting: false, text: `${cause}${clock}` };
}

/** The time of the request is more than 30 seconds off: a clock that is being set passes by itself. */
const CLOCK_CODE = '50102';

/** What the exchange says of the account beside its settings. What it does not say now is not judged. */
export async function seeMore(ask: Ask, account: AccountConfigReport, configuration: Configuration): Promise<Seen> {
  const derivatives = account.accountLevel === SPOT_MODE ? [] : derivativesOf(configuration);
  const [funding, ...leverages] = await Promise.all([
    ask({ kind: 'funding_balances' }),
    ...derivatives.map((instrument) => ask({ kind: 'leverage', instrument })),
  ]);
  const leverage = derivatives.flatMap((instrument, index) => {
    const report = leverages[index]?.report;
    return report?.kind === 'leverage' ? [[instrument, report.leverage] as const] : [];
  });
  return {
    account,
    funding: funding.report.kind === 'funding_balances' ? funding.report.currencies : null,
    leverage: new Map(leverage),
  };
}

/** No derivative has a leverage in it. */
const SPOT_MODE = '1';

/** The findings as they stand in documents. */
export function findingsView(findings: readonly Finding[]): Json {
  return findings.map(({ topic, verdict, message, fix }) => ({ topic, verdict, message, fix }));
}

function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}
