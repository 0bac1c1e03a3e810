import type { FillBody } from '../core/journal/entry.ts';
import { type Document, isoTime, sizeUnit } from './head.ts';
import type { State } from '../core/account/state.ts';

/** A booked fill with its place in the journal. */
export type JournaledFill = { readonly seq: number; readonly at: number; readonly fill: FillBody };

/** Executions as they were booked, the newest last. The state keeps no list of them, so that they come from the journal. */
export function fillsView({
  head,
  state,
  fills,
}: {
  readonly head: Document;
  readonly state: State;
  readonly fills: readonly JournaledFill[];
}): Document {
  return { ...head, fills: fills.map((each) => fillRow(state, each)) };
}

function fillRow(state: State, { seq, fill }: JournaledFill): Document {
  const instrument = [...state.instruments.values()].find(({ id }) => id === fill.instrument);
  return {
    at: isoTime(fill.exchange_at),
    instrument: fill.instrument,
    side: fill.side,
    size: fill.size,
    size_unit: sizeUnit(instrument),
    price: fill.price,
    price_unit: instrument?.quote ?? 'unknown unit',
    fee: fill.fee,
    fee_unit: fill.fee_currency,
    client_order_id: fill.client_order_id,
    exchange_order_id: fill.exchange_order_id,
    trade_id: fill.trade_id,
    log_seq: seq,
  };
}
