// `twokey mcp --agent NAME`: what an MCP host starts. It passes lines between the host's stdio and the agent's socket and
// holds no secret. When the gateway's doors die it finds the next ones and tells the host what is not known; it never sends
// a request twice. Nothing but protocol goes to stdout.

import { connect } from 'node:net';

const UNKNOWN = { status: 'unknown', code: 'OUTCOME_UNKNOWN', message: 'outcome not known; ask get_intent with the same intent_id' };

export function main(argv) {
  const value = (flag) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  const home = value('--home') ?? process.env.TWOKEY_HOME ?? `${process.env.HOME}/.twokey`;
  const agent = value('--agent') ?? '';
  if (/^[a-z0-9-]{1,32}$/.test(agent)) return new Promise((resolve) => pass(`${home}/run/agent-${agent}.sock`, resolve));
  console.error('usage: twokey mcp --agent NAME [--home DIR]; NAME is that of an [agents.NAME] section, or default');
  return 2;
}

function pass(path, resolve) {
  const open = new Map(); // Requests that were sent and not answered, by the text of their id.
  const held = []; // Lines that were never sent, because nobody listened.
  let handshake = { text: '' }; // A legacy `initialize` that was sent, with what belongs to it: the next doors have to hear it too.
  let swallow; // The id of an answer that the host has already.
  let socket;
  let leaving = false;
  let patience = 1000; // Milliseconds; at first only for doors that are just starting.

  lines(process.stdin, (line) => (socket === undefined ? held.push(line) : send(line)));
  process.stdin.on('end', () => leave((leaving = true))); // A host that has said everything still gets its answers.
  process.stdout.on('error', () => finish(0));
  dial(performance.now());

  function dial(from) {
    const dialled = connect(path);
    lines(dialled, receive);
    dialled.on('error', () => {});
    dialled.on('connect', () => {
      socket = dialled;
      patience = 10_000;
      if (!open.has(handshake.id)) swallow = handshake.id;
      dialled.write(handshake.text);
      for (const line of held.splice(0)) send(line);
      process.stdin.resume();
    });
    dialled.on('close', () => {
      const since = socket === dialled ? performance.now() : from;
      if (socket === dialled) lose();
      if (leaving && held.length === 0) return finish(0);
      if (performance.now() - since < patience) return setTimeout(dial, 50, since);
      console.error(`twokey: gateway not reachable at ${path}; start it with twokey up, and check --home and --agent`);
      finish(3);
    });
  }

  function send(line) {
    const { id, method, params } = read(line);
    if (method === 'initialize') handshake = { id: JSON.stringify(id), text: `${line}\n` };
    if (method === 'notifications/initialized') handshake.text += `${line}\n`;
    if (method === 'notifications/cancelled') open.delete(JSON.stringify(params?.requestId)); // It gets no answer, from anybody.
    if (method !== undefined && id !== undefined) open.set(JSON.stringify(id), { id, method, params });
    socket.write(`${line}\n`);
  }

  function receive(line) {
    const { id, method } = read(line);
    const answered = method === undefined ? JSON.stringify(id) : undefined;
    if (answered !== undefined && answered === swallow) return (swallow = undefined);
    open.delete(answered);
    process.stdout.write(`${line}\n`);
    leave();
  }

  function lose() {
    socket = undefined;
    process.stdin.pause();
    for (const [key, { id, method, params }] of open) {
      if (method === 'initialize') continue; // It is asked again, because nothing happens by it.
      open.delete(key);
      const structuredContent = { ...UNKNOWN, intent_id: params?.arguments?.intent_id, sent_to_exchange: 'unknown' };
      const content = [{ type: 'text', text: JSON.stringify(structuredContent) }];
      const result = { content, structuredContent, isError: true, resultType: 'complete' };
      const lost = { error: { code: -32603, message: 'the gateway was lost before it answered' } };
      process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...(method === 'tools/call' ? { result } : lost) })}\n`);
    }
  }

  function leave() {
    if (leaving && open.size === 0 && held.length === 0) finish(0);
  }

  function finish(code) {
    process.stdin.destroy();
    socket?.end().unref();
    resolve(code);
  }
}

function lines(stream, take) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const found = (rest + text).split('\n');
    rest = found.pop();
    for (const line of found) if (line.trim() !== '') take(line);
  });
}

function read(line) {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
