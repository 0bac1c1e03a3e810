import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Instrument } from '../../core/market/instrument.ts';
import type { Decimal } from '../../core/money/decimal.ts';
import { choice, finished, instrumentId, milliseconds, positive, refuse, type Row, rowOf, shaped, text } from './fields.ts';
import { typeOfInstrument } from './kind.ts';

const currency = /^[A-Z0-9]{1,20}$/;

/**
 * One row of public/instruments. Spot, linear swaps and dated futures (contract value in base, settled in quote) and inverse ones
 * (contract value in US dollars, settled in base) are read; every other combination of fields is refused, because its contract value
 * would be misunderstood (reference/risk.md §4.4).
 */
export function decodeInstrument(value: Json): Result<Instrument> {
  const row = rowOf(value);
  const type = choice(row, 'instType', ['SPOT', 'SWAP', 'FUTURES']);
  if (row.problem !== '') return err(row.problem);
  return type === 'SPOT' ? spot(row) : contract(row, type);
}

type Sizes = Pick<Instrument, 'id' | 'tick' | 'lot' | 'minimum' | 'maximum' | 'tradable'>;

/** Steps and contract values are multiplied with each other, and the product still has to be a decimal that we can write and read. */
const STEP_DECIMALS_MAX = 15;

function step(row: Row, field: string): Decimal {
  const value = positive(row, field);
  if (value.scale > STEP_DECIMALS_MAX) refuse(row, `${field} has more than ${STEP_DECIMALS_MAX} decimals`);
  return value;
}

function sizes(row: Row): Result<Sizes> {
  const id = instrumentId(row, 'instId');
  if (id === undefined) return err(row.problem);
  const value = {
    id,
    tick: step(row, 'tickSz'),
    lot: step(row, 'lotSz'),
    minimum: step(row, 'minSz'),
    maximum: positive(row, 'maxLmtSz'),
    // Any other state, and any other rule (pre-market, rebase), has rules of its own that we do not know.
    tradable: text(row, 'state') === 'live' && text(row, 'ruleType') === 'normal',
  };
  return finished(row, value);
}

function spot(row: Row): Result<Instrument> {
  const common = sizes(row);
  if (!common.ok) return common;
  const base = shaped(row, 'baseCcy', currency);
  const quote = shaped(row, 'quoteCcy', currency);
  if (row.problem !== '') return err(row.problem);
  // A pair whose name reads like a contract's would be taken for one wherever only the name is known.
  if (common.value.id !== `${base}-${quote}` || typeOfInstrument(common.value.id) !== 'SPOT')
    return err('the name does not say its currencies');
  if (text(row, 'ctVal') !== '' || text(row, 'ctType') !== '') return err('a spot pair with contract fields');
  return finished(row, { kind: 'spot', ...common.value, base, quote, settle: quote });
}

/** Contracts leave baseCcy and quoteCcy empty; the underlying names both. The name of a future ends in its day of delivery. */
function contract(row: Row, instType: 'SWAP' | 'FUTURES'): Result<Instrument> {
  const common = sizes(row);
  if (!common.ok) return common;
  const underlying = shaped(row, 'uly', /^[A-Z0-9]{1,20}-[A-Z0-9]{1,20}$/);
  const settle = shaped(row, 'settleCcy', currency);
  const valueCurrency = shaped(row, 'ctValCcy', currency);
  const contractValue = step(row, 'ctVal');
  const multiplier = text(row, 'ctMult');
  const type = choice(row, 'ctType', ['linear', 'inverse']);
  const expiry = instType === 'SWAP' ? null : milliseconds(row, 'expTime');
  if (row.problem !== '') return err(row.problem);
  const { id } = common.value;
  const named = instType === 'SWAP' ? id === `${underlying}-SWAP` : id.startsWith(`${underlying}-`) && typeOfInstrument(id) === instType;
  if (!named) return err('the name does not say its underlying');
  if (instType === 'SWAP' && text(row, 'expTime') !== '') return err('a swap with a day of delivery');
  // A multiplier of one or none is all that these were seen with; with another, ctVal would not be the contract's value.
  if (multiplier !== '' && multiplier !== '1') return err('a contract with a multiplier');
  const [base = '', quote = ''] = underlying.split('-');
  const value = { ...common.value, base, quote, settle, contractValue, expiry };
  if (type === 'linear' && valueCurrency === base && settle === quote) return ok({ kind: 'linear', ...value });
  if (type === 'inverse' && valueCurrency === 'USD' && quote === 'USD' && settle === base) return ok({ kind: 'inverse', ...value });
  return err('contract value, settlement and type do not fit together');
}
