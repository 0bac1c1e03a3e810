import type { Entry } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { absolute, decimal, isNegative, isZero, subtract, zero } from '../money/decimal.ts';
import type { Principal } from '../order/intent.ts';
import { instrumentIn, type PositionKey, positionKey } from '../order/leg.ts';
import { withFill } from './earnings.ts';
import { changed } from './position.ts';
import type { State } from './state.ts';
import { credit, type Statement } from './statement.ts';

type Adopted = Extract<Entry, { kind: 'adopted' }>;

/**
 * The books after a person accepted what the exchange says. What others hold is counted beside what twokey manages, as at the first start; what
 * others closed of that is taken from its owners at the price of the moment, so that it is a gain or a loss of theirs and nothing that vanished.
 */
export function adopted(state: State, entry: Adopted, at: number): State {
  const positions = new Map(state.positions);
  let { earnings } = state;
  for (const { instrument: id, leg, managed, price } of entry.changes) {
    const instrument = state.instruments.get(id as InstrumentId);
    if (instrument === undefined) continue;
    const key = positionKey(instrument.id, leg);
    const change = decimal(managed);
    const position = changed(positions.get(key), { instrument: instrument.id, leg, by: entry.by as Principal, change, at });
    if (isZero(position.size)) positions.delete(key);
    else positions.set(key, position);
    const trade = { side: isNegative(change) ? 'sell' : 'buy', size: absolute(change), price: decimal(price) } as const;
    earnings = withFill(earnings, { instrument, position: key, ...trade, fee: zero, feeCurrency: instrument.quote, held: position.size });
  }
  const contracts = new Map(state.baseline.contracts);
  for (const [key, size] of Object.entries(entry.contracts)) contracts.set(key as PositionKey, decimal(size));
  const currencies = new Map(state.baseline.currencies);
  for (const [currency, amount] of Object.entries(entry.currencies)) currencies.set(currency, decimal(amount));
  return {
    ...state,
    positions,
    earnings,
    baseline: { contracts, currencies },
    statement: state.statement === null ? null : accepted(state.statement, entry),
    checks: settledChecks(state, entry),
    // Whoever opens the account again has it compared first.
    lastCompared: null,
  };
}

/** As much as the person was shown: what came, or was booked, since then is a difference of its own. */
function accepted(statement: Statement, { differences, balances }: Adopted): Statement {
  const moved = new Map(statement.moved);
  const unsettled = new Map(statement.unsettled);
  for (const { class: sort, subject, books, exchange } of differences) {
    if (sort === 'movement') credit(moved, subject, subtract(decimal(books), decimal(exchange)));
    if (sort === 'settlement_drift') credit(unsettled, subject, subtract(decimal(exchange), decimal(books)));
  }
  const after = new Map(statement.balances);
  for (const [currency, amount] of Object.entries(balances)) after.set(currency, decimal(amount));
  return { ...statement, moved, unsettled, balances: after };
}

/** What was seen to differ does so no more. */
function settledChecks({ checks, instruments }: State, { differences }: Adopted): State['checks'] {
  const subjects = new Set(differences.map(({ subject }) => subject));
  const after = new Map(checks);
  for (const [name, check] of checks) {
    const instrument = instruments.get(name as InstrumentId);
    const subject = instrument?.kind === 'spot' ? instrument.base : instrumentIn(name as PositionKey);
    if (subjects.has(subject)) after.set(name, { ...check, mismatch: null });
  }
  return after;
}
