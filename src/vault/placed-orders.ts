/** How many ids are remembered one by one. */
const REMEMBERED_MAX = 100_000;

/**
 * The ids that were signed, exactly, in bounded memory: ids rise, so what is forgotten lies below a mark, and everything at or below
 * the mark is refused too.
 */
export class PlacedOrders {
  readonly #ids = new Set<string>();
  #mark = '';

  /** Takes all of them or none. @returns the first that was taken before, or may have been, or that stands there twice. */
  takeAll(ids: readonly string[]): string | undefined {
    const used = ids.find((id, index) => this.#isUsed(id) || ids.indexOf(id) !== index);
    if (used === undefined) for (const id of ids) this.#add(id);
    return used;
  }

  /** False when the id was taken before, or may have been. */
  take(id: string): boolean {
    return this.takeAll([id]) === undefined;
  }

  #isUsed(id: string): boolean {
    return this.#ids.has(id) || !isAbove(id, this.#mark);
  }

  #add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED_MAX) {
      const [oldest = ''] = this.#ids;
      this.#ids.delete(oldest);
      if (isAbove(oldest, this.#mark)) this.#mark = oldest;
    }
  }
}

/** Ids end in a rising number, so a longer one is later, and among equals the text decides. */
function isAbove(id: string, mark: string): boolean {
  return id.length === mark.length ? id > mark : id.length > mark.length;
}
