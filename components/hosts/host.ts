/** What every kind of machine offers to the code that runs services on it. */
import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

/** A machine with a Docker engine. After a host exists, the code is the same for all kinds. */
export interface Host {
  /** Short name, unique in a stack; part of resource names and of messages. */
  readonly hostName: string;
  /** Address for people and proxies, e.g. `127.0.0.1` or `203.0.113.7`. */
  readonly address: pulumi.Output<string>;
  /** Engine address for a process on the machine that deploys: `unix:///…`. */
  readonly dockerHost: pulumi.Output<string>;
  /** Provider whose resources live on this host's engine. */
  readonly provider: docker.Provider;
}
