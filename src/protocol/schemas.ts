import { z } from 'zod';
import { unreachable } from '../core/lang/assert.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { absolute, add, compare, decimal, one, zero } from '../core/money/decimal.ts';
import { bounds, expected, expectedChoice, expectedInteger, isEvidence, isReason } from '../core/order/bounds.ts';
import type { SchemaProblem } from '../core/order/parse-intent.ts';
import { type Argument, type Takes, type Tool, tools } from './tools.ts';

/** What `tools/list` says of one tool. Titles stay in the docs: every byte here is paid for by every agent, on every turn. */
export type ListedTool = {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown };
  readonly annotations: Tool['annotations'];
};

const target = z.strictObject(
  {
    instrument: z.string({ error: expected.target }).regex(bounds.instrument, { error: expected.target }),
    weight: z.string({ error: expected.target }).regex(bounds.weight, { error: expected.target }),
  },
  { error: expected.target },
);
const targetList = z
  .array(target, { error: orMissing(expected.targets) })
  .min(1, { error: expected.targets })
  .max(bounds.targetsMax, { error: expected.targets });

const schemas = new Map(tools.map((tool) => [tool.name, schemaOf(tool)]));

/** The tool list, the same for every agent, mode and protocol era: a list that changes is how a poisoned server hides. */
export const listedTools: readonly ListedTool[] = tools.map((tool) => ({
  name: tool.name,
  description: tool.description,
  inputSchema: advertised(tool),
  annotations: tool.annotations,
}));

/** Reads the arguments of a tool of the table. The gateway reads them again with a parser that shares only the bounds. */
export function parseArguments(tool: Tool, given: unknown): Result<Readonly<Record<string, unknown>>, SchemaProblem> {
  const schema = schemas.get(tool.name);
  if (schema === undefined) return err({ path: 'tool', message: 'is not a tool of this gateway' });
  const parsed = schema.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  return err(problemOf(parsed.error.issues));
}

function problemOf(issues: readonly z.core.$ZodIssue[]): SchemaProblem {
  const first = issues.find(({ code, path }) => code === 'unrecognized_keys' && path.length === 0) ?? issues[0];
  if (first === undefined) return { path: 'arguments', message: expected.object };
  // What is wrong inside an item of a list is told of the item.
  if (first.code !== 'unrecognized_keys' || first.path.length > 0)
    return { path: pathText(first.path.slice(0, 2)), message: first.message };
  const key = first.keys[0] ?? '';
  return { path: bounds.intentId.test(key) ? key : 'arguments', message: expected.known };
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'arguments';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}

type Shape = Record<string, z.ZodType>;

function schemaOf(tool: Tool) {
  const shape: Shape = {};
  for (const argument of tool.arguments) shape[argument.name] = schemaOfArgument(argument);
  return z.strictObject(shape, { error: expected.object }).superRefine((fields, context) => {
    for (const { path, message } of contradictions(tool.name, fields)) context.addIssue({ code: 'custom', path: [path], message });
  });
}

/** What no single argument can show: arguments that only make sense together, or not together. */
function contradictions(tool: string, fields: Readonly<Record<string, unknown>>): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const refuse = (path: string, message: string) => void problems.push({ path, message });
  if (tool === 'place_order' || tool === 'preview_order') {
    if (fields['type'] === 'market' && fields['price'] !== undefined) refuse('price', expected.priceOfMarket);
    if (fields['type'] !== 'market' && fields['price'] === undefined) refuse('price', expected.priceMissing);
    if (fields['quantity_unit'] !== 'usd' && fields['expected_notional_usd'] === undefined) {
      refuse('expected_notional_usd', expected.notionalMissing);
    }
  }
  if (tool === 'set_protection' && fields['stop_loss'] === undefined && fields['take_profit'] === undefined)
    refuse('stop_loss', expected.someTrigger);
  if (tool === 'cancel_orders' && fields['instrument'] !== undefined && fields['client_order_id'] !== undefined) {
    refuse('client_order_id', expected.oneTarget);
  }
  if (tool === 'rebalance') {
    const problem = problemOfTargets(fields['targets']);
    if (problem !== null) refuse('targets', problem);
  }
  if (tool === 'get_market') {
    const view = fields['view'] ?? 'ticker';
    if (view !== 'book' && fields['depth'] !== undefined) refuse('depth', expected.depthOfBook);
    if (view !== 'candles' && fields['bar'] !== undefined) refuse('bar', expected.candlesOnly);
    if (view !== 'candles' && fields['count'] !== undefined) refuse('count', expected.candlesOnly);
  }
  return problems;
}

