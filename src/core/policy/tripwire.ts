import type { Json } from '../lang/canonical.ts';

/**
 * What no honest agent does: reach for what is the operator's alone, or write a text that asks for keys. `what` is our own word for it, `words` are
 * the agent's. It is a tripwire and no wall: nothing rests on its being complete, because no tool loosens anything and no process that an agent
 * reaches holds a key. It finds out early that an agent has been talked into something.
 */
export type Trip = { readonly kind: 'tool' | 'text'; readonly what: string; readonly words: string };

/** Reads one call of an agent: the name of its tool, and every text in its arguments. */
export function tripOf(tool: string, given: Json): Trip | null {
  const what = operatorsDeed(tool);
  if (what !== null) return { kind: 'tool', what, words: tool };
  const words = textsIn(given).find(asksForSecrets);
  return words === undefined ? null : { kind: 'text', what: 'keys or secrets', words };
}

/** Deeds that nobody but the operator does, as a tool for one would be called; and those that need something to be done to. */
const deeds: ReadonlySet<string> = new Set(
  (
    'withdraw withdrawal withdrawals transfer transfers approve resume unhalt unfreeze unlock thaw adopt loosen override bypass sudo promote ' +
    'ack acknowledge unlimit whitelist allowlist'
  ).split(' '),
);
const changing: ReadonlySet<string> = new Set(
  'set change raise increase update edit remove disable lift reset modify apply write add delete put grant rotate enable create turn switch'.split(
    ' ',
  ),
);
const operators: ReadonlySet<string> = new Set(
  (
    'limit limits policy policies leverage environment mode agent agents ceiling config configuration settings stage approval approvals risk ' +
    'halt tripwire credential credentials key keys secret secrets permission permissions live sinks'
  ).split(' '),
);
const looking: ReadonlySet<string> = new Set('get read show list reveal export fetch dump print view'.split(' '));
const secret: ReadonlySet<string> = new Set(
  'key keys apikey apikeys secret secrets credential credentials passphrase password totp env environ'.split(' '),
);

/** The operator's deed that a tool of this name would be for, in our own word; `null` for every other name, above all for those of our own tools. */
export function operatorsDeed(tool: string): string | null {
  const words = toolName(tool).split('_');
  // A look at what was done is no attempt to do it; a limit order is no limit.
  const looks = words.some((word) => looking.has(word));
  if (words.includes('order') || words.includes('orders')) return words.includes('approve') ? 'approve' : null;
  const deed = words.find((word) => deeds.has(word));
  if (deed !== undefined && !looks) return deed;
  const object = words.find((word) => operators.has(word));
  if (object !== undefined && words.some((word) => changing.has(word))) return object;
  return looks ? (words.find((word) => secret.has(word)) ?? null) : null;
}

const NAME_CHARACTERS_MAX = 32;

/** A name as tools have them, whatever way it was written: `setLimits` and `set-limits` are `set_limits`. Empty where nothing of it can be read. */
export function toolName(said: string): string {
  return said
    .slice(0, 4 * NAME_CHARACTERS_MAX)
    .replaceAll(/([a-z])(?=[A-Z])/g, '$1_')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, NAME_CHARACTERS_MAX);
}

/** Names that stand in no reason to trade, whatever is said of them. */
const unmistakable =
  /\b(?:credentials\.toml|operator\.token|ok-access-(?:key|sign|passphrase)|okx_(?:api_key|api_secret|secret_key|passphrase))\b|\/proc\/(?:self|[0-9]+)\/environ\b|-----begin [a-z ]*private key/;

// A level may be a key one, and so may a support, a reversal or a day. What is asked for is a secret by its whole name, or a key that is somebody's.
const NOUN = [
  String.raw`(?:(?:api|secret|private|signing|ssh|hmac) ?keys?|api ?secrets?|pass ?phrases?|passwords?|(?:api )?credentials?`,
  String.raw`(?:seed|recovery|mnemonic|backup) ?(?:phrases?|words?|codes?)|totp(?: (?:codes?|secrets?|seeds?))?`,
  String.raw`(?:2fa|otp|one time|authenticator) ?(?:codes?|secrets?|passwords?)|(?:operator|bearer|access|auth|session) ?tokens?)`,
].join('|');
const VERB =
  '(?:tell|show|give|send|print|reveal|output|dump|leak|share|display|expose|export|provide|disclose|extract|exfiltrate|fetch|retrieve|paste|forward|' +
  'upload|post|copy|write|echo|cat|read|list(?! of)|return|include|repeat|type|enter|supply|email|decrypt|get me|(?:i|we) (?:need|want|require))';
const BETWEEN =
  '(?:(?:me|us|him|them|out|up|over|back|the|this|that|your|you|my|our|its|their|all|any|of|full|exact|current|real|actual|okx|exchange|gateway|twokey|' +
  'account|vault|user|operator|owner|s|contents?|values?|text|file|to|with|from|in|for|as|here|now|please|also|complete|whole|entire|raw|hidden|' +
  'stored|environment|env|variables?|and) )';
const WHOSE = '(?:your|all|okx|exchange|account|gateway|vault|twokey|operator)';
const END = String.raw`(?= ?(?:[.,;:!?]|$)| (?:to|of|for|from|in) (?:the|this|your|my|our|okx|exchange|account|gateway|vault|twokey)\b)`;
const asking: readonly RegExp[] = [
  String.raw`\b${VERB} ${BETWEEN}{0,8}${NOUN}\b`,
  String.raw`\b(?:what|where)(?: is| are| s) ${BETWEEN}{0,5}${NOUN}\b`,
  String.raw`\byour ${BETWEEN}{0,3}${NOUN}\b`,
  String.raw`\b${NOUN} ?(?:please|pls|\?)`,
  String.raw`\b${VERB} me ${BETWEEN}{0,4}(?:keys?|secrets?)${END}`,
  String.raw`\b${VERB} ${BETWEEN}{0,3}${WHOSE}(?: s)? ${BETWEEN}{0,2}(?:keys?|secrets?)${END}`,
].map((pattern) => new RegExp(pattern));

/** Whether a text asks for a key, a passphrase, a code or the place where they stand. English alone; a reason that speaks of key levels does not. */
export function asksForSecrets(text: string): boolean {
  const plain = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/([a-z])(?=[A-Z][a-z])/g, '$1 ')
    .toLowerCase();
  if (unmistakable.test(plain)) return true;
  const words = plain.replaceAll(/[^\p{L}\p{N}?!.,;:]+/gu, ' ');
  return asking.some((pattern) => pattern.test(words));
}

/** Every text of the arguments, names of arguments included: what a tool does not take is an agent's text as well. */
function textsIn(given: Json): readonly string[] {
  if (typeof given === 'string') return [given];
  if (typeof given !== 'object' || given === null) return [];
  if (Array.isArray(given)) return given.flatMap(textsIn);
  return Object.entries(given).flatMap(([name, value]) => [name, ...textsIn(value)]);
}
