/** A look at all hosts before a plan is made: all that would stop it, in one message. */
import type { NamedEngine } from "../engine/address.ts";
import { isAway, wantsInstall } from "../ssh/explain.ts";
import { EngineError, type EngineFacts, allOrProblems, portHolder, probeEngine } from "./probe.ts";

export interface InspectArgs {
  /**
   * Where the hosts' engines are: `LocalHost.engine(…)`, `SshHost.engine(…)`. Plain, and not the hosts themselves: a
   * host that is declared with a wrong address or key would be in the state, also if this look fails.
   */
  engines: PlannedEngine[];
  /** Value of the label `longshore.stack` on the stack's own containers. */
  stack: string;
  /** Ports that the stack wants to open on each host, each with the setting that chooses it. */
  ports: WantedPort[];
}

/** An engine that may not be there yet. */
export interface PlannedEngine extends NamedEngine {
  /** The update installs it. */
  installs?: boolean;
}

export interface WantedPort {
  setting: string;
  port: number;
  bind: string;
}

/** What a plan needs to know of a host. */
export interface InspectedHost extends NamedEngine {
  /** `amd64`, `arm64`, … */
  architecture: string;
  /** Name of the stack's proxy container, if it has one already. */
  proxy: string | undefined;
}

/**
 * Looks at the hosts' engines and at the wanted ports, at all of them at once.
 * @returns those that have an engine: others get one by the update.
 * @throws EngineError if an engine does not answer, or others hold ports: all that is wrong, and where.
 */
export async function inspectHosts({
  engines,
  stack,
  ports,
}: InspectArgs): Promise<InspectedHost[]> {
  const found = await allOrProblems(engines.map((engine) => inspect(engine, stack, ports)));
  return found.flatMap((host) => host ?? []);
}

/** @returns undefined for one that is yet to be installed. */
async function inspect(
  { name, dockerHost, installs = false }: PlannedEngine,
  stack: string,
  ports: WantedPort[],
): Promise<InspectedHost | undefined> {
  const facts = await probeEngine(dockerHost).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    if (installs && wantsInstall(error.message)) return undefined;
    if (typeof dockerHost === "string" || !isAway(error.message)) throw error;
    throw new EngineError(
      `${error.message} If \`${name}\` is gone for good: \`longshore hosts forget ${name}\`, and take it out of the program.`,
      { cause: error },
    );
  });
  if (facts === undefined) return undefined;
  const holders = await Promise.all(
    ports.map(({ port, bind }) => portHolder(port, bind, stack, facts)),
  );
  const problems = ports.flatMap((port, index) => taken(port, holders[index], facts, name));
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
  const own = facts.containers.filter(
    ({ labels }) => labels["longshore.stack"] === stack && labels["longshore.role"] === "proxy",
  );
  const proxy = own.find(({ running }) => running) ?? own[0];
  return { name, dockerHost, architecture: facts.architecture, proxy: proxy?.name };
}

function taken(
  { setting, port }: WantedPort,
  holder: string | undefined,
  { isLocal }: EngineFacts,
  name: string,
): string[] {
  if (holder === undefined) return [];
  const where = isLocal ? "" : ` on host \`${name}\``;
  return [
    `Port ${port} (\`${setting}\`)${where} is taken by ${holder}. ` +
      `Stop that, or choose another port with \`pulumi config set ${setting} PORT\`.`,
  ];
}
