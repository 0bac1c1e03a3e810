import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '../../src/core/order/intent.ts';
import { parseIntent, parseQuery, type SchemaProblem } from '../../src/core/order/parse-intent.ts';
import type { Result } from '../../src/core/lang/result.ts';
import { parseArguments } from '../../src/protocol/schemas.ts';
import { type Argument, type Tool, tools, withIntentId } from '../../src/protocol/tools.ts';

// The doors check arguments with zod, the gateway with a parser of its own. Whatever one takes the other takes, with the same
// sentence for what is refused: else an agent could meet a rule that it cannot see, or the doors could be a way around one.

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');

function byGateway(tool: Tool, given: unknown): Result<unknown, SchemaProblem> {
  const query = parseQuery({ tool: tool.name, arguments: given });
  if (query.ok || query.error.path !== 'tool') return query;
  return parseIntent({ principal: 'default' as Principal, tool: tool.name, arguments: given });
}

/** What the doors hand on: the arguments with the name that they draw where none is needed. */
function handedOn(tool: Tool, given: unknown): unknown {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? withIntentId({ ...given }, { tool, drawn: 'drawn' })
    : given;
}

const pick = (...values: readonly unknown[]) => fc.constantFrom(...values);

/** Values that pass, and values that only just do not. */
function valuesOf({ takes }: Argument): { readonly good: fc.Arbitrary<unknown>; readonly bad: fc.Arbitrary<unknown> } {
  const anything = pick(null, true, false, 0, 5, 1.5, '', ' ', '1', [], ['x'], {}, '\ud800', 'x\ny', 'x'.repeat(70));
  switch (takes.kind) {
    case 'amount':
      return {
        good: fc.oneof(
          fc.stringMatching(/^[1-9][0-9]{0,29}(\.[0-9]{1,30})?$/),
          pick('0.1', '1', '0.00000000000000000000000000000001'.slice(0, 32)),
        ),
        bad: fc.oneof(
          anything,
          pick('0', '-1', '01', '1e5', '+1', '.5', '1.', '0.0', ' 1', '1\n', `1${'0'.repeat(30)}`, `0.${'0'.repeat(30)}1`, '١'),
          fc.string(),
        ),
      };
    case 'intent_id':
      return {
        good: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
        bad: fc.oneof(anything, pick('a b', 'x'.repeat(65), 'a\n', 'ä'), fc.string()),
      };
    case 'client_order_id':
      return { good: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/), bad: fc.oneof(anything, pick('a-b', 'x'.repeat(33)), fc.string()) };
    case 'instrument':
      return {
        good: pick('BTC-USDT', 'BTC-USDT-SWAP', 'ABC'),
        bad: fc.oneof(anything, pick('btc', 'AB', '-BTC', 'BTC-', 'X'.repeat(33), 'BTC-USDT\n'), fc.string()),
      };
    case 'label':
      return { good: fc.stringMatching(/^[A-Za-z0-9 ._:-]{1,64}$/), bad: fc.oneof(anything, pick('a/b', 'x'.repeat(65)), fc.string()) };
    case 'holding':
      return {
        good: fc.stringMatching(/^[1-9][0-9]{0,2}[mhd]$/),
        bad: fc.oneof(anything, pick('0h', '8', '8s', '1000m', '8h\n'), fc.string()),
      };
    case 'flag':
      return { good: fc.boolean(), bad: pick('true', 'false', 0, 1, null, [], {}) };
    case 'reason':
      return {
        good: fc.oneof(fc.stringMatching(/^[ -~]{0,200}$/), pick('', 'é'.repeat(1024), 'x'.repeat(2048))),
        bad: fc.oneof(
          anything,
          pick('x'.repeat(2049), 'é'.repeat(1025), 'a\u202eb', 'a\u0085b', 'a\u2028', '\udc00'),
          fc.string({ unit: 'binary' }),
        ),
      };
    case 'evidence':
      return {
        good: fc.array(fc.stringMatching(/^[ -~]{1,50}$/), { maxLength: 10 }),
        bad: fc.oneof(
          anything,
          pick(
            [''],
            ['x'.repeat(501)],
            Array.from({ length: 11 }, () => 'x'),
            [1],
            ['a\tb'],
            'text',
            [null],
            [['x']],
          ),
        ),
      };
    case 'targets': {
      const target = (instrument: unknown, weight: unknown) => ({ instrument, weight });
      return {
        good: pick(
          [target('BTC-USDT', '0.25')],
          [target('BTC-USDT', '0'), target('BTC-USDT-SWAP', '-0.5'), target('ETH-USDT', '0.5')],
          [target('BTC-USDT-SWAP', '-1')],
          Array.from({ length: 10 }, (_, index) => target(`A${index}-USDT`, '0.1')),
          // Each right by itself: what does not go together is refused by both with the same words too.
          [target('BTC-USDT', '0.1'), target('BTC-USDT', '0.1')],
          [target('BTC-USDT', '0.7'), target('ETH-USDT', '-0.4')],
          [target('BTC-USDT', '1.000'), target('ETH-USDT', '0.000000000000000000000000000001')],
        ),
        bad: fc.oneof(
          anything,
          pick(
            Array.from({ length: 11 }, (_, index) => target(`A${index}-USDT`, '0.01')),
            [...Array.from({ length: 10 }, (_, index) => target(`A${index}-USDT`, '0.01')), 'x'],
            [target('btc', '0.1')],
            [target('BTC-USDT', '25')],
            [target('BTC-USDT', '1.01')],
            [target('BTC-USDT', '-0')],
            [target('BTC-USDT', '-0.00')],
            [target('BTC-USDT', '0.1\n')],
            [target('BTC-USDT', '01')],
            [target('BTC-USDT', 0.1)],
            [target('BTC-USDT', '1e-1')],
            [target('BTC-USDT', `0.${'1'.repeat(31)}`)],
            [{ instrument: 'BTC-USDT' }],
            [{ weight: '0.1' }],
            [target('BTC-USDT', '0.1'), null],
            [target('BTC-USDT', '0.1'), ['BTC-USDT', '0.1']],
            [{ ...target('BTC-USDT', '0.1'), side: 'buy' }],
            [{ ...target(1, '0.1'), side: 'buy' }],
            target('BTC-USDT', '0.1'),
          ),
        ),
      };
    }
    case 'choice':
      return { good: pick(...takes.choices), bad: fc.oneof(anything, pick('BUY', 'Limit', 'buy ', '1d'), fc.string()) };
    case 'integer':
      return {
        good: fc.integer({ min: takes.from, max: takes.to }),
        bad: fc.oneof(anything, pick(takes.from - 1, takes.to + 1, '5', 1e21, -0.5, 2 ** 53)),
      };
  }
}

