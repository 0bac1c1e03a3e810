import { err, ok, type Result } from '../core/lang/result.ts';
import { type Decimal, formatDecimal as text, isMultipleOf, one } from '../core/money/decimal.ts';
import { amountField, type Fields, flagField, textField, wholeField } from './fields.ts';
import { accountField, type DeskResult } from './desk-account.ts';
import { calmed } from './desk-conditions.ts';
import { faultKinds, isFaultKind } from './faults.ts';
import { findInstrument } from './instruments.ts';
import { anchorFrom, dollarCoins, tradedCoins } from './market.ts';
import { matchResting } from './matching.ts';
import { placeOrder } from './place.ts';
import { pushFaultKinds, type PushFaults } from './push-faults.ts';
import { isRegimeKind, PERIOD_DEFAULT, regimeKinds, SEEDED_PERIOD_LEAST } from './regimes.ts';
import { orderRow } from './rows.ts';
import type { Fault } from './state.ts';
import { listed, marketOf, type World } from './world.ts';

const COUNT_MAX = 10_000;
const DELAY_MAX = 600_000;
const ADVANCE_MAX = 366 * 86_400_000;
const FAULTS_MAX = 100;
const PERIOD_LEAST = 1000;

export function armFault(world: World, fields: Fields): DeskResult {
  const [kind, path, method] = [textField(fields, 'kind'), textField(fields, 'path'), textField(fields, 'method').toUpperCase()];
  if (!isFaultKind(kind)) return err(`"kind" is '${kind}'; use one of ${[...faultKinds, ...pushFaultKinds].join(', ')}`);
  if (!/^\/api\/v5(\/[a-z-]+)+\/?$/.test(path)) return err(`"path" is '${path}'; use a path such as "/api/v5/trade/order"`);
  if (kind === 'partial_batch' && !path.endsWith('batch-orders'))
    return err(`"path" is '${path}', which takes no batch; use one such as "/api/v5/trade/batch-orders"`);
  if (method !== '' && method !== 'GET' && method !== 'POST') return err('"method" is neither; leave it out or use "GET" or "POST"');
  const executed = Object.hasOwn(fields, 'executed') ? flagField(fields, 'executed') : true;
  if (executed === undefined) return err('"executed" is no boolean; use true (the request is carried out all the same) or false');
  const count = wholeField(fields, { name: 'count', least: 1, most: COUNT_MAX, absent: 1 });
  if (count === undefined) return err(`"count" is out of range; use a whole number from 1 to ${COUNT_MAX}`);
  const delay = wholeField(fields, { name: 'delay_ms', least: 0, most: DELAY_MAX, absent: -1 });
  if (delay === undefined) return err(`"delay_ms" is out of range; use a whole number from 0 to ${DELAY_MAX}`);
  if (world.state.faults.length >= FAULTS_MAX) return err(`${FAULTS_MAX} faults are armed already; DELETE /sim/faults clears them`);
  const fault: Fault = { kind, path, method, executed, left: count, delayMilliseconds: delay === -1 ? undefined : delay };
  world.state.faults = [...world.state.faults, fault];
  return ok({ armed: faultView(fault) });
}

export function listFaults(world: World, ofPushes: PushFaults): DeskResult {
  return ok({ faults: [...world.state.faults.map(faultView), ...ofPushes.list()] });
}

/** Nothing is armed any more, and nothing of the exchange is out of order. */
export function clearFaults(world: World, ofPushes: PushFaults): DeskResult {
  const cleared = world.state.faults.length + ofPushes.clear();
  world.state.faults = [];
  world.state.conditions = calmed(world.state);
  return ok({ cleared });
}

function faultView({ kind, path, method, executed, left, delayMilliseconds }: Fault): Readonly<Record<string, unknown>> {
  const optional = { ...(method === '' ? {} : { method }), ...(delayMilliseconds === undefined ? {} : { delay_ms: delayMilliseconds }) };
  return { kind, path, executed, count: left, ...optional };
}

