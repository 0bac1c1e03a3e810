import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, json } from '../../test/support/sim-socket.ts';
import { trade } from '../../test/support/sim-trader.ts';

test('greeks are told for what is held, by the path and on the channel, again after five seconds', () => {
  const trader = trade();
  const [row] = trader.get('/api/v5/account/greeks').data;
  assert.deepEqual(Object.keys(row ?? {}), [
    'thetaBS',
    'thetaPA',
    'deltaBS',
    'deltaPA',
    'gammaBS',
    'gammaPA',
    'vegaBS',
    'vegaPA',
    'ccy',
    'ts',
  ]);
  assert.equal(row?.['ccy'], 'USDT');
  assert.deepEqual(trader.get('/api/v5/account/greeks?ccy=BTC').data, []);
  const client = connect(trader);
  client.logIn();
  const pushes = json(client.subscribe({ channel: 'account-greeks' })).filter(({ data }) => data !== undefined);
  assert.deepEqual(pushes[0]?.['data'], [row]);
  trader.wait(5000);
  assert.equal(json(client.told()).length, 1);
});
