import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { parseToml, type TomlTable, type TomlValue } from '../../core/lang/toml.ts';
import { type AccidentKind, accidentKinds } from './accident.ts';
import { type Condition, conditions } from './condition.ts';

/** A story as its file tells it. `shows` is a sentence for people; `policy` are limits of twokey.toml that it needs. */
export type Scenario = {
  readonly name: string;
  readonly shows: string;
  /** By what a drill is judged; the exchange alone needs none. */
  readonly accident: AccidentKind | undefined;
  readonly policy: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
};

/** What happens, and how long after the start, or after the last step that waited: for what `once` says before, or `until` after. */
export type Step = { readonly afterMilliseconds: number; readonly once?: Condition } & (
  | { readonly kind: 'desk'; readonly method: 'POST' | 'DELETE'; readonly path: string; readonly body: Readonly<Record<string, Json>> }
  | { readonly kind: 'agent'; readonly tool: string; readonly given: Readonly<Record<string, Json>>; readonly until?: Condition }
);

const AFTER_MAX = 86_400_000;
const STEPS_MAX = 200;
const TEXT_MAX = 400;

/** What a step may be called, and where the desk takes it. */
const deskPaths: Readonly<Record<string, string>> = {
  market: '/sim/market',
  fault: '/sim/faults',
  order: '/sim/orders',
  liquidation: '/sim/liquidations',
  deleveraging: '/sim/deleveragings',
  deposit: '/sim/deposits',
  transfer: '/sim/transfers',
  account: '/sim/accounts',
  throttle: '/sim/throttle',
  maintenance: '/sim/maintenance',
  clock: '/sim/clock',
  ghost: '/sim/ghosts',
};
const stepWords = [...Object.keys(deskPaths), 'post', 'heal', 'agent'];

