export type InstrumentType = 'SPOT' | 'SWAP' | 'FUTURES';

/**
 * What an instrument is, by its name: `BTC-USDT` a spot pair, `BTC-USDT-SWAP` a swap, `BTC-USDT-261225` a future with its delivery date.
 * Any other form, options among them, is nothing that twokey trades.
 */
export function typeOfInstrument(name: string): InstrumentType | undefined {
  const [base = '', quote = '', contract, ...more] = name.split('-');
  if (base === '' || quote === '' || quote === 'SWAP' || more.length > 0) return undefined;
  if (contract === undefined) return 'SPOT';
  if (contract === 'SWAP') return 'SWAP';
  return /^[0-9]{6}$/.test(contract) ? 'FUTURES' : undefined;
}
