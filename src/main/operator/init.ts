import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../adapters/clock/system.ts';
import { createExchange } from '../../adapters/exchange/https.ts';
import { openHome } from '../../adapters/home/home.ts';
import { secretFields } from '../../adapters/process/clean-environment.ts';
import { useSimulator } from '../../adapters/sim/embedded.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { atTerminal } from '../../doors/init/ask.ts';
import { type Priced, spotAt } from '../../doors/init/files.ts';
import { init as begin, type Surroundings } from '../../doors/init/init.ts';
import type { KeyFields } from '../../doors/init/secrets.ts';
import { homeOf } from '../../doors/operator/command.ts';
import type { ExitCode } from '../../doors/operator/output.ts';
import { Inquiry } from '../../engine/inquiry.ts';
import { keepPace } from '../../engine/pace.ts';
import { okxOrigin } from '../../venues/okx/hosts.ts';
import { typeOfInstrument } from '../../venues/okx/kind.ts';
import { unsigned } from '../public.ts';

/** `twokey init`, with what it asks of the machine and of the exchange. */
export function init(argv: readonly string[]): Promise<ExitCode> {
  return begin(argv, {
    openHome,
    homeOf,
    defaultHome: join(homedir(), '.twokey'),
    program: fileURLToPath(new URL('../../../twokey', import.meta.url)),
    keyInEnvironment,
    person: process.stdin.isTTY ? () => atTerminal({ input: process.stdin, output: process.stderr }) : undefined,
    standardInput: () => text(process.stdin),
    market,
  });
}

function keyInEnvironment(): Result<KeyFields | undefined> {
  const read = secretFields(process.env);
  if (!read.ok || read.value.size === 0) return read.ok ? ok(undefined) : read;
  const { api_key: key, secret_key: secret, passphrase } = Object.fromEntries(read.value);
  if (key === undefined || secret === undefined || passphrase === undefined)
    return err('the environment has a part of a key; set all of OKX_API_KEY, OKX_API_SECRET and OKX_PASSPHRASE, or none');
  return ok({ api_key: key, secret_key: secret, passphrase });
}

/** Prices that were given are believed for spot pairs; how a contract counts only the exchange can say. */
const market: Surroundings['market'] = async ({ environment, site, instruments }, given) => {
  const priceOf = (id: InstrumentId) => (typeOfInstrument(id) === 'SPOT' ? given.get(id) : undefined);
  const known = instruments.flatMap((id) => {
    const price = priceOf(id);
    return price === undefined ? [] : [spotAt(id, price)];
  });
  const open = instruments.filter((id) => priceOf(id) === undefined);
  if (open.length === 0) return ok(known);
  await using stack = new AsyncDisposableStack();
  const origin = environment === 'sim' ? await simulator(stack) : ok(okxOrigin(site));
  if (!origin.ok) return origin;
  const exchange = createExchange({ baseUrl: origin.value, clock: systemClock });
  if (!exchange.ok) return exchange;
  stack.use(exchange.value);
  const inquiry = new Inquiry({ signer: unsigned(true), exchange: exchange.value, clock: systemClock, pace: keepPace(systemClock) });
  const asked = await Promise.all(open.map((id) => pricedBy(inquiry, id)));
  const failed = asked.find((each) => !each.ok);
  if (failed !== undefined && !failed.ok) return failed;
  return ok([...known, ...asked.flatMap((each) => (each.ok ? [each.value] : []))]);
};

/** The embedded exchange, for a moment and in a home of its own. */
async function simulator(stack: AsyncDisposableStack): Promise<Result<string>> {
  const home = mkdtempSync(join(tmpdir(), 'twokey-init-'));
  stack.defer(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  for (const name of ['run', 'state']) mkdirSync(join(home, name), { mode: 0o700 });
  const embedded = await useSimulator({ home, host: '127.0.0.1', port: 0, seed: 1, rateLimits: 'lenient' });
  if (!embedded.ok) return embedded;
  stack.defer(() => embedded.value.close());
  return ok(embedded.value.url);
}

async function pricedBy(inquiry: Inquiry, id: InstrumentId): Promise<Result<Priced>> {
  const type = typeOfInstrument(id);
  const product = type === 'SPOT' ? 'spot' : type === 'SWAP' ? 'swap' : 'futures';
  const [listed, ticker] = await Promise.all([
    inquiry.ask({ kind: 'instruments', product }),
    inquiry.ask({ kind: 'ticker', instrument: id }),
  ]);
  const instrument = listed.report.kind === 'instruments' ? listed.report.instruments.find((each) => each.id === id) : undefined;
  if (listed.report.kind === 'instruments' && instrument === undefined) return err(`the exchange has no ${id}; see its spelling there`);
  if (instrument !== undefined && ticker.report.kind === 'ticker') return ok({ instrument, price: ticker.report.ticker.last });
  const { report } = instrument === undefined ? listed : ticker;
  const cause = report.kind === 'failed' ? report.cause : 'no answer that can be read';
  return err(`the price of ${id} is not known (${cause}), and ceiling.toml needs it; a spot pair can be given one: --prices ${id}=65000`);
}
