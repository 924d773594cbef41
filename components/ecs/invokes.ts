/** Everything that the parts of an ECS stack look up in AWS: what a preview may ask, and no more. */

/** Tokens, sorted. The images of machines are asked for by clusters on EC2 alone. */
export const INVOKES = [
  "aws:index/getAvailabilityZones:getAvailabilityZones",
  "aws:ssm/getParameter:getParameter",
] as const;
