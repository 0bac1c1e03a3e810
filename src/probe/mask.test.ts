import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masked, scrubbed } from './mask.ts';

test('of an answer codes, states and prices are shown, and balances, names and whatever nobody knows are not', () => {
  const body = {
    code: '0',
    data: [
      {
        uid: '77',
        mainUid: '78',
        label: 'mine',
        ip: '192.0.2.7',
        availBal: '5000',
        eq: '6000',
        totalEq: '7000',
        state: 'live',
        news: 'x',
        ccy: 'USDT',
      },
    ],
    msg: '',
  };
  const shown = JSON.stringify(masked(body, []));
  for (const hidden of ['77', '78', 'mine', '192.0.2.7', '5000', '6000', '7000', '"x"'])
    assert.ok(!shown.includes(hidden), `${hidden} in ${shown}`);
  assert.match(shown, /"state":"live"/);
});

test('an object under a name that nobody knows is hidden whole', () => {
  assert.deepEqual(masked({ code: '0', secrets: [{ code: '5' }] }, []), { code: '0', secrets: '…' });
});

test('what an exchange says in words is cleaned of keys and addresses', () => {
  const said = "Your IP 192.0.2.7 is not included in your API key's ab-12 IP whitelist.";
  assert.deepEqual(masked({ code: '50110', msg: said }, ['ab-12']), {
    code: '50110',
    msg: "Your IP … is not included in your API key's … IP whitelist.",
  });
  assert.equal(scrubbed('from 2001:db8:0:0:0:0:0:1 on', []), 'from … on');
});

test('a page where JSON was expected is told by its length', () => {
  assert.equal(masked('<html>Hello 192.0.2.7</html>', []), '28 characters that are no JSON');
});
