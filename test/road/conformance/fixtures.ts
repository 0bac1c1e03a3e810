import {
  acceptedContent,
  type CallToolResult,
  createRequestStateCodec,
  type GetPromptResult,
  inputRequired,
  type InputRequests,
  type InputRequiredResult,
  inputResponse,
  McpServer,
  type McpServerFactory,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

// What the official conformance suite calls by name: tools, resources and prompts that no gateway has, served by the gateway's own HTTP door. It
// says of each in its scenarios what it shall do.

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const states = createRequestStateCodec<{ readonly of: string; readonly round: number }>({ key: new Uint8Array(32).fill(7) });

type Result = CallToolResult | InputRequiredResult;
type Handler = (context: ServerContext) => Result | Promise<Result>;

/** A server of the fixtures, one a request, as the door wants it. */
export const fixtures: McpServerFactory = () => {
  const server = new McpServer(
    { name: 'twokey-conformance', version: '0.0.0' },
    {
      capabilities: {
        tools: { listChanged: false },
        resources: { subscribe: false, listChanged: false },
        prompts: { listChanged: false },
        logging: {},
        completions: {},
      },
      requestState: { verify: (state, context) => states.verify(state, context) },
    },
  );
  for (const [name, handler] of Object.entries(tools)) server.registerTool(name, { description: `fixture ${name}` }, handler);
  withArguments(server);
  addResources(server);
  addPrompts(server);
  server.server.setRequestHandler('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } }));
  return server;
};

const image = { type: 'image', data: PNG, mimeType: 'image/png' } as const;

const tools: Readonly<Record<string, Handler>> = {
  test_simple_text: () => text('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({ content: [embedded('test://embedded-resource', 'This is an embedded resource content.')] }),
  test_multiple_content_types: () => ({
    content: [{ type: 'text', text: 'Multiple content types test:' }, image, embedded('test://mixed-content-resource', '{"test":"data"}')],
  }),
  test_error_handling: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }),
  test_tool_with_logging: logging,
  test_logging_tool: logging,
  test_tool_with_progress: async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    // One step after the other is what the scenario looks at.
    for (const progress of progressToken === undefined ? [] : [0, 50, 100])
      // oxlint-disable-next-line no-await-in-loop
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    return text('done');
  },
  test_missing_capability: ({ mcpReq }) => {
    const answered = inputResponse(mcpReq.inputResponses, 'sampled');
    return answered.kind === 'sampling' ? text('sampled') : inputRequired({ inputRequests: { sampled: sampling('Say something') } });
  },
  test_streaming_elicitation: ({ mcpReq }) =>
    acceptedContent(mcpReq.inputResponses, 'name') === undefined
      ? inputRequired({ inputRequests: { name: askName('Your name?') } })
      : text('done'),
  test_input_required_result_elicitation: ({ mcpReq }) => {
    const found = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
    return found === undefined
      ? inputRequired({ inputRequests: { user_name: askName('What is your name?') } })
      : text(`Hello, ${found.name}!`);
  },
  test_input_required_result_sampling: ({ mcpReq }) => {
    const found = inputResponse(mcpReq.inputResponses, 'capital_question');
    return found.kind === 'sampling'
      ? text(JSON.stringify(found.result.content))
      : inputRequired({ inputRequests: { capital_question: sampling('What is the capital of France?') } });
  },
  test_input_required_result_list_roots: ({ mcpReq }) => {
    const found = inputResponse(mcpReq.inputResponses, 'client_roots');
    return found.kind === 'roots'
      ? text(found.roots.map(({ uri }) => uri).join(' '))
      : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  },
  test_input_required_result_request_state: (context) => confirmed(context, 'request_state'),
  test_input_required_result_tampered_state: (context) => confirmed(context, 'tampered_state'),
  test_input_required_result_multiple_inputs: async (context) => {
    const { inputResponses } = context.mcpReq;
    const kinds = ['user_name', 'greeting', 'client_roots'].map((key) => inputResponse(inputResponses, key).kind);
    if (kinds.join(' ') === 'elicit sampling roots') return text('all three');
    const inputRequests = {
      user_name: askName('What is your name?'),
      greeting: sampling('Generate a greeting'),
      client_roots: inputRequired.listRoots(),
    };
    return inputRequired({ inputRequests, requestState: await states.mint({ of: 'multiple', round: 1 }, context) });
  },
  test_input_required_result_multi_round: async (context) => {
    const { inputResponses, requestState } = context.mcpReq;
    const round = requestState<{ readonly round: number }>()?.round ?? 0;
    const ask = async (next: number, inputRequests: InputRequests) =>
      inputRequired({ inputRequests, requestState: await states.mint({ of: 'rounds', round: next }, context) });
    if (round === 2 && acceptedContent(inputResponses, 'step2') !== undefined) return text('both rounds');
    if (round >= 1 && acceptedContent(inputResponses, 'step1') !== undefined)
      return ask(2, { step2: asking('Step 2: What is your favorite color?', 'color', 'string') });
    return ask(1, { step1: askName('Step 1: What is your name?') });
  },
  test_input_required_result_capabilities: ({ mcpReq }) => {
    const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
    const declared = Object.keys(Object(envelope['io.modelcontextprotocol/clientCapabilities']) as object);
    if (Object.keys(mcpReq.inputResponses ?? {}).length > 0) return text('answered');
    const all = { sampled: ['sampling', sampling('Say something')], named: ['elicitation', askName('Your name?')] } as const;
    const fitting = Object.entries(all).flatMap(([key, [capability, asked]]) =>
      declared.includes(capability) ? [[key, asked] as const] : [],
    );
    return fitting.length === 0 ? text('nothing can be asked') : inputRequired({ inputRequests: Object.fromEntries(fitting) });
  },
  test_elicitation_sep1034_defaults: (context) =>
    elicited(context, 'Please review the defaults', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  test_elicitation_sep1330_enums: (context) =>
    elicited(context, 'Please choose', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    }),
};

