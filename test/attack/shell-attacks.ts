import type { Attack } from './attack.ts';
import { byShell } from './shell.ts';
import { ALPHA, BETA } from './victim.ts';

// What an agent with a shell does to files and sockets. In the mode `one user` the shell is the gateway's own, and all of it works.

const KEYS = 'the exchange keys';
const MONEY = 'the account’s money';
const LIMITS = 'the limits and the mode';
const RECORD = 'the record';
const OWNED = 'code, runtime and limits are root’s';

/** Opening a file for more is the right to change it; not a byte is written, because it may be the code of this checkout. */
const append = (path: string): string => `: >> ${path} && echo "could be changed: ${path}"`;

export const shellAttacks: readonly Attack[] = [
  byShell({
    name: 'reads the file of the exchange keys',
    asset: KEYS,
    control: 'credentials.toml is the gateway’s, 0600',
    script: ({ home }) => `grep -c secret_key ${home}/credentials.toml`,
    setting: 'credentials.toml is made 0644',
    remove: ({ home }) => `chmod 644 ${home}/credentials.toml`,
    restore: ({ home }) => `chmod 600 ${home}/credentials.toml`,
  }),
  byShell({
    name: 'reads the operator’s token',
    asset: LIMITS,
    control: 'operator.token is the gateway’s, 0600',
    script: ({ home }) => `grep -cE '^[0-9a-f]{64}$' ${home}/run/operator.token`,
    setting: 'operator.token is made 0644',
    remove: ({ home }) => `chmod 644 ${home}/run/operator.token`,
    restore: ({ home }) => `chmod 600 ${home}/run/operator.token`,
  }),
  byShell({
    name: 'makes a hard link to the key file in a folder of its own, and reads it there',
    asset: KEYS,
    control: 'credentials.toml is the gateway’s, 0600',
    script: ({ home }) => `L=/tmp/laid-$$; ln ${home}/credentials.toml $L && grep -c secret_key $L; R=$?; rm -f $L; exit $R`,
    setting: 'credentials.toml is made 0666',
    remove: ({ home }) => `chmod 666 ${home}/credentials.toml`,
    restore: ({ home }) => `chmod 600 ${home}/credentials.toml`,
  }),
  byShell({
    name: 'lists the sockets and secrets that there are',
    asset: LIMITS,
    control: '`run` lets nobody list it',
    script: ({ home }) => `ls ${home}/run | grep token`,
    setting: '`run` is made 0755',
    remove: ({ home }) => `chmod 755 ${home}/run`,
    restore: ({ home }) => `chmod 711 ${home}/run`,
  }),
  byShell({
    name: 'speaks as the operator, and unfreezes what the operator froze',
    asset: LIMITS,
    control: 'the operator’s socket and token open to the gateway’s user alone',
    before: ({ home, program }) => `${program}/twokey freeze ETH-USDT --reason 'wait for news' --home ${home}`,
    script: ({ home, program }) => `${program}/twokey unfreeze ETH-USDT --reason 'no need to wait' --home ${home}`,
    setting: 'operator.sock is made 0666 and operator.token 0644',
    remove: ({ home }) => `chmod 666 ${home}/run/operator.sock && chmod 644 ${home}/run/operator.token`,
    restore: ({ home }) => `chmod 600 ${home}/run/operator.sock ${home}/run/operator.token`,
    after: ({ home, program }) => `${program}/twokey unfreeze ETH-USDT --reason 'put back' --home ${home} || true`,
  }),
  byShell({
    name: 'buys in the name of another agent, by that agent’s socket',
    asset: MONEY,
    control: 'each agent’s socket opens to the group of that agent alone',
    script: ({ home, program }) =>
      `OUT=$(${program}/twokey place BTC-USDT buy --agent ${BETA} --intent-id stolen-$$ --type market --quantity 20 --quantity-unit usd --reason 'as somebody else' --home ${home} 2>&1)
      echo "$OUT" | grep -E '^(status|message|twokey):' | tail -1
      echo "$OUT" | grep -q 'sent to exchange: yes'`,
    setting: 'the attacker is put into that group',
    remove: ({ service }) => `usermod --append --groups ${service}-${BETA} agent-${ALPHA}`,
    restore: ({ service }) => `gpasswd --delete agent-${ALPHA} ${service}-${BETA}`,
  }),
  byShell({
    name: 'puts a socket of its own in the place of another agent’s',
    asset: MONEY,
    control: '`run` is the gateway’s to write',
    script: ({ home }) =>
      `cd ${home}/run && mv agent-${BETA}.sock kept && touch agent-${BETA}.sock && mv kept agent-${BETA}.sock && echo "could be replaced"`,
    setting: '`run` is made 0777',
    remove: ({ home }) => `chmod 777 ${home}/run`,
    restore: ({ home }) => `chmod 711 ${home}/run`,
  }),
  byShell({
    name: 'reads what another agent keeps in its own home',
    asset: MONEY,
    control: 'each agent has a user and a home, 0700',
    modes: 'two users',
    before: ({ service }) => `echo twokey_token_of_beta > /var/lib/${service}-agents/${BETA}/token`,
    script: ({ service }) => `cat /var/lib/${service}-agents/${BETA}/token`,
    setting: 'that home is made 0755',
    remove: ({ service }) => `chmod 755 /var/lib/${service}-agents/${BETA}`,
    restore: ({ service }) => `chmod 700 /var/lib/${service}-agents/${BETA}`,
  }),
  byShell({
    name: 'raises a limit in twokey.toml',
    asset: LIMITS,
    control: OWNED,
    script: ({ home }) => append(`${home}/twokey.toml`),
    setting: 'twokey.toml is made 0666',
    remove: ({ home }) => `chmod 666 ${home}/twokey.toml`,
    restore: ({ home }) => `chmod 640 ${home}/twokey.toml`,
  }),
  byShell({
    name: 'reads the journal',
    asset: RECORD,
    control: '`state` is 0700',
    script: ({ home }) => `[ "$(head -c 15 ${home}/state/journal.db)" = "SQLite format 3" ] && echo "was read"`,
    setting: '`state` is made 0755 and the journal 0644',
    remove: ({ home }) => `chmod 755 ${home}/state && chmod 644 ${home}/state/journal.db`,
    restore: ({ home }) => `chmod 600 ${home}/state/journal.db && chmod 700 ${home}/state`,
  }),
  byShell({
    name: 'writes to the journal',
    asset: RECORD,
    control: '`state` is 0700',
    script: ({ home }) => append(`${home}/state/journal.db`),
    setting: '`state` is made 0755 and the journal 0666',
    remove: ({ home }) => `chmod 755 ${home}/state && chmod 666 ${home}/state/journal.db`,
    restore: ({ home }) => `chmod 600 ${home}/state/journal.db && chmod 700 ${home}/state`,
  }),
  byShell({
    name: 'changes the code of the gateway',
    asset: LIMITS,
    control: OWNED,
    script: ({ program }) => append(`${program}/src/main/up.ts`),
    setting: 'the file is made 0666',
    remove: ({ program }) => `chmod 666 ${program}/src/main/up.ts`,
    restore: ({ program }) => `chmod 644 ${program}/src/main/up.ts`,
  }),
  byShell({
    name: 'lays a package into the program',
    asset: KEYS,
    control: OWNED,
    script: ({ program }) => `cd ${program}/node_modules && mkdir laid-by-$$ && rmdir laid-by-$$ && echo "could be laid"`,
    setting: '`node_modules` is made 0777',
    remove: ({ program }) => `chmod 777 ${program}/node_modules`,
    restore: ({ program }) => `chmod 755 ${program}/node_modules`,
  }),
  byShell({
    name: 'puts another Node in the place of the gateway’s',
    asset: KEYS,
    control: OWNED,
    script: ({ program }) =>
      `cd ${program}/node_modules/node/bin && ln node laid-by-$$ 2>/dev/null || touch laid-by-$$; rm laid-by-$$ && echo "could be replaced"`,
    setting: 'the folder of Node is made 0777',
    remove: ({ program }) => `chmod 777 ${program}/node_modules/node/bin`,
    restore: ({ program }) => `chmod 755 ${program}/node_modules/node/bin`,
  }),
  byShell({
    name: 'changes the command that everybody starts',
    asset: LIMITS,
    control: OWNED,
    modes: 'two users',
    script: ({ service }) => append(`/usr/local/bin/${service}`),
    setting: 'the command is made 0777',
    remove: ({ service }) => `chmod 777 /usr/local/bin/${service}`,
    restore: ({ service }) => `chmod 755 /usr/local/bin/${service}`,
  }),
  byShell({
    name: 'changes the unit by which the service is started',
    asset: LIMITS,
    control: OWNED,
    modes: 'two users',
    script: ({ service }) => append(`/etc/systemd/system/${service}.service`),
    setting: 'the unit is made 0666',
    remove: ({ service }) => `chmod 666 /etc/systemd/system/${service}.service`,
    restore: ({ service }) => `chmod 644 /etc/systemd/system/${service}.service`,
  }),
  byShell({
    name: 'changes the list of what uninstall removes as root',
    asset: RECORD,
    control: OWNED,
    modes: 'two users',
    script: ({ service }) => append(`/etc/${service}.made.json`),
    setting: 'the list is made 0666',
    remove: ({ service }) => `chmod 666 /etc/${service}.made.json`,
    restore: ({ service }) => `chmod 644 /etc/${service}.made.json`,
  }),
  byShell({
    name: 'removes HALT',
    asset: 'the way out',
    control: 'the home is the gateway’s to write',
    before: ({ home }) => `touch ${home}/HALT`,
    script: ({ home }) => `rm ${home}/HALT && echo "was removed"`,
    setting: 'the home is made 0777',
    remove: ({ home }) => `chmod 777 ${home}`,
    restore: ({ home }) => `chmod 711 ${home}`,
    after: ({ home }) => `rm -f ${home}/HALT`,
  }),
];
