import { type Attack, modesOf, plantsOf } from '../attack/attack.ts';

// docs/attacks.md: the registry of test/attack as a page. Nothing on it is written a second time.

/** docs/attacks.md. */
export function attacksPage(attacks: readonly Attack[]): string {
  const undefended = attacks.filter((attack) => attack.undefended !== undefined).length;
  return `<!-- Written from test/attack/attacks.ts and the files it lists; run test/golden/attacks.test.ts with TWOKEY_WRITE=1 to write it anew. -->

# Attacks

What \`npm run attack\` does for real, ${attacks.length} attacks. Each is made twice: first where the control that is in its way has been removed, and there it has to
succeed; then on the code as it is, and there it has to fail. So nothing passes here because the attack would never have worked. Both verdicts are printed, and it ends
with 0 only if all that ran came out so. \`npm run attack -- WORD…\` runs those with one of the words in their name, adversary, asset or control; \`--json\` is for programs.

- *modes*: \`one user\`, the attacker is a process of the gateway's own user ([advisory](operate/isolation.md)); \`two users\`, the attacker has a user of its own and the
  gateway was installed by \`twokey install\` (isolated). The second makes users and is run by root; for everybody else the table says why it was not run.
- *not defended*: between processes of one user there is no border ([SECURITY.md](../SECURITY.md)). There the attack is made once and has to work, and the table says
  *not defended: one user*; ${undefended} attacks are of that kind, and all of them are defended between two users.
- *without the control*: a file is that of a copy of the program in which a text was replaced, so that the control is gone; words are what was undone on the machine and put
  back.
- Who the adversaries are, and what is to be protected from them, stands in [SECURITY.md](../SECURITY.md). The attacks themselves are in [test/attack](../test/attack).

| | the attacker … | adversary | asset | control | without the control | modes |
| --- | --- | --- | --- | --- | --- | --- |
${attacks.map(row).join('\n')}
`;
}

function row(attack: Attack, index: number): string {
  const { name, adversary, asset, control } = attack;
  const cells = [String(index + 1), name, adversary, asset, control, removalOf(attack), modesTold(attack)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function removalOf(attack: Attack): string {
  if ('setting' in attack.plant) return attack.plant.setting;
  return [...new Set(plantsOf(attack).map(({ file }) => `[${file}](../${file})`))].join(', ');
}

function modesTold(attack: Attack): string {
  return modesOf(attack)
    .map((mode) => (mode === attack.undefended ? `${mode}: not defended` : mode))
    .join(', ');
}
