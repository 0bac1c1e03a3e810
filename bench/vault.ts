import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVault } from '../src/adapters/vault/signer.ts';
import { parseInstrumentId } from '../src/core/market/instrument.ts';
import { decimal } from '../src/core/money/decimal.ts';
import { clientOrderId } from '../src/core/order/identity.ts';
import type { Write } from '../src/core/order/request.ts';
import { parseConfiguration } from '../src/core/policy/configuration.ts';
import { requestHash } from '../src/venues/okx/hash.ts';
import { encode } from '../src/venues/okx/request.ts';
import { type Figure, median, milliseconds, quantile, verdict } from './figure.ts';
import { pause } from './process.ts';
import { temporaryFolder } from './world.ts';

const SIGNATURES = 300;
const WARM_UP = 100;
const APART_MILLISECONDS = 20;
const MILLISECONDS_MAX = 0.5;

const FILE = '[policy]\nmax_order_size = 1000000\nmax_order_rate = { per_second = 1000000, per_minute = 1000000 }\n';

/** From handing an order to the vault's process to holding the signed bytes, one at a time and 20 ms apart. */
export async function measureVault(): Promise<Figure> {
  await using stack = new AsyncDisposableStack();
  const home = temporaryFolder(stack);
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  writeFileSync(join(home, 'twokey.toml'), FILE, { mode: 0o600 });
  const configuration = parseConfiguration(FILE);
  if (!configuration.ok) throw new Error(configuration.error.message);
  const vault = startVault({ home, userHome: home, exchange: configuration.value.exchange, readOnly: false, credentials: 'none' });
  stack.use(vault);
  const ready = await vault.ready;
  if (!ready.ok) throw new Error(ready.error);
  const echo = startEcho(stack);
  const samples: number[] = [];
  const echoes: number[] = [];
  for (let index = 0; index < WARM_UP + SIGNATURES; index += 1) {
    // oxlint-disable no-await-in-loop
    await pause(APART_MILLISECONDS);
    const request = orderOf(index);
    const hash = requestHash(encode(request, { simulated: true }), true);
    const startedAt = performance.now();
    const signed = await vault.signer.sign(request, hash, 0);
    const elapsed = performance.now() - startedAt;
    await pause(APART_MILLISECONDS);
    const echoed = await echo(signed);
    // oxlint-enable no-await-in-loop
    if (signed.kind !== 'signed') throw new Error(`the vault did not sign: ${JSON.stringify(signed)}`);
    if (index < WARM_UP) continue;
    samples.push(elapsed);
    echoes.push(echoed);
  }
  const middle = median(samples);
  const tail = quantile(samples, 0.99);
  return {
    name: 'vault',
    what: 'vault: build and sign, paced, median',
    budget: `≤ ${MILLISECONDS_MAX} ms`,
    measured: `${milliseconds(middle)} (p99 ${milliseconds(tail)}; a bare echo ${milliseconds(median(echoes))})`,
    peer: '',
    verdict: verdict(middle <= MILLISECONDS_MAX),
    values: { median: middle, p99: tail, echo: median(echoes) },
  };
}

/** A child that only sends back what it is sent: what the channel alone costs on this machine at this moment. */
function startEcho(stack: AsyncDisposableStack): (message: object) => Promise<number> {
  const child = fork(fileURLToPath(new URL('echo.js', import.meta.url)), { execArgv: [], env: {}, serialization: 'json' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  stack.defer(async () => {
    child.disconnect();
    await gone;
  });
  return (message) => {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      child.once('message', () => resolve(performance.now() - startedAt));
      child.send(message);
    });
  };
}

function orderOf(index: number): Write {
  const instrument = parseInstrumentId('BTC-USDT');
  if (!instrument.ok) throw new Error(instrument.error);
  return {
    kind: 'place',
    protection: null,
    clientOrderId: clientOrderId({ journal: 'abcdef', epoch: 1, sequence: index + 1 }),
    terms: {
      instrument: instrument.value,
      product: 'spot',
      side: 'buy',
      type: 'post_only',
      size: decimal('0.0001'),
      price: decimal('30000'),
      reduceOnly: false,
      leg: 'net',
      purpose: 'entry',
    },
    expiresAt: Date.now() + 1500,
  };
}
