import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../../core/market/instrument.ts';
import { type Decimal, isPositive, parseDecimal } from '../../core/money/decimal.ts';
import { reservedNames } from '../../core/policy/configuration.ts';

/** What flags say; what is undefined is asked for on a terminal, or has a default. Secrets are never flags: everybody sees the arguments of a process. */
export type InitFlags = {
  readonly home: string | undefined;
  readonly environment: 'sim' | 'demo' | undefined;
  readonly site: Site | undefined;
  readonly equityUsd: Decimal | undefined;
  readonly instruments: readonly InstrumentId[] | undefined;
  readonly agent: string | undefined;
  /** What instruments cost in US dollars, where the exchange is not to be asked. */
  readonly prices: ReadonlyMap<string, Decimal>;
  /** Nothing is asked on a terminal but secrets: what no flag says has its default. */
  readonly yes: boolean;
  readonly json: boolean;
};

export type Site = 'global' | 'eea' | 'us';

const INSTRUMENTS_MAX = 20;
const LIVE =
  'live is not begun here: set environment = "live" in twokey.toml later; it starts when no blocking item of twokey checklist is red';

export function parseFlags(argv: readonly string[]): Result<InitFlags> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        home: { type: 'string' },
        env: { type: 'string' },
        demo: { type: 'boolean' },
        site: { type: 'string' },
        equity: { type: 'string' },
        instruments: { type: 'string' },
        prices: { type: 'string' },
        agent: { type: 'string' },
        yes: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }));
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
  const env = values.env ?? (values.demo === true ? 'demo' : undefined);
  if (values.demo === true && env !== 'demo') return err('--demo and --env name two environments; give one');
  const environment = maybe(env, parseEnvironment);
  const site = maybe(values.site, parseSite);
  const equityUsd = maybe(values.equity, parseEquity);
  const instruments = maybe(values.instruments, parseInstruments);
  const agent = maybe(values.agent, parseAgent);
  const prices = maybe(values.prices, parsePrices);
  if (!environment.ok) return environment;
  if (!site.ok) return site;
  if (!equityUsd.ok) return equityUsd;
  if (!instruments.ok) return instruments;
  if (!agent.ok) return agent;
  if (!prices.ok) return prices;
  return ok({
    home: values.home,
    environment: environment.value,
    site: site.value,
    equityUsd: equityUsd.value,
    instruments: instruments.value,
    agent: agent.value,
    prices: prices.value ?? new Map(),
    yes: values.yes === true,
    json: values.json === true,
  });
}

export function parseEnvironment(text: string): Result<'sim' | 'demo'> {
  if (text === 'live') return err(LIVE);
  return text === 'sim' || text === 'demo' ? ok(text) : err('expected sim or demo as the environment');
}

export function parseSite(text: string): Result<Site> {
  return text === 'global' || text === 'eea' || text === 'us' ? ok(text) : err('expected global, eea or us as the site');
}

export function parseEquity(text: string): Result<Decimal> {
  const equity = parseDecimal(text);
  return equity.ok && isPositive(equity.value) ? equity : err('expected the equity in USD as a number above zero, such as 300');
}

/** Names that are separated by commas, each once. */
export function parseInstruments(text: string): Result<readonly InstrumentId[]> {
  const ids: InstrumentId[] = [];
  for (const name of text.split(',').map((part) => part.trim())) {
    const id = parseInstrumentId(name);
    if (!id.ok) return err(`expected instruments such as BTC-USDT,ETH-USDT: ${id.error}`);
    if (!/-(USDT|USDC|USD)(-|$)/.test(name))
      return err(`${name} is not quoted in USDT, USDC or USD; write the limits and ceiling.toml by hand`);
    if (ids.includes(id.value)) return err(`${name} is named twice`);
    ids.push(id.value);
  }
  return ids.length <= INSTRUMENTS_MAX ? ok(ids) : err(`expected at most ${INSTRUMENTS_MAX} instruments`);
}

export function parseAgent(text: string): Result<string> {
  if (reservedNames.includes(text)) return err(`${text} is no name for an agent: it is one who also acts on the account`);
  return /^[a-z0-9-]{1,32}$/.test(text) ? ok(text) : err('expected the name of the agent: 1 to 32 of a-z, 0-9 and -');
}

function parsePrices(text: string): Result<ReadonlyMap<string, Decimal>> {
  const prices = new Map<string, Decimal>();
  for (const part of text.split(',')) {
    const [name = '', number, ...more] = part.split('=');
    const price = parseDecimal(number);
    if (!parseInstrumentId(name).ok || !price.ok || !isPositive(price.value) || more.length > 0)
      return err('expected --prices BTC-USDT=65000,ETH-USDT=3000');
    prices.set(name, price.value);
  }
  return ok(prices);
}

function maybe<Value>(text: string | undefined, parse: (text: string) => Result<Value>): Result<Value | undefined> {
  return text === undefined ? ok(undefined) : parse(text);
}