/** Lets all coins move in another way from here on: together, since they go with one another. */
function chooseRegime(world: World, fields: Fields): DeskResult {
  const kind = textField(fields, 'regime');
  if (!isRegimeKind(kind)) return err(`"regime" is '${kind}'; use one of ${regimeKinds.join(', ')}`);
  const least = kind === 'seeded' ? SEEDED_PERIOD_LEAST : PERIOD_LEAST;
  const period = wholeField(fields, { name: 'period_ms', least, most: ADVANCE_MAX, absent: PERIOD_DEFAULT });
  if (period === undefined) return err(`"period_ms" is out of range; use a whole number from ${least} to ${ADVANCE_MAX}`);
  const { state } = world;
  const regime = { kind, since: state.now, periodMilliseconds: period };
  const market = marketOf(world);
  for (const base of tradedCoins)
    state.anchors.set(base, [...(state.anchors.get(base) ?? []), anchorFrom({ market, base, at: state.now, change: { regime } })]);
  matchResting(world);
  return ok({ regime: kind, period_ms: period, ts: String(state.now) });
}

/** Moves the reference price; quotes follow at once, and resting orders that they reach are filled. */
export function moveMarket(world: World, fields: Fields): DeskResult {
  if (Object.hasOwn(fields, 'regime')) return chooseRegime(world, fields);
  const instId = textField(fields, 'instId');
  const instrument = findInstrument(instId);
  const coin = dollarCoins.find((each) => instId === `${each}-USD`);
  if (coin !== undefined) return moveCoin(world, { coin, price: amountField(fields, 'price') });
  if (instrument === undefined)
    return err(
      `"instId" is unknown; use one of ${listed(world)
        .map(({ instId }) => instId)
        .join(', ')}`,
    );
  const price = amountField(fields, 'price');
  if (price === undefined) return err('"price" is no positive decimal; write it as a text such as "60000"');
  if (!isMultipleOf({ value: price, step: instrument.tick }))
    return err(`"price" is off the tick; use a multiple of ${text(instrument.tick)}`);
  const anchors = world.state.anchors.get(instrument.base) ?? [];
  const moved = anchorFrom({ market: marketOf(world), base: instrument.base, at: world.state.now, change: { price } });
  world.state.anchors.set(instrument.base, [...anchors, moved]);
  // The market trades at the new price from here on, whatever an account paid a moment ago.
  for (const { instId, base } of listed(world)) if (base === instrument.base) world.state.lastTrades.delete(instId);
  matchResting(world);
  return ok({ instId: instrument.instId, price: text(price), ts: String(world.state.now) });
}

/** Sets what a dollar coin costs in dollars. Nothing trades on it, so that no order is reached. */
function moveCoin(world: World, { coin, price }: { readonly coin: string; readonly price: Decimal | undefined }): DeskResult {
  if (price === undefined) return err('"price" is no positive decimal; write it as a text such as "0.98"');
  // The first anchor says what it was before anybody moved it.
  const anchors = world.state.anchors.get(coin) ?? [{ at: 0, price: one, regime: undefined }];
  world.state.anchors.set(coin, [...anchors, { at: world.state.now, price, regime: undefined }]);
  return ok({ instId: `${coin}-USD`, price: text(price), ts: String(world.state.now) });
}

/** An order by somebody else on an account, as a person in the exchange's app. */
export function placeExternal(world: World, fields: Fields): DeskResult {
  const account = accountField(world, fields);
  if (!account.ok) return account;
  const instrument = findInstrument(textField(fields, 'instId'));
  const tdMode = textField(fields, 'tdMode') || (instrument?.instType === 'SPOT' ? 'cash' : 'cross');
  const ordType = textField(fields, 'ordType') || 'market';
  const { outcome } = placeOrder({
    world,
    account: account.value,
    fields: { ...fields, tdMode, ordType },
    origin: 'external',
  });
  if (!outcome.ok) return err(`the exchange refused the order: ${outcome.error.code} ${outcome.error.message}`);
  return ok(orderRow(outcome.value));
}

/** Moves the exchange's clock ahead of the machine's; clients have to ask it for the time. */
export function advanceClock(world: World, fields: Fields): Result<number> {
  const milliseconds = wholeField(fields, { name: 'advance_ms', least: 1, most: ADVANCE_MAX, absent: 0 });
  if (milliseconds === undefined || milliseconds === 0)
    return err(`"advance_ms" is out of range; use a whole number from 1 to ${ADVANCE_MAX}`);
  world.state.clockAhead += milliseconds;
  return ok(milliseconds);
}
