import { coolingMilliseconds, repeatsOf } from '../account/denials.ts';
import { denialKey, intentKey, type State } from '../account/state.ts';
import { get } from '../lang/table.ts';
import type { CloseIntent, PlaceIntent } from '../order/intent.ts';
import type { Code } from '../policy/codes.ts';
import { type Denial, nextAllowedAt } from '../policy/decision.ts';
import { purposeOf } from '../policy/draft.ts';

// Identical denials cool down: whoever asks the same again is answered from memory for a while, longer each time. A loop then costs one short line a
// call, and is told when another answer is possible. Only entries cool: a way out is decided anew each time (law 4).

/** These say something about us and not about the wish, and pass by themselves in a moment. */
const passing: ReadonlySet<Code> = new Set<Code>(['BOOTING', 'STALE_DATA', 'INSTRUMENT_FROZEN']);

/** The same wish may come under another name: what it asks, who asks, and when. */
export type Asking = { readonly intent: PlaceIntent | CloseIntent; readonly bodyHash: string; readonly now: number };

/**
 * A denial with the moment until which it stands. A full window paces whoever asks by itself, so that its own moment is enough the first time; whoever
 * is denied the same again cools as well, and the later of the two counts.
 */
export function cooled(state: State, { intent, bodyHash, now }: Asking, denial: Denial): Denial {
  if (passing.has(denial.code) || !isEntry(state, intent)) return denial;
  const before = get(state.denials, denialKey(intent.principal, bodyHash));
  const repeats = repeatsOf(before, { code: denial.code, now });
  const own = nextAllowedAt(denial);
  if (own === null) return { ...denial, nextAllowedAt: now + coolingMilliseconds(repeats) };
  return repeats === 0 ? denial : { ...denial, nextAllowedAt: Math.max(own, now + coolingMilliseconds(repeats - 1)) };
}

/** The denial of the same request that is still cooling, with the intent that it answered first; `null` where none is. */
export function coolingDenial(
  state: State,
  { intent, bodyHash, now }: Asking,
): { readonly sameAs: string; readonly denial: Denial } | null {
  const last = get(state.denials, denialKey(intent.principal, bodyHash));
  if (last === undefined || now >= last.coolsUntil || !isEntry(state, intent)) return null;
  const record = get(state.intents, intentKey(intent.principal, last.intentId));
  return record?.result.kind === 'denied' ? { sameAs: last.intentId, denial: record.result.denial } : null;
}

function isEntry(state: State, intent: PlaceIntent | CloseIntent): boolean {
  return purposeOf(intent, state.instruments.get(intent.instrument)) === 'entry';
}
