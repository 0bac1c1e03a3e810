import { journalOf } from './journal.ts';

/** Whether a mode changed because a busy machine held the gateway up, which closes entries. */
export function isOfTheMachine(cause: unknown): boolean {
  return String(cause).startsWith('the gateway was held up');
}

/** Whether a gateway on this home closed entries because it was held up. */
export function wasHeldUp(home: string): boolean {
  return journalOf(home).some(({ kind, body }) => kind === 'mode' && isOfTheMachine(body['cause']));
}

/** The changes of the mode on this home, apart from those that a busy machine makes. */
export function modesChanged(home: string): readonly Readonly<Record<string, unknown>>[] {
  return journalOf(home)
    .filter(({ kind, body }) => kind === 'mode' && !isOfTheMachine(body['cause']))
    .map(({ body }) => body);
}
