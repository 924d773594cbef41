/** Machines on EC2. Needs `@pulumi/aws`, which nothing else here loads. */
export { Ec2Host, type Ec2HostArgs } from "./ec2-host.ts";
export { Ec2Site, type Ec2SiteArgs } from "./ec2-site.ts";
