/**
 * `npm run longshore -- COMMAND …`: the command line in a clone. Brings the toolchain, and for stacks on
 * this computer also the workbench, the local state and the stack's configuration copy.
 */
import { commandOf, runCli } from "../../components/cli/program.ts";
import { ensureToolchain } from "../../toolchain/index.ts";
import { LOCAL_STACKS, ROOT, openLocalStack } from "./local-stack.ts";
import { stackArgument } from "./stack-argument.ts";

const args = process.argv.slice(2);
const wantsHelp = args.includes("--help") || args.includes("-h") || commandOf(args) === "";
process.chdir(ROOT);
process.exitCode = await runCli(args, { defaults: wantsHelp ? {} : await prepare() });

/** Puts the environment of Pulumi's commands in place. */
async function prepare(): Promise<{ stack?: string; configFile?: string }> {
  // `deploy STACK` and `promote FROM TO` name theirs without an option.
  const given = stackArgument(args) ?? args.find((arg) => LOCAL_STACKS.includes(arg));
  const stack = given ?? "local";
  if (!LOCAL_STACKS.includes(stack)) {
    Object.assign(process.env, (await ensureToolchain()).env);
    return {};
  }
  const local = await openLocalStack(stack);
  Object.assign(process.env, local.env);
  return { stack, configFile: local.configFile };
}
