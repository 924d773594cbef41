/** How a service reads in a diff, and what a preview says of it. Pure, but for what is known only after a build. */
import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../services/index.ts";
import type { ReplicaPlacement } from "./placement.ts";

export interface ServiceLine {
  name: string;
  tag: pulumi.Input<string>;
  /** Replicas in all. */
  replicas: number;
  /** Whether the service is away for a moment while it changes. */
  gap: boolean;
  /** What there is to know and is no fault. */
  notes: string[];
}

export function lineOf(service: Service, places: ReplicaPlacement = new Map()): ServiceLine {
  return {
    name: service.name,
    tag: service.image.tag,
    replicas: [...places.values()].reduce((sum, count) => sum + count, 0),
    gap: service.releaseOrder === "stop-first",
    notes: unexported(service),
  };
}

/** Variables whose names Docker takes, as Java programs read them, and a shell does not. */
function unexported({ name, environment, secrets }: Service): string[] {
  const asVariables = secrets.filter(({ as }) => as === "env").map((secret) => secret.name);
  const names = [...Object.keys(environment), ...asVariables]
    .filter((variable) => !/^[A-Za-z_]\w*$/.test(variable))
    .sort();
  if (names.length === 0) return [];
  const all = names.map((variable) => `\`${variable}\``).join(", ");
  return [
    `${name}: a shell cannot export ${all}: a command that a shell starts may not find ${names.length === 1 ? "it" : "them"}`,
  ];
}
