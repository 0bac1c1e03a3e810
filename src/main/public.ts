import type { Signer } from '../ports/signer.ts';
import { encode } from '../venues/okx/request.ts';
import { publicHeaders } from '../venues/okx/sign.ts';

/** For public questions, which need no key; whatever needs one is refused. */
export function unsigned(simulated: boolean): Signer {
  return {
    sign: (request) => {
      const wire = encode(request, { simulated });
      if (wire.private) return Promise.resolve({ kind: 'refused', cause: 'there are no keys here' });
      const { method, path, body } = wire;
      return Promise.resolve({ kind: 'signed', request: { method, path, headers: publicHeaders(wire), body } });
    },
    raise: () => {},
  };
}
