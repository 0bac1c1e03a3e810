declare const brand: unique symbol;

/** A text or number that only its own parser may make; elsewhere it is believed. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
