import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import { journalOf, journalOfMark } from '../order/identity.ts';

/** What shows whose an order is: its id or that of the stop which sent it, its tag, and the exchange's number. */
export type Signed = {
  readonly clientOrderId: string;
  readonly algoClientOrderId?: string;
  readonly exchangeOrderId: string;
  readonly instrument: string;
  readonly tag: string;
};

/**
 * The sign of a second writer on this account, if an order is one (I-D5): it bears the mark of another journal, or an id of this journal that this
 * journal does not know. Whatever we send is written down before, so that such an id was given by a copy of this journal, or before an
 * older copy was restored. Nothing may be sent while two write: limits are kept by each and broken by both.
 */
export function otherWriter(state: State, signed: Signed): DifferenceBody | null {
  const { instrument } = signed;
  // What a stop sent bears no id of its own but that of the stop.
  const clientOrderId = signed.clientOrderId || (signed.algoClientOrderId ?? '');
  const maker = journalOf(clientOrderId) || journalOfMark(signed.tag);
  const number = `exchange order ${signed.exchangeOrderId}`;
  if (maker !== '' && maker !== state.journal) return difference(instrument, '', `${number} of another twokey, mark t${maker}`);
  // The tag alone proves nothing: the exchange may pass it on to an order that a stop of ours sends.
  if (journalOf(clientOrderId) === '') return null;
  const order = orderOf(state, clientOrderId);
  if (order === undefined) {
    const beyond = difference(instrument, '', `${number} under the id ${clientOrderId}, beyond the end of this journal`);
    return { ...beyond, client_order_id: clientOrderId };
  }
  const known = order.exchangeOrderId;
  // The number of a stop order becomes that of the order which it sends.
  if (order.stop !== null || known === '' || known === signed.exchangeOrderId) return null;
  return difference(instrument, `${clientOrderId} is order ${known}`, `${number} under the same id`);
}

function difference(subject: string, books: string, exchange: string): DifferenceBody {
  return { kind: 'order', class: 'other_writer', subject, books, exchange };
}
