// A simulator in the place of OKX, for a run of the suite with `--env demo` (test/road/e2e.test.ts). It is started in a network of its own, in which
// the names of OKX's hosts lead to this machine: twokey and the suite are the same files, with the same hosts and the same checks of certificates.
// node test/road/e2e/stand-in/main.ts FOLDER LEVEL [busy]

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program, root } from '../../harness/program.ts';
import { Okx } from './okx.ts';

const [folder = '', level = '', ...more] = process.argv.slice(2);
/** Whether somebody has an order open on the account. */
const isBusy = more.includes('busy');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const okx = await Okx.start(folder, { level, listens: '127.0.0.1' });
if (isBusy)
  await okx.byHand('trade/order', { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '30000', sz: '0.001' });

await using suite = new Program({
  command: process.execPath,
  argv: [join(root, 'test', 'road', 'e2e', 'main.ts'), '--env', 'demo'],
  // What it keeps after a failure goes with the folder.
  environment: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, ...okx.variables },
});
const { code } = await suite.exited;
const { stdout, stderr } = suite;
writeFileSync(join(folder, 'ran.json'), JSON.stringify({ code, stdout, stderr, seen: okx.front.seen, ledger: await okx.desk.ledger() }));
// The listeners would keep the process.
await okx[Symbol.asyncDispose]();
process.exit(0);
