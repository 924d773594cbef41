/** Flags of Pulumi that would break a release, and why. */

const REASONS: Record<string, string> = {
  "--target":
    "it updates the named resources alone and goes past the release: containers that serve would " +
    "be replaced without a switch",
  "--exclude":
    "it leaves resources out of the update, among them perhaps the release that must switch to the " +
    "others",
  "--continue-on-error":
    "it deletes the old containers although the release of the new ones has failed",
};

const SAME_AS: Record<string, string> = {
  "-t": "--target",
  "--target-dependents": "--target",
  "--target-replace": "--target",
  "--exclude-dependents": "--exclude",
};

/**
 * Why `args` are refused; undefined if they are not. What follows `--` is not looked at.
 * @example refusedFlag(["up", "--target", "urn:…"]) // "`--target` is refused: it …"
 */
export function refusedFlag(args: string[]): string | undefined {
  const end = args.indexOf("--");
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const [flag = ""] = arg.split("=", 1);
    const reason = REASONS[SAME_AS[flag] ?? flag];
    if (reason !== undefined) {
      return `\`${flag}\` is refused: ${reason}. Run the command without it.`;
    }
  }
  return undefined;
}
