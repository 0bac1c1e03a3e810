/** How many ids are remembered one by one. */
const REMEMBERED_MAX = 100_000;

/**
 * The ids that were signed, exactly, in bounded memory: ids rise, so what is forgotten lies below a mark, and everything at or below
 * the mark is refused too.
 */
export class PlacedOrders {
  readonly #ids = new Set<string>();
  #mark = '';

  /** False when the id was taken before, or may have been. */
  take(id: string): boolean {
    if (this.#ids.has(id) || !isAbove(id, this.#mark)) return false;
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED_MAX) {
      const [oldest = ''] = this.#ids;
      this.#ids.delete(oldest);
      if (isAbove(oldest, this.#mark)) this.#mark = oldest;
    }
    return true;
  }
}

/** Ids end in a rising number, so a longer one is later, and among equals the text decides. */
function isAbove(id: string, mark: string): boolean {
  return id.length === mark.length ? id > mark : id.length > mark.length;
}
