/** The system under load on three simulated machines, behind a load balancer: all of it on this computer. */
import { LoadMachines } from "../../test/support/load/machines.ts";
import { LoadSystem } from "../../test/support/load/system.ts";

/** Brings both up, and takes them down again whatever happens. */
export async function onMachines<T>(
  name: string,
  options: { drain?: number },
  measure: (system: LoadSystem, machines: LoadMachines) => Promise<T>,
): Promise<T> {
  const machines = await LoadMachines.create(name);
  try {
    const system = await LoadSystem.create(name, { machines, ...options });
    try {
      await system.up();
      return await measure(system, machines);
    } finally {
      await system.destroy();
    }
  } finally {
    await machines.destroy();
  }
}
