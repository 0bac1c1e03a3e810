import { deepStrictEqual, doesNotMatch, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { neighbourChecks, type Neighbours, type Server, serversIn, setsKey } from './neighbours.ts';

const nobody: Neighbours = { clients: [], shells: [], kit: '', inEnvironment: false, unread: [] };

function judged(changes: Partial<Neighbours>, environment: 'sim' | 'demo' | 'live' = 'demo') {
  return neighbourChecks({ ...nobody, ...changes }, environment);
}

function beside(server: Partial<Server>): Partial<Neighbours> {
  return { clients: [{ file: '/h/.claude.json', servers: [{ name: 'x', words: 'npx x', variables: [], ...server }] }] };
}

test('servers are found wherever a client nests them, with comments and trailing commas, and in TOML; of variables only the names', () => {
  const nested = JSON.stringify({
    projects: {
      '/work': { mcpServers: { okx: { command: 'npx', args: ['-y', '@okx_ai/okx-trade-mcp'], env: { OKX_API_KEY: 'canary' } } } },
    },
    mcpServers: { twokey: { command: '/opt/twokey', args: ['mcp', '--agent', 'alpha'] }, web: { url: 'https://example.org/mcp' } },
  });
  const found = serversIn(nested);
  deepStrictEqual(found, [
    { name: 'okx', words: 'npx -y @okx_ai/okx-trade-mcp', variables: ['OKX_API_KEY'] },
    { name: 'twokey', words: '/opt/twokey mcp --agent alpha', variables: [] },
    { name: 'web', words: 'https://example.org/mcp', variables: [] },
  ]);
  doesNotMatch(JSON.stringify(found), /canary/);
  const loose = '{ // mine\n "servers": { "okx": { "command": "okx-trade-mcp", "args": ["--modules", "all",], }, }, /* "no": {} */ }';
  deepStrictEqual(serversIn(loose), [{ name: 'okx', words: 'okx-trade-mcp --modules all', variables: [] }]);
  const toml =
    '[mcp_servers.okx]\ncommand = "npx"\nargs = ["okx-trade-mcp"]\n[mcp_servers.okx.env]\nOKX_SECRET_KEY = "canary"\n[other]\ncommand = "x"\n';
  deepStrictEqual(serversIn(toml), [{ name: 'okx', words: 'npx okx-trade-mcp', variables: ['OKX_SECRET_KEY'] }]);
  deepStrictEqual(serversIn('[mcp_servers.a]\ncommand = "b"\nenv = { OKX_API_KEY = "canary" }\n'), [
    { name: 'a', words: 'b', variables: ['OKX_API_KEY'] },
  ]);
  deepStrictEqual(serversIn('neither {'), []);
});

test('a server that may trade beside twokey is refused in live and told elsewhere, with the way to leave it public data alone', () => {
  for (const words of ['npx -y @okx_ai/okx-trade-mcp --modules all', 'python -m ccxt_mcp', 'okx-trade-mcp --modules market,spot']) {
    deepStrictEqual(
      judged(beside({ words })).map(({ status }) => status),
      ['warning'],
      words,
    );
    deepStrictEqual(
      judged(beside({ words }), 'live').map(({ status }) => status),
      ['failed'],
      words,
    );
  }
  match(judged(beside({ name: 'okx' }))[0]?.fix ?? '', /--modules market --read-only/);
});

test('twokey itself, what does not trade, and the official kit with public data alone are no way around', () => {
  for (const server of [
    { name: 'okx', words: '/opt/twokey mcp --agent alpha' },
    { name: 'files', words: 'npx files' },
    { words: 'npx okx-trade-mcp --modules market --read-only' },
  ])
    deepStrictEqual(
      judged(beside(server), 'live').map(({ status }) => status),
      ['ok'],
      server.words,
    );
});

test('a key in the configuration of a client is refused outside of the simulator, whatever the server is', () => {
  const holding = beside({ words: '/opt/twokey mcp', variables: ['PATH', 'OKX_API_KEY', 'OKX_PASSPHRASE'] });
  deepStrictEqual(
    ['sim', 'demo', 'live'].map((environment) => judged(holding, environment as 'sim')[0]?.status),
    ['warning', 'failed', 'failed'],
  );
  match(judged(holding)[0]?.detail ?? '', /OKX_API_KEY, OKX_PASSPHRASE/);
});

test('the kit’s own file, a shell that sets a key, an environment that has one and a file that cannot be read are told', () => {
  const rows = judged(
    { kit: '/h/.okx/config.toml', shells: ['/h/.zshrc'], inEnvironment: true, unread: ['/h/.codex/config.toml'] },
    'live',
  );
  deepStrictEqual(
    rows.map(({ name, status }) => `${name} ${status}`),
    ['other clients failed', 'other keys failed', 'other keys failed', 'other clients warning'],
  );
  strictEqual(setsKey('export OKX_API_KEY=abc'), true);
  strictEqual(setsKey('# OKX_API_KEY was here\nexport EDITOR=vi'), false);
});
