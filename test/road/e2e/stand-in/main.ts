// A simulator in the place of OKX, for a run of the suite with `--env demo` (test/road/e2e.test.ts). It is started in a network of its own, in which
// the names of OKX's hosts lead to this machine: twokey and the suite are the same files, with the same hosts and the same checks of certificates.
// node test/road/e2e/stand-in/main.ts FOLDER LEVEL [busy]

import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExchangeDesk } from '../../harness/exchange.ts';
import { loadHook } from '../../harness/plant.ts';
import { Program, root } from '../../harness/program.ts';
import { Front } from './front.ts';

const PORT = 7000;
/** Outside of the simulator keys with its own names are refused, so that here its demo account has a key with another. */
const KEY = '3f0c8a52-7b1e-4d2f-9a66-demo';
const [SECRET, PASSPHRASE] = ['sim-secret', 'sim-pass'];

const [folder = '', level = '', ...more] = process.argv.slice(2);
/** Whether somebody has an order open on the account. */
const isBusy = more.includes('busy');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
const variables = { PATH: process.env['PATH'] ?? '', HOME: folder };

const plants = join(folder, 'plants.mjs');
writeFileSync(plants, loadHook([{ file: 'src/sim/keys.ts', from: `apiKey: 'sim-key-demo'`, to: `apiKey: '${KEY}'` }]));
await using exchange = new Program({
  command: process.execPath,
  argv: ['--import', plants, join(root, 'bin', 'twokey.js'), 'sim', '--port', String(PORT), '--seed', '7', '--home', folder],
  environment: variables,
});
await exchange.line(/listening/);
const desk = new ExchangeDesk(`http://127.0.0.1:${PORT}`);
// An account for spot alone is what the exchange hands out.
await byHand('account/set-account-level', { acctLv: level });
if (isBusy) await byHand('trade/order', { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '30000', sz: '0.001' });

const front = new Front(['www.okx.com', 'wspap.okx.com'], PORT);
const authorities = join(folder, 'authorities.pem');
writeFileSync(authorities, front.authorities);
await front.listen(443);
await front.listen(8443);

await using suite = new Program({
  command: process.execPath,
  argv: [join(root, 'test', 'road', 'e2e', 'main.ts'), '--env', 'demo'],
  // What it keeps after a failure goes with the folder.
  environment: {
    ...variables,
    TMPDIR: folder,
    NODE_EXTRA_CA_CERTS: authorities,
    OKX_API_KEY: KEY,
    OKX_API_SECRET: SECRET,
    OKX_PASSPHRASE: PASSPHRASE,
  },
});
const { code } = await suite.exited;
const { stdout, stderr } = suite;
writeFileSync(join(folder, 'ran.json'), JSON.stringify({ code, stdout, stderr, seen: front.seen, ledger: await desk.ledger() }));
// The listeners would keep the process.
await exchange.stop();
process.exit(0);

/** What a person does at OKX, on a page and not through twokey. */
async function byHand(name: string, given: Readonly<Record<string, string>>): Promise<void> {
  const path = `/api/v5/${name}`;
  const body = JSON.stringify(given);
  const at = new Date().toISOString();
  const answer = await fetch(`${desk.url}${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'ok-access-key': KEY,
      'ok-access-sign': createHmac('sha256', SECRET).update(`${at}POST${path}${body}`).digest('base64'),
      'ok-access-timestamp': at,
      'ok-access-passphrase': PASSPHRASE,
      'x-simulated-trading': '1',
    },
  });
  const { code: refusal } = (await answer.json()) as { readonly code: string };
  if (refusal !== '0') throw new Error(`${name} ${body}: ${refusal}`);
}