/** Arguments of a tool, most of them right, some missing, wrong or too many. */
function callsOf(tool: Tool): fc.Arbitrary<unknown> {
  const entries = tool.arguments.map((argument) => {
    const { good, bad } = valuesOf(argument);
    const present = fc
      .oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: bad })
      .map((value): readonly unknown[] => [argument.name, value]);
    const absent = fc.constant<readonly unknown[]>([]);
    return fc.oneof({ weight: argument.required ? 40 : 1, arbitrary: present }, { weight: 1, arbitrary: absent });
  });
  const extra = fc.oneof(
    { weight: 12, arbitrary: fc.constant<readonly unknown[]>([]) },
    { weight: 1, arbitrary: fc.tuple(pick('leverage', 'Side', 'a b', 'toString'), pick('1', 1)) },
  );
  return fc.tuple(...entries, extra).map((all) => {
    const given: Record<string, unknown> = {};
    for (const [name, value] of all) if (typeof name === 'string') given[name] = value;
    return given;
  });
}

for (const tool of tools) {
  test(`${tool.name}: the doors take a call exactly when the gateway does, and refuse it with the same words`, () => {
    let accepted = 0;
    let refused = 0;
    const runs = 2000;
    fc.assert(
      fc.property(callsOf(tool), (given) => {
        const door = parseArguments(tool, given);
        const gateway = byGateway(tool, handedOn(tool, given));
        assert.deepEqual(door.ok ? 'taken' : door.error, gateway.ok ? 'taken' : gateway.error);
        if (door.ok) accepted += 1;
        else refused += 1;
      }),
      { seed, numRuns: runs },
    );
    console.log(`${tool.name}: ${accepted} taken, ${refused} refused of ${runs}`);
    assert.ok(accepted >= runs / 20, 'the property met calls that pass');
    assert.ok(refused >= runs / 20, 'the property met calls that do not');
  });

  test(`${tool.name}: its example passes both parsers`, () => {
    assert.ok(parseArguments(tool, tool.example).ok);
    assert.ok(byGateway(tool, handedOn(tool, tool.example)).ok);
  });

  test(`${tool.name}: one argument wrong is refused by both with the same words`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...(tool.arguments.length > 0 ? tool.arguments : [undefined])), fc.nat(), (argument, turn) => {
        if (argument === undefined) return;
        const [bad] = fc.sample(valuesOf(argument).bad, { numRuns: 1, seed: turn });
        const given = { ...tool.example, [argument.name]: bad };
        const door = parseArguments(tool, given);
        const gateway = byGateway(tool, handedOn(tool, given));
        assert.deepEqual(door.ok ? 'taken' : door.error, gateway.ok ? 'taken' : gateway.error, JSON.stringify(given));
      }),
      { seed, numRuns: 500 },
    );
  });

  test(`${tool.name}: what is no object of arguments is refused by both with the same words`, () => {
    for (const given of [null, [], 'text', 5, true]) {
      const door = parseArguments(tool, given);
      const gateway = byGateway(tool, given);
      assert.ok(!door.ok && !gateway.ok);
      assert.deepEqual(door.error, gateway.error);
    }
  });
}
