/** How a command ends: the exit codes that CI can rely on, and errors that carry one. */

export const EXIT = {
  done: 0,
  /** Failed, and nothing was switched: what served before serves. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The new version serves, but the clean-up failed; the next update goes on with it. */
  cleanUp: 3,
  /** Refused before anything was touched: another update runs, a host is ahead, a bad image. */
  refused: 4,
  interrupted: 130,
} as const;

/** An error that is told to people as it is, and ends the command with `code`. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: number;

  constructor(message: string, code: number = EXIT.failed) {
    super(message);
    this.code = code;
  }
}
