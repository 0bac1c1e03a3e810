import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { after, before, test } from 'node:test';
import { OfficialKit } from './harness/official-kit.ts';
import { type Args, type Asking, askings, unasked } from './harness/official-tools.ts';

// The exchange's own MCP server, unchanged, against `twokey sim`: the list of its tools is its own, each that trades or tells of what can be traded is asked
// for something right and for something wrong, and the exchange's ledger says what came of it.

const families = ['market', 'spot', 'swap', 'futures', 'account'] as const;
type Family = (typeof families)[number];

let kit: OfficialKit;
const client = new Client({ name: 'road', version: '1' });
let tools: readonly string[] = [];
let asked: ReturnType<typeof askings>;

before(async () => {
  kit = await OfficialKit.install({ name: '@okx_ai/okx-trade-mcp', version: '1.2.9' });
  const args = [kit.entry, '--modules', 'all', '--demo'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env: { ...kit.environment }, stderr: 'pipe' }));
  tools = (await client.listTools()).tools.map(({ name }) => name);
  // What settles in bitcoin wants bitcoin.
  await kit.desk('/sim/deposits', { ccy: 'BTC', amt: '1', to: '18' });
  const listed = await fetch(`${kit.url}/api/v5/public/instruments?instType=FUTURES`);
  const { data } = (await listed.json()) as { readonly data: readonly { readonly instId: string; readonly alias: string }[] };
  asked = askings(data.find(({ instId, alias }) => alias === 'quarter' && instId.startsWith('BTC-USD-'))?.instId ?? '');
});

after(async () => {
  await client.close();
  await kit[Symbol.asyncDispose]();
});

type Said = { readonly text: string; readonly isError: boolean; readonly rows: readonly Readonly<Record<string, unknown>>[] };

const kept = new Map<string, string>();

/** Puts ids of earlier answers where a question names them. */
function filled(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('$')) return kept.get(value.slice(1)) ?? assert.fail(`nothing is kept as ${value}`);
  if (Array.isArray(value)) return value.map(filled);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, filled(part)]))
    : value;
}

async function ask(tool: string, args: Args): Promise<Said> {
  const result = await client.callTool({ name: tool, arguments: filled(args) as Record<string, unknown> });
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  const whole: unknown = JSON.parse(text);
  const data = typeof whole === 'object' && whole !== null && 'data' in whole ? (whole.data as Record<string, unknown>) : {};
  const rows = Array.isArray(data['data']) ? (data['data'] as Record<string, unknown>[]) : [];
  return { text, isError: result.isError === true, rows };
}

async function check({ tool, args, refused, keep }: Asking): Promise<void> {
  const { text, isError, rows } = await ask(tool, args);
  const told = `${tool} ${JSON.stringify(args)}: ${text.slice(0, 600)}`;
  const failed = rows.filter(({ sCode }) => sCode !== undefined && sCode !== '0');
  if (refused !== undefined) {
    // A rejected order looks like a success to whoever asks this server: only the code inside tells.
    assert.ok(isError || failed.length > 0, told);
    assert.ok(text.includes(refused), told);
    return;
  }
  assert.ok(!isError && text.includes('"ok": true'), told);
  assert.deepEqual(failed, [], told);
  const [{ ordId, algoId } = {}] = rows;
  const id = ordId ?? algoId;
  if (keep !== undefined) kept.set(keep, typeof id === 'string' ? id : assert.fail(told));
}

for (const family of families) {
  test(`each of its ${family} tools is carried out when it is right and refused when it is wrong`, async () => {
    const before = await kit.ledger();
    for (const asking of asked[family]) await check(asking);
    const now = await kit.ledger();
    const orders = now.orders.slice(before.orders.length);
    const placed = orders.map(({ side, ordType, state }) => `${side} ${ordType} ${state}`);
    assert.deepEqual(placed, placedBy[family]);
    for (const { tag, account } of orders) assert.deepEqual([tag, account], ['MCP', '1001']);
    const refused = now.refused.slice(before.refused.length).map(({ code }) => code);
    assert.deepEqual(refused, refusedOf[family]);
    assert.deepEqual(now.positions, []);
  });
}

/** What the ledger holds of each family afterwards, in sequence. */
const contractOrders = ['buy market filled', 'buy limit canceled', 'buy limit canceled', 'sell market filled'];
const placedBy: Readonly<Record<Family, readonly string[]>> = {
  market: [],
  spot: ['buy market filled', 'buy limit canceled', 'buy limit canceled', 'buy limit canceled'],
  swap: contractOrders,
  futures: contractOrders,
  account: [],
};
const contractRefusals = ['51006', '51170', '51503', '51006', '51400'];
const refusedOf: Readonly<Record<Family, readonly string[]>> = {
  market: [],
  spot: ['51008', '51010', '51503', '51400', '51280', '51527', '51400', '51008', '51503', '51400'],
  swap: [...contractRefusals, '51400', '51280', '50015', '51506', '51400', '51023'],
  futures: [...contractRefusals, '51503', '51400', '51280', '50015', '51506', '51400', '51023'],
  account: ['58350'],
};

