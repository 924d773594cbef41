/**
 * `npm run demo` and `npm run demo:down`: from a clone to identidock running on this computer, and
 * back to nothing. The same parts as every deploy: toolchain, workbench, a real `pulumi up`.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { execa } from "execa";
import { dockerClient } from "../../components/engine/client.ts";
import { localDockerHost } from "../../components/hosts/endpoint.ts";
import { portHolder, probeEngine } from "../../components/hosts/probe.ts";
import { SITE_LABEL, siteOf } from "../../components/hosts/simulated/types.ts";
import { removeLabelled } from "../labelled.ts";
import {
  LOCAL_STACKS,
  type LocalStack,
  clearAfterKill,
  openLocalStack,
  runPulumi,
  stackExists,
  stateFolder,
} from "./local-stack.ts";
import { down as workbenchDown, status as workbenchStatus } from "../index.ts";

const labelOf = (stack: string) => `identidock/${stack}`;

process.on("SIGINT", () => {}); // the commands below get it too, and end in their own time
const program = new Command("demo").description("identidock on this computer").showHelpAfterError();
program
  .command("up", { isDefault: true })
  .description("start everything that is missing and bring identidock up")
  .addOption(
    new Option("--stack <name>", "local: on this engine; simulation: on machines in containers")
      .choices(LOCAL_STACKS)
      .default("local"),
  )
  .option("--hosts <number>", "how many machines of the stack simulation, up to 16", toCount)
  .option("--port <number>", "port of the page", toPort, 8080)
  .option("--status-port <number>", "port of the proxy's status page", toPort, 8404)
  .action(async (options: UpOptions) => {
    process.exitCode = await demoUp(options);
  });
program
  .command("down")
  .description("remove everything that `demo` made, but the caches")
  .action(async () => {
    process.exitCode = await demoDown();
  });
try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

interface UpOptions {
  stack: string;
  hosts?: number;
  port: number;
  statusPort: number;
}

async function demoUp({ stack: name, hosts, port, statusPort }: UpOptions): Promise<number> {
  const started = Date.now();
  const isLocal = name === "local";
  if (isLocal && hosts !== undefined) throw new Error("`--hosts` goes with `--stack simulation`.");
  const ports = { httpPort: port, statusPort };
  const stack = await openLocalStack(name, {
    ...ports,
    ...(hosts === undefined ? {} : { "hosts.count": hosts, appReplicas: hosts }),
  });
  // The status page of machines is on their own loopback.
  await refuseTakenPorts(stack, isLocal ? ports : { httpPort: port });
  heading("pulumi up: build, test, push, start, release");
  const code = await runPulumi(stack, [
    ...["up", "--yes", "--skip-preview", "--stack", name, "--config-file", stack.configFile],
  ]);
  if (code !== 0) {
    console.error("\nThe demo did not come up, see above. Fix that and run `npm run demo` again.");
    return code;
  }
  const url = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${url}/monster/longshore`);
  if (!answer.ok) throw new Error(`${url}/monster/longshore answered ${answer.status}.`);
  console.log(
    `\nidentidock runs (${Math.round((Date.now() - started) / 1000)} s):\n` +
      `  ${url}                    the page\n` +
      (isLocal
        ? `  http://127.0.0.1:${statusPort}                    the proxy's status page\n`
        : `  npm run longshore -- status --stack ${name}   what runs on which machine\n`) +
      `  npm run pulumi -- preview --stack ${name}  what an update would change\n` +
      "  npm run demo:down                        remove all of it\n",
  );
  return 0;
}

async function demoDown(): Promise<number> {
  const state = stateFolder();
  for (const name of LOCAL_STACKS.filter(stackExists)) {
    const code = await destroy(name, state);
    // A machine that is gone cannot be asked; whatever there is of the others goes with them.
    if (code !== 0 && name === "simulation") console.error("Its machines are removed as they are.");
    else if (code !== 0) return code;
  }
  await removeLeftovers();
  for (const name of LOCAL_STACKS) await clearAfterKill(name);
  await workbenchDown();
  rmSync(state, { recursive: true, force: true });
  console.log("Nothing of the demo is left but the caches.");
  return 0;
}

async function destroy(name: string, state: string): Promise<number> {
  const stack = await openLocalStack(name);
  heading(`pulumi destroy, stack ${name}: containers, networks, volumes`);
  const options = { cwd: join(state, ".."), env: stack.env, reject: false } as const;
  // The demo's volumes hold nothing to keep; everywhere else they stay protected.
  await execa(
    stack.toolchain.pulumi,
    ["state", "unprotect", "--all", "--yes", "--stack", name],
    options,
  );
  return runPulumi(stack, [
    ...["destroy", "--yes", "--skip-preview", "--stack", name],
    ...["--config-file", stack.configFile],
  ]);
}

/** Containers, networks and volumes with our label that no state knows: of a killed update. */
async function removeLeftovers(): Promise<void> {
  const found = await workbenchStatus().catch(() => undefined);
  const docker = dockerClient(found?.dockerHost ?? localDockerHost(), 3000);
  if ((await docker.ping().catch(() => undefined)) === undefined) return;
  for (const name of LOCAL_STACKS) {
    await removeLabelled(docker, `longshore.stack=${labelOf(name)}`);
    await removeLabelled(docker, `${SITE_LABEL}=${siteOf(labelOf(name))}`);
  }
}

async function refuseTakenPorts(stack: LocalStack, ports: Record<string, number>): Promise<void> {
  const facts = await probeEngine(stack.workbench.dockerHost);
  const problems: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    const holder = await portHolder(port, "127.0.0.1", labelOf(stack.name), facts);
    const flag = name === "httpPort" ? "--port" : "--status-port";
    if (holder !== undefined) {
      problems.push(
        `Port ${port} is taken by ${holder}. Stop that, or choose another: ` +
          `npm run demo -- ${flag} ${port + 1}`,
      );
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function heading(text: string): void {
  console.error(`==> ${text}`);
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 16) {
    throw new InvalidArgumentError("A number of machines is a whole number from 1 to 16.");
  }
  return count;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new InvalidArgumentError("A port is a whole number from 1 to 65535.");
  }
  return port;
}
