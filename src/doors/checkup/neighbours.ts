import type { Environment } from '../../core/policy/configuration.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';

/** A server that a client of agents is set up to start or to speak to. `variables` are names alone; what they hold is not kept. */
export type Server = { readonly name: string; readonly words: string; readonly variables: readonly string[] };

/** What stands beside twokey on this machine and could trade without it. */
export type Neighbours = {
  readonly clients: readonly { readonly file: string; readonly servers: readonly Server[] }[];
  /** Files of shells that set a key of the exchange. */
  readonly shells: readonly string[];
  /** The official kit's own file of keys; empty where there is none. */
  readonly kit: string;
  /** Whether the command itself was started with a key in its environment. */
  readonly inEnvironment: boolean;
  /** Client files that are there and cannot be read. */
  readonly unread: readonly string[];
};

const keyVariable = /\bOKX_(API_KEY|API_SECRET|SECRET_KEY|PASSPHRASE)(_FILE)?\b/;
/** Names by which servers that trade go: the exchange's own kit first, then what else places orders. */
const trading = /okx|ccxt|agent-trade-kit|hummingbot|freqtrade|bybit|binance|kraken|coinbase|bitget|hyperliquid|alpaca/i;
/** The official kit without its key, and with the module of public data alone. */
const publicOnly = /okx.*--modules[ =]market(?![\w,])/i;
const ours = /\btwokey\b/;

const SERVERS_MAX = 200;
const DEPTH_MAX = 12;

/** Every server that a client's file names, in JSON (with comments) or TOML, wherever in it: each client nests them in its own way. */
export function serversIn(text: string): readonly Server[] {
  const parsed = jsonOf(text);
  const found: Server[] = [];
  if (parsed === undefined) return tomlServers(text);
  const open: { readonly name: string; readonly value: unknown; readonly depth: number }[] = [{ name: '', value: parsed, depth: 0 }];
  for (let next = open.pop(); next !== undefined && found.length < SERVERS_MAX; next = open.pop()) {
    const { name, value, depth } = next;
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) continue;
    const server = serverOf(name, value);
    if (server !== null) found.push(server);
    else for (const [key, below] of Object.entries(value)) open.push({ name: key, value: below, depth: depth + 1 });
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Whether a file of a shell sets a key. */
export function setsKey(text: string): boolean {
  return text.split('\n').some((line) => keyVariable.test(line.replace(/#.*$/, '')));
}

/** A row for what is a way around the gate, or one that there is none. In live it is refused, elsewhere told. */
export function neighbourChecks(neighbours: Neighbours, environment: Environment): readonly Check[] {
  const { clients, shells, kit, inEnvironment, unread } = neighbours;
  const around = environment === 'live' ? failed : warned;
  const withKey = environment === 'sim' ? warned : failed;
  const checks: Check[] = [];
  for (const { file, servers } of clients) {
    for (const { name, words, variables } of servers) {
      const where = `${name} in ${file}`;
      const keys = variables.filter((variable) => keyVariable.test(variable));
      if (keys.length > 0) {
        const fix = `take ${keys.join(', ')} out of ${file}, make a new key at OKX, and give that one to twokey alone (twokey init)`;
        checks.push(
          withKey(
            'other clients',
            `${where} holds a key of the exchange (${keys.join(', ')}), which every agent of that client can read`,
            fix,
          ),
        );
      } else if (ours.test(words) || !trading.test(`${name} ${words}`)) continue;
      else if (publicOnly.test(words)) checks.push(fine('other clients', `${where} is asked for public data alone`));
      else checks.push(around('other clients', `${where} may trade beside twokey: that is a way around every limit`, rewired(file)));
    }
  }
  if (kit !== '')
    checks.push(
      around(
        'other clients',
        `${kit} holds keys of the official kit, which whoever runs as this user can trade with`,
        `move the key into the vault's own file (twokey init) and delete ${kit}; for public data the kit needs none`,
      ),
    );
  for (const file of shells)
    checks.push(
      around(
        'other keys',
        `${file} sets a key of the exchange for everything that a shell starts`,
        `take it out of ${file}; twokey init keeps it in credentials.toml`,
      ),
    );
  if (inEnvironment)
    checks.push(
      around(
        'other keys',
        'OKX_API_KEY or its kin stand in the environment of this shell, and every program that it starts can read them',
        'unset them; twokey init keeps the key in credentials.toml',
      ),
    );
  for (const file of unread)
    checks.push(warned('other clients', `${file} cannot be read, so that its servers are not known`, 'look at it yourself'));
  return checks.length > 0 ? checks : [fine('other clients', 'no other way to trade stands in the files of the clients that twokey knows')];
}

function rewired(file: string): string {
  return `remove it from ${file}, or leave it public data alone: arguments --modules market --read-only and no OKX_* in its env; agents trade by twokey mcp --agent NAME`;
}

function serverOf(name: string, value: object): Server | null {
  const fields = value as Readonly<Record<string, unknown>>;
  const { command, url, args, env } = fields;
  const starts = typeof command === 'string' ? command : typeof url === 'string' ? url : null;
  if (starts === null || name === '') return null;
  const more = Array.isArray(args) ? args.filter((word) => typeof word === 'string') : [];
  const variables = typeof env === 'object' && env !== null ? Object.keys(env) : [];
  return { name, words: [starts, ...more].join(' '), variables };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Some clients write comments and commas that JSON has not.
  }
  try {
    return JSON.parse(withoutComments(text).replaceAll(/,(\s*[}\]])/g, '$1'));
  } catch {
    return undefined;
  }
}

/** Comments end outside of texts alone. */
function withoutComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) => (found.startsWith('"') ? found : ''));
}

/** `[mcp_servers.NAME]` with its lines, and `[mcp_servers.NAME.env]`; read by line, because the files use all of TOML. */
function tomlServers(text: string): readonly Server[] {
  const servers = new Map<string, { words: string; readonly variables: string[] }>();
  let current = { words: '', variables: new Array<string>() };
  let isEnvironment = false;
  for (const line of text.split('\n')) {
    const header = /^\s*\[mcp_servers\.("[^"]+"|[\w-]+)(\.env)?\]/.exec(line);
    if (header !== null) {
      const name = (header[1] ?? '').replaceAll('"', '');
      current = servers.get(name) ?? { words: '', variables: [] };
      servers.set(name, current);
      isEnvironment = header[2] !== undefined;
    } else if (/^\s*\[/.test(line)) current = { words: '', variables: [] };
    else if (isEnvironment) current.variables.push(...(/^\s*"?(\w+)"?\s*=/.exec(line)?.slice(1) ?? []));
    else {
      if (/^\s*(command|args|url)\s*=/.test(line))
        current.words += ` ${[...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word).join(' ')}`;
      if (/^\s*env\s*=/.test(line)) current.variables.push(...[...line.matchAll(/(\w+)"?\s*=\s*"/g)].flatMap(([, name]) => name ?? []));
    }
  }
  return [...servers].map(([name, { words, variables }]) => ({ name, words: words.trim(), variables }));
}