test('the trailing stops that it placed follow the market, and end with what they sent', async () => {
  const { algos } = await kit.ledger();
  const trails = algos.filter(({ ordType }) => ordType === 'move_order_stop');
  assert.equal(trails.length, 5);
  // Those on contracts may only close, and their positions are closed: they fail when the price falls back from its best.
  const bitcoin = trails.filter(({ instId = '' }) => instId !== 'BTC-USDT');
  assert.deepEqual(new Set(bitcoin.map(({ state }) => state)), new Set(['live']));
  await kit.desk('/sim/market', { instId: 'BTC-USDT', price: '55000' });
  const ended = (await kit.ledger()).algos.filter(({ ordType }) => ordType === 'move_order_stop');
  assert.deepEqual(
    ended.map(({ instId, state, failCode }) => `${instId === 'BTC-USDT' ? 'spot' : 'contract'} ${state} ${failCode}`),
    ['spot effective ', ...bitcoin.map(() => 'contract order_failed 51169')],
  );
});

test('every tool of those families is asked both ways, and what is not is named with the answer that came instead', async (t) => {
  const both = Object.values(asked).flat();
  for (const tool of tools.filter((name) => families.some((family) => name.startsWith(`${family}_`)))) {
    const mine = both.filter((asking) => asking.tool === tool);
    const isWhole = mine.some(({ refused }) => refused === undefined) && mine.some(({ refused }) => refused !== undefined);
    const instead = unasked[tool];
    assert.notEqual(isWhole, instead !== undefined, `${tool} is asked both ways, or named as one that is not`);
    if (instead === undefined) continue;
    const { text } = await ask(tool, instead.args);
    assert.ok(text.includes(instead.says), `${tool}: ${text}`);
    t.diagnostic(`not asked both ways: ${tool} answers ${instead.says}`);
  }
  assert.deepEqual(
    both.map(({ tool }) => tool).filter((tool) => !tools.includes(tool)),
    [],
    'every tool that is asked is one that it lists',
  );
});

/** Products that the simulator does not have: it answers as the exchange does in demo trading, or the server knows so much itself. */
const elsewhere: readonly (readonly [RegExp, RegExp])[] = [
  [/^(grid|dca)_/, /"code": "50038"/],
  [/^(earn|onchain|dcd)_/, /"code": "50038"|not available in simulated trading mode/],
  [/^skills_/, /Not Found/],
  [/^(trade_get_history|system_get_capabilities)$/, /"ok": true/],
];

test('every other tool answers that its product is not there', async (t) => {
  const schemas = new Map((await client.listTools()).tools.map(({ name, inputSchema }) => [name, inputSchema]));
  const others = tools.filter((name) => !families.some((family) => name.startsWith(`${family}_`)) && !name.startsWith('option_'));
  assert.ok(others.length > 20);
  for (const tool of others) {
    const { properties = {}, required = [] } = schemas.get(tool) ?? {};
    const args = Object.fromEntries(required.map((name) => [name, sample(properties[name], kit.folder)]));
    const { text } = await ask(tool, { ...args, ...lookedAt[tool] });
    const [, says] = elsewhere.find(([names]) => names.test(tool)) ?? assert.fail(`${tool} is of no known product`);
    const told = says.exec(text)?.[0];
    assert.notEqual(told, undefined, `${tool}: ${text}`);
    t.diagnostic(`not there: ${tool} answers ${told}`);
  }
});

/** What some tools look at before they ask anybody. */
const lookedAt: Readonly<Record<string, Args>> = {
  dca_create_order: { safetyOrdAmt: '1', pxSteps: '0.01', pxStepsMult: '1', volMult: '1' },
  dca_stop_order: { stopType: '1' },
};

/** Something of the right kind. */
function sample(schema: unknown, folder: string): unknown {
  if (typeof schema !== 'object' || schema === null) return folder;
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum[0];
  const type = 'type' in schema ? schema.type : 'string';
  if (type === 'array') return [];
  return type === 'number' || type === 'integer' ? 1 : type === 'boolean' ? true : folder;
}

test('its option tools tell what there is, and trade nothing', async () => {
  const chain = await ask('option_get_instruments', { uly: 'BTC-USD' });
  assert.equal(chain.rows.length, 8);
  assert.equal((await ask('option_get_greeks', { uly: 'BTC-USD' })).rows.length, 8);
  const instId = String(chain.rows[0]?.['instId']);
  const order = { instId, tdMode: 'cross', side: 'buy', ordType: 'limit', px: '0.01', sz: '1' };
  assert.match((await ask('option_place_order', order)).text, /51010/);
});
