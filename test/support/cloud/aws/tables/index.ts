/** All resources that the stand-in for AWS's plugin makes real. */
import type { Resource } from "../resource.ts";
import { ACCESS } from "./access.ts";
import { BALANCING } from "./balancing.ts";
import { EC2 } from "./ec2.ts";
import { CLOUD_MAP, ECS } from "./ecs.ts";
import { LISTENERS } from "./listeners.ts";
import { NAMES } from "./names.ts";
import { OBSERVING } from "./observing.ts";
import { SECURITY_GROUPS } from "./security-groups.ts";
import { STORAGE } from "./storage.ts";

export const RESOURCES: Record<string, Resource> = {
  ...EC2,
  ...SECURITY_GROUPS,
  ...ECS,
  ...CLOUD_MAP,
  ...BALANCING,
  ...LISTENERS,
  ...ACCESS,
  ...OBSERVING,
  ...STORAGE,
  ...NAMES,
};
