import type { Refusal } from './refusal.ts';
import type { Row } from './rows.ts';

/** What an endpoint answers: status and body, before any fault of the desk touches it. */
export type Answer = { readonly status: number; readonly body: unknown };

export function success(data: readonly unknown[]): Answer {
  return { status: 200, body: { code: '0', data, msg: '' } };
}

/** A refusal of the whole request. Rate limits and authentication have no `data`; this one has an empty one. */
export function failure({ code, message, status }: Omit<Refusal, 'subCode'>): Answer {
  return { status, body: { code, data: [], msg: message } };
}

/** A refusal before the request reached any product: the exchange leaves `data` out. */
export function bareFailure({ code, message, status }: Omit<Refusal, 'subCode'>): Answer {
  // @rule bare-failures
  return { status, body: { msg: message, code } };
}

/** What the exchange says of one item of a write. */
export type Item = { readonly accepted: boolean; readonly row: Row };

/** The envelope of writes that answer item by item: 0 all well, 1 all failed, 2 some failed; HTTP stays 200. */
export function itemsAnswer(items: readonly Item[], now: number): Answer {
  // @rule write-envelope
  const failed = items.filter((item) => !item.accepted).length;
  const code = failed === 0 ? '0' : failed === items.length ? '1' : '2';
  const msg = code === '0' ? '' : code === '1' ? 'All operations failed' : 'Bulk operation partially succeeded.';
  const inTime = `${now}000`;
  const outTime = `${now}250`;
  return { status: 200, body: { code, data: items.map((item) => item.row), inTime, msg, outTime } };
}
