import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restrictionIn } from './restrictions.ts';

function said(code: string, sCode?: string): { readonly status: number; readonly body: string } {
  const data = sCode === undefined ? [] : [{ clOrdId: 't1', ordId: '', sCode, sMsg: 'a text of theirs' }];
  return { status: 200, body: JSON.stringify({ code, data, msg: 'a text of theirs' }) };
}

test('codes of an instrument and codes of the account are told apart, in the row and above it', () => {
  for (const code of ['51021', '51022', '51027', '51028', '51029', '51030'])
    assert.equal(restrictionIn(said('1', code))?.scope, 'instrument', code);
  for (const code of ['50012', '50018', '51024', '51037', '51209', '51214'])
    for (const answer of [said('1', code), said(code)]) assert.equal(restrictionIn(answer)?.scope, 'account', code);
});

test('a success, a refusal of the order alone, and what cannot be read restrict nothing', () => {
  for (const answer of [said('0', '0'), said('1', '51008'), said('50011'), { status: 502, body: '<html>' }, { status: 200, body: '{' }])
    assert.equal(restrictionIn(answer), null, answer.body);
});

test('the cause is in our own words and never in theirs', () => {
  assert.equal(
    restrictionIn(said('1', '51030'))?.cause,
    'the exchange does not trade it normally: code 51030 (the funding fee is being settled)',
  );
  assert.equal(
    restrictionIn(said('1', '51037'))?.cause,
    'the exchange restricts the account: code 51037 (the account may only reduce its risk)',
  );
});
