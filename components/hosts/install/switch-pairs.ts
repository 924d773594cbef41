/** Between which storage drivers images can be taken along. Pure. */

/** Those that it is tried with: of Docker's own image store, and all of their data in plain folders. */
const SWITCHABLE: readonly string[] = ["overlay2", "vfs"];

export interface StorageSwitch {
  from: string;
  to: string;
}

export function canSwitch({ from, to }: StorageSwitch): boolean {
  return SWITCHABLE.includes(from) && SWITCHABLE.includes(to);
}
