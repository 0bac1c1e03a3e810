import { unreachable } from '../core/lang/assert.ts';
import { bounds } from '../core/order/bounds.ts';
import { type Argument, type Takes, type Tool, tools } from './tools.ts';

/** The text of docs/tools.md: the tool table for people. A test holds the file against it. */
export function toolsPage(): string {
  return `${[head, ...tools.map(section)].join('\n\n')}\n`;
}

const head = `# What an agent may ask

*Written from the table in src/protocol/tools.ts; change it there.*

Every tool is served over MCP on the agent's own socket (\`twokey mcp --agent NAME\`), and most are commands of \`twokey\` too. Amounts are
decimals as texts. The codes of answers are stable and listed in docs/formats/codes.md. Each answer says whether anything was sent
(\`sent_to_exchange\`), and an unknown outcome is asked about with \`get_intent\` and the same \`intent_id\`.`;

function section(tool: Tool): string {
  const parts = [
    `## ${tool.name}`,
    `${tool.title}. ${tool.description}`,
    tool.command === null ? '' : `As a command: \`${commandLine(tool)}\``,
  ];
  return [...parts, argumentTable(tool.arguments), `Example: \`${JSON.stringify(tool.example)}\``]
    .filter((part) => part !== '')
    .join('\n\n');
}

function commandLine(tool: Tool): string {
  const words = tool.words.map((word) => ` [${word.toUpperCase()}]`).join('');
  return `twokey ${tool.command}${words} [--agent NAME]`;
}

function argumentTable(list: readonly Argument[]): string {
  if (list.length === 0) return 'It takes no arguments.';
  const rows = list.map(
    ({ name, required, takes, about }) => `| \`${name}\` | ${required ? 'yes' : 'no'} | ${inWords(takes)} | ${about} |`,
  );
  return ['| argument | required | takes | about |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function inWords(takes: Takes): string {
  switch (takes.kind) {
    case 'amount':
      return 'decimal above zero, such as `"0.25"`';
    case 'intent_id':
      return '1 to 64 of `A-Z a-z 0-9 . _ : -`';
    case 'client_order_id':
      return '1 to 32 of `A-Z a-z 0-9`';
    case 'instrument':
      return '3 to 32 of `A-Z 0-9 -`';
    case 'label':
      return '1 to 64 of `A-Z a-z 0-9 space . _ : -`';
    case 'holding':
      return '1 to 999 minutes, hours or days, such as `"8h"`';
    case 'flag':
      return 'true or false';
    case 'reason':
      return `one line of at most ${bounds.reasonBytesMax} bytes`;
    case 'evidence':
      return `at most ${bounds.evidenceItemsMax} lines of at most ${bounds.evidenceCharactersMax} characters`;
    case 'targets':
      return `1 to ${bounds.targetsMax} of \`{"instrument": "BTC-USDT", "weight": "0.25"}\`, each instrument once; without their signs the weights add up to 1 at most`;
    case 'choice':
      return takes.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'integer':
      return `whole number from ${takes.from} to ${takes.to}`;
    default:
      return unreachable(takes);
  }
}
