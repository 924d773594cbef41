/** The stack that a command line names, by Pulumi's and our own commands' option. */

/** The value of `--stack NAME`, `--stack=NAME` or `-s NAME`. */
export function stackArgument(args: string[]): string | undefined {
  const at = args.findIndex((arg) => arg === "--stack" || arg === "-s");
  if (at !== -1) return args[at + 1];
  return args.find((arg) => arg.startsWith("--stack="))?.slice("--stack=".length);
}
