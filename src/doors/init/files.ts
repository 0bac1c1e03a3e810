import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Instrument, InstrumentId } from '../../core/market/instrument.ts';
import { compare, type Decimal, decimal, divideUp, formatDecimal, maximum, multiply, roundUpToStep } from '../../core/money/decimal.ts';
import { formatCeiling, parseCeiling } from '../../core/policy/ceiling-file.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { smallAccountProfile } from '../../core/policy/profile.ts';
import { policySection } from '../operator/policy-profile.ts';
import type { Site } from './flags.ts';
import { type KeyFields, keyNames, tomlText } from './secrets.ts';

/** Everything that was asked. */
export type Answers = {
  readonly environment: 'sim' | 'demo';
  readonly site: Site;
  readonly equityUsd: Decimal;
  readonly instruments: readonly InstrumentId[];
  readonly agent: string;
  readonly key: KeyFields;
};

/** What an instrument costs now, in US dollars, and how it is counted. */
export type Priced = { readonly instrument: Instrument; readonly price: Decimal };

export type InitFile = { readonly name: 'twokey.toml' | 'ceiling.toml' | 'credentials.toml'; readonly text: string };

const two = decimal('2');

/** Accounts for practice hold more than anybody means to risk: this limit would close their entries at once. */
const equityMax = { sim: decimal('20000'), demo: decimal('1000000') } as const;

/** The three files of a home. Limits are those of `policy profile`, the ceiling is twice of them, and both are read back before anything is written. */
export function filesOf(answers: Answers, market: readonly Priced[]): Result<readonly InitFile[]> {
  const policy = policyOf(answers, market);
  if (!policy.ok) return policy;
  const files: readonly InitFile[] = [
    { name: 'twokey.toml', text: configurationText(answers, policy.value) },
    { name: 'ceiling.toml', text: ceilingText(policy.value, market) },
    { name: 'credentials.toml', text: credentialsText(answers) },
  ];
  const [configuration, ceiling] = [parseConfiguration(files[0]?.text ?? ''), parseCeiling(files[1]?.text ?? '')];
  if (!configuration.ok) return err(`twokey.toml would be refused: ${configuration.error.key}: ${configuration.error.message}`);
  if (!ceiling.ok) return err(`ceiling.toml would be refused: ${ceiling.error.key}: ${ceiling.error.message}`);
  return ok(files);
}

/** Of several instruments the one whose smallest order is worth most decides how small an order may be. */
function policyOf({ environment, equityUsd, instruments }: Answers, market: readonly Priced[]): Result<Policy> {
  const [dearest, ...others] = market.map((each) => ({ id: each.instrument.id, usd: multiply(each.instrument.minimum, unitUsd(each)) }));
  if (dearest === undefined) return err('no instrument was named');
  const decisive = others.reduce((most, each) => (compare(each.usd, most.usd) > 0 ? each : most), dearest);
  const profile = smallAccountProfile({ equityUsd, instrument: decisive.id, minimumUsd: decisive.usd });
  if (!profile.ok) return profile;
  const maxAccountEquity = maximum(profile.value.maxAccountEquity, equityMax[environment]);
  return ok({ ...profile.value, instruments, maxAccountEquity });
}

/** What one contract is worth, or one of the base currency. */
function unitUsd({ instrument, price }: Priced): Decimal {
  switch (instrument.kind) {
    case 'spot':
      return price;
    case 'linear':
      return multiply(instrument.contractValue, price);
    case 'inverse':
      return instrument.contractValue;
  }
}

function configurationText({ environment, site, agent }: Answers, policy: Policy): string {
  return `# Written by twokey init. After a change: twokey policy check, then start the gateway anew.
[exchange]
environment = "${environment}"      # sim | demo | live; only this file can say live
site = "${site}"
profile = "${environment}"          # of credentials.toml

# The limits of twokey policy profile; every other has its default (twokey policy show). max_account_equity is that of an account for practice:
# in live put there what you mean to have in the account at most.
${policyText(policy)}

[agents.${agent}]
`;
}

/** The list of instruments stands there also where it is that of the defaults: it is the first that anybody looks for. */
function policyText(policy: Policy): string {
  const section = policySection(policy);
  const own = `instruments = [${policy.instruments.map((id) => JSON.stringify(id)).join(', ')}]`;
  return section.includes('\ninstruments = ') ? section : section.replace('[policy]', `[policy]\n${own}`);
}

/** An order of the policy may double in size before the vault refuses it: as many contracts cost as many dollars only while the price stands. */
function ceilingText(policy: Policy, market: readonly Priced[]): string {
  const sizes = market.map((each): readonly [InstrumentId, Decimal] => {
    const size = divideUp({ dividend: multiply(policy.maxOrderSize, two), divisor: unitUsd(each), digits: 12 });
    return [each.instrument.id, maximum(roundUpToStep({ value: size, step: each.instrument.lot }), each.instrument.minimum)];
  });
  const ceiling = formatCeiling({ instruments: new Map(sizes), perMinute: 2 * policy.maxOrderRate.perMinute });
  const prices = market.map(({ instrument, price }) => `${instrument.id} ${formatDecimal(price)}`).join(', ');
  return `# The most that the vault signs, whatever the gateway wants: twice the policy at the prices of that moment (${prices}).
# In contracts on derivatives, in base currency on spot. When prices have halved, or limits were raised, write it anew.
${ceiling}`;
}

function credentialsText({ environment, site, key }: Answers): string {
  const told =
    environment === 'sim' ? "# The key of the simulator itself, which is no secret. A key of OKX's demo goes into [profiles.demo].\n" : '';
  const fields = keyNames.map((name) => `${name} = ${tomlText(key[name])}\n`).join('');
  return `${told}[profiles.${environment}]\n${fields}demo = true\n${environment === 'sim' ? '' : `site = "${site}"\n`}`;
}

/** A spot pair whose price was given, and which the exchange was not asked about. */
export function spotAt(id: InstrumentId, price: Decimal): Priced {
  const [base = '', quote = ''] = id.split('-');
  const smallest = decimal('0.00001');
  const sizes = { tick: smallest, lot: decimal('0.00000001'), minimum: smallest, maximum: decimal('1000000') };
  return { price, instrument: { kind: 'spot', id, base, quote, settle: quote, ...sizes, tradable: true } };
}
