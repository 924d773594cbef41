/** The audit of a fleet: every container of the stack, and the engines, as they are now. */
import { dockerClient } from "../../../engine/client.ts";
import { orUndefined } from "../../../engine/errors.ts";
import type { AuditFinding } from "../../../releases/operations.ts";
import type { HostRequest } from "../../types.ts";
import { auditContainer } from "./container.ts";
import { type EngineInfo, auditEngine } from "./engine.ts";

export async function auditHost(
  { name: host, dockerHost }: Pick<HostRequest, "name" | "dockerHost">,
  stack: string,
): Promise<AuditFinding[]> {
  const docker = dockerClient(dockerHost);
  const filters = { label: [`longshore.stack=${stack}`] };
  const [info, found] = await Promise.all([
    docker.info() as Promise<EngineInfo>,
    docker.listContainers({ all: true, filters }),
  ]);
  const containers = await Promise.all(
    found.map(({ Id }) => orUndefined(docker.getContainer(Id).inspect())),
  );
  return [
    ...auditEngine(info).map((finding) => ({ host, subject: "engine", ...finding })),
    ...containers
      .filter((each) => each !== undefined)
      .map((each) => ({ name: each.Name.replace(/^\//, ""), findings: auditContainer(each) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .flatMap(({ name, findings }) =>
        findings.map((finding) => ({ host, subject: name, ...finding })),
      ),
  ];
}
