import { join } from 'node:path';
import type { State } from '../../core/account/state.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { isLiveStage, type Stage } from '../../core/stage/ladder.ts';
import { growthItems } from '../../doors/checkup/stage-items.ts';
import type { Check } from '../../doors/operator/checks.ts';
import { goLiveItems } from './checklist.ts';
import { tracesAt } from './doctor.ts';

/** What the stage above asks for, and whether it was seen. */
export type StageEvidence = { readonly stage: Stage; readonly items: readonly Check[] };

/** Looks at everything that a promotion from the present stage rests on; `configuration` is the one in force. */
export async function stageEvidence(
  { environment, standing }: State,
  { configuration, home }: { readonly configuration: Configuration; readonly home: string },
): Promise<Result<StageEvidence>> {
  const { stage } = standing;
  // In demo nothing is asked before demo trading; what comes after it is asked of another account, and shown here.
  if (environment !== 'live') return ok({ stage, items: stage === 'DEMO' ? await goLiveItems(configuration, home, 'steps') : [] });
  if (!isLiveStage(stage)) return ok({ stage, items: await goLiveItems(configuration, home, 'all') });
  const traces = await tracesAt(join(home, 'state', 'journal.db'));
  if (traces === null || traces.damage !== '') return err(`the journal proves nothing: ${traces?.damage ?? 'it is not there'}`);
  const { growth, lastAt } = traces;
  return ok({ stage, items: growthItems({ stage, growth, now: lastAt, maxDrawdown: configuration.policy.maxDrawdown }) });
}
