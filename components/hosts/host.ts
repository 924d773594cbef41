/** What every kind of machine offers to the code that runs services on it. */
import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../engine/address.ts";

/** A machine with a Docker engine. After a host exists, the code is the same for all kinds. */
export interface Host {
  /** Short name, unique in a stack; part of resource names and of messages. */
  readonly hostName: string;
  /** Address for people and proxies, e.g. `127.0.0.1` or `203.0.113.7`. */
  readonly address: pulumi.Output<string>;
  /** Address for the stack's other hosts, in a network that is theirs alone; `undefined` where there is none. */
  readonly privateAddress: pulumi.Output<string | undefined>;
  /** Where its engine answers, for any process that deploys: it is kept in the stack's state. */
  readonly engine: pulumi.Output<EngineAddress>;
  /** Provider whose resources live on this host's engine. */
  readonly provider: docker.Provider;
}