/** Logs only where the caller asked for it; the SDK keeps to the level. */
async function logging({ mcpReq }: ServerContext): Promise<CallToolResult> {
  // oxlint-disable-next-line typescript/no-deprecated
  for (const line of ['started', 'works', 'ended']) await mcpReq.log('info', line); // oxlint-disable-line no-await-in-loop
  return text('Tool with logging executed successfully');
}

/** Asks once, with a state that nobody else could have made, and looks at it again. */
async function confirmed(context: ServerContext, of: string): Promise<Result> {
  const { inputResponses, requestState } = context.mcpReq;
  if (acceptedContent(inputResponses, 'confirm') === undefined)
    return inputRequired({
      inputRequests: { confirm: asking('Please confirm', 'ok', 'boolean') },
      requestState: await states.mint({ of, round: 1 }, context),
    });
  if (requestState<{ readonly of: string }>()?.of !== of)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'the state is another one');
  return text('state-ok');
}

type Properties = Parameters<ServerContext['mcpReq']['elicitInput']>[0] extends infer Given
  ? Given extends { readonly requestedSchema: { readonly properties: infer Found } }
    ? Found
    : never
  : never;

/** As servers asked before 2026-07-28: in the middle of the call, over a stream that the stateless door does not have. */
async function elicited({ mcpReq }: ServerContext, message: string, properties: Properties): Promise<CallToolResult> {
  // oxlint-disable-next-line typescript/no-deprecated
  const { action, content } = await mcpReq.elicitInput({
    mode: 'form',
    message,
    requestedSchema: { type: 'object', properties, required: [] },
  });
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

function withArguments(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'fixture', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const message = { role: 'user', content: { type: 'text', text: prompt } } as const;
      // oxlint-disable-next-line typescript/no-deprecated
      const { content } = await mcpReq.requestSampling({ messages: [message], maxTokens: 100 });
      return text(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'fixture', inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) => elicited(context, message, { response: { type: 'string' } }),
  );
}

function addResources(server: McpServer): void {
  server.registerResource('static-text', 'test://static-text', { mimeType: 'text/plain' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }));
  server.registerResource('static-binary', 'test://static-binary', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'image/png', blob: PNG }],
  }));
  server.registerResource('watched', 'test://watched-resource', { mimeType: 'text/plain' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'text/plain', text: 'watched' }],
  }));
  server.registerResource('template', new ResourceTemplate('test://template/{id}/data', { list: undefined }), {}, ({ href }, { id }) => ({
    contents: [
      { uri: href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }) },
    ],
  }));
}

function addPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'fixture' }, () =>
    said({ type: 'text', text: 'This is a simple prompt for testing.' }),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'fixture', argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => said({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'fixture', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => said(embedded(resourceUri, 'Embedded resource content for testing.')),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'fixture' }, () => said(image));
  server.registerPrompt('test_input_required_result_prompt', { description: 'fixture' }, ({ mcpReq }) => {
    const found = acceptedContent(mcpReq.inputResponses, 'user_context');
    return found === undefined
      ? inputRequired({ inputRequests: { user_context: asking('What context should the prompt use?', 'context', 'string') } })
      : said({ type: 'text', text: `In the context of ${String(found['context'])}.` });
  });
}

function text(words: string): CallToolResult {
  return { content: [{ type: 'text', text: words }] };
}

function embedded(uri: string, words: string) {
  return { type: 'resource', resource: { uri, mimeType: 'text/plain', text: words } } as const;
}

function said(content: GetPromptResult['messages'][number]['content']): GetPromptResult {
  return { messages: [{ role: 'user', content }] };
}

function asking(message: string, name: string, type: 'string' | 'boolean') {
  const field = type === 'string' ? ({ type: 'string' } as const) : ({ type: 'boolean' } as const);
  return inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: { [name]: field }, required: [name] } });
}

function askName(message: string) {
  return asking(message, 'name', 'string');
}

function sampling(words: string) {
  return inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens: 100 });
}
