// The work of `up` once something is missing: look, decide, check for room, then start what the plan
// names, each part noted down before it is relied on.
import { mkdirSync } from "node:fs";
import { ensureTool } from "../toolchain/index.ts";
import { BASES, ensureBase } from "./parts/base.ts";
import { ensureBuildkit, writeBuilderInstance } from "./parts/builder.ts";
import { tearDown } from "./cleanup.ts";
import { asRoot, giveFile, giveTo, type Owner, ownerOf } from "./elevate.ts";
import { ensureEngine } from "./parts/engine.ts";
import { probe } from "./plan/facts.ts";
import { credentialsFile, registryCredentials } from "./parts/gateway.ts";
import { ensurePackages, type Program } from "./parts/packages.ts";
import { caBundle, type Paths } from "./paths.ts";
import { decide, type Plan } from "./plan/plan.ts";
import { type Need, preflight } from "./plan/preflight.ts";
import { type Progress, WorkbenchError } from "./progress.ts";
import { ensureRegistryContainer, ensureRegistryProcess } from "./parts/registry.ts";
import { readState, type State, type Workbench, writeState } from "./state.ts";

interface Work {
  paths: Paths;
  state: State;
  plan: Plan;
  progress: Progress;
  env: NodeJS.ProcessEnv;
  /** The user under whom sudo was called. */
  owner: Owner | undefined;
}

export async function bringUp(
  paths: Paths,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<Workbench> {
  const known = readState(paths.stateFile);
  // Somebody deleted the state folder: what still runs has lost the ground under its feet.
  if (known === undefined) await tearDown(paths, undefined, progress, env);
  const state: State = known ?? { version: 1 };
  const facts = await probe(paths, state, env);
  const decision = decide(facts);
  if ("refusal" in decision) throw new WorkbenchError(decision.refusal);
  const { plan } = decision;
  progress.note(describe(plan, facts.engine.host));
  preflight(needs(paths, plan));
  if (facts.privileges === "sudo" && needsRoot(plan)) {
    // Built as the user, whose cache it goes to.
    if (plan.builder === "buildkitd") await ensureTool("buildkitd", { env });
    await asRoot("up", paths, env);
    const done = readState(paths.stateFile)?.ready;
    if (done === undefined) throw new WorkbenchError("The run under sudo left no result.");
    return done;
  }
  mkdirSync(paths.state, { recursive: true });
  state.ready = undefined;
  state.hubReachable = facts.hubReachable;
  writeState(paths.stateFile, state);

  const work: Work = { paths, state, plan, progress, env, owner: ownerOf(env) };
  await ensurePackages(programsFor(plan), progress);
  const { dockerHost, registry } = await engineAndRegistry(work, facts.engine.host);
  if (plan.seedBases) {
    for (const base of BASES) {
      const credentials = registryCredentials(paths);
      await ensureBase(base, { cache: paths.cache, registry, credentials, progress, env });
    }
  }
  const builder = await ensureBuilder(work, dockerHost, registry);
  giveTo(work.owner, paths.buildxConfig);
  giveFile(work.owner, credentialsFile(paths));
  state.ready = {
    dockerHost,
    registry,
    builder,
    env: {
      DOCKER_HOST: dockerHost,
      DOCKER_CONFIG: paths.dockerConfig,
      BUILDX_CONFIG: paths.buildxConfig,
      BUILDX_BUILDER: builder,
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    },
    caFile: caBundle(env),
    origin: { engine: plan.engine, registry: plan.registry, builder: plan.builder },
  };
  writeState(paths.stateFile, state);
  progress.note(`ready: engine ${dockerHost}, registry ${registry}, builder ${builder}`);
  return state.ready;
}

/** A registry process comes before the engine, whose mirror it is; a container can only come after. */
async function engineAndRegistry(work: Work, foundHost: string) {
  const { paths, state, plan, progress, owner } = work;
  const dockerHost = plan.engine === "started" ? `unix://${paths.engineSocket}` : foundHost;
  const process =
    plan.registry === "process"
      ? await progress.step("starting the registry", () => ensureRegistryProcess(paths, state))
      : undefined;
  if (plan.engine === "started") {
    const mirror = plan.seedBases && process ? `http://127.0.0.1:${process}` : undefined;
    await progress.step("starting the Docker engine", () =>
      ensureEngine(paths, state, { mirror, group: owner?.gid }),
    );
  } else {
    state.engine = { origin: "found", host: dockerHost };
    writeState(paths.stateFile, state);
  }
  const port =
    process ??
    (await progress.step("starting the registry in a container", () =>
      ensureRegistryContainer(paths, state, dockerHost),
    ));
  return { dockerHost, registry: `127.0.0.1:${port}` };
}

async function ensureBuilder(work: Work, dockerHost: string, registry: string): Promise<string> {
  const { paths, state, plan, progress, env, owner } = work;
  if (plan.builder === "docker-container") {
    return writeBuilderInstance(paths, dockerHost, "docker-container");
  }
  const binary = await ensureTool("buildkitd", { env });
  await progress.step("starting BuildKit", () =>
    ensureBuildkit(paths, state, { binary, registry, group: owner?.gid }),
  );
  return writeBuilderInstance(paths, `unix://${paths.builderSocket}`, "remote");
}

/** Whether a plan starts daemons or installs packages. */
export function needsRoot(plan: Plan): boolean {
  return programsFor(plan).length > 0;
}

/** The programs that Debian's packages have to provide for a plan. */
export function programsFor(plan: Plan): Program[] {
  const programs = new Set<Program>();
  const want = (...names: Program[]) => names.forEach((name) => programs.add(name));
  if (plan.engine === "started") want("dockerd", "containerd", "runc", "iptables", "ip");
  if (plan.registry === "process") want("docker-registry", "haproxy");
  if (plan.builder === "buildkitd") want("runc");
  if (plan.seedBases) want("mmdebstrap");
  return [...programs];
}

/** Measured with identidock: engine 0.6 GB, registry 0.2 GB, build cache 1.2 GB; doubled. */
export function needs(paths: Pick<Paths, "state" | "cache">, plan: Plan): Need[] {
  const engine = plan.engine === "started" ? 2 : 0;
  const registry = plan.registry === "process" ? 1 : 0;
  const cache = plan.builder === "buildkitd" ? 3 : 0;
  return [
    { folder: paths.state, purpose: "engine and registry", gigabytes: engine + registry },
    { folder: paths.cache, purpose: "build cache", gigabytes: cache },
  ].filter((need) => need.gigabytes > 0);
}

function describe(plan: Plan, host: string): string {
  const engine =
    plan.engine === "found" ? `using the engine at ${host}` : "starting a Docker engine of its own";
  const hub = plan.seedBases ? "the hub is out of reach" : "images come from the hub";
  return `${engine}; registry as a ${plan.registry}; builder: ${plan.builder}; ${hub}`;
}
