// Passkeys, as a browser has them. Bytes go over the wire as base64url.

export function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function textOf(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function canSign() {
  return window.isSecureContext && 'PublicKeyCredential' in window;
}

/** Has a device of the operator sign one challenge. */
export async function sign(challenge) {
  const found = await navigator.credentials.get({
    publicKey: { challenge: bytesOf(challenge), rpId: location.hostname, userVerification: 'required', timeout: 100_000 },
  });
  const { authenticatorData, clientDataJSON, signature } = found.response;
  return { id: found.id, authenticatorData: textOf(authenticatorData), clientData: textOf(clientDataJSON), signature: textOf(signature) };
}

/** Has a device make a passkey for this page. */
export async function make({ challenge, user, name, known }) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytesOf(challenge),
      rp: { id: location.hostname, name: 'twokey' },
      user: { id: bytesOf(user), name: `twokey ${name}`, displayName: `twokey operator (${name})` },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -8 },
      ],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      excludeCredentials: known.map((id) => ({ type: 'public-key', id: bytesOf(id) })),
      timeout: 100_000,
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  return { clientData: textOf(clientDataJSON), attestation: textOf(attestationObject) };
}
