import type { Json } from '../../core/lang/canonical.ts';
import { visible } from '../../core/lang/visible.ts';
import { render, type RenderedKind } from './render.ts';
import { isFields } from './text.ts';

/** Exit codes of every command (DESIGN §4.2). */
export const exits = { fine: 0, failed: 1, usage: 2, notReachable: 3, unknown: 4 } as const;
export type ExitCode = (typeof exits)[keyof typeof exits];

/** How a command speaks: one JSON document on stdout and nothing else, or text for a person. */
export type Voice = { readonly json: boolean };

/** Prints a document. */
export function say({ json }: Voice, kind: RenderedKind, document: Json): void {
  out(json || !isFields(document) ? `${JSON.stringify(document, null, 2)}\n` : render(kind, document));
}

/** Says that nothing came of it: with `--json` as the document, else on stderr. Returns the exit code, so that it can be passed on. */
export function fail({ json }: Voice, failure: { readonly code: string; readonly message: string; readonly exit: ExitCode }): ExitCode {
  const { code, message, exit } = failure;
  if (json) out(`${JSON.stringify({ ok: false, code, message }, null, 2)}\n`);
  else process.stderr.write(`twokey: ${message.split('\n').map(visible).join('\n')}\n`);
  return exit;
}

/** Whoever reads may leave early (`| head`); that is no failure of ours. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

export function out(text: string): void {
  process.stdout.write(process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' ? redden(text) : text);
}

/** What a person must not overlook, in red where somebody sits before it. */
function redden(text: string): string {
  return text.replaceAll(/^(?:✗ .*|isolation +ADVISORY.*)$/gm, (line) => `\u001b[31m${line}\u001b[0m`);
}
