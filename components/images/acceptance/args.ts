/** What users say of an image's acceptance test: run as it will be pushed, beside services that are thrown away. */
import type * as pulumi from "@pulumi/pulumi";
import type { ImageReference } from "../../services/index.ts";

/** A container of an acceptance test. */
export interface AcceptanceContainerArgs {
  /**
   * The program that gets `command` as its arguments.
   * @default the image's own
   */
  entrypoint?: string[];
  /**
   * Arguments of the entry point, one list item each.
   * @default the image's own command
   * @example ["node", "acceptance.js"]
   */
  command?: string[];
  /**
   * Environment variables, beside `NAME_HOST` and `NAME_PORT` of each service with a port. Secret outputs stay
   * encrypted in the state and are taken out of what is shown.
   * @default {}
   */
  environment?: Record<string, pulumi.Input<string>>;
}

/** A service that an acceptance test runs beside, reached by its name. */
export interface AcceptanceServiceArgs extends AcceptanceContainerArgs {
  /**
   * The image, by digest: `repository@sha256:…`, an output of that, or a `TestedImage` or `RegistryImage`.
   * @default the very image that is tested
   */
  image?: string | pulumi.Output<string> | ImageReference;
  /** TCP port that it listens on, from 1 to 65535; waited for. @default none is waited for */
  port?: number;
  /** A command in it that succeeds once it is ready. @default the image's own HEALTHCHECK */
  healthCheck?: { command: string[] };
}

/**
 * The image is run once, before it is pushed; its exit code decides.
 * @example { command: ["node", "acceptance.js"], services: { redis: { image: redis, port: 6379 } } }
 */
export interface AcceptanceArgs extends AcceptanceContainerArgs {
  /** Started before it in this order, each once the one before is ready. @default {} */
  services?: Record<string, AcceptanceServiceArgs>;
  /**
   * Text that a line of its output must contain. Without `command` and `entrypoint` the test has passed as soon as it
   * is printed: a server's own command never ends.
   * @default any output will do
   * @example "listening on 8080"
   */
  output?: string;
  /** Seconds for all of it but pulls, from 1 to 3600. @default 300 */
  timeout?: number;
  /**
   * The engine, `unix:///…` or `tcp://…`. Another one does not repeat the test.
   * @default `DOCKER_HOST`, else the docker command's current context, else /var/run/docker.sock
   */
  dockerHost?: pulumi.Input<string>;
}
