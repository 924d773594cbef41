/** What the upkeep of a machine is told. Plain JSON. */
import type { SshTarget } from "../../ssh/target.ts";

export interface UpkeepArgs {
  /**
   * Has Debian's or Ubuntu's security updates installed every night, by `unattended-upgrades`. Docker's packages are left
   * out: its updates are releases of their own. The machine never restarts by itself.
   * @default false; true on machines that the stack makes
   */
  securityUpdates?: boolean;
  /**
   * MiB of a swap file, for a machine with little memory. Not made where the kernel is somebody else's, as in a container.
   * @default none
   * @example 2048
   */
  swap?: number;
}

export interface UpkeepRequest extends UpkeepArgs {
  /** What the machine is called. */
  name: string;
  target: SshTarget;
}