function problemOfTargets(targets: unknown): string | null {
  const parsed = targetList.safeParse(targets);
  // What is wrong with one of them was said already.
  if (!parsed.success) return null;
  if (new Set(parsed.data.map(({ instrument }) => instrument)).size < parsed.data.length) return expected.targetTwice;
  let sum = zero;
  for (const { weight } of parsed.data) sum = add(sum, absolute(decimal(weight)));
  return compare(sum, one) > 0 ? expected.weightsAboveOne : null;
}

function schemaOfArgument({ required, about, takes }: Argument): z.ZodType {
  const described = about === '' ? schemaOfKind(takes) : schemaOfKind(takes).describe(about);
  return required ? described : described.optional();
}

function schemaOfKind(takes: Takes): z.ZodType {
  switch (takes.kind) {
    case 'amount':
      return textLike(bounds.amount, expected.amount);
    case 'intent_id':
      return textLike(bounds.intentId, expected.intentId);
    case 'client_order_id':
      return textLike(bounds.clientOrderId, expected.clientOrderId);
    case 'instrument':
      return textLike(bounds.instrument, expected.instrument);
    case 'label':
      return textLike(bounds.label, expected.label);
    case 'holding':
      return textLike(bounds.holding, expected.holding);
    case 'flag':
      return z.boolean({ error: expected.flag });
    case 'reason':
      return z
        .string({ error: orMissing(expected.reason) })
        .max(bounds.reasonBytesMax, { error: expected.reason })
        .refine(isReason, { error: expected.reason });
    case 'evidence':
      return z
        .array(
          z
            .string({ error: expected.evidenceItem })
            .max(bounds.evidenceCharactersMax, { error: expected.evidenceItem })
            .refine(isEvidence, { error: expected.evidenceItem }),
          { error: expected.evidence },
        )
        .max(bounds.evidenceItemsMax, { error: expected.evidence });
    case 'targets':
      return targetList;
    case 'choice':
      return z.enum(takes.choices, { error: orMissing(expectedChoice(takes.choices)) });
    case 'integer': {
      const error = expectedInteger(takes);
      return z.int({ error }).min(takes.from, { error }).max(takes.to, { error });
    }
    default:
      return unreachable(takes);
  }
}

function textLike(shape: RegExp, message: string): z.ZodType<string> {
  return z.string({ error: orMissing(message) }).regex(shape, { error: message });
}

function orMissing(message: string) {
  return ({ input }: { readonly input?: unknown }) => (input === undefined ? expected.present : message);
}

/**
 * The JSON Schema of what is checked, as short as it can be and still guide: the check itself knows that an amount is above
 * zero and how long a text may be, and says so to whoever needs to hear it.
 */
function advertised(tool: Tool): ListedTool['inputSchema'] {
  const { $schema: _, ...rest } = z.toJSONSchema(schemas.get(tool.name) ?? z.never(), {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      const isInList = path.includes('items');
      if (jsonSchema.pattern === bounds.amount.source) jsonSchema.pattern = '^\\d+(\\.\\d+)?$';
      const { pattern } = jsonSchema;
      if (isInList || pattern === bounds.label.source || pattern === bounds.holding.source) delete jsonSchema.pattern;
      if (isInList) delete jsonSchema.additionalProperties;
      for (const bound of ['maxLength', 'minItems', 'maxItems'] as const) delete jsonSchema[bound];
    },
  });
  return { ...rest, type: 'object' };
}
