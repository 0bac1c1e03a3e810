import type { Credential } from './request.ts';

/** What a service of systemd is started with, and may do (reference/mcp.md §7.3). */
export type UnitFacts = {
  readonly service: string;
  readonly home: string;
  readonly program: string;
  /** Addresses and networks that the gateway may reach beside this machine; empty where nobody said. */
  readonly reaches: readonly string[];
  /** The embedded exchange is on this machine, and needs nothing else. */
  readonly isSimulated: boolean;
  readonly credential: Credential | null;
};

/** The PATH of the service: commands for credentials and alerts are found in folders of root alone. */
export const SERVICE_PATH = '/usr/bin:/bin';

export function unitText({ service, home, program, reaches, isSimulated, credential }: UnitFacts): string {
  return `# Written by twokey install; the next one writes it anew. Put changes into ${service}.service.d/.
[Unit]
Description=twokey: the gateway between agents and an exchange account
Wants=network-online.target
After=network-online.target

[Service]
User=${service}
Group=${service}
Environment=TWOKEY_HOME=${home}
Environment=PATH=${SERVICE_PATH}
ExecStart=${program}/twokey up
${credentialLines(credential)}Restart=on-failure
RestartSec=5
UMask=0077

# The memory of the vault goes to no disk. One byte: with 0 a crash is still handed to the program of core_pattern.
LimitCORE=1
MemorySwapMax=0

# Nothing of the system may be changed but the home, and nothing of people is seen.
ProtectSystem=strict
ReadWritePaths=${home}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes

# No right beyond its own user's, now or later. Node makes code at run time, so that MemoryDenyWriteExecute cannot be set.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
MemoryDenyWriteExecute=no

# Where it may speak to.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
${egressLines(reaches, isSimulated)}

[Install]
WantedBy=multi-user.target
`;
}

/** The vault finds it in $CREDENTIALS_DIRECTORY: for this service alone, and in no variable. */
function credentialLines(credential: Credential | null): string {
  if (credential === null) return '';
  return `LoadCredential${credential.kind === 'encrypted' ? 'Encrypted' : ''}=okx:${credential.path}\n`;
}

function egressLines(reaches: readonly string[], isSimulated: boolean): string {
  if (isSimulated || reaches.length > 0) return `IPAddressDeny=any\nIPAddressAllow=${['localhost', ...reaches].join(' ')}`;
  return `# Nobody said which addresses the exchange, the resolver and the sinks of alerts have, so that all of them are open:
# twokey install --reach NETWORK (as often as it takes) closes the rest.
#IPAddressDeny=any
#IPAddressAllow=localhost`;
}
