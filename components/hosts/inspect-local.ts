/** A look at this computer before a plan is made: all that would stop it, in one message. */
import type { NamedEngine } from "../engine/address.ts";
import { localDockerHost } from "./endpoint.ts";
import { EngineError, portHolder, probeEngine } from "./probe.ts";

export interface InspectLocalArgs {
  /** What the host is called. @default "local" */
  name?: string;
  /** @default `DOCKER_HOST`, else the docker command's current context */
  dockerHost?: string;
  /** Value of the label `longshore.stack` on the stack's own containers. */
  stack: string;
  /** Ports that the stack wants to open, each with the setting that chooses it. */
  ports: { setting: string; port: number; bind: string }[];
}

/** What a plan needs to know of a host. */
export interface InspectedHost extends NamedEngine {
  /** `amd64`, `arm64`, … */
  architecture: string;
  /** Name of the stack's proxy container, if it has one already. */
  proxy: string | undefined;
}

/**
 * Looks at this computer's engine and at the wanted ports.
 * @throws EngineError if no engine answers, or if others hold ports: which, and who.
 */
export async function inspectLocalHost(args: InspectLocalArgs): Promise<InspectedHost> {
  const dockerHost = args.dockerHost ?? localDockerHost();
  const facts = await probeEngine(dockerHost);
  const holders = await Promise.all(
    args.ports.map(({ port, bind }) => portHolder(port, bind, args.stack, facts)),
  );
  const problems = args.ports.flatMap(({ setting, port }, index) =>
    holders[index] === undefined
      ? []
      : [
          `Port ${port} (\`${setting}\`) is taken by ${holders[index]}. ` +
            `Stop that, or choose another port with \`pulumi config set ${setting} PORT\`.`,
        ],
  );
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
  const own = facts.containers.filter(
    ({ labels }) =>
      labels["longshore.stack"] === args.stack && labels["longshore.role"] === "proxy",
  );
  const proxy = own.find(({ running }) => running) ?? own[0];
  const { name = "local" } = args;
  return { name, dockerHost, architecture: facts.architecture, proxy: proxy?.name };
}
