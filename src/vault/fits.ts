import type { Product } from '../core/market/instrument.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';

/** Whether an instrument of this name can be of this product. */
export function fits(product: Product, instrument: string): boolean {
  const type = typeOfInstrument(instrument);
  return type !== undefined && (product === 'spot') === (type === 'SPOT');
}
