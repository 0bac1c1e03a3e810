/** Chance as an argument. */
export type Random = { readonly bytes: (count: number) => Uint8Array };
