import fc from 'fast-check';

// Bytes that are nearly right: a valid message with some of it flipped, cut, repeated, moved or replaced by what readers stumble over.

type Edit = { readonly kind: (typeof kinds)[number]; readonly at: number; readonly length: number; readonly word: number };

const kinds = ['flip', 'set', 'cut', 'end', 'word', 'repeat', 'move', 'many'] as const;
const EDITS_MAX = 5;
/** A repeated piece may grow to about so much. */
const REPEATED_BYTES_MAX = 80_000;

/** What readers of texts, numbers, lines and lengths stumble over. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\t',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\u0661',
  'é',
  'e\u0301',
  '\u{1f511}',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '-0',
  '01',
  '1e5',
  '1e309',
  '0.1',
  '9007199254740993',
  '1'.repeat(400),
  `0.${'0'.repeat(400)}1`,
  'NaN',
  'null',
  '__proto__',
  'constructor',
  'toString',
  'then',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '=',
  '#',
  '../../etc/passwd',
  '%00',
  '%s%n',
  '$(id)',
];

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.nat(0xffff),
  length: fc.oneof({ weight: 4, arbitrary: fc.nat(16) }, { weight: 1, arbitrary: fc.nat(4096) }),
  word: fc.nat(0xffff),
});

/** Mostly one of the samples with a few changes, sometimes as it is, sometimes bytes of no kind. `words` are those of the format. */
export function bytesLike(samples: readonly Buffer[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  const tokens = [...oddTexts, ...words].map((text) => Buffer.from(text));
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { maxLength: EDITS_MAX }))
    .map(([sample, edits]) => edits.reduce((bytes, each) => edited(bytes, each, tokens), sample));
  const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof({ weight: 12, arbitrary: changed }, { weight: 1, arbitrary: anything });
}

function edited(bytes: Buffer, { kind, at, length, word }: Edit, tokens: readonly Buffer[]): Buffer {
  const start = bytes.length === 0 ? 0 : at % bytes.length;
  const piece = bytes.subarray(start, start + length);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start + length)];
  switch (kind) {
    case 'flip':
    case 'set': {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[start] = kind === 'set' ? word & 0xff : (copy[start] ?? 0) ^ (1 << (word % 8));
      return copy;
    }
    case 'cut':
      return Buffer.concat([before, after]);
    case 'end':
      return before;
    case 'word':
      return Buffer.concat([before, tokens[word % tokens.length] ?? Buffer.alloc(0), word % 2 === 0 ? bytes.subarray(start) : after]);
    case 'repeat':
      return Buffer.concat([before, piece, piece, after]);
    case 'move': {
      const rest = Buffer.concat([before, after]);
      const to = rest.length === 0 ? 0 : word % rest.length;
      return Buffer.concat([rest.subarray(0, to), piece, rest.subarray(to)]);
    }
    case 'many': {
      const short = piece.subarray(0, 8);
      const times = short.length === 0 ? 0 : Math.min(word, Math.floor(REPEATED_BYTES_MAX / short.length));
      return Buffer.concat([before, ...Array.from({ length: times }, () => short), after]);
    }
  }
}

/** The same bytes as they may arrive: in pieces. */
export function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [...new Set(cuts.map((cut) => (bytes.length === 0 ? 0 : cut % bytes.length)))].toSorted((one, other) => one - other);
  return [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], end));
}

export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(0xffff), { maxLength: 3 });

const SHOWN_BYTES = 4096;

/** Hex that `Buffer.from(…, 'hex')` reads, and what of it is text beside it. */
export function showBytes(bytes: Buffer): string {
  return `${bytes.toString('hex')}\n  as text: ${JSON.stringify(bytes.subarray(0, SHOWN_BYTES).toString('latin1'))}`;
}
