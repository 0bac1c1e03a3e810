import { Command, CommanderError, Option } from 'commander';
import { unreachable } from '../../core/lang/assert.ts';
import { bounds } from '../../core/order/bounds.ts';
import { type Argument, type Tool, tools } from '../../protocol/tools.ts';

/** One command line of an agent, read: which tool, with what, for whom. Not checked against the schema yet. */
export type AgentCommand = {
  readonly tool: Tool;
  readonly given: Readonly<Record<string, unknown>>;
  readonly agent: string;
  readonly home: string | undefined;
  readonly json: boolean;
  /** The environment that the asker believes in; `null` where it did not say. */
  readonly environment: 'sim' | 'demo' | null;
  readonly readOnly: boolean;
};

export type CommandLine =
  | { readonly kind: 'command'; readonly command: AgentCommand }
  /** Help was asked for, and printed. */
  | { readonly kind: 'helped' }
  /** The command line is wrong, and commander has said how. */
  | { readonly kind: 'misused' };

/** The commands of the tool table, each with a flag an argument and the flags that every command has. */
export function buildProgram(run: (command: AgentCommand) => void): Command {
  const program = new Command('twokey').exitOverride().showHelpAfterError();
  for (const tool of tools) if (tool.command !== null) program.addCommand(commandOf(tool, tool.command, run));
  return program;
}

/** Reads a command line that starts with the verb. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  let found: AgentCommand | undefined;
  const program = buildProgram((command) => {
    found = command;
  });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { kind: 'helped' } : { kind: 'misused' };
  }
  return found === undefined ? { kind: 'misused' } : { kind: 'command', command: found };
}

function commandOf(tool: Tool, word: string, run: (command: AgentCommand) => void): Command {
  const command = new Command(word).description(tool.description).exitOverride().showHelpAfterError();
  for (const name of tool.words)
    command.argument(
      `[${flagName(name)}]`,
      aboutOf(
        tool,
        tool.arguments.find((argument) => argument.name === name),
      ),
    );
  for (const argument of tool.arguments) command.addOption(optionOf(tool, argument));
  command
    .option('--agent <name>', 'whose socket to use', 'default')
    .option('--home <dir>', 'the folder of twokey.toml; else TWOKEY_HOME, else ~/.twokey')
    .option('--json', 'print one JSON document')
    .option('--demo', 'refuse unless the gateway trades on demo')
    .addOption(new Option('--env <environment>', 'refuse unless the gateway trades there').choices(['sim', 'demo']))
    .option('--read-only', 'refuse whatever could change something');
  command.action(() => {
    const options = command.opts<Readonly<Record<string, unknown>>>();
    run({
      tool,
      given: givenOf(tool, command),
      agent: String(options['agent']),
      home: typeof options['home'] === 'string' ? options['home'] : undefined,
      json: options['json'] === true,
      environment: options['demo'] === true ? 'demo' : options['env'] === 'sim' || options['env'] === 'demo' ? options['env'] : null,
      readOnly: options['readOnly'] === true,
    });
  });
  return command;
}

/** The arguments of the call: flags first, then the plain words in the places that no flag has taken. */
function givenOf(tool: Tool, command: Command): Readonly<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  const options = command.opts<Readonly<Record<string, unknown>>>();
  for (const argument of tool.arguments) {
    const value = options[optionOf(tool, argument).attributeName()];
    if (value !== undefined) given[argument.name] = value;
  }
  const rest = [...command.args];
  for (const name of tool.words) {
    if (given[name] === undefined && rest.length > 0) given[name] = rest.shift();
  }
  if (rest.length > 0) command.error(`error: ${rest.length} words too many`);
  return given;
}

/** The flag of an argument: `quantity_unit` is `--quantity-unit`. */
export function flagName(argument: string): string {
  return argument.replaceAll('_', '-');
}

function optionOf(tool: Tool, argument: Argument): Option {
  const flag = `--${flagName(argument.name)}`;
  const about = aboutOf(tool, argument);
  const { takes } = argument;
  switch (takes.kind) {
    case 'flag':
      return new Option(flag, about);
    case 'evidence':
      return new Option(`${flag} <text>`, `${about} (may be given ${bounds.evidenceItemsMax} times)`.trim()).argParser(
        (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
      );
    case 'targets':
      return new Option(`${flag} <instrument=weight>`, `${about} (may be given ${bounds.targetsMax} times)`.trim()).argParser(
        (text: string, before: readonly unknown[] | undefined) => [...(before ?? []), targetIn(text)],
      );
    case 'integer':
      // What is not a plain number stays a text, and the schema says what was expected.
      return new Option(`${flag} <number>`, about).argParser((text: string) => (/^\d{1,6}$/.test(text) ? Number(text) : text));
    case 'choice':
      return new Option(`${flag} <${takes.choices.join('|')}>`, about);
    case 'amount':
    case 'intent_id':
    case 'client_order_id':
    case 'instrument':
    case 'label':
    case 'holding':
    case 'reason':
      return new Option(`${flag} <${takes.kind === 'amount' ? 'decimal' : 'text'}>`, about);
    default:
      return unreachable(takes);
  }
}

/** A target as it is typed: `BTC-USDT=0.25`. What has another shape becomes a target that the schema refuses. */
function targetIn(text: string): Readonly<Record<string, string>> {
  const at = text.lastIndexOf('=');
  return at === -1 ? { instrument: text } : { instrument: text.slice(0, at), weight: text.slice(at + 1) };
}

function aboutOf(tool: Tool, argument: Argument | undefined): string {
  if (argument === undefined) return '';
  const need = drawsName(tool) && argument.name === 'intent_id' ? '(drawn when left out)' : argument.required ? '(required)' : '';
  return [argument.about, need].filter((part) => part !== '').join(' ');
}

/** Whether the command names the wish itself when its asker did not. Asking about a wish needs the name it had. */
export function drawsName(tool: Tool): boolean {
  return tool.name !== 'get_intent' && tool.arguments.some(({ name }) => name === 'intent_id');
}
