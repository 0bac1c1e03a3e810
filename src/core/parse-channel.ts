import type { ClientIdentity, FromDoors } from './channel.ts';
import type { Json } from './lang/canonical.ts';
import { err, ok, type Result } from './lang/result.ts';
import { bounds, utf8Length } from './order/bounds.ts';

/** How much one call may carry before it is not a call any more; above what any tool accepts, below what costs the gateway. */
export const callLimits = { bytesMax: 64 * 1024, depthMax: 8, valuesMax: 1000 } as const;

/**
 * Reads a message of the doors. What fails here no working doors would send: the schemas there are narrower. The caller
 * therefore ends the process it came from instead of answering.
 */
export function parseFromDoors(value: unknown): Result<FromDoors> {
  if (!isPlain(value)) return err('expected an object');
  const { kind, incarnation } = value;
  if (!isCount(incarnation)) return err('expected incarnation as a whole number');
  switch (kind) {
    case 'ready':
      return parseReady(value, incarnation);
    case 'call':
      return parseCall(value, incarnation);
    case 'page':
      return parsePage(value, incarnation);
    default:
      return err('expected kind ready, call or page');
  }
}

function parseReady(value: Plain, incarnation: number): Result<FromDoors> {
  const { httpPort } = value;
  if (!hasOnly(value, ['kind', 'incarnation', 'httpPort'])) return err('expected nothing else in ready');
  if (httpPort === null) return ok({ kind: 'ready', incarnation, httpPort });
  return isCount(httpPort) && httpPort <= 65_535
    ? ok({ kind: 'ready', incarnation, httpPort })
    : err('expected httpPort as a port or null');
}

function parseCall(value: Plain, incarnation: number): Result<FromDoors> {
  const { call, principal, tool } = value;
  if (!hasOnly(value, ['kind', 'incarnation', 'call', 'principal', 'client', 'tool', 'arguments']))
    return err('expected nothing else in call');
  if (!isCount(call)) return err('expected call as a whole number');
  if (typeof principal !== 'string' || !bounds.principal.test(principal)) return err('expected principal as an agent name');
  if (typeof tool !== 'string' || !/^[a-z_]{1,32}$/.test(tool)) return err('expected tool as a tool name');
  const client = parseClient(value['client']);
  if (!client.ok) return client;
  const given = parseArguments(value['arguments']);
  if (!given.ok) return given;
  return ok({ kind: 'call', incarnation, call, principal, client: client.value, tool, arguments: given.value });
}

function parsePage(value: Plain, incarnation: number): Result<FromDoors> {
  const { call, session } = value;
  if (!hasOnly(value, ['kind', 'incarnation', 'call', 'session', 'wish'])) return err('expected nothing else in page');
  if (!isCount(call)) return err('expected call as a whole number');
  if (typeof session !== 'string' || !/^[A-Za-z0-9_-]{0,128}$/.test(session)) return err('expected session as a token');
  const wish = parseArguments(value['wish']);
  return wish.ok ? ok({ kind: 'page', incarnation, call, session, wish: wish.value }) : wish;
}

function parseClient(value: unknown): Result<ClientIdentity> {
  if (!isPlain(value) || !hasOnly(value, ['name', 'version', 'toolsHash'])) return err('expected client as name, version, toolsHash');
  const { name, version, toolsHash } = value;
  if (typeof name !== 'string' || !/^[ -~]{0,64}$/.test(name)) return err('expected client.name as at most 64 printable characters');
  if (typeof version !== 'string' || !/^[ -~]{0,64}$/.test(version))
    return err('expected client.version as at most 64 printable characters');
  if (typeof toolsHash !== 'string' || !/^(?:[0-9a-f]{64})?$/.test(toolsHash))
    return err('expected client.toolsHash as 64 hex digits or nothing');
  return ok({ name, version, toolsHash });
}

/** Arguments that have a canonical text: only then can they be hashed and journaled, accepted or not. */
export function parseArguments(value: unknown): Result<Json> {
  const counted = { bytes: 0, values: 0 };
  const problem = problemIn(value, 0, counted);
  return problem === '' ? ok(value as Json) : err(`expected arguments ${problem}`);
}

function problemIn(value: unknown, depth: number, counted: { bytes: number; values: number }): string {
  counted.values += 1;
  if (counted.values > callLimits.valuesMax) return `of at most ${callLimits.valuesMax} values`;
  switch (typeof value) {
    case 'string':
      return problemInText(value, counted);
    case 'number':
      return Number.isSafeInteger(value) ? '' : 'whose numbers are safe integers';
    case 'boolean':
      return '';
    case 'object':
      break;
    default:
      return 'of JSON values';
  }
  if (value === null) return '';
  if (depth >= callLimits.depthMax) return `at most ${callLimits.depthMax} deep`;
  if (!Array.isArray(value) && !isPlain(value)) return 'of plain objects and lists';
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return 'without a key __proto__';
    const problem = (Array.isArray(value) ? '' : problemInText(key, counted)) || problemIn(item, depth + 1, counted);
    if (problem !== '') return problem;
  }
  return '';
}

function problemInText(text: string, counted: { bytes: number }): string {
  if (text.length > callLimits.bytesMax || !text.isWellFormed()) return 'of well-formed texts';
  counted.bytes += utf8Length(text);
  return counted.bytes <= callLimits.bytesMax ? '' : `of at most ${callLimits.bytesMax} bytes`;
}

type Plain = { readonly [key: string]: unknown };

function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function hasOnly(value: Plain, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
