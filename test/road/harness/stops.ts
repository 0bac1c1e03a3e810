import { journalOf } from './journal.ts';

/** The changes of the mode on this home, apart from those that a busy machine makes: it holds the gateway up, which closes entries. */
export function modesChanged(home: string): readonly Readonly<Record<string, unknown>>[] {
  return journalOf(home)
    .filter(({ kind, body }) => kind === 'mode' && !String(body['cause']).startsWith('the gateway was held up'))
    .map(({ body }) => body);
}
