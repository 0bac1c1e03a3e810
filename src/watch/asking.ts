import { err, ok, type Result } from '../core/lang/result.ts';
import type { Exchange } from '../ports/exchange.ts';
import { decodeRead } from '../venues/okx/read.ts';
import { PAGE_SIZE } from '../venues/okx/request.ts';
import type { Question, ReadingKey, Report } from './reading-key.ts';

export type Ask = <Kind extends Report['kind']>(question: Question, expected: Kind) => Promise<Extract<Report, { readonly kind: Kind }>>;

/** Why a look at the exchange came to nothing. It is thrown from one question to the end of the look, and proves nothing. */
export class Unseen extends Error {}

/** More pages than any account of ours has orders. */
const PAGES_MAX = 20;

/** Asks with the monitor's key at the exchange's own time, which is read first. `now` is this host's. */
export async function asking(
  { key, exchange }: { readonly key: ReadingKey; readonly exchange: Exchange },
  now: () => number,
): Promise<{ readonly ask: Ask; readonly exchangeNow: () => number }> {
  let offset = 0;
  const ask: Ask = async <Kind extends Report['kind']>(question: Question, expected: Kind) => {
    const request = key.request(question, now() + offset);
    if (!request.ok) throw new Unseen(request.error);
    // The second look at the same thing, where the bytes leave.
    if (request.value.method !== 'GET') throw new Unseen('the monitor sends nothing but GET');
    const sent = await exchange.send(request.value, () => true);
    if (sent.kind !== 'answered') throw new Unseen(`${question.kind}: ${sent.cause}`);
    const report = decodeRead(question, sent);
    if (!isKind(report, expected)) throw new Unseen(`${question.kind}: ${report.kind === 'failed' ? report.cause : report.kind}`);
    return report;
  };
  const { at } = await ask({ kind: 'time' }, 'time');
  offset = at - now();
  return { ask, exchangeNow: () => now() + offset };
}

function isKind<Kind extends Report['kind']>(report: Report, kind: Kind): report is Extract<Report, { readonly kind: Kind }> {
  return report.kind === kind;
}

/** Every row of a list that comes in pages. */
export async function everyPage<Row extends { readonly exchangeOrderId: string }>(
  page: (olderThan: string) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let count = 0; count < PAGES_MAX; count += 1) {
    // One page says where the next begins.
    // oxlint-disable-next-line no-await-in-loop
    const next = await page(rows.at(-1)?.exchangeOrderId ?? '');
    rows.push(...next);
    if (next.length < PAGE_SIZE) return rows;
  }
  throw new Unseen(`more than ${PAGES_MAX * PAGE_SIZE} orders`);
}

/** The result of a look; what is no failure to see is our own bug and goes on. */
export async function seen<Value>(look: Promise<Value>): Promise<Result<Value>> {
  try {
    return ok(await look);
  } catch (error) {
    if (error instanceof Unseen) return err(error.message);
    throw error;
  }
}
