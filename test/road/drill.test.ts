import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runDrills } from '../../src/doors/drill/command.ts';
import { theatre } from '../../src/main/drill.ts';
import { isOfTheMachine } from './harness/stops.ts';

const launcher = fileURLToPath(new URL('../../bin/twokey.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'drill-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Document = {
  readonly ok: boolean;
  readonly drills: readonly {
    readonly name: string;
    readonly stopped: boolean;
    readonly stopped_by: readonly { readonly control: string; readonly said: string; readonly log: readonly number[] }[];
    readonly mode: string;
    readonly milliseconds: number;
    readonly complaints?: readonly string[];
  }[];
};

/** The gateway itself closed entries, because the machine let it wait. */
function isHeldUp(drill: Document['drills'][number] | undefined): boolean {
  return drill?.stopped_by.some(({ control, said }) => control === 'mode REDUCE_ONLY' && isOfTheMachine(said)) === true;
}

/** A user's home with a gateway in it that counts who speaks to it. */
async function users(): Promise<{ readonly home: string; readonly spoken: () => number; readonly close: () => void }> {
  const home = join(folder, '.twokey');
  mkdirSync(join(home, 'run'), { recursive: true });
  mkdirSync(join(home, 'state'));
  writeFileSync(join(home, 'twokey.toml'), '[exchange]\nenvironment = "live"\n');
  writeFileSync(join(home, 'credentials.toml'), 'api_key = "real"\nsecret_key = "real"\npassphrase = "real"\n', { mode: 0o600 });
  writeFileSync(join(home, 'state', 'journal.db'), 'a journal');
  let spoken = 0;
  const server = createServer((socket) => {
    spoken += 1;
    socket.end();
  });
  server.listen(join(home, 'run', 'operator.sock'));
  await once(server, 'listening');
  return { home, spoken: () => spoken, close: () => server.close() };
}

function filesUnder(path: string): Readonly<Record<string, string>> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]));
}

function start(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess & { readonly said: () => string } {
  const child = spawn(process.execPath, [launcher, 'drill', ...words], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  return Object.assign(child, { said: () => text });
}

test('every accident is staged and stopped, by a control that the journal names, and neither home, keys nor gateway of the user are touched', async () => {
  const { home, spoken, close } = await users();
  try {
    const before = filesUnder(home);
    const child = start(['--json'], { TWOKEY_HOME: home, OKX_API_KEY: 'real', OKX_SECRET_KEY: 'real', OKX_PASSPHRASE: 'real' });
    const [code] = (await once(child, 'close')) as [number | null];
    const { ok, drills } = JSON.parse(child.said()) as Document;
    assert.deepEqual(
      drills.filter(({ stopped }) => !stopped),
      [],
    );
    assert.equal(ok, true);
    assert.equal(code, 0);
    assert.ok(drills.length >= 18);
    for (const { name, stopped_by: by, milliseconds } of drills) {
      assert.ok(by.length > 0, `${name}: something stood in the way`);
      for (const { control, log } of by) assert.ok(control !== '' && log.length > 0, name);
      assert.ok(milliseconds > 0, name);
    }
    // Where the account has to go down by itself it did; where one wish was wrong it did not.
    const modeOf = (name: string): string | undefined => drills.find((each) => each.name === name)?.mode;
    assert.deepEqual(['crash', 'human-order', 'liquidation', 'deleveraged', 'frozen-account'].map(modeOf), [
      'HALTED',
      'HALTED',
      'REDUCE_ONLY',
      'REDUCE_ONLY',
      'REDUCE_ONLY',
    ]);
    // Unless this machine was too slow for the gateway, which closes entries for that.
    for (const name of ['fat-finger', 'ghost-price', 'thin-market', 'runaway'])
      assert.ok(modeOf(name) === 'ACTIVE' || isHeldUp(drills.find((each) => each.name === name)), `${name} left ${modeOf(name)}`);
    assert.deepEqual(filesUnder(home), before);
    assert.equal(spoken(), 0, 'nobody spoke to the gateway of the user');
    assert.deepEqual(readdirSync(folder), ['.twokey'], 'nothing is left of the homes that were made');
  } finally {
    close();
    rmSync(home, { recursive: true });
  }
});

test('--list names the accidents, one can be asked for by name, and what is no accident or no option is refused with 2', async () => {
  const listing = start(['--list']);
  await once(listing, 'close');
  assert.match(listing.said(), /^lost-answer +The exchange takes an order/m);
  const cases = [
    [['earthquake'], /there is no accident 'earthquake'; there are blind, clock-skew/],
    [['--home', folder], /Unknown option '--home'/],
    [['one', 'two'], /one accident at a time/],
  ] as const;
  for (const [words, expected] of cases) {
    const child = start(words);
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 2);
    assert.match(child.said(), expected);
  }
});

/** Drills what a test wrote down, by name, and gives the exit code. */
async function drilled(texts: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly printed: string }> {
  const scenarios = mkdtempSync(join(folder, 'scenarios-'));
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(scenarios, `${name}.toml`), `name = "${name}"\nshows = "what ${name} shows"\n${text}`);
  const printed: string[] = [];
  const code = await runDrills([], { ...theatre, scenarios, patienceMilliseconds: 3000, print: (line) => printed.push(line) });
  return { code, printed: printed.join('\n') };
}

test('an accident that nothing stops, one that does not happen, and one that could not be staged are told as such and end with 1', async () => {
  const order = 'instrument = "BTC-USDT", side = "buy", type = "market", quantity = "40", quantity_unit = "usd", reason = "why not"';
  const harmless = `[[steps]]\nafter = "0s"\nagent = { tool = "place_order", intent_id = "a", ${order} }\n`;
  const { code, printed } = await drilled({
    // What the limits allow reaches the exchange.
    allowed: `accident = "bad_entry"\n${harmless}`,
    alone: `accident = "stranger"\n${harmless}`,
    open: `accident = "blocked"\n${harmless}`,
    certain: `accident = "doubt"\n${harmless}`,
    waiting: `accident = "doubt"\n[[steps]]\nonce = "a position is open"\nheal = true\n`,
    impossible: `accident = "doubt"\n[[steps]]\nafter = "0s"\nmarket = { regime = "wild" }\n`,
  });
  assert.equal(code, 1);
  for (const expected of [
    /NOT STOPPED {2}allowed.*\n.*\n[^]*?! nothing was denied\n {2}! the order \w+ reached the exchange/,
    /NOT STOPPED {2}alone.*\n.*\n[^]*?! nobody else traded\n {2}! the account is as open as it was/,
    /NOT STOPPED {2}open.*\n.*\n[^]*?! the exchange refused nothing\n {2}! the account is as open as it was/,
    /NOT STOPPED {2}certain.*\n.*\n[^]*?! no order met the accident/,
    /NOT STOPPED {2}impossible.*\n.*\n[^]*?! the exchange answered 400 at \/sim\/market/,
    /NOT STOPPED {2}waiting.*\n.*\n[^]*?! a step waited 3 s until a position is open, and it never was so/,
    /^0 of 6 accidents were stopped/m,
  ])
    assert.match(printed, expected);
});
