/** What identidock's services run on: machines, or a cluster. */
import type * as pulumi from "@pulumi/pulumi";
import type { ReleaseReport } from "./components/releases/types.ts";
import type { Services } from "./components/services/index.ts";

/** Builds an image of the runtime's own. @returns it by digest. */
export type BuildOwn = (name: string, context: string) => pulumi.Output<string>;

export interface Runtime {
  /** Folder of the proxy's image; undefined: it has a way in of its own. */
  proxyContext: string | undefined;
  /** Where an image is pushed to; declared where the registry must be told of it first. */
  repository(path: string): pulumi.Input<string>;
  /** Declares what runs the services. */
  run(services: Services, build: BuildOwn): Running;
}

export interface Running {
  /** The page's address. */
  url: pulumi.Output<string>;
  /** On each host's own loopback; undefined: there is none. */
  statusPage: string | undefined;
  /** What the last release did; undefined: the runtime does not say. */
  release: pulumi.Output<ReleaseReport> | undefined;
}
