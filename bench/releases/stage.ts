/** The system under load in a place of its own. */
import type { LoadSystem } from "../../test/support/load/system.ts";

/**
 * Brings the system up in a place, and takes both down again whatever happens.
 * @param create the system, which is not up yet.
 */
export async function onStage<Place extends { destroy(): Promise<void> }, T>(
  place: Place,
  create: () => Promise<LoadSystem>,
  measure: (system: LoadSystem, place: Place) => Promise<T>,
): Promise<T> {
  try {
    const system = await create();
    try {
      await system.up();
      return await measure(system, place);
    } finally {
      await system.destroy();
    }
  } finally {
    await place.destroy();
  }
}
