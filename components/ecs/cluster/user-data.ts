/** What a machine of a cluster is told at its first boot. Pure. */

/** @param cluster its name. @returns cloud-init's configuration. */
export function machineUserData(cluster: string): string {
  const settings = {
    ECS_CLUSTER: cluster,
    // Tasks leave a machine that AWS takes back, before it is gone.
    ECS_ENABLE_SPOT_INSTANCE_DRAINING: "true",
    // Tasks have rights of their own, and none of the machine's.
    ECS_AWSVPC_BLOCK_IMDS: "true",
  };
  const content = Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
  const config = {
    write_files: [{ path: "/etc/ecs/ecs.config", permissions: "0644", content }],
  };
  // JSON is YAML.
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}