/** Reads a scenario. A refusal begins with the line that it is about. */
export function parseScenario(text: string): Result<Scenario> {
  const parsed = parseToml(text);
  if (!parsed.ok) return err(`${parsed.error.line}: ${parsed.error.message}`);
  const file = parsed.value;
  for (const [key, { line }] of file.entries)
    if (!['name', 'shows', 'accident', 'policy', 'steps'].includes(key))
      return err(`${line}: "${key}" is unknown; a scenario has name, shows, accident, [policy] and [[steps]]`);
  const [name, shows, accident] = [textAt(file, 'name'), textAt(file, 'shows'), textAt(file, 'accident')];
  if (name === undefined || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    return err('1: "name" is missing or no name; use words such as "lost-answer"');
  if (shows === undefined || shows === '') return err('1: "shows" is missing; say in a sentence what the story shows');
  const kind = accidentKinds.find((each) => each === accident);
  if (accident !== undefined && kind === undefined)
    return err(`${lineOf(file, 'accident')}: "accident" is none of ${accidentKinds.join(', ')}`);
  const policy = policyOf(file.entries.get('policy')?.value);
  if (!policy.ok) return policy;
  const steps = stepsOf(file.entries.get('steps')?.value);
  return steps.ok ? ok({ name, shows, accident: kind, policy: policy.value, steps: steps.value }) : steps;
}

function textAt(table: TomlTable, key: string): string | undefined {
  const value = table.entries.get(key)?.value;
  return value?.kind === 'text' && value.value.length <= TEXT_MAX ? value.value : undefined;
}

function lineOf(table: TomlTable, key: string): number {
  return table.entries.get(key)?.line ?? table.line;
}

/** Limits are passed on as they are written: twokey.toml's own reader knows which there are. */
function policyOf(value: TomlValue | undefined): Result<Readonly<Record<string, string>>> {
  if (value === undefined) return ok({});
  if (value.kind !== 'table') return err(`${value.line}: [policy] is a table of limits`);
  const limits: Record<string, string> = {};
  for (const [key, { value: limit, line }] of value.entries) {
    const written = limitText(limit);
    if (written === undefined) return err(`${line}: a limit of a scenario is a number, a text, a boolean or a table of these`);
    limits[key] = written;
  }
  return ok(limits);
}

function limitText(value: TomlValue): string | undefined {
  if (value.kind === 'number') return value.text;
  if (value.kind === 'text') return JSON.stringify(value.value);
  if (value.kind === 'boolean') return String(value.value);
  if (value.kind !== 'table') return undefined;
  const parts = [...value.entries].map(([key, { value: part }]) => `${key} = ${limitText(part) ?? '?'}`);
  return `{ ${parts.join(', ')} }`;
}

function stepsOf(value: TomlValue | undefined): Result<readonly Step[]> {
  if (value?.kind !== 'list' || value.items.length === 0) return err('1: there is no [[steps]]; a scenario has one at least');
  if (value.items.length > STEPS_MAX) return err(`${value.line}: a scenario has at most ${STEPS_MAX} steps`);
  const steps: Step[] = [];
  for (const item of value.items) {
    if (item.kind !== 'table') return err(`${item.line}: [[steps]] are tables`);
    const step = stepOf(item);
    if (!step.ok) return step;
    const above = steps.at(-1);
    const countsAnew = above === undefined || (above.kind === 'agent' && above.until !== undefined) || step.value.once !== undefined;
    if (!countsAnew && step.value.afterMilliseconds < above.afterMilliseconds)
      return err(`${lineOf(item, 'after')}: "after" counts from the start or the last step that waited, and this is before the step above`);
    steps.push(step.value);
  }
  return ok(steps);
}

function stepOf(table: TomlTable): Result<Step> {
  const once = conditionAt(table, 'once');
  if (!once.ok) return once;
  const after = durationOf(textAt(table, 'after') ?? (once.value === undefined ? '' : '0s'));
  if (after === undefined)
    return err(`${lineOf(table, 'after')}: "after" is the time since the start, such as "2s" or "500ms", at most a day`);
  const when = { afterMilliseconds: after, ...(once.value === undefined ? {} : { once: once.value }) };
  const words = [...table.entries.keys()].filter((key) => key !== 'after' && key !== 'once');
  const rest = words.filter((key) => !(key === 'body' && words.includes('post')) && !(key === 'until' && words.includes('agent')));
  const [word = '', ...more] = rest;
  if (more.length > 0 || !stepWords.includes(word))
    return err(`${table.line}: a step is "after", "once" or both, and one of ${stepWords.join(', ')}`);
  const value = table.entries.get(word === 'post' ? 'body' : word)?.value;
  const line = lineOf(table, word);
  if (word === 'heal') return ok({ kind: 'desk', ...when, method: 'DELETE', path: '/sim/faults', body: {} });
  if (value?.kind !== 'table') return err(`${line}: "${word}" takes a table such as { instId = "BTC-USDT" }`);
  const body = recordOf(value);
  if (!body.ok) return body;
  if (word === 'agent') {
    const { tool, ...given } = body.value;
    if (typeof tool !== 'string') return err(`${line}: "agent" names the tool that is called, such as tool = "place_order"`);
    const until = conditionAt(table, 'until');
    if (!until.ok) return until;
    return ok({ kind: 'agent', ...when, tool, given, ...(until.value === undefined ? {} : { until: until.value }) });
  }
  const path = word === 'post' ? textAt(table, 'post') : deskPaths[word];
  if (path === undefined || !path.startsWith('/sim/')) return err(`${line}: "post" is no path of the desk`);
  return ok({ kind: 'desk', ...when, method: 'POST', path, body: body.value });
}

function conditionAt(table: TomlTable, key: 'once' | 'until'): Result<Condition | undefined> {
  if (!table.entries.has(key)) return ok(undefined);
  const condition = conditions.find((each) => each === textAt(table, key));
  return condition === undefined ? err(`${lineOf(table, key)}: "${key}" is none of ${conditions.join(', ')}`) : ok(condition);
}

function durationOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,8})(ms|s|m|h)$/.exec(text) ?? [];
  const value = Number(digits) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN);
  return value <= AFTER_MAX ? value : undefined;
}

function recordOf(table: TomlTable): Result<Readonly<Record<string, Json>>> {
  const record: Record<string, Json> = {};
  for (const [key, { value }] of table.entries) {
    const read = jsonOf(value);
    if (!read.ok) return read;
    record[key] = read.value;
  }
  return ok(record);
}

function jsonOf(value: TomlValue): Result<Json> {
  if (value.kind === 'text' || value.kind === 'boolean') return ok(value.value);
  if (value.kind === 'table') return recordOf(value);
  if (value.kind === 'number')
    return Number.isSafeInteger(Number(value.text))
      ? ok(Number(value.text))
      : err(`${value.line}: write an amount as a text, such as "0.5"`);
  const items: Json[] = [];
  for (const item of value.items) {
    const read = jsonOf(item);
    if (!read.ok) return read;
    items.push(read.value);
  }
  return ok(items);
}
