/**
 * A text as it is, except for what would not be seen as it is: control and format characters, line breaks, private and unassigned
 * code points become escapes, and so does the backslash, so that an escape cannot be counterfeited.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\\') return '\\\\';
    if (character === '\n') return '\\n';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
