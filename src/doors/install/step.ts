/** Who owns a file, by name. */
export type Owner = { readonly user: string; readonly group: string };

/** One thing that is done, so that it can be printed before, skipped when it is so already, and undone. */
export type Step =
  | { readonly kind: 'group'; readonly name: string }
  /** `shell` empty: nobody can start one. `home` is made by a step of its own. */
  | { readonly kind: 'user'; readonly name: string; readonly home: string; readonly shell: string }
  | { readonly kind: 'member'; readonly user: string; readonly group: string }
  | { readonly kind: 'folder'; readonly path: string; readonly owner: Owner; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly text: string;
      readonly owner: Owner;
      readonly mode: number;
      readonly keeps: boolean;
    }
  /** Its content is nobody's to read. It is not written over what is there. */
  | { readonly kind: 'secret'; readonly from: string; readonly path: string; readonly owner: Owner; readonly mode: number }
  | { readonly kind: 'program'; readonly from: string; readonly path: string; readonly runtime: string; readonly parts: readonly string[] }
  | { readonly kind: 'run'; readonly argv: readonly string[] }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'give_to_root'; readonly path: string }
  | { readonly kind: 'remove_user'; readonly name: string }
  | { readonly kind: 'remove_group'; readonly name: string };

export const root: Owner = { user: 'root', group: 'root' };

/** What a step does, for a person; a file with all that stands in it. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'group':
      return `group ${step.name}`;
    case 'user':
      return `user ${step.name}, without a password${step.shell === '' ? ' and without a shell' : ''}`;
    case 'member':
      return `${step.user} is in the group ${step.group}`;
    case 'folder':
      return `folder ${step.path}, ${ownership(step)}`;
    case 'file':
      return `file ${step.path}, ${ownership(step)}${step.keeps ? ', unless one is there' : ''}`;
    case 'secret':
      return `file ${step.path}, ${ownership(step)}: a copy of ${step.from}, unless one is there`;
    case 'program':
      return `program ${step.path}, root's: bin, src, the runtime ${step.runtime} and ${step.parts.length} packages of ${step.from}`;
    case 'run':
      return step.argv.join(' ');
    case 'remove':
      return `remove ${step.path}`;
    case 'give_to_root':
      return `${step.path} and all in it belongs to root, mode 700: whoever gets the number of the service's user next finds it closed`;
    case 'remove_user':
      return `remove user ${step.name}`;
    case 'remove_group':
      return `remove group ${step.name}`;
    default: {
      const never: never = step;
      return never;
    }
  }
}

function ownership({ owner, mode }: { readonly owner: Owner; readonly mode: number }): string {
  return `${owner.user}:${owner.group}, mode ${mode.toString(8)}`;
}
