/**
 * `npm run pulumi -- COMMAND …`: Pulumi as this project needs it. Brings the toolchain, and for stacks
 * on this computer also the workbench, the local state and the stack's configuration copy.
 */
import { execa } from "execa";
import { refusedFlag } from "../../components/cli/refused-flags.ts";
import { ensureToolchain } from "../../toolchain/index.ts";
import { LOCAL_STACKS, ROOT, openLocalStack, runPulumi } from "./local-stack.ts";
import { stackArgument } from "./stack-argument.ts";

/** Commands that read or write a stack's configuration file. */
const WITH_CONFIG = ["up", "update", "preview", "refresh", "destroy", "config", "watch", "import"];
/** Commands that carry out a release, or show one. */
const WITH_RELEASE = ["up", "update", "preview", "watch"];
/** Commands that act on a stack. */
const WITH_STACK = [...WITH_CONFIG, "stack", "state", "cancel", "logs"];

process.on("SIGINT", () => {}); // Pulumi gets it too, and ends in its own time
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  const refused = WITH_RELEASE.includes(command) ? refusedFlag(args) : undefined;
  if (refused !== undefined) {
    console.error(`error: ${refused}`);
    return 2;
  }
  const given = stackArgument(args);
  const stack = given ?? "local";
  const wantsHelp = args.length === 0 || args.includes("--help") || args.includes("-h");
  if (wantsHelp || !LOCAL_STACKS.includes(stack) || !WITH_STACK.includes(command)) {
    const toolchain = await ensureToolchain();
    const options = { cwd: ROOT, env: toolchain.env, stdio: "inherit", reject: false } as const;
    return (await execa(toolchain.pulumi, args, options)).exitCode ?? 1;
  }
  const local = await openLocalStack(stack);
  const extra = given === undefined && !onStackItself(args) ? ["--stack", stack] : [];
  if (WITH_CONFIG.includes(command) && !args.includes("--config-file")) {
    extra.push("--config-file", local.configFile);
  }
  const end = args.indexOf("--");
  const at = end === -1 ? args.length : end;
  return runPulumi(local, [...args.slice(0, at), ...extra, ...args.slice(at)]);
}

/** `pulumi stack ls|init|select|rm NAME` take no `--stack`. */
function onStackItself(args: string[]): boolean {
  const [command, verb] = args.filter((arg) => !arg.startsWith("-"));
  return command === "stack" && ["ls", "init", "select", "rm"].includes(verb ?? "");
}
