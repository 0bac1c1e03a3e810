import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Sockets } from '../../src/doors/mcp/sockets.ts';
import { toolsPage } from '../../src/protocol/page.ts';
import { listedTools } from '../../src/protocol/schemas.ts';
import { tools } from '../../src/protocol/tools.ts';

// The tool list is part of the contract: hosts pin it by its hash, and every byte of it is paid for by every agent on every
// turn. To change it on purpose, run this file with TWOKEY_WRITE=1 and say in the changelog what changed.

const goldenFile = fileURLToPath(new URL('tools.json', import.meta.url));
const pageFile = fileURLToPath(new URL('../../docs/tools.md', import.meta.url));
const goldenText = `${JSON.stringify(listedTools, null, 2)}\n`;

if (process.env['TWOKEY_WRITE'] === '1') {
  writeFileSync(goldenFile, goldenText);
  writeFileSync(pageFile, toolsPage());
}

test('the tool list is the one that was published', () => {
  assert.equal(goldenText, readFileSync(goldenFile, 'utf8'));
});

test('docs/tools.md says what the table says', () => {
  assert.equal(toolsPage(), readFileSync(pageFile, 'utf8'));
});

test('tools/list is under 8,000 bytes on the wire, in both eras of the protocol, and the same list', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-'));
  const door = new Sockets({ socketsFolder: folder, version: '0.0.0', ask: () => Promise.resolve({ kind: 'unanswered' }) });
  await door.setAgents(['default']);
  try {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const legacy = await answered(join(folder, 'agent-default.sock'), {});
    const modern = await answered(join(folder, 'agent-default.sock'), { _meta: meta });
    for (const [era, line] of [['2025-11-25', legacy], ['2026-07-28', modern]] as const) {
      const bytes = Buffer.byteLength(line);
      console.log(`tools/list in ${era}: ${bytes} bytes of 8000`);
      assert.ok(bytes < 8000);
      const { result } = JSON.parse(line) as { result: { tools: unknown } };
      assert.deepEqual(result.tools, JSON.parse(JSON.stringify(listedTools)));
    }
  } finally {
    await door.setAgents([]);
    rmSync(folder, { recursive: true });
  }
});

test('there are at most 12 tools, and none that only a human may have', () => {
  assert.ok(tools.length <= 12);
  for (const { name } of tools) assert.doesNotMatch(name, /approve|resume|set_limit|transfer|withdraw|promote|policy|reset/);
  for (const { arguments: list } of tools) for (const { name } of list) assert.doesNotMatch(name, /url|key|path|file|secret|token/);
});

test('no text of the table tells anybody to do something again', () => {
  for (const text of [goldenText, toolsPage()]) assert.doesNotMatch(text, /retry|re-?send|try again|transfer/i);
});

/** The line that answers one `tools/list`. */
function answered(path: string, params: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.on('error', reject);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (!text.includes('\n')) return;
      socket.end();
      resolve(text.slice(0, text.indexOf('\n')));
    });
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params })}\n`);
  });
}
