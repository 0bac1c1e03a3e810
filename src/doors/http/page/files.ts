import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

/** The files of a page by the paths under which they are asked for: what a browser gets, and what it is to take it for. */
export type Files = ReadonlyMap<string, { readonly type: string; readonly content: Buffer }>;

const types = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const;

/** Read once, into memory: what is served later is what stood there at the start. */
function read(paths: Readonly<Record<string, string>>): Files {
  return new Map(
    Object.entries(paths).map(([path, name]) => {
      const type = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types];
      return [path, { type, content: readFileSync(new URL(`files/${name}`, import.meta.url)) }] as const;
    }),
  );
}

/** The operator's page. */
export function pageFiles(): Files {
  return read({
    '/': 'page.html',
    '/page.css': 'page.css',
    '/page.js': 'page.js',
    '/gateway.js': 'gateway.js',
    '/passkey.js': 'passkey.js',
    '/show.js': 'show.js',
  });
}

/** The page on which a passkey is made. It is served by the operator's own command, never by the doors. */
export function registrationFiles(): Files {
  return read({ '/': 'registration.html', '/page.css': 'page.css', '/registration.js': 'registration.js', '/passkey.js': 'passkey.js' });
}

/** Our own files and answers, from here and from nowhere else; no code in the page itself, no frame around it, no text that becomes code. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function answerFile(
  response: ServerResponse,
  { type, content }: { readonly type: string; readonly content: Buffer },
  isHead: boolean,
): void {
  response.writeHead(200, { ...pageHeaders, 'content-type': type, 'content-length': String(content.length) });
  response.end(isHead ? undefined : content);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const content = JSON.stringify(document);
  response.writeHead(status, {
    ...pageHeaders,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(content)),
    ...headers,
  });
  response.end(content);
}
