import { unreachable } from '../../core/lang/assert.ts';
import type { ClearingReport, WriteReport } from '../../core/order/report.ts';
import type { Arming, Clearing, Write } from '../../core/order/request.ts';
import { type Code, definitiveCode, meaningOf } from './codes.ts';
import { type Envelope, finished, parseEnvelope, rowOf, shaped } from './fields.ts';

/** A complete answer of the exchange, as the exchange port delivers it. */
export type Answer = { readonly status: number; readonly body: string };

/**
 * What an answer to a write proves (okx-errors.md; DESIGN law 3). `accepted` needs status 200, code 0, exactly one row with our client
 * order id, and OKX's number of the order or stop order; for a timer, that it fires when it was asked to. `rejected` needs a code of the allow-list. Everything else is unknown and has to be looked up: an
 * unknown code, any 3xx or 5xx, HTML, truncated JSON, a missing field, parts that contradict each other.
 */
export function decodeWrite(request: Write | Arming, answer: Answer): WriteReport {
  const read = parseEnvelope(answer.body);
  if (!read.ok) return unknown(`answered ${statusText(answer)}, ${read.error}`);
  const envelope = read.value;
  // A proxy in front of OKX may have answered, or OKX may have failed half-way: such a status outweighs whatever the body claims.
  if (answer.status !== 200 && (answer.status < 400 || answer.status > 499)) {
    return unknown(`answered ${statusText(answer)} with ${described(envelope.code)}`);
  }
  switch (envelope.code) {
    case '0':
      if (answer.status === 200) return request.kind === 'cancel_all_after' ? armed(request, envelope) : acknowledged(request, envelope);
      return unknown(`answered ${statusText(answer)} with code 0`);
    case '1':
      return request.kind === 'cancel_all_after' ? unknown('code 1, which no timer is answered with') : refusedRow(request, envelope);
    default:
      // Failures of the key, of a parameter or of the whole endpoint come without rows.
      return envelope.data.length === 0 ? classified(request, envelope.code) : unknown(`${described(envelope.code)}, with rows`);
  }
}

type WriteRow = { readonly clientId: string; readonly number: string; readonly sCode: string };

/** Where rows of orders and rows of stop orders name our id and OKX's own. */
const orderNames = { clientId: 'clOrdId', number: 'ordId' } as const;
const algoNames = { clientId: 'algoClOrdId', number: 'algoId' } as const;

function onlyRow(request: Write, envelope: Envelope): WriteRow | string {
  if (envelope.data.length !== 1) return `expected 1 row, got ${envelope.data.length}`;
  const row = rowOf(envelope.data[0]);
  const names = request.kind === 'place' || request.kind === 'cancel' ? orderNames : algoNames;
  const value = {
    clientId: shaped(row, names.clientId, /^[A-Za-z0-9]{0,32}$/),
    number: shaped(row, names.number, /^[0-9]{0,32}$/),
    sCode: shaped(row, 'sCode', /^[0-9]{1,6}$/),
  };
  const read = finished(row, value);
  return read.ok ? read.value : read.error;
}

function acknowledged(request: Write, envelope: Envelope): WriteReport {
  const row = onlyRow(request, envelope);
  if (typeof row === 'string') return unknown(`code 0, but ${row}`);
  if (row.sCode !== '0') return unknown(`code 0, but ${described(row.sCode)} in the row`);
  if (!isOfRequest(request, row)) return unknown('code 0, but for another client order id');
  if (row.number === '') return unknown('code 0, but without an order id');
  return { kind: 'accepted', exchangeOrderId: row.number };
}

/**
 * Whether the row speaks of what was asked. The cancel of a stop order is the exception: documented answers leave our id empty, so that
 * OKX's number decides where it was named, and otherwise that only one was asked for.
 */
function isOfRequest(request: Write, row: WriteRow): boolean {
  if (request.kind !== 'cancel_protection') return row.clientId === request.clientOrderId;
  const isNamed = row.clientId === '' || row.clientId === request.clientOrderId;
  return isNamed && (request.exchangeOrderId === '' || row.number === request.exchangeOrderId);
}

/** An armed timer says when it fires. One that says another time than was asked for is not what anybody relies on. */
function armed({ seconds, tag }: Arming, envelope: Envelope): WriteReport {
  if (envelope.data.length !== 1) return unknown(`code 0, but expected 1 row, got ${envelope.data.length}`);
  const row = rowOf(envelope.data[0]);
  const [at, named] = [shaped(row, 'ts', timeShape), shaped(row, 'tag', /^[A-Za-z0-9]{0,16}$/)];
  const trigger = shaped(row, 'triggerTime', seconds === 0 ? /^0$/ : timeShape);
  if (row.problem !== '') return unknown(`code 0, but ${row.problem}`);
  if (named !== tag) return unknown('code 0, but for another tag');
  const late = seconds === 0 ? 0 : millisecondsOf(trigger) - millisecondsOf(at) - seconds * 1000;
  if (Math.abs(late) > ROUNDING_MILLISECONDS) return unknown('code 0, but the timer fires at another time');
  return { kind: 'accepted', exchangeOrderId: '' };
}

