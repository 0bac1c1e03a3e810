// Reads docs/mutation.md: below the heading "Survivors", a paragraph gives a reason and the list under it names the mutants it is for.

const REASON_CHARACTERS_MIN = 40;

/** The accepted survivors by id, each with its reason. A row without a reason, and an id listed twice, are refused. */
export function listedSurvivors(page: string): ReadonlyMap<string, string> {
  const [, list] = page.split(/^## Survivors$/m);
  if (list === undefined) throw new Error('docs/mutation.md has no heading "Survivors"');
  const found = new Map<string, string>();
  let reason = '';
  let inList = false;
  for (const line of list.split('\n')) {
    const id = /^- `([^`\s]+)`: /.exec(line)?.[1];
    if (line.startsWith('#')) reason = '';
    else if (id === undefined && line.trim() !== '') {
      reason = inList ? line : `${reason} ${line}`.trim();
      inList = false;
    }
    if (id === undefined) continue;
    inList = true;
    if (reason.length < REASON_CHARACTERS_MIN) throw new Error(`docs/mutation.md gives no reason for ${id}`);
    if (found.has(id)) throw new Error(`docs/mutation.md lists ${id} twice`);
    found.set(id, reason);
  }
  return found;
}
