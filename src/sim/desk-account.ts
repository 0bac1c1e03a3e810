import { err, ok, type Result } from '../core/lang/result.ts';
import { absolute, compare, formatDecimal as text, isMultipleOf, isZero } from '../core/money/decimal.ts';
import { feeLevels } from './fees.ts';
import { amountField, type Fields, textField } from './fields.ts';
import { findInstrument } from './instruments.ts';
import { deleverage, liquidate } from './liquidation.ts';
import { everyPositionOn } from './position-side.ts';
import { orderRow } from './rows.ts';
import { type Account, accountOf } from './state.ts';
import { deposit, isCurrency, moveFunds } from './transfers.ts';
import { listed, type World } from './world.ts';

/** What the desk did, or the sentence that says how to ask. */
export type DeskResult = Result<unknown>;

/** The account that a desk request names; 1001 unless it says otherwise. */
export function accountField(world: World, fields: Fields): Result<Account> {
  const uid = textField(fields, 'account') || '1001';
  if (world.state.accounts.has(uid)) return ok(accountOf(world.state, uid));
  return err(`"account" is unknown; use one of ${[...world.state.accounts.keys()].join(', ')}`);
}

/** Money arrives from outside in the funding account; with `"to": "18"` a person moves it on to the trading account at once. */
export function depositFunds(world: World, fields: Fields): DeskResult {
  const account = accountField(world, fields);
  if (!account.ok) return account;
  const [ccy, to] = [textField(fields, 'ccy'), textField(fields, 'to') || '6'];
  const amt = amountField(fields, 'amt');
  if (!isCurrency(ccy)) return err(`"ccy" is '${ccy}', which the exchange does not keep; use one such as USDT`);
  if (amt === undefined || amt.scale > 8) return err('"amt" is no positive decimal of at most 8 digits; write it as a text such as "100"');
  if (to !== '6' && to !== '18') return err('"to" is neither; use "6" (funding account) or "18" (trading account)');
  deposit({ world, account: account.value, ccy, amt });
  if (to === '18') return movedBy(world, account.value, { ccy, amt: text(amt), from: '6', to });
  return ok({ ccy, amt: text(amt), to });
}

/** A transfer by a person between the accounts of one user. */
export function transferByPerson(world: World, fields: Fields): DeskResult {
  const account = accountField(world, fields);
  return account.ok ? movedBy(world, account.value, fields) : account;
}

function movedBy(world: World, account: Account, fields: Fields): DeskResult {
  const moved = moveFunds({ world, account, fields, origin: 'external' });
  if (!moved.ok) return err(`the exchange refused the transfer: ${moved.error.code} ${moved.error.message}`);
  const { transId, ccy, amt, from, to } = moved.value;
  return ok({ transId, ccy, amt: text(amt), from, to });
}

/** Puts an account on another level of fees. */
export function setFeeLevel(world: World, fields: Fields): DeskResult {
  const account = accountField(world, fields);
  if (!account.ok) return account;
  const level = textField(fields, 'level');
  if (!feeLevels.includes(level)) return err(`"level" is '${level}'; use one of ${feeLevels.join(', ')}`);
  account.value.level = level;
  return ok({ account: account.value.uid, level });
}

/** The exchange closes a position, or `sz` contracts of it, whatever its margin is. */
export function liquidateNow(world: World, fields: Fields): DeskResult {
  return closeNow(world, fields, liquidate);
}

/** The same, to pay for the losses of others. */
export function deleverageNow(world: World, fields: Fields): DeskResult {
  return closeNow(world, fields, deleverage);
}

function closeNow(world: World, fields: Fields, close: typeof liquidate): DeskResult {
  const account = accountField(world, fields);
  if (!account.ok) return account;
  const instrument = findInstrument(textField(fields, 'instId'));
  if (instrument === undefined)
    return err(
      `"instId" is unknown; use one of ${listed(world)
        .map(({ instId }) => instId)
        .join(', ')}`,
    );
  const posSide = textField(fields, 'posSide');
  const open = everyPositionOn(account.value, instrument.instId).filter((position) => posSide === '' || position.posSide === posSide);
  const [position] = open;
  if (position === undefined) return err(`there is no such position in ${instrument.instId} to close`);
  if (open.length > 1) return err('both legs are open; say "posSide": "long" or "short"');
  const size = textField(fields, 'sz') === '' ? absolute(position.pos) : amountField(fields, 'sz');
  const fits = size !== undefined && isMultipleOf({ value: size, step: instrument.lot }) && !isZero(size);
  if (!fits || compare(size, absolute(position.pos)) > 0)
    return err(`"sz" does not fit; use a multiple of ${text(instrument.lot)} up to ${text(absolute(position.pos))}`);
  return ok(orderRow(close({ world, account: account.value, position, size })));
}
