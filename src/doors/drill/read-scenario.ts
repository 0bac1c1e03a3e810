import { readFileSync } from 'node:fs';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Condition } from './condition.ts';
import { parseScenario, type Step } from './scenario.ts';

/** What the desk is asked to do, and when: after the start, or after the last of what was waited for, one after the other. */
export type DeskAsked = {
  readonly waits: readonly Condition[];
  readonly afterMilliseconds: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
};

const AFTER_MAX = 86_400_000;

/** Reads a scenario: a story in TOML, of which an exchange alone plays what concerns it, or a list in JSON. */
export function readScenario(path: string): Result<readonly DeskAsked[]> {
  const text = readText(path);
  if (!text.ok) return text;
  if (!path.endsWith('.toml')) return readSteps(path, text.value);
  const story = parseScenario(text.value);
  if (!story.ok) return err(`${path}:${story.error}`);
  return ok(deskSteps(story.value.steps));
}

/** Steps of an agent are somebody else's to play; what they wait for is waited for all the same. */
function deskSteps(steps: readonly Step[]): readonly DeskAsked[] {
  const asked: DeskAsked[] = [];
  let waits: Condition[] = [];
  for (const step of steps) {
    if (step.once !== undefined) waits.push(step.once);
    if (step.kind === 'agent') {
      if (step.until !== undefined) waits.push(step.until);
      continue;
    }
    const { afterMilliseconds, method, path, body } = step;
    asked.push({ waits, afterMilliseconds, method, path, body: JSON.stringify(body) });
    waits = [];
  }
  return asked;
}

/** Reads a JSON list of `{ "after_ms": 1000, "post": "/sim/market", "body": { … } }`. */
function readSteps(path: string, text: string): Result<readonly DeskAsked[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(`${path}: expected JSON`);
  }
  if (!Array.isArray(value)) return err(`${path}: expected a list of steps`);
  const steps: DeskAsked[] = [];
  for (const [index, entry] of value.entries()) {
    const step: unknown = entry;
    const isStep = typeof step === 'object' && step !== null && 'after_ms' in step && 'post' in step && 'body' in step;
    if (!isStep || typeof step.after_ms !== 'number' || !(step.after_ms >= 0 && step.after_ms <= AFTER_MAX)) {
      return err(`${path}: step ${index}: expected { "after_ms": 0…${AFTER_MAX}, "post": "/sim/…", "body": { … } }`);
    }
    if (typeof step.post !== 'string' || !step.post.startsWith('/sim/'))
      return err(`${path}: step ${index}: "post" is no path of the desk`);
    steps.push({ waits: [], afterMilliseconds: step.after_ms, method: 'POST', path: step.post, body: JSON.stringify(step.body) });
  }
  return ok(steps.toSorted((left, right) => left.afterMilliseconds - right.afterMilliseconds));
}

function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return err(`cannot read ${path}: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