/**
 * What an answer to a list of cancels says (okx-endpoints, cancel-batch-orders and cancel-algos): a row for each that was asked, code 0 where all
 * were taken, 1 where none was, 2 where some were. Anything else is unknown, and the next list of what waits decides.
 */
export function decodeClearing({ kind, exchangeOrderIds }: Clearing, answer: Answer): ClearingReport {
  const read = parseEnvelope(answer.body);
  if (!read.ok) return nothingKnown(`answered ${statusText(answer)}, ${read.error}`);
  const { code, data } = read.value;
  if (answer.status !== 200 || !['0', '1', '2'].includes(code))
    return nothingKnown(`answered ${statusText(answer)} with ${described(code)}`);
  const missing = new Set(exchangeOrderIds);
  const refusals: string[] = [];
  for (const item of data) {
    const row = rowOf(item);
    const id = shaped(row, kind === 'clear_orders' ? 'ordId' : 'algoId', /^[0-9]{1,32}$/);
    const sCode = shaped(row, 'sCode', /^[0-9]{1,6}$/);
    if (row.problem !== '') return nothingKnown(row.problem);
    if (!missing.delete(id)) return nothingKnown('a row for an order that was not asked about');
    if (sCode !== '0') refusals.push(sCode);
  }
  if (missing.size > 0) return nothingKnown(`no row for ${missing.size} of ${exchangeOrderIds.length} orders`);
  const accepted = exchangeOrderIds.length - refusals.length;
  if (code !== (refusals.length === 0 ? '0' : accepted === 0 ? '1' : '2')) return nothingKnown(`code ${code}, but rows of another`);
  const [refusal] = refusals;
  return { accepted, cause: refusal === undefined ? '' : `${refusals.length} not cancelled, ${described(refusal)}` };
}

function nothingKnown(cause: string): ClearingReport {
  return { accepted: 0, cause };
}

/** The documented example counts in seconds, other times of OKX in milliseconds (okx-overview.md, ambiguity c). */
const timeShape = /^(?:[0-9]{10}|[0-9]{13})$/;
const ROUNDING_MILLISECONDS = 1000;

function millisecondsOf(time: string): number {
  return time.length === 10 ? Number(time) * 1000 : Number(time);
}

/** "All failed": the reason stands in the only row. */
function refusedRow(request: Write, envelope: Envelope): WriteReport {
  const row = onlyRow(request, envelope);
  if (typeof row === 'string') return unknown(`code 1, but ${row}`);
  if (row.sCode === '0') return unknown('code 1, but the row says success');
  // A refused amendment may name OKX's number alone; that it is ours is clear, because only one was asked for.
  const isNameless = request.kind === 'amend_protection' && row.clientId === '';
  if (!isNameless && !isOfRequest(request, row)) return unknown('code 1, but for another client order id');
  // A rejection never creates an order (okx-orders.md §2); a cancel names the order it could not cancel.
  const creates = request.kind === 'place' || request.kind === 'protect';
  if (creates && row.number !== '') return unknown(`${described(row.sCode)}, but with an order id`);
  return classified(request, row.sCode);
}

function classified(request: Write | Arming, code: string): WriteReport {
  const known = definitiveCode(code);
  if (known === undefined) return unknown(described(code));
  return proves(request, known) ? { kind: 'rejected', code } : unknown(described(code));
}

/** What concerns an order that is there already is for a query to tell; only a refused trigger says that an amendment did not happen. */
function proves({ kind }: Write | Arming, known: Code): boolean {
  switch (kind) {
    case 'place':
    case 'protect':
    case 'cancel_all_after':
      return true;
    case 'amend_protection':
      return known.cancel || known.class === 'trigger';
    case 'cancel':
    case 'cancel_protection':
      return known.cancel;
    default:
      return unreachable(kind);
  }
}

function unknown(cause: string): WriteReport {
  return { kind: 'unknown', cause };
}

function statusText({ status }: Answer): string {
  return Number.isSafeInteger(status) && status >= 100 && status <= 999 ? String(status) : 'a strange status';
}

/** A code with our own words for it. */
export function described(code: string): string {
  return `code ${code} (${meaningOf(code)})`;
}
