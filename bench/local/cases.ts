/** The commands that are timed, as people type them. */
import { randomBytes } from "node:crypto";
import { longshore } from "../../test/support/command-line.ts";
import { pull } from "../../test/support/pull.ts";
import { type TestStack, freePort } from "../../test/support/test-stack.ts";
import { Ansible, installAnsible } from "./ansible.ts";
import { Compose } from "./compose.ts";
import { PeerSystem, servedImage } from "./peer-system.ts";

export interface Case {
  name: string;
  /** What is not measured. */
  prepare?: () => Promise<unknown>;
  run: () => Promise<unknown>;
  /** Throws if what was to be measured did not happen; not measured. */
  check?: () => Promise<unknown>;
}

/** What a release takes: another session key, so that app's containers are replaced and nothing is built. */
export async function changeApp(stack: TestStack): Promise<void> {
  await stack.setSecret("sessionKey", randomBytes(32).toString("hex"));
}

/** Cases of a stack that is up. */
export function stackCases(stack: TestStack): Case[] {
  const typed = ["up", "--yes", "--non-interactive"];
  return [
    { name: "floor: pull, run, first healthy answer", run: () => floor(stack) },
    { name: "`pulumi up`, no change (preview and update)", run: () => stack.pulumi(typed) },
    { name: "`pulumi up --skip-preview`, no change", run: () => stack.up() },
    { name: "`longshore up --yes`, no change", run: () => run(stack, "up") },
    { name: "`pulumi up --skip-preview --refresh`", run: () => stack.up({ args: ["--refresh"] }) },
    {
      name: "`pulumi up --skip-preview`, release of app (2 replicas), no build",
      prepare: () => changeApp(stack),
      run: () => released(stack.up().then(({ all }) => all)),
    },
    {
      name: "`longshore rollback --yes` of it",
      run: () => released(run(stack, "rollback")),
      // What the program says serves again.
      check: () => stack.up(),
    },
  ];
}

/** The same with others' tools: four containers of the same images, converged already, and changed. */
export async function peerCases(
  stack: TestStack,
): Promise<{ cases: Case[]; systems: PeerSystem[] }> {
  const ansible = new Ansible(await PeerSystem.create("ansible", stack), await installAnsible());
  const compose = await Compose.create(await PeerSystem.create("compose", stack));
  const peers = [
    {
      title: "`ansible-playbook`",
      ...{ system: ansible.system, converge: () => ansible.converge() },
    },
    {
      title: "`docker compose up -d`",
      ...{ system: compose.system, converge: () => compose.converge() },
    },
  ];
  for (const { system, converge } of peers) {
    await converge();
    await system.check();
  }
  const cases = peers.flatMap(({ title, system, converge }): Case[] => [
    { name: `peer: ${title}, no change`, run: converge },
    {
      name: `peer: ${title}, app changed (1 replica)`,
      prepare: () => Promise.resolve(system.change()),
      run: converge,
      check: () => system.check(),
    },
  ]);
  return { cases, systems: peers.map(({ system }) => system) };
}

/** `longshore COMMAND --yes`. Returns what it printed. */
async function run(stack: TestStack, command: "up" | "rollback"): Promise<string> {
  const { exitCode, stdout, stderr } = await longshore(stack, [command, "--yes"]);
  if (exitCode === 0) return `${stdout}${stderr}`;
  throw new Error(`longshore ${command} failed (${exitCode}):\n${stderr}`);
}

async function released(output: Promise<string>): Promise<void> {
  const all = await output;
  if (!all.includes("switched")) throw new Error(`no release took place:\n${all}`);
}

/** The least there is to do for one replica of app, by the engine's API alone. */
async function floor(stack: TestStack): Promise<void> {
  const ref = await servedImage(stack, "app");
  await pull(stack.docker, ref);
  const port = await freePort();
  const container = await stack.docker.createContainer({
    Image: ref,
    Labels: { "longshore.stack": stack.label },
    ExposedPorts: { "9090/tcp": {} },
    HostConfig: {
      PortBindings: { "9090/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  await container.start();
  const until = Date.now() + 30_000;
  while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok) {
    if (Date.now() > until) throw new Error("the floor's container is not healthy after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await container.remove({ force: true });
}
