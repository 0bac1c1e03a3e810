import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseIntent, parsePrincipal } from '../../src/core/order/parse-intent.ts';
import { answerOf } from '../../src/view/answer.ts';
import { GatewayBench } from '../support/gateway-bench.ts';
import { alpha, swap } from '../support/policy-samples.ts';
import { get } from '../../src/core/lang/table.ts';
import { intentKey } from '../../src/core/account/state.ts';
import { tokenize } from '../tidy/tokens.ts';

// Elsewhere a time-out was told to the model as "retry later", and the name that makes a request one request was optional.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ASKS_AGAIN = /retr(y|ies)|re-?send|re-?submit|try (it )?(again|once more)|once more please/i;

test('no text anywhere in the code tells its reader to do something again', () => {
  const files = globSync('src/{core,view,protocol,venues,vault,engine,adapters,doors,main}/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  assert.ok(files.length > 100);
  for (const file of files)
    for (const { kind, text, line } of tokenize(readFileSync(join(ROOT, file), 'utf8')))
      if (kind === 'string' || kind === 'template') assert.doesNotMatch(text, ASKS_AGAIN, `${file} line ${line}`);
});

test('an order of unknown outcome is told to be asked about, by its own name', () => {
  const bench = GatewayBench.running();
  const order = bench.lose(bench.place(swap, 'buy', '1'));
  const record = get(bench.state.intents, intentKey(alpha, order.intentId));
  assert.ok(record !== undefined);
  const { answer, failed } = answerOf({ state: bench.state, record, now: bench.now });
  const said = answer as { readonly status: string; readonly message: string; readonly sent_to_exchange: string };
  assert.equal(failed, false, 'an error would be asked again by whoever calls');
  assert.deepEqual([said.status, said.sent_to_exchange], ['unknown', 'unknown']);
  assert.match(said.message, /get_intent/);
});

test('no order is taken without the name that makes it one order', () => {
  const principal = parsePrincipal('alpha');
  assert.ok(principal.ok);
  const asked = { reason: 'r', instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '10', quantity_unit: 'usd' };
  assert.equal(parseIntent({ principal: principal.value, tool: 'place_order', arguments: asked }).ok, false);
  assert.equal(parseIntent({ principal: principal.value, tool: 'place_order', arguments: { ...asked, intent_id: 'a' } }).ok, true);
});
