import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Instrument } from '../../core/market/instrument.ts';
import type { Decimal } from '../../core/money/decimal.ts';
import { choice, finished, instrumentId, positive, refuse, type Row, rowOf, shaped, text } from './fields.ts';

const currency = /^[A-Z0-9]{1,20}$/;

/**
 * One row of public/instruments. Spot, linear swaps (contract value in base, settled in quote) and inverse swaps (contract value in
 * US dollars, settled in base) are read; every other combination of fields is refused, because its contract value would be
 * misunderstood (reference/risk.md §4.4).
 */
export function decodeInstrument(value: Json): Result<Instrument> {
  const row = rowOf(value);
  const kind = choice(row, 'instType', ['SPOT', 'SWAP']);
  if (row.problem !== '') return err(row.problem);
  return kind === 'SPOT' ? spot(row) : swap(row);
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
  // A pair whose name ends like a swap's would be taken for one wherever only the name is known.
  if (common.value.id !== `${base}-${quote}` || quote === 'SWAP') return err('the name does not say its currencies');
  if (text(row, 'ctVal') !== '' || text(row, 'ctType') !== '') return err('a spot pair with contract fields');
  return finished(row, { kind: 'spot', ...common.value, base, quote, settle: quote });
}

/** Swaps leave baseCcy and quoteCcy empty; the underlying names both. */
function swap(row: Row): Result<Instrument> {
  const common = sizes(row);
  if (!common.ok) return common;
  const underlying = shaped(row, 'uly', /^[A-Z0-9]{1,20}-[A-Z0-9]{1,20}$/);
  const settle = shaped(row, 'settleCcy', currency);
  const valueCurrency = shaped(row, 'ctValCcy', currency);
  const contractValue = step(row, 'ctVal');
  const multiplier = text(row, 'ctMult');
  const type = choice(row, 'ctType', ['linear', 'inverse']);
  if (row.problem !== '') return err(row.problem);
  if (common.value.id !== `${underlying}-SWAP`) return err('the name does not say its underlying');
  // A multiplier of one or none is all that swaps were seen with; with another, ctVal would not be the contract's value.
  if (multiplier !== '' && multiplier !== '1') return err('a swap with a multiplier');
  const [base = '', quote = ''] = underlying.split('-');
  const named = { ...common.value, base, quote, settle, contractValue };
  if (type === 'linear' && valueCurrency === base && settle === quote) return ok({ kind: 'linear', ...named });
  if (type === 'inverse' && valueCurrency === 'USD' && quote === 'USD' && settle === base) return ok({ kind: 'inverse', ...named });
  return err('contract value, settlement and type do not fit together');
}
