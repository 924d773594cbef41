/**
 * The program that `TestedImage` runs before its push, if the image has an acceptance test: the request as JSON on
 * standard input. Its failure stops the update with nothing pushed.
 *
 * The test is run by a second process: the first one is killed where the update is cancelled, and the second one sees
 * that and removes what the test has on the engine.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { whenToldToStop } from "../../told-to-stop.ts";
import type { AcceptanceRequest } from "./request.ts";

if (process.argv[2] === "run") await run();
else supervise();

function supervise(): void {
  const own = fileURLToPath(import.meta.url);
  const args = ["--disable-warning=ExperimentalWarning", own, "run"];
  // A group of its own, so that what ends this one does not end that one, too.
  const child = spawn(process.execPath, args, { stdio: "inherit", detached: true });
  whenToldToStop(interrupted).addEventListener("abort", () => child.kill("SIGTERM"));
  child.on("exit", (code) => {
    if (code === null)
      printer()("The acceptance test was killed; the next one removes what it left.");
    process.exitCode = code ?? 1;
  });
}

function interrupted(why: string): Error {
  return new Error(`The acceptance test was interrupted: ${why}.`);
}

async function run(): Promise<void> {
  // Whoever reads this may be gone, and what the test has on the engine is still to be removed.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const signal = whenToldToStop(interrupted);
  const [{ openEngine }, { runAcceptance }] = await Promise.all([
    import("./engine.ts"), // only in this process: they take long to load
    import("./run.ts"),
  ]);
  let log = printer();
  let code = 0;
  let output = "";
  try {
    const request = JSON.parse(await text(process.stdin)) as AcceptanceRequest;
    log = printer(request.secrets);
    output = await runAcceptance(request, openEngine(request.dockerHost), { log, signal });
  } catch (error) {
    log(messageOf(error));
    code = 1;
  }
  // Connections to the engine may still be open, of calls that nobody waits for any more.
  process.stdout.write(output, () => process.stderr.write("", () => process.exit(code)));
}
