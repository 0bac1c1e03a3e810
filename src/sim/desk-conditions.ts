import { err, ok } from '../core/lang/result.ts';
import { formatDecimal as text, isMultipleOf } from '../core/money/decimal.ts';
import { type Conditions, fair } from './conditions.ts';
import { accountField, type DeskResult } from './desk-account.ts';
import { amountField, type Fields, flagField, textField, wholeField } from './fields.ts';
import { findInstrument, instruments } from './instruments.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

const LAST_MAX = 86_400_000;
const LAST_DEFAULT = 60_000;
const DIVISOR_MAX = 1000;
const SKEW_MAX = 3_600_000;
const GHOSTS_MAX = 10;

/** Divides every rate limit, or those under a path, for a while, also where the exchange keeps none. */
export function throttle(world: World, fields: Fields): DeskResult {
  const divisor = wholeField(fields, { name: 'divisor', least: 1, most: DIVISOR_MAX, absent: 10 });
  if (divisor === undefined) return err(`"divisor" is out of range; use a whole number from 1 to ${DIVISOR_MAX}`);
  const last = lastField(fields);
  if (last === undefined) return err(notLasting);
  const path = textField(fields, 'path');
  if (path !== '' && !/^\/api\/v5(\/[a-z-]+)+$/.test(path)) return err('"path" is none; leave it out, or use one such as "/api/v5/trade"');
  const until = world.state.now + last;
  world.state.conditions = { ...world.state.conditions, throttle: { divisor, until, path } };
  return ok({ divisor, until: String(until), ...(path === '' ? {} : { path }) });
}

/** Blocks an account, or lets it go. */
export function freezeAccount(world: World, fields: Fields): DeskResult {
  const account = accountField(world, fields);
  if (!account.ok) return account;
  const isFrozen = Object.hasOwn(fields, 'frozen') ? flagField(fields, 'frozen') : true;
  if (isFrozen === undefined) return err('"frozen" is no boolean; use true or false');
  const { uid } = account.value;
  const frozen = new Set([...world.state.conditions.frozen].filter((each) => each !== uid));
  if (isFrozen) frozen.add(uid);
  world.state.conditions = { ...world.state.conditions, frozen };
  return ok({ account: uid, frozen: isFrozen });
}

/** Sets how far the clock that clients see is from the exchange's own; nothing of what happens is moved. */
export function skewClock(world: World, fields: Fields): DeskResult {
  const written = textField(fields, 'skew_ms');
  const skew = /^-?\d{1,7}$/.test(written) ? Number(written) : Infinity;
  if (Math.abs(skew) > SKEW_MAX) return err(`"skew_ms" is out of range; use a whole number from -${SKEW_MAX} to ${SKEW_MAX}`);
  world.state.conditions = { ...world.state.conditions, skewMilliseconds: skew };
  return ok({ skew_ms: skew });
}

/** Shows a price in the public data at which nothing trades. */
export function showGhost(world: World, fields: Fields): DeskResult {
  const instrument = findInstrument(textField(fields, 'instId'));
  if (instrument === undefined) return err(`"instId" is unknown; use one of ${instruments.map(({ instId }) => instId).join(', ')}`);
  const price = amountField(fields, 'price');
  if (price === undefined || !isMultipleOf({ value: price, step: instrument.tick }))
    return err(`"price" is no positive decimal on the tick; use a text that is a multiple of ${text(instrument.tick)}`);
  const path = textField(fields, 'path');
  if (path !== '' && !/^\/api\/v5\/(market|public)\/[a-z-]+$/.test(path))
    return err('"path" is no public path; leave it out, or use one such as "/api/v5/market/ticker"');
  const last = lastField(fields);
  if (last === undefined) return err(notLasting);
  const { state } = world;
  const ghost = { base: instrument.base, price, path, since: state.now, until: state.now + last };
  const ghosts = [...state.conditions.ghosts.filter(({ until }) => until > state.now), ghost];
  if (ghosts.length > GHOSTS_MAX) return err(`${GHOSTS_MAX} ghosts are there already; DELETE /sim/faults clears them`);
  state.conditions = { ...state.conditions, ghosts };
  return ok({ instId: instrument.instId, price: text(price), until: String(ghost.until) });
}

/** Takes the accounts out of service for a while, at once or, announced, later. */
export function maintain(world: World, fields: Fields): DeskResult {
  const wait = wholeField(fields, { name: 'in_ms', least: 0, most: LAST_MAX, absent: 0 });
  if (wait === undefined) return err(`"in_ms" is out of range; use a whole number from 0 to ${LAST_MAX}`);
  const last = lastField(fields);
  if (last === undefined) return err(notLasting);
  const { state } = world;
  const begin = state.now + wait;
  state.conditions = { ...state.conditions, maintenance: { begin, end: begin + last, isScheduled: wait > 0 } };
  return ok({ begin: String(begin), end: String(begin + last) });
}

/** As it should be; maintenance that was announced is over, or never came. */
export function calmed({ now, conditions: { maintenance } }: State): Conditions {
  return maintenance === undefined ? fair : { ...fair, maintenance: { ...maintenance, end: Math.min(now, maintenance.end) } };
}

const notLasting = `"for_ms" is out of range; use a whole number from 1 to ${LAST_MAX}`;

function lastField(fields: Fields): number | undefined {
  return wholeField(fields, { name: 'for_ms', least: 1, most: LAST_MAX, absent: LAST_DEFAULT });
}
