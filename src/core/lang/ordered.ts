/**
 * An object with its keys in the order in which the journal writes them. What stands in an entry by name is read in its order, and the entry that is applied while
 * running must come to the very state that it comes to when it is read back.
 */
export function ordered<Value>(pairs: Iterable<readonly [string, Value]>): { readonly [key: string]: Value } {
  return Object.fromEntries([...pairs].toSorted(([one], [other]) => (one < other ? -1 : Number(one > other))));
}
