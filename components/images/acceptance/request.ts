/** What the program of an acceptance test is told, as JSON on its standard input. */
import * as pulumi from "@pulumi/pulumi";
import { linkVariables } from "../../services/values/variables.ts";
import type { AcceptanceArgs, AcceptanceContainerArgs, AcceptanceServiceArgs } from "./args.ts";

/** Seconds that a test may take. */
export const DEFAULT_TIMEOUT = 300;

export interface ContainerRequest {
  entrypoint?: string[];
  command?: string[];
  environment: Record<string, string>;
}

export interface ServiceRequest extends ContainerRequest {
  name: string;
  /** By digest; absent: the image that is tested. */
  image?: string;
  port?: number;
  healthCheck?: { command: string[] };
}

/** What is run: if this changes, the test is repeated. */
export interface AcceptanceDefinition extends ContainerRequest {
  services: ServiceRequest[];
  output?: string;
  timeout: number;
  /** Values that must not be shown. */
  secrets: string[];
}

export interface AcceptanceRequest extends AcceptanceDefinition {
  /** The image's name, e.g. `app`. */
  name: string;
  /** Where it was built, and the digest that it has there. */
  layout: string;
  digest: string;
  /** Where it may be if it was built elsewhere. */
  repository: string;
  dockerHost?: string;
}

/** The definition with every value known. Secret. */
export function toDefinition(args: AcceptanceArgs): pulumi.Output<AcceptanceDefinition> {
  const { services = {}, output, timeout = DEFAULT_TIMEOUT } = args;
  const given = [args, ...Object.values(services)].flatMap((each) => valuesOf(each));
  return pulumi.secret(
    pulumi.output({
      ...toContainer(args, linksTo(services)),
      services: Object.entries(services).map(([name, service]) => ({
        ...toContainer(service, linksTo(services, name)),
        name,
        image: refOf(service.image),
        port: service.port,
        healthCheck: service.healthCheck,
      })),
      output,
      timeout,
      secrets: secretsAmong(given),
    }),
  );
}

function toContainer(args: AcceptanceContainerArgs, links: Record<string, string>) {
  const { entrypoint, command, environment } = args;
  return { entrypoint, command, environment: { ...links, ...environment } };
}

/** The variables that services are found by, as a release gives them for links. @param from who looks for them. */
function linksTo(
  services: Record<string, AcceptanceServiceArgs>,
  from?: string,
): Record<string, string> {
  const entries = Object.entries(services).flatMap(([name, { port }]) => {
    const variables = linkVariables(name);
    return port === undefined || name === from
      ? []
      : [
          [variables.host, name],
          [variables.port, String(port)],
        ];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function refOf(image: AcceptanceServiceArgs["image"]): pulumi.Input<string> | undefined {
  if (image === undefined || typeof image === "string" || pulumi.Output.isInstance(image)) {
    return image;
  }
  return image.ref;
}

function valuesOf({ environment = {} }: AcceptanceContainerArgs): pulumi.Output<string>[] {
  return Object.values(environment).map((value) => pulumi.output(value));
}

function secretsAmong(values: pulumi.Output<string>[]): pulumi.Output<string[]> {
  const flags = pulumi.output(values.map((value) => pulumi.isSecret(value)));
  return pulumi
    .all([flags, pulumi.all(values)])
    .apply(([secret, all]) => all.filter((_value, index) => secret[index]));
}
