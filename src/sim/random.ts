/** A 32-bit hash of whole numbers: the only chance in the simulator, so that one seed is one world. */
export function hash32(seed: number, ...parts: readonly number[]): number {
  let mixed = (seed ^ 0x9e3779b9) >>> 0;
  for (const part of parts) {
    // A part may be a time in milliseconds, which does not fit 32 bits: both halves are mixed in.
    mixed = mix(mixed ^ (part >>> 0));
    mixed = mix(mixed ^ (Math.floor(part / 0x100000000) >>> 0));
  }
  return mixed;
}

/** A hash of a text, for the names of instruments and currencies. */
export function hashText(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) mixed = mix(mixed ^ text.charCodeAt(index));
  return mixed;
}

function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
