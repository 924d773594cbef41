/** A system as users define it. */
import type { ServiceArgs } from "./args.ts";
import type { ProxyArgs } from "./proxy-args.ts";
import type { Role } from "./types.ts";

/** What `proxy`, `app`, `worker` and `cache` return, and one entry of a definition. */
export type ServiceDefinition =
  ({ role: "proxy" } & ProxyArgs) | ({ role: Exclude<Role, "proxy"> } & ServiceArgs);

/** A whole system, by service name. */
export type Definition = Record<string, ServiceDefinition>;
