import { createInterface } from 'node:readline/promises';
import { visible } from '../../core/lang/visible.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { type Isolation, WAY_OUT } from '../../core/policy/isolation.ts';

// Real money where an agent with a shell can go around twokey: only by somebody who says so, for a while, and without what would only look like a border.

/** How long it holds that somebody took live trading in advisory mode upon himself. */
export const ACCEPTED_DAYS = 7;
const MILLISECONDS_PER_DAY = 86_400_000;
const WORD = 'agents can go around this';

/** Why live does not start in advisory mode whatever is typed: an agent that can read the token and act as its operator approves its own orders. */
export function mayNotApprove({ approval }: Pick<Configuration, 'approval'>, isolation: Isolation): string | null {
  if (isolation.kind === 'isolated' || (approval.threshold.kind !== 'above' && !approval.firstOfKind)) return null;
  return `approvals mean nothing in advisory mode, because an agent could approve its own orders: ${WAY_OUT}; or set above = "never" and first_of_kind = false in [approval], and max_order_size to what may pass without a person`;
}

/** Until when it was accepted, as it stands in the file: UTC milliseconds, 0 where it was not. No file accepts for longer than a person is asked for. */
export function acceptedUntil(text: string, now: number): number {
  const until = /^\d{1,15}\n?$/.test(text) ? Number(text) : 0;
  return until > now && until <= now + ACCEPTED_DAYS * MILLISECONDS_PER_DAY ? until : 0;
}

type Terminal = { readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }; readonly output: NodeJS.WritableStream };

/** Asks a person at a terminal, once. @returns until when it is accepted. */
export async function acceptAdvisory(
  isolation: Extract<Isolation, { kind: 'advisory' }>,
  { input, output, now }: Terminal & { readonly now: number },
): Promise<Result<number>> {
  const refused = `live in advisory mode wants a person at a terminal who types: ${WORD}; or ${WAY_OUT}`;
  if (input.isTTY !== true) return err(refused);
  const lines = createInterface({ input, output, historySize: 0 });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  try {
    const why = isolation.reasons.map((reason) => `  ${visible(reason)}\n`).join('');
    const question = `ADVISORY: an agent with a shell can go around every limit and take the key, because\n${why}To have real money traded like this for ${ACCEPTED_DAYS} days, type: ${WORD}\n> `;
    const typed = await lines.question(question, { signal: gone.signal });
    return typed.trim() === WORD ? ok(now + ACCEPTED_DAYS * MILLISECONDS_PER_DAY) : err(refused);
  } catch {
    return err(refused);
  } finally {
    lines.close();
  }
}
