import type { HttpSection } from '../../core/policy/configuration.ts';

/** The names and origins beside its own under which the HTTP door answers: those of the file, and those of the address where the owner reaches the page. */
export function namesOf({ allowedHosts, allowedOrigins, publicUrl }: Omit<HttpSection, 'wanted' | 'listen'>): {
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
} {
  if (publicUrl === '') return { hosts: allowedHosts, origins: allowedOrigins };
  // As a browser says it, which leaves out the port that goes without saying.
  const { host, origin } = new URL(publicUrl);
  return { hosts: [...allowedHosts, host], origins: [...allowedOrigins, origin] };
}
