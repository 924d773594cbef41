/** Machines on DigitalOcean. Needs `@pulumi/digitalocean`, which nothing else here loads. */
export { DropletHost, type DropletHostArgs } from "./droplet-host.ts";
export { DropletSite, type DropletSiteArgs } from "./droplet-site.ts";
