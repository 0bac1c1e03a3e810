import { agentSubject, isFrozen } from '../../account/freeze.ts';
import { refusal, type Refusal, type Wish } from '../control.ts';

/** Refuses every entry of an agent that the operator or a tripwire has frozen; it may still close what it opened. */
export function agentFrozen({ question: { books, intent } }: Wish): Refusal | null {
  if (!isFrozen(books, agentSubject, intent.principal)) return null;
  return refusal('AGENT_FROZEN', `${intent.principal} is frozen: orders that really reduce and cancels pass, this is an entry`);
}
