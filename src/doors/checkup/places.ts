import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A desktop keeps settings in either of these, by the system. */
const settings = ['.config', 'Library/Application Support'];
const inSettings = (names: string): readonly string[] => settings.flatMap((folder) => names.split(' ').map((name) => `${folder}/${name}`));

/** Files in which clients of agents name the servers that they start, below the home of a user. */
const configurations = [
  ...'.claude.json .claude/settings.json .cursor/mcp.json .codex/config.toml .codeium/windsurf/mcp_config.json'.split(' '),
  ...'.gemini/settings.json .continue/config.json .config/zed/settings.json .config/opencode/opencode.json'.split(' '),
  ...inSettings('Claude/claude_desktop_config.json Code/User/mcp.json Code/User/settings.json'),
];
/** The same, beside the work that an agent does. */
const besideWork = '.mcp.json .cursor/mcp.json .vscode/mcp.json .codex/config.toml .gemini/settings.json'.split(' ');

/** What else trades keeps its keys there. */
const traders = '.okx .twokey/credentials.toml freqtrade/user_data hummingbot/conf .hummingbot .config/ccxt'.split(' ');

/** Where a shell finds its variables. */
const startFiles = '.bashrc .bash_profile .profile .zshrc .zshenv .zprofile .config/fish/config.fish .env'.split(' ');

/** What clients and shells write down of what was said and typed. */
const transcripts = [
  ...'.claude .cursor .codex .gemini .continue .codeium .aider.chat.history.md .local/share/opencode .config/opencode'.split(' '),
  ...inSettings('Claude Code/User Cursor/User'),
  ...'.bash_history .zsh_history .histfile .local/share/fish/fish_history .python_history .node_repl_history'.split(' '),
];

/** Every place where a client keeps its servers; most of them are not there. */
export function clientFiles({ userHome, work }: { readonly userHome: string; readonly work: string }): readonly string[] {
  return [...configurations.map((name) => join(userHome, name)), ...besideWork.map((name) => join(work, name))];
}

export function shellFiles({ userHome, work }: { readonly userHome: string; readonly work: string }): readonly string[] {
  return [...startFiles.map((name) => join(userHome, name)), join(work, '.env')];
}

/** Where a key of the exchange has no business: configurations, transcripts and histories, and the repository in which the command was started. */
export function searchedPlaces(where: { readonly userHome: string; readonly work: string }): readonly string[] {
  const names = [...transcripts, ...traders].map((name) => join(where.userHome, name));
  const repository = repositoryOf(where.work);
  return [...clientFiles(where), ...shellFiles(where), ...names, ...(repository === null ? [] : [repository])];
}

/** The top of the repository that a folder lies in; `null` where it lies in none. */
function repositoryOf(folder: string): string | null {
  if (existsSync(join(folder, '.git'))) return folder;
  const above = dirname(folder);
  return above === folder ? null : repositoryOf(above);
}
