import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { decodeWrite } from '../../src/venues/okx/write.ts';
import { asking, NOW, swap, wish } from '../support/policy-samples.ts';

// Elsewhere any code but 0 was a rejection, or the text of the error was searched for words: 50004 and 51149, which mean "neither success nor
// failure", dropped live orders.

const decision = decide(asking(wish(swap, 'buy', '1')));
assert.ok(decision.kind === 'allow');
const { terms } = decision;

function outcomeOf(status: number, code: string, sCode: string | null): string {
  const request = { kind: 'place', clientOrderId: 't1' as ClientOrderId, terms, protection: null, expiresAt: NOW + 1500 } as const;
  const data = sCode === null ? [] : [{ clOrdId: 't1', ordId: '', sCode, sMsg: 'Order placement failed, insufficient balance, rejected' }];
  return decodeWrite(request, { status, body: JSON.stringify({ code, msg: 'rejected', data }) }).kind;
}

test('codes that leave it open are unknown, whatever status and text say', () => {
  for (const code of ['50001', '50004', '50011', '50013', '50026', '50061', '51016', '51054', '51149', '51400', '59999'])
    for (const status of [200, 400, 429, 500]) {
      assert.equal(outcomeOf(status, '1', code), 'unknown', `${code} in the row, status ${status}`);
      assert.equal(outcomeOf(status, code, null), 'unknown', `${code} alone, status ${status}`);
    }
});

test('a code of the list is a rejection in a whole answer, and unknown when the server failed', () => {
  assert.equal(outcomeOf(200, '1', '51008'), 'rejected');
  assert.equal(outcomeOf(502, '1', '51008'), 'unknown');
});
