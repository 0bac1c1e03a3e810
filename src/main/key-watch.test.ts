import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editing, EngineWorld } from '../../test/support/engine-world.ts';
import type { Event } from '../core/gateway/events.ts';
import type { InstrumentId } from '../core/market/instrument.ts';
import { decimal } from '../core/money/decimal.ts';
import type { AccountConfigReport, ReadReport } from '../core/order/report.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import { KeyWatch } from './key-watch.ts';
import type { Seen } from './vetting.ts';

type Environment = 'sim' | 'demo' | 'live';

const good: AccountConfigReport = {
  uid: '1001',
  mainUid: '1000',
  accountLevel: '2',
  positionMode: 'net_mode',
  permissions: ['read_only', 'trade'],
  addresses: ['192.0.2.1'],
  label: 'mine',
  autoLoan: false,
  spotBorrow: false,
};
const swap = 'BTC-USDT-SWAP' as InstrumentId;

type Changes = Partial<AccountConfigReport>;

/** A watch over a key that was good at the start, and what it has posted. */
function watching(environment: Environment = 'live') {
  const parsed = parseConfiguration(`[exchange]\nenvironment = "${environment}"\n`);
  assert.ok(parsed.ok);
  const posted: Extract<Event, { kind: 'degraded' }>[] = [];
  let report: ReadReport = { kind: 'account_config', config: good };
  let leverage = '3';
  const seen: Seen = { account: good, funding: null, leverage: new Map([[swap, decimal('3')]]) };
  const watch = new KeyWatch({
    ask: () => Promise.resolve({ report }),
    leverage: () => new Map(leverage === '' ? [] : [[swap, decimal(leverage)]]),
    configuration: parsed.value,
    post: (event) => {
      assert.ok(event.kind === 'degraded');
      posted.push(event);
    },
    seen,
  });
  const look = async (next: ReadReport | Changes, setLeverage = '3'): Promise<string> => {
    report = 'kind' in next ? next : { kind: 'account_config', config: { ...good, ...next } };
    leverage = setLeverage;
    const before = posted.length;
    await watch.look();
    return posted
      .slice(before)
      .map(({ to, code = '', cause }) => `${to} ${code} ${cause}`)
      .join('\n');
  };
  return { look, watch, seen };
}

test('what changed since the start closes entries and is told with where to click; in live what opens all of the money halts', async () => {
  const cases: readonly (readonly [Changes, Environment, RegExp])[] = [
    [{ permissions: ['read_only', 'trade', 'withdraw'] }, 'live', /^HALTED KEY_CHANGED this key may withdraw .*Sub-accounts → API/],
    [{ permissions: ['read_only', 'trade', 'withdraw'] }, 'demo', /^REDUCE_ONLY KEY_CHANGED this key may withdraw .*Demo trading API/],
    [{ mainUid: '1001' }, 'live', /^HALTED KEY_CHANGED this key opens the main account 1001; .*Create sub-account/],
    [{ mainUid: '1001' }, 'demo', /^REDUCE_ONLY KEY_CHANGED this key opens the main account 1001; /],
    [{ uid: '1002' }, 'demo', /^HALTED KEY_CHANGED the sub-account changed: account 1002; it was: account 1001; .*delete the key/],
    [{ permissions: ['read_only'] }, 'live', /^REDUCE_ONLY KEY_CHANGED this key may not trade .*read and trade/],
    [
      { permissions: ['read_only', 'trade', 'convert'] },
      'live',
      /^REDUCE_ONLY KEY_CHANGED the key rights changed: may convert, read_only, trade;/,
    ],
    [{ addresses: [] }, 'live', /^REDUCE_ONLY KEY_CHANGED this key is bound to no address .*Edit → IP address/],
    [{ addresses: [] }, 'demo', /^REDUCE_ONLY KEY_CHANGED this key is bound to no address /],
    [{ addresses: ['192.0.2.1', '203.0.113.9'] }, 'live', /^REDUCE_ONLY KEY_CHANGED the key address changed: .*delete the key/],
    [{ label: 'yours' }, 'live', /^REDUCE_ONLY KEY_CHANGED the key label changed: OKX shows it beside the key; .*delete the key/],
    [{ accountLevel: '1' }, 'live', /^REDUCE_ONLY KEY_CHANGED the account is in spot mode.*Account mode/],
    [{ accountLevel: '3' }, 'live', /^REDUCE_ONLY KEY_CHANGED the account level changed: level 3;.*Account mode/],
    [{ positionMode: 'long_short_mode' }, 'live', /^REDUCE_ONLY KEY_CHANGED the position mode changed: long_short_mode;.*Position mode/],
    [{ autoLoan: true }, 'live', /^REDUCE_ONLY KEY_CHANGED borrowing is on.*Auto-borrow/],
    [{ spotBorrow: true }, 'live', /^REDUCE_ONLY KEY_CHANGED borrowing is on/],
  ];
  for (const [changes, environment, words] of cases) {
    // oxlint-disable-next-line no-await-in-loop
    assert.match(await watching(environment).look(changes), words);
  }
  assert.match(await watching().look({}, '5'), /^REDUCE_ONLY KEY_CHANGED the leverage of BTC-USDT-SWAP is 5 of at most 3 .*set-leverage/);
});

