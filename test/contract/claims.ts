import { test } from 'node:test';

/** Makes a test of each claim about what `make` gives, by a new one that is removed afterwards, however the test ends. */
export function claimsAbout<Place extends { readonly remove: () => void }>(name: string, make: () => Place) {
  return (what: string, prove: (place: Place) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      const place = make();
      try {
        await prove(place);
      } finally {
        place.remove();
      }
    });
  };
}
