/** A machine that is reached by SSH: plain JSON, kept in a stack's state, and no secret. */
export interface SshTarget {
  /** User who logs in. */
  user: string;
  /** Its name or IP address. */
  host: string;
  /** @default 22 */
  port?: number;
  /**
   * Its public host key, as `ssh-keyscan` prints it behind the name. No other machine is talked to.
   * @example `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…`
   */
  hostKey: string;
  /**
   * File with the private key on the machine that deploys; `~` is the home directory.
   * @default what the agent has, and ssh's usual files
   */
  identityFile?: string;
  /** A machine that is passed through on the way, with a host key of its own. */
  jump?: SshTarget;
}

/** `ssh://deploy@203.0.113.7`, with its port if that is not 22. */
export function sshUrl({ user, host, port = 22 }: SshTarget): string {
  const address = host.includes(":") ? `[${host}]` : host;
  return `ssh://${user}@${address}${port === 22 ? "" : `:${port}`}`;
}
