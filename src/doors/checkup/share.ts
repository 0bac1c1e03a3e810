import { type Check, renderChecks } from '../operator/checks.ts';

/** What a report for others leaves out: places and numbers by which somebody could be found. */
export type Private = { readonly home: string; readonly userHome: string; readonly user: string };

/**
 * The rows of doctor for other people: homes are `~`, account numbers keep two digits, addresses of machines and names of hosts that are the
 * owner's own are gone. Rows hold no secret to begin with; what they must not tell is whose they are.
 */
export function shareable(checks: readonly Check[], whose: Private): readonly Check[] {
  return checks.map(({ name, status, detail, fix }) => ({ name, status, detail: masked(detail, whose), fix: masked(fix, whose) }));
}

export function reportText(heading: string, checks: readonly Check[], whose: Private): string {
  return `# twokey doctor\n\n${masked(heading, whose)}\n\n\`\`\`\n${renderChecks(shareable(checks, whose))}\`\`\`\n`;
}

/** Longest first, so that a home below the user's is not left half masked. */
export function masked(text: string, { home, userHome, user }: Private): string {
  let shown = text;
  for (const [place, sign] of [
    [home, 'TWOKEY_HOME'],
    [userHome, '~'],
  ] as const)
    if (place.length > 1) shown = shown.replaceAll(place, sign);
  if (user.length > 2) shown = shown.replaceAll(new RegExp(`(?<![\\w])${RegExp.escape(user)}(?![\\w])`, 'g'), 'USER');
  return shown
    .replaceAll(/\b(?!127\.0\.0\.1\b)\d{1,3}(?:\.\d{1,3}){3}\b/g, 'ADDRESS')
    .replaceAll(/(?<![\w:])(?:(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|[0-9a-f:]*::[0-9a-f:]*)(?![\w:])/gi, 'ADDRESS')
    .replaceAll(/\b\d{2,}(?=\d{2}\b)/g, (digits, offset: number, whole: string) => (isAccount(whole, offset) ? '…' : digits));
}

/** Numbers of accounts: `okx:demo:NUMBER`, or a long one by itself. Counts, times and hashes stay. */
function isAccount(text: string, offset: number): boolean {
  const digits = /^\d+/.exec(text.slice(offset))?.[0] ?? '';
  return digits.length >= ACCOUNT_DIGITS_MIN || /okx:(sim|demo|live):$/.test(text.slice(0, offset));
}

const ACCOUNT_DIGITS_MIN = 8;
