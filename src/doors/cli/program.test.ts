import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../protocol/schemas.ts';
import { type Tool, tools } from '../../protocol/tools.ts';
import { printed } from './print.ts';
import { buildProgram, drawsName, flagName, readCommandLine } from './program.ts';

/** The flags that every command has beside the arguments of its tool. */
const common = ['--agent', '--home', '--json', '--demo', '--env', '--read-only'];

type Target = { readonly instrument: string; readonly weight: string };

function read(...argv: readonly string[]) {
  const line = readCommandLine(argv);
  assert.ok(line.kind === 'command');
  return line.command;
}

test('each tool with a command word is a command, and each command is such a tool', () => {
  const words = buildProgram(() => {}).commands.map((command) => command.name());
  assert.deepEqual(
    words,
    tools.flatMap(({ command }) => command ?? []),
  );
  assert.deepEqual(words, ['portfolio', 'market', 'preview', 'place', 'cancel', 'close', 'protect', 'rebalance', 'intent']);
});

test('each argument of a tool is a flag of its command, and each flag is such an argument or common to all', () => {
  const program = buildProgram(() => {});
  for (const command of program.commands) {
    const tool = tools.find((row) => row.command === command.name());
    assert.ok(tool !== undefined);
    const flags = command.options.map((option) => option.long);
    assert.deepEqual(flags, [...tool.arguments.map(({ name }) => `--${flagName(name)}`), ...common]);
    for (const word of tool.words)
      assert.ok(
        tool.arguments.some(({ name }) => name === word),
        word,
      );
  }
});

test('the example of a tool, typed as a command line, is read as the example again', () => {
  for (const tool of tools) {
    if (tool.command === null) continue;
    const { given } = read(tool.command, ...typed(tool.example));
    assert.deepEqual(given, tool.example, tool.name);
    assert.ok(parseArguments(tool, given).ok);
  }
});

test('what comes as plain words fills the places that no flag has taken', () => {
  const flags = ['--type', 'market', '--quantity', '5', '--quantity-unit', 'usd', '--reason', 'x'];
  const { given } = read('place', 'BTC-USDT', 'sell', ...flags);
  assert.equal(given['instrument'], 'BTC-USDT');
  assert.equal(given['side'], 'sell');
  assert.deepEqual(read('place', '--instrument', 'BTC-USDT', 'sell', ...flags).given, given);
});

test('a flag that was not given is not an argument, and evidence may be given more than once', () => {
  const { given } = read('close', 'BTC-USDT', '--reason', 'x', '--evidence', 'one', '--evidence', 'two');
  assert.deepEqual(given, { instrument: 'BTC-USDT', reason: 'x', evidence: ['one', 'two'] });
  assert.equal(read('place', '--reduce-only').given['reduce_only'], true);
});

test('a target that is no INSTRUMENT=WEIGHT is refused by the schema, and names which', () => {
  const rebalance = tools.find(({ name }) => name === 'rebalance') as Tool;
  for (const text of ['BTC-USDT', 'BTC-USDT=', '=0.1', 'BTC-USDT=25%', 'BTC-USDT=a=0.1']) {
    const { given } = read(
      'rebalance',
      '--intent-id',
      'i',
      '--targets',
      'ETH-USDT=0.1',
      '--targets',
      text,
      '--base-usd',
      '9',
      '--reason',
      'x',
    );
    const parsed = parseArguments(rebalance, given);
    assert.ok(!parsed.ok, text);
    assert.equal(parsed.error.path, 'targets[1]');
  }
});

test('numbers that are none stay texts, for the schema to refuse', () => {
  const market = tools.find(({ name }) => name === 'get_market') as Tool;
  assert.deepEqual(read('market', 'BTC-USDT', '--view', 'book', '--depth', '5').given['depth'], 5);
  for (const depth of ['1e1', '5.0', '-1', 'x']) {
    const parsed = parseArguments(market, read('market', 'BTC-USDT', '--view', 'book', `--depth=${depth}`).given);
    assert.ok(!parsed.ok);
    assert.equal(parsed.error.path, 'depth');
  }
});

test('global flags are read, and live is not a choice', (context) => {
  const quiet = context.mock.method(process.stderr, 'write', () => true);
  const command = read('portfolio', '--agent', 'two', '--home', '/h', '--json', '--read-only');
  assert.deepEqual(
    { agent: command.agent, home: command.home, json: command.json, readOnly: command.readOnly, environment: command.environment },
    { agent: 'two', home: '/h', json: true, readOnly: true, environment: null },
  );
  assert.equal(read('portfolio', '--demo').environment, 'demo');
  assert.equal(read('portfolio', '--env', 'sim').environment, 'sim');
  for (const argv of [['portfolio', '--env', 'live'], ['portfolio', '--nix'], ['portfolio', 'word'], ['halt'], []]) {
    assert.equal(readCommandLine(argv).kind, 'misused', argv.join(' '));
  }
  quiet.mock.restore();
});

test('every command that makes a wish can name it by itself, and only asking needs the name', () => {
  assert.deepEqual(
    tools.filter(drawsName).map(({ name }) => name),
    ['preview_order', 'place_order', 'cancel_orders', 'close_position', 'set_protection', 'rebalance', 'halt_trading'],
  );
});

test('what is printed starts with where, whose and how much it may do, and cannot forge a line', () => {
  const text = printed({
    status: 'denied',
    message: 'one\ntwo \u001b[2J',
    limit: { name: 'max_order_size', max: '40' },
    orders: [
      { id: 'a', size: '1' },
      { id: 'bb', size: '22' },
    ],
    none: [],
    environment: 'sim',
    account: 'okx:sim:1001',
    mode: 'ACTIVE',
    as_of: '2026-11-23T10:00:00.000Z',
  });
  assert.equal(
    text,
    [
      'sim · okx:sim:1001 · ACTIVE · 2026-11-23 10:00:00 UTC',
      'status: denied',
      'message: one?two ?[2J',
      'limit',
      '  name: max_order_size',
      '  max: 40',
      'orders',
      '  id  size',
      '  a   1',
      '  bb  22',
      'none: –',
      '',
    ].join('\n'),
  );
});

function typed(example: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(example).flatMap(([name, value]) => {
    const texts =
      name === 'targets' ? (value as readonly Target[]).map(({ instrument, weight }) => `${instrument}=${weight}`) : [String(value)];
    return texts.flatMap((text) => [`--${flagName(name)}`, text]);
  });
}
