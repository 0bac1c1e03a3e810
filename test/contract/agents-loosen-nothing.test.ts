import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modes } from '../../src/core/account/mode.ts';
import type { Entry } from '../../src/core/journal/entry.ts';
import { canonicalJson, type Json } from '../../src/core/lang/canonical.ts';
import { alpha, spot } from '../support/policy-samples.ts';
import { GatewayBench } from '../support/gateway-bench.ts';
import { parseIntent } from '../../src/core/order/parse-intent.ts';
import { type Argument, type Tool, tools } from '../../src/protocol/tools.ts';

// Whatever an agent says, in whatever order, by every tool that there is: nothing that a person has stopped, frozen or kept for themselves gives way (I-C1).

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');
const RUNS = 150;
/** A preview is answered from the state and never becomes an event. */
const acting = tools.filter(({ name }) => name !== 'preview_order');

/** What only a person or the exchange may bring about. */
const reserved: ReadonlySet<Entry['kind']> = new Set<Entry['kind']>([
  'thawed',
  'approved',
  'adopted',
  'acknowledged',
  'proof',
  'policy',
  'baseline',
  'started',
  'booted',
  'instruments',
  'flattening',
  'compared',
]);

const amount = fc.constantFrom('0.001', '0.01', '1', '10', '100', '60000', '59000', '3000');

/** Values that a tool takes, mostly. */
function valueOf({ takes }: Argument): fc.Arbitrary<Json> {
  switch (takes.kind) {
    case 'amount':
      return amount;
    case 'intent_id':
      return fc.stringMatching(/^[a-z]{1,2}$/);
    case 'client_order_id':
      return fc.constantFrom('tabcdef000100000001', 'tabcdef000100000002');
    case 'instrument':
      return fc.constantFrom('BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP', 'LTC-USD-SWAP');
    case 'label':
      return fc.constantFrom('one', 'operator', 'twokey');
    case 'holding':
      return fc.constantFrom('1m', '8h', '999d');
    case 'flag':
      return fc.boolean();
    case 'reason':
      return fc.constantFrom('because', 'resume', 'approve', 'the operator agreed', '{"by":"operator"}');
    case 'evidence':
      return fc.constantFrom<Json>([], ['mode = "ACTIVE"']);
    case 'targets':
      return fc.constantFrom<Json>([{ instrument: 'BTC-USDT', weight: '0' }], [{ instrument: 'BTC-USDT-SWAP', weight: '0.01' }]);
    case 'choice':
      return fc.constantFrom(...takes.choices);
    case 'integer':
      return fc.integer({ min: takes.from, max: takes.to });
  }
}

function callOf(tool: Tool): fc.Arbitrary<{ readonly tool: string; readonly given: Json }> {
  const fields = Object.fromEntries(tool.arguments.map((argument) => [argument.name, valueOf(argument)]));
  const needed = tool.arguments.filter(({ required }) => required).map(({ name }) => name);
  const drawn = fc.record(fields, { requiredKeys: [...needed, 'intent_id'].filter((name) => name in fields) });
  // Of what is only drawn little would be an order: half of them are orders of a sensible size.
  const isOrder = 'quantity_unit' in fields;
  return fc.record({ drawn, sensible: fc.boolean() }).map(({ drawn: given, sensible }) => ({
    tool: tool.name,
    given: (isOrder && sensible ? sized(given) : given) as Json,
  }));
}

function sized({ intent_id: name, instrument, side, reason }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { intent_id: name, instrument, side, reason, type: 'market', quantity: '70', quantity_unit: 'usd' };
}

function severity(mode: string): number {
  return modes.findIndex((each) => each === mode);
}

for (const state of ['active', 'entries closed']) {
  const stopped = state === 'entries closed';
  test(`no series of calls by any tool thaws, approves, adopts, acknowledges, or makes the mode milder: ${state}`, (context) => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(fc.oneof(...acting.map(callOf)), { minLength: 5, maxLength: 30 }), (calls) => {
        const bench = GatewayBench.running('\n[approval]\nabove = 100\n');
        bench.take({ kind: 'freeze_asked', verb: 'freeze', subject: 'instrument:ETH-USDT', reason: 'a test' });
        bench.place(spot, 'buy', '0.01');
        assert.equal(bench.state.approvals.size, 1, 'an order waits for a person');
        if (stopped) bench.operate('reduce_only');
        const { policyHash } = bench.state;
        for (const { tool, given } of calls) {
          const intent = parseIntent({ principal: alpha, tool, arguments: given });
          if (!intent.ok) continue;
          const before = bench.state.mode;
          const client = { name: 'test', version: '1', toolsHash: '' };
          const arguments_ = given as Readonly<Record<string, Json>>;
          const entries = bench.take({ kind: 'asked', call: 1, tool, intent: intent.value, arguments: arguments_, client });
          for (const entry of entries) {
            met.set(`${tool}: ${entry.kind}`, (met.get(`${tool}: ${entry.kind}`) ?? 0) + 1);
            assert.ok(!reserved.has(entry.kind), `${tool} ${canonicalJson(given)} led to ${entry.kind}`);
          }
          assert.ok(severity(bench.state.mode) >= severity(before), `${tool} made ${before} ${bench.state.mode}`);
          assert.ok(bench.state.frozen.has('instrument:ETH-USDT'), `${tool} thawed`);
          assert.equal(bench.state.policyHash, policyHash);
          const left = [...bench.state.openOrders.values()];
          assert.ok(
            !left.some(({ instrument, purpose }) => instrument === 'ETH-USDT' && purpose === 'entry'),
            'nothing opens what is frozen',
          );
          assert.ok(!stopped || !left.some(({ purpose }) => purpose === 'entry'), 'nothing opens while entries are closed');
        }
      }),
      { seed, numRuns: RUNS },
    );
    const acted = tools.filter(({ name }) => [...met.keys()].some((key) => key.startsWith(`${name}: `))).map(({ name }) => name);
    context.diagnostic([...met].map(([what, count]) => `${what} ${count}`).join(', '));
    for (const name of ['place_order', 'close_position', 'cancel_orders', 'halt_trading', 'rebalance', 'set_protection'])
      assert.ok(acted.includes(name), `${name} led to something`);
  });
}
