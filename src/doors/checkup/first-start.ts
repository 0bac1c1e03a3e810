import { createInterface } from 'node:readline/promises';
import { visible } from '../../core/lang/visible.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** Whose account it is, as the exchange says. `label` is what its owner called the key; it may be empty. */
export type Named = { readonly uid: string; readonly label: string };

/** What a person has to type before the first start on real money: a label that only its owner knows by heart, else the account's number. */
export function wordToType({ uid, label }: Named): { readonly question: string; readonly word: string } {
  const word = label.trim();
  if (word === '') return { question: `type the number of the account (UID), as OKX shows it under your profile`, word: uid };
  return { question: `type the label of the key of account ${visible(uid)}, as OKX shows it under Sub-accounts → API`, word };
}

/** Whether what was typed is that word. A wrong one is not told what would have been right. */
export function checkTyped(typed: string, account: Named): Result<null> {
  const { question, word } = wordToType(account);
  if (typed.trim() === word && word !== '') return ok(null);
  return err(`the first live start was not confirmed: that is not it; start again and ${question}`);
}

type Terminal = { readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }; readonly output: NodeJS.WritableStream };

/** Asks once, at a terminal: whoever starts twokey on real money for the first time is a person who knows which account it is. */
export async function confirmFirstStart(account: Named, { input, output }: Terminal): Promise<Result<null>> {
  const { question } = wordToType(account);
  if (input.isTTY !== true) return err(`the first live start wants a person at a terminal, with the key in credentials.toml: ${question}`);
  const lines = createInterface({ input, output, historySize: 0 });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  try {
    return checkTyped(
      await lines.question(`This is real money, for the first time on this home.\n${question}: `, { signal: gone.signal }),
      account,
    );
  } catch {
    return err('the first live start was not confirmed: nothing was typed');
  } finally {
    lines.close();
  }
}
