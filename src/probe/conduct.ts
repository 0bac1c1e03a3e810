import { createInterface } from 'node:readline/promises';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import { findCredentials } from '../vault/credentials.ts';
import type { Input } from '../vault/input.ts';
import { cases } from './cases/all.ts';
import type { Options } from './options.ts';
import { isFine, type Report, reportOf } from './report.ts';
import { probe } from './run.ts';
import { type Stop, targetWire } from './target.ts';
import { caseText, closingText, consentText } from './words.ts';

export type Conducting = {
  readonly options: Options;
  readonly home: string;
  /** The home of the user, where the official kit keeps its profiles. */
  readonly userHome: string;
  /** Where systemd lays what its unit gives this service; empty where no unit does. */
  readonly serviceFolder: string;
  /** twokey.toml as it is. */
  readonly configuration: Configuration;
  /** What the environment held of keys. */
  readonly input: Input;
  /** Where the exchange of a configuration answers. */
  readonly originOf: (configuration: Configuration) => Result<string>;
  readonly connect: (baseUrl: string) => Result<Exchange & AsyncDisposable>;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly version: string;
  readonly talk: Talk;
};

export type Talk = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** For what a program does not want to read. */
  readonly progress: (text: string) => void;
};

/** `path` is where the report belongs; `text` is what is printed at the end. */
export type Conducted = { readonly report: Report; readonly path: string; readonly text: string; readonly isFine: boolean };

/** OKX counts requests by the second and its lists follow an order after a moment; the simulator's do at once. */
const manners = {
  'okx-demo': { paceMilliseconds: 120, lagMilliseconds: 800 },
  simulator: { paceMilliseconds: 0, lagMilliseconds: 0 },
} as const;

/** Why a home is not probed, whatever its flags say: nothing that belongs to live trading comes near this command. */
function refusedHome({ exchange }: Configuration): string | undefined {
  if (exchange.environment !== 'live') return undefined;
  return 'twokey.toml says environment = "live", and the probe never runs beside live trading; give it a home of its own with --home DIR and --demo';
}

/** Asks the operator once, runs the cases that were chosen, and makes the report of it. */
export async function conduct(conducting: Conducting): Promise<Result<Conducted>> {
  const { options, home, userHome, serviceFolder, configuration: file, input, connect, clock, stop, talk } = conducting;
  const refused = refusedHome(file);
  if (refused !== undefined) return err(refused);
  const environment = options.environment ?? file.exchange.environment;
  const configuration = { ...file, exchange: { ...file.exchange, environment } };
  const { site, readOnly } = configuration.exchange;
  const against = environment === 'demo' ? 'okx-demo' : 'simulator';
  const found = findCredentials({ home, userHome, exchange: configuration.exchange, input, serviceFolder });
  if (!found.ok) return found;
  const { credentials, source } = found.value;
  const agreed = options.yes ? ok(null) : await consent(talk, consentText({ against, site, source }, options.chosen), stop);
  if (!agreed.ok) return agreed;
  const origin = conducting.originOf(configuration);
  const connected = origin.ok ? connect(origin.value) : origin;
  if (!connected.ok) return connected;
  await using exchange = connected.value;
  const startedAt = clock.now();
  const wire = await targetWire({ exchange, clock, stop, ...manners[against] });
  if (!wire.ok) return against === 'simulator' ? err(`${wire.error}; start one with twokey sim`) : wire;
  const ran = await probe({
    cases: options.chosen,
    wire: wire.value,
    credentials,
    prefix: `p${startedAt.toString(36)}x`,
    readOnly: options.readOnly || readOnly,
    tell: (result) => talk.progress(caseText(result)),
  });
  if (!ran.ok) return ran;
  const iso = (at: number): string => new Date(at).toISOString();
  const report = reportOf({
    outcome: ran.value,
    cases,
    against,
    site,
    version: conducting.version,
    startedAt: iso(startedAt),
    endedAt: iso(clock.now()),
    secrets: [credentials.apiKey.reveal(), credentials.secretKey.reveal(), credentials.passphrase.reveal()],
  });
  const path = `${home}/probe-report.json`;
  const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : closingText(report, path);
  return ok({ report, path, text, isFine: isFine(ran.value) });
}

async function consent({ input, output }: Talk, text: string, stop: Stop): Promise<Result<null>> {
  output.write(text);
  if (!input.isTTY) return err('nobody is there to agree to it; --yes agrees beforehand');
  const asking = createInterface({ input, output });
  // Ctrl-C at the question is a no, and so is the end of the input.
  asking.on('SIGINT', () => asking.close());
  const closed = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([asking.question('Go on? [y/N] '), closed, stop.whenAsked.then(() => '')]);
    return /^y(es)?$/i.test(answer.trim()) ? ok(null) : err('not agreed to; nothing was asked');
  } finally {
    asking.close();
  }
}
