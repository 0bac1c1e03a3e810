import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../core/money/decimal.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { parseWatchFile, type WatchFile } from './settings.ts';

const file = 'HOME/watch.toml';
const key = 'api_key = "0a1b"\nsecret_key = "very-secret"\npassphrase = "pass-word"\n';

type Environment = 'sim' | 'demo' | 'live';

function parse(text: string | null, environment: Environment): ReturnType<typeof parseWatchFile> {
  const policy = '[policy]\nmax_total_exposure = 300\nmax_position_size = 100\nmax_daily_loss = 15\nmax_drawdown = 50\n';
  const configuration = parseConfiguration(`[exchange]\nenvironment = "${environment}"\n${policy}`);
  assert.ok(configuration.ok);
  return parseWatchFile({ file, text, configuration: configuration.value });
}

function read(text: string | null, environment: Environment = 'sim'): WatchFile {
  const settings = parse(text, environment);
  assert.ok(settings.ok, settings.ok ? '' : settings.error);
  return settings.value;
}

function refusal(text: string | null, environment: Environment = 'sim'): string {
  const settings = parse(text, environment);
  assert.ok(!settings.ok, `accepted: ${text}`);
  for (const secret of ['very-secret', 'pass-word', '0a1b']) assert.ok(!settings.error.includes(secret), settings.error);
  return settings.error;
}

test('limits that the file does not name are those of twokey.toml and a tenth more, and of a loss half as much again', () => {
  const { maxTotalExposure, maxPositionSize, maxDailyLoss, maxDrawdown } = read(null).limits;
  assert.deepEqual([maxTotalExposure, maxPositionSize, maxDailyLoss, maxDrawdown].map(formatDecimal), ['330', '110', '22.5', '55']);
});

test("in environment sim the monitor needs no file and uses the simulator's reading key", () => {
  for (const text of [null, '', '[watch]\nevery = "1s"\n']) assert.equal(read(text).key.apiKey, 'sim-key-readonly');
  assert.equal(read('api_key = "sim-key-noip"\nsecret_key = "s"\npassphrase = "p"\n').key.apiKey, 'sim-key-noip');
});

test('outside of sim a key of its own is needed, and it has to say whether it is for demo', () => {
  assert.match(refusal(null, 'demo'), /is not there: write it/);
  assert.match(refusal('[watch]\n', 'live'), /api_key/);
  assert.match(refusal(key, 'demo'), /expected demo = true, because the environment is demo/);
  assert.match(refusal(`${key}demo = true\n`, 'live'), /expected demo = false/);
  assert.equal(read(`${key}demo = true\n`, 'demo').key.apiKey, '0a1b');
  assert.equal(read(`${key}demo = false\n`, 'live').key.passphrase, 'pass-word');
});

test('a key of the exchange is never sent to the simulator, nor the other way round', () => {
  assert.match(refusal(key, 'sim'), /sim-\* keys are for environment sim and no other/);
  assert.match(refusal('api_key = "sim-key"\nsecret_key = "s"\npassphrase = "p"\ndemo = true\n', 'demo'), /sim-\* keys/);
});

test('limits, times and holdings of its own hold in place of the defaults', () => {
  const text = '[watch]\nmax_total_exposure = 12.5\nmax_drawdown = 0\nevery = "2s"\ngrace = "1m"\n[holdings]\nBTC = 0.25\n';
  const settings = read(text);
  const { maxTotalExposure, maxPositionSize, maxDailyLoss, maxDrawdown } = settings.limits;
  assert.deepEqual([maxTotalExposure, maxPositionSize, maxDailyLoss, maxDrawdown].map(formatDecimal), ['12.5', '110', '22.5', '0']);
  assert.deepEqual([settings.everyMilliseconds, settings.graceMilliseconds, settings.blindMilliseconds], [2000, 60_000, 60_000]);
  assert.deepEqual(
    [...settings.holdings].map(([name, amount]) => [name, formatDecimal(amount)]),
    [['BTC', '0.25']],
  );
});

test('whatever is not understood is refused with file and line', () => {
  const refused: readonly (readonly [text: string, what: RegExp])[] = [
    ['[watch]\nmax_exposure = 5\n', /line 2: max_exposure: unknown key/],
    ['profile = "x"\n', /line 1: profile: unknown/],
    ['[watch]\nmax_drawdown = -5\n', /line 2: max_drawdown: expected a number of USD, zero or more/],
    ['[watch]\nmax_drawdown = true\n', /max_drawdown/],
    ['[watch]\ngrace = 15\n', /line 2: grace: expected a duration/],
    ['[watch]\ngrace = "0s"\n', /grace/],
    ['watch = 5\n', /watch: expected a table/],
    ['[holdings]\nBTC = "much"\n', /line 2: holdings: expected a currency and how much/],
    ['[holdings]\nbtc = 1\n', /line 2: holdings: expected a currency/],
    ['api_key = "sim-x"\npassphrase = "p"\n', /secret_key: missing/],
    ['api_key = "sim-x"\nsecret_key = ""\npassphrase = "p"\n', /line 2: secret_key/],
    ['api_key = \n', /line 1/],
    ['Very-Secret-0123456789 = "x"\n', /line 1: unknown key$/],
  ];
  for (const [text, what] of refused) assert.match(refusal(text), what);
});