test('nothing is told while nothing changes, of one question that failed, or of a leverage that was not read', async () => {
  const { look } = watching();
  assert.equal(await look({}), '');
  assert.equal(await look({ kind: 'failed', cause: 'ECONNRESET' }), '');
  assert.equal(await look({ kind: 'failed', cause: 'code 50113', code: '50113' }), '');
  assert.equal(await look({}, ''), '');
  assert.equal(await look({}, '3'), '');
  assert.equal(await look({}, '2'), '', 'less is no news');
  assert.equal(await look({ addresses: ['192.0.2.1'], permissions: ['trade', 'read_only'] }), '', 'said in another sequence');
});

test('a change is told once, what refuses a start closes entries again each time, and what came back may change again', async () => {
  const { look } = watching();
  assert.notEqual(await look({ label: 'yours' }), '');
  assert.equal(await look({ label: 'yours' }), '');
  assert.match(await look({}), /the key label changed/);
  const first = await look({ autoLoan: true });
  assert.match(first, /^REDUCE_ONLY KEY_CHANGED /);
  assert.equal(await look({ autoLoan: true }), first.replace('KEY_CHANGED', ''));
});

test('a change during a question that failed is seen with the next answer', async () => {
  const { look } = watching();
  assert.equal(await look({ kind: 'failed', cause: 'nobody' }), '');
  assert.match(await look({ label: 'yours' }), /the key label changed/);
});

test('another account stays another one, and after new keys were taken changes are measured from those', async () => {
  const { look, watch, seen } = watching();
  assert.match(await look({ uid: '1002' }), /^HALTED KEY_CHANGED/);
  assert.match(await look({ uid: '1002' }), /^HALTED {2}the sub-account changed/);
  watch.take({ ...seen, account: { ...good, label: 'new' } });
  assert.equal(await look({ label: 'new' }), '');
  assert.match(await look({ label: 'mine' }), /the key label changed/);
});

test('a gateway that trades closes entries when the label of its key changes, and a person is told also where they were closed before', async () => {
  for (const closed of [false, true]) {
    // oxlint-disable-next-line no-await-in-loop
    const world = await EngineWorld.running();
    const { engine } = world;
    if (closed) {
      // oxlint-disable-next-line no-await-in-loop
      await world.until(engine.operate({ verb: 'reduce_only', reason: 'a test' }));
    }
    const configuration = parseConfiguration('');
    assert.ok(configuration.ok);
    // oxlint-disable-next-line no-await-in-loop
    const { report } = await world.until(engine.inquiry.ask({ kind: 'account_config' }));
    assert.ok(report.kind === 'account_config');
    const seen: Seen = { account: report.config, funding: null, leverage: engine.circumstances().leverage };
    const watch = new KeyWatch({
      ask: (request) => engine.inquiry.ask(request),
      leverage: () => engine.circumstances().leverage,
      configuration: configuration.value,
      post: (event) => engine.post(event),
      seen,
    });
    // oxlint-disable-next-line no-await-in-loop
    await world.until(watch.look());
    assert.equal(engine.state.mode, closed ? 'REDUCE_ONLY' : 'ACTIVE');
    world.intercept = editing('/api/v5/account/config', (rows) => rows.map((row) => ({ ...row, label: 'another' })));
    // oxlint-disable-next-line no-await-in-loop
    await world.until(watch.look());
    // oxlint-disable-next-line no-await-in-loop
    await world.settle();
    assert.equal(engine.state.mode, 'REDUCE_ONLY');
    const told = engine.state.alerts.filter(({ message }) => message.includes('the key label changed'));
    assert.deepEqual(
      told.map(({ severity, code }) => [severity, code]),
      [['red', closed ? 'KEY_CHANGED' : 'REDUCE_ONLY']],
    );
    world.crash();
  }
});
