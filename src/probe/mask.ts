import type { Json } from '../core/lang/canonical.ts';

/** What is shown of an answer besides its shape; whatever an exchange may add some day is hidden, because nobody has looked at it. */
const shown: ReadonlySet<string> = new Set(
  (
    'code msg adl tier maxLever sCode sMsg subCode state instId instType ordType side posSide posMode tdMode mgnMode lever reduceOnly tag tgtCcy ccy feeCcy ' +
    'px sz accFillSz avgPx fee pos imr mmr markPx idxPx last bidPx askPx enabled buyLmt sellLmt fundingRate fundingTime nextFundingTime ' +
    'triggerTime ts cTime uTime inTime outTime clOrdId ordId algoId algoClOrdId attachAlgoClOrdId attachAlgoOrds cancelSource ' +
    'cancelSourceReason failCode actualSide slTriggerPx slOrdPx slTriggerPxType tpTriggerPx tpOrdPx triggerPx orderPx callbackRatio ' +
    'activePx closeFraction cxlOnClosePos data details source category ctVal tickSz lotSz minSz acctLv'
  ).split(' '),
);
const texts: ReadonlySet<string> = new Set(['msg', 'sMsg', 'cancelSourceReason']);
const HIDDEN = '…';
const DEPTH_MAX = 6;
const ROWS_MAX = 20;

/** Hides in what an exchange said whatever tells of the account: whose it is, what it holds, which key asked. */
export function masked(body: unknown, names: readonly string[]): Json {
  if (typeof body === 'string') return body === '' ? '' : `${body.length} characters that are no JSON`;
  return hide(body, { names, depth: 0, name: '' });
}

type Place = { readonly names: readonly string[]; readonly depth: number; readonly name: string };

function hide(value: unknown, place: Place): Json {
  const { names, depth, name } = place;
  if (depth > DEPTH_MAX) return HIDDEN;
  if (Array.isArray(value)) return value.slice(0, ROWS_MAX).map((each: unknown) => hide(each, { ...place, depth: depth + 1 }));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => {
      const isShown = shown.has(key) || inner === '';
      return [key, isShown ? hide(inner, { names, depth: depth + 1, name: key }) : HIDDEN] as const;
    });
    return Object.fromEntries(entries);
  }
  if (typeof value === 'string') return texts.has(name) ? scrubbed(value, names) : value;
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : null;
}

/** A sentence of an exchange or of ours without names, keys and addresses. */
export function scrubbed(text: string, names: readonly string[]): string {
  let clean = text;
  for (const name of names) if (name !== '') clean = clean.replaceAll(name, HIDDEN);
  return clean.replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\b/gi, HIDDEN);
}
