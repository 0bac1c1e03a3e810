import { err, ok, type Result } from '../../core/lang/result.ts';
import { parseToml, type TomlTable } from '../../core/lang/toml.ts';
import { type Decimal, decimal, multiply } from '../../core/money/decimal.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import {
  type ConfigurationError,
  duration,
  type Field,
  flag,
  formatConfigurationError,
  readTable,
  tableOf,
  text,
  usdOrZero,
  type Values,
} from '../../core/policy/fields.ts';

/** `watch.toml`: the monitor's own key and what it watches for. */
export type WatchFile = {
  readonly key: { readonly apiKey: string; readonly secretKey: string; readonly passphrase: string };
  /** In US dollars. */
  readonly limits: {
    readonly maxTotalExposure: Decimal;
    readonly maxPositionSize: Decimal;
    readonly maxDailyLoss: Decimal;
    readonly maxDrawdown: Decimal;
  };
  /** What is on the account and not for twokey to trade, by currency. */
  readonly holdings: ReadonlyMap<string, Decimal>;
  readonly everyMilliseconds: number;
  readonly graceMilliseconds: number;
  readonly blindMilliseconds: number;
};

export type WatchFileQuestion = {
  /** For messages. */
  readonly file: string;
  /** `null` where there is no file. */
  readonly text: string | null;
  /** Whose limits hold where the file names none of its own. */
  readonly configuration: Configuration;
};

/** The simulator's fixed key that may only read (DESIGN §4.4); it opens nothing else. */
const simulated = { apiKey: 'sim-key-readonly', secretKey: 'sim-secret', passphrase: 'sim-pass' };

const secret = text({ expected: 'expected a text of printable ASCII in quotes', fits: /^[!-~]{1,1024}$/ });

const holdingsField: Field<ReadonlyMap<string, Decimal>> = (value, key) => {
  if (value.kind !== 'table') return err({ line: value.line, key, message: 'expected a section [holdings] with lines such as BTC = 0.5' });
  const amounts = new Map<string, Decimal>();
  for (const [name, entry] of value.entries) {
    const amount = usdOrZero(entry.value, name);
    if (!amount.ok || !/^[A-Z0-9]{1,20}$/.test(name))
      return err({ line: entry.line, key: 'holdings', message: 'expected a currency and how much of it is held, such as BTC = 0.5' });
    amounts.set(name, amount.value);
  }
  return ok(amounts);
};

const shape = {
  api_key: secret,
  secret_key: secret,
  passphrase: secret,
  demo: flag,
  watch: tableOf({
    max_total_exposure: usdOrZero,
    max_position_size: usdOrZero,
    max_daily_loss: usdOrZero,
    max_drawdown: usdOrZero,
    every: duration({ least: '1s', most: '10m' }),
    grace: duration({ least: '1s', most: '10m' }),
    blind: duration({ least: '1s', most: '1h' }),
  }),
  holdings: holdingsField,
};

/**
 * Reads `watch.toml`. Unknown keys are refused, and errors name file, line and key and never what stands there. In environment sim the file may
 * be missing or hold no key. Limits that it does not name are those of twokey.toml and a tenth more, because prices move what was within them;
 * of a day's loss half as much again, which is where the gateway halts itself (risk.md §6.3).
 */
export function parseWatchFile({ file, text: content, configuration }: WatchFileQuestion): Result<WatchFile> {
  const { environment } = configuration.exchange;
  if (content === null && environment !== 'sim')
    return err(
      `${file} is not there: write it with api_key, secret_key, passphrase and demo of a key that may only read, and run chmod 600`,
    );
  const parsed = parseToml(content ?? '');
  const problem = (error: ConfigurationError): Result<never> =>
    err(
      formatConfigurationError({
        file,
        error: /^[a-z_]{0,24}$/.test(error.key) ? error : { line: error.line, key: '', message: 'unknown key' },
      }),
    );
  if (!parsed.ok) return problem({ line: parsed.error.line, key: '', message: parsed.error.message });
  const read = readTable(parsed.value, { name: '', shape });
  if (!read.ok) return problem(read.error);
  const key = keyOf(read.value, { environment, table: parsed.value });
  if (!key.ok) return problem(key.error);
  const { watch = {}, holdings = new Map() } = read.value;
  const { policy } = configuration;
  const [tenthMore, halfMore] = [decimal('1.1'), decimal('1.5')];
  return ok({
    key: key.value,
    limits: {
      maxTotalExposure: watch.max_total_exposure ?? multiply(policy.maxTotalExposure, tenthMore),
      maxPositionSize: watch.max_position_size ?? multiply(policy.maxPositionSize, tenthMore),
      maxDailyLoss: watch.max_daily_loss ?? multiply(policy.maxDailyLoss, halfMore),
      maxDrawdown: watch.max_drawdown ?? multiply(policy.maxDrawdown, tenthMore),
    },
    holdings,
    everyMilliseconds: watch.every ?? 5000,
    graceMilliseconds: watch.grace ?? 15_000,
    blindMilliseconds: watch.blind ?? 60_000,
  });
}

type Where = { readonly environment: Configuration['exchange']['environment']; readonly table: TomlTable };

/** All three fields from this file, and for this environment: a key is never sent where it does not belong. */
function keyOf(values: Values<typeof shape>, { environment, table }: Where): Result<WatchFile['key'], ConfigurationError> {
  const { api_key: apiKey, secret_key: secretKey, passphrase, demo } = values;
  if (apiKey === undefined && secretKey === undefined && passphrase === undefined && environment === 'sim') return ok(simulated);
  const refused = (key: string, message: string): Result<never, ConfigurationError> =>
    err({ line: table.entries.get(key)?.line ?? 1, key, message });
  if (apiKey === undefined) return refused('api_key', 'missing; all three fields of the key stand in this file');
  if (secretKey === undefined) return refused('secret_key', 'missing; all three fields of the key stand in this file');
  if (passphrase === undefined) return refused('passphrase', 'missing; all three fields of the key stand in this file');
  if (apiKey.startsWith('sim-') !== (environment === 'sim'))
    return refused('api_key', `sim-* keys are for environment sim and no other, and this home is in ${environment}`);
  const isDemo = environment === 'demo';
  if (environment !== 'sim' && demo !== isDemo)
    return refused('demo', `expected demo = ${isDemo}, because the environment is ${environment}`);
  return ok({ apiKey, secretKey, passphrase });
}
