// `npm run workbench -- up|status|down`: results on stdout, progress and errors on stderr.
import { Command } from "commander";
import { down, privileged, status, up, WorkbenchError } from "../index.ts";

const program = new Command("workbench").description(
  "A Docker engine, a registry and a BuildKit builder on this computer: used where they are there, started where not.",
);

program
  .command("up")
  .description("bring the workbench up; quick if it is up already")
  .option("--json", "print the result as JSON")
  .action(async (options: { json?: boolean }) => {
    const workbench = await up();
    if (options.json) return print(workbench);
    const lines = Object.entries(workbench.env).map(([name, value]) => `export ${name}=${value}`);
    console.log(lines.join("\n"));
  });

program
  .command("status")
  .description("say what is up and whether it answers; exit code 3 if it is not up or not well")
  .option("--json", "print the result as JSON")
  .action(async (options: { json?: boolean }) => {
    const found = await status();
    process.exitCode = found.healthy ? 0 : 3;
    if (options.json) return print(found);
    if (found.dockerHost !== undefined) {
      console.log(`engine    ${found.dockerHost} (${found.origin?.engine})`);
      console.log(`registry  ${found.registry} (${found.origin?.registry})`);
      console.log(`builder   ${found.builder} (${found.origin?.builder})`);
    }
    console.log(found.healthy ? "healthy" : found.problems.join("\n"));
  });

program
  .command("down")
  .description("stop what `up` started, and remove its state; caches stay")
  .option("--json", "print the result as JSON")
  .action(async (options: { json?: boolean }) => {
    await down();
    if (options.json) print({ down: true });
  });

program
  .command("privileged", { hidden: true })
  .description("what `up` and `down` call by sudo")
  .argument("<command>")
  .action((command: string) => privileged(command === "up" ? "up" : "down"));

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  // Not one of ours: where it came from helps to fix it.
  if (!(error instanceof WorkbenchError) && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}
