import { err, ok, type Result } from '../core/lang/result.ts';
import { parseToml, type TomlTable, type TomlValue } from '../core/lang/toml.ts';
import { type Decimal, isNegative, parseDecimal } from '../core/money/decimal.ts';
import type { KeyFields } from './reading-key.ts';

/** What is watched for, in US dollars. */
export type Limits = {
  /** Worst case over everything, no netting. */
  readonly maxTotalExposure: Decimal;
  /** Worst case of one instrument, or of one currency on spot. */
  readonly maxPositionSize: Decimal;
  /** Below the first equity seen of this UTC day. */
  readonly maxDailyLoss: Decimal;
  /** Below the highest equity ever seen. */
  readonly maxDrawdown: Decimal;
};

export type Settings = {
  readonly key: KeyFields;
  readonly limits: Limits;
  /** What is on the account and not for twokey to trade, by currency: left out of exposure and loss. */
  readonly holdings: ReadonlyMap<string, Decimal>;
  readonly everyMilliseconds: number;
  /** How long gateway and exchange may disagree, or the gateway be silent. */
  readonly graceMilliseconds: number;
  /** How long the exchange may stay unseen. */
  readonly blindMilliseconds: number;
};

export type SettingsQuestion = {
  /** For messages. */
  readonly file: string;
  /** `null` where there is no file. */
  readonly text: string | null;
  readonly environment: 'sim' | 'demo' | 'live';
  /** What holds where the file names no limit of its own. */
  readonly limits: Limits;
};

/** The simulator's fixed key that may only read (DESIGN §4.4); it opens nothing else. */
const simulated: KeyFields = { apiKey: 'sim-key-readonly', secretKey: 'sim-secret', passphrase: 'sim-pass' };
const keyFields = ['api_key', 'secret_key', 'passphrase'] as const;

/**
 * Reads `watch.toml`: the monitor's own key, and in `[watch]` and `[holdings]` what it watches for. Unknown keys are refused, and errors name file,
 * line and key and never what stands there. In environment sim the file may be missing or hold no key.
 */
export function parseSettings({ file, text, environment, limits }: SettingsQuestion): Result<Settings> {
  if (text === null && environment !== 'sim')
    return err(
      `${file} is not there: write it with api_key, secret_key, passphrase and demo of a key that may only read, and run chmod 600`,
    );
  const parsed = parseToml(text ?? '');
  if (!parsed.ok) return err(`${file} line ${parsed.error.line}: ${parsed.error.message}`);
  const root = new Section(file, parsed.value, [...keyFields, 'demo', 'watch', 'holdings']);
  const watch = root.section('watch', [
    'max_total_exposure',
    'max_position_size',
    'max_daily_loss',
    'max_drawdown',
    'every',
    'grace',
    'blind',
  ]);
  const holdings = root.section('holdings', null);
  const settings = {
    key: keyOf(root, environment),
    limits: {
      maxTotalExposure: watch.amount('max_total_exposure', limits.maxTotalExposure),
      maxPositionSize: watch.amount('max_position_size', limits.maxPositionSize),
      maxDailyLoss: watch.amount('max_daily_loss', limits.maxDailyLoss),
      maxDrawdown: watch.amount('max_drawdown', limits.maxDrawdown),
    },
    holdings: new Map(holdings.names.map((name) => [name, holdings.amount(name, limits.maxTotalExposure)])),
    everyMilliseconds: watch.duration('every', 5000),
    graceMilliseconds: watch.duration('grace', 15_000),
    blindMilliseconds: watch.duration('blind', 60_000),
  };
  const problem = root.problem || watch.problem || holdings.problem;
  return problem === '' ? ok(settings) : err(problem);
}

function keyOf(root: Section, environment: SettingsQuestion['environment']): KeyFields {
  const given = keyFields.some((name) => root.names.includes(name));
  if (!given && environment === 'sim') return simulated;
  const [apiKey, secretKey, passphrase] = [root.secret('api_key'), root.secret('secret_key'), root.secret('passphrase')];
  if (apiKey.startsWith('sim-') !== (environment === 'sim'))
    root.refuse('api_key', `sim-* keys are for environment sim and no other, and this home is in ${environment}`);
  if (environment !== 'sim' && root.flag('demo') !== (environment === 'demo'))
    root.refuse('demo', `expected demo = ${environment === 'demo'}, because the environment is ${environment}`);
  return { apiKey, secretKey, passphrase };
}

const durations: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
]);

/** One section while it is read; the first problem stays. */
class Section {
  readonly #file: string;
  readonly #table: TomlTable;
  problem = '';

  constructor(file: string, table: TomlTable, known: readonly string[] | null) {
    this.#file = file;
    this.#table = table;
    const unknown = known === null ? undefined : this.names.find((name) => !known.includes(name));
    if (unknown !== undefined) this.refuse(unknown, 'unknown key', /^[a-z_]{1,24}$/.test(unknown) ? unknown : 'a name');
  }

  get names(): readonly string[] {
    return [...this.#table.entries.keys()];
  }

  refuse(name: string, message: string, shown = name): void {
    this.problem ||= `${this.#file} line ${this.#table.entries.get(name)?.line ?? this.#table.line}: ${shown}: ${message}`;
  }

  section(name: string, known: readonly string[] | null): Section {
    const value = this.#value(name);
    if (value !== undefined && value.kind !== 'table') this.refuse(name, `expected a section [${name}]`);
    return new Section(this.#file, value?.kind === 'table' ? value : { kind: 'table', entries: new Map(), line: 0 }, known);
  }

  secret(name: string): string {
    const value = this.#value(name);
    if (value?.kind === 'text' && /^[!-~]{1,4096}$/.test(value.value)) return value.value;
    this.refuse(name, 'expected a text of printable ASCII; all three fields of the key come from this file');
    return '';
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    return value?.kind === 'boolean' ? value.value : undefined;
  }

  amount(name: string, fallback: Decimal): Decimal {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const parsed = parseDecimal(value.kind === 'number' ? value.text : value.kind === 'text' ? value.value : undefined);
    if (parsed.ok && !isNegative(parsed.value)) return parsed.value;
    this.refuse(name, 'expected an amount of at least zero');
    return fallback;
  }

  duration(name: string, fallback: number): number {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const [, count = '', unit = ''] = /^([1-9][0-9]{0,3})([sm])$/.exec(value.kind === 'text' ? value.value : '') ?? [];
    if (count === '') this.refuse(name, 'expected a time such as "15s" or "1m"');
    return Number(count) * (durations.get(unit) ?? 0);
  }

  #value(name: string): TomlValue | undefined {
    return this.#table.entries.get(name)?.value;
  }
}
