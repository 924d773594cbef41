/** What a host serves right now, read before anything is planned so that a preview can name it. */
import { connectHost } from "./release/engine-host.ts";
import type { HostState } from "./release/types.ts";

/** What the program knows of a host before it plans. */
export interface Serving {
  /** Service → tag that serves; empty before the first release. */
  tags: Record<string, string>;
  /**
   * How often copies that should have run were started again, one more if some do not run now: the
   * release's inputs then differ, so that also an update without changes starts them.
   */
  repairs: number;
}

/**
 * Reads what the engine at `dockerHost` serves.
 * @param proxy name of the stack's proxy container there; undefined if there is none.
 */
export async function readServing(dockerHost: string, proxy: string | undefined): Promise<Serving> {
  if (proxy === undefined) return { tags: {}, repairs: 0 };
  const host = connectHost("local", dockerHost);
  const file = await host.readFile(proxy, "/etc/longshore/state.json");
  if (file === undefined) return { tags: {}, repairs: 0 };
  const { services, repairs = 0 } = JSON.parse(file) as HostState;
  const slots = Object.entries(services).flatMap(([name, service]) => {
    const slot = service[service.active];
    return slot === null ? [] : [{ name, slot }];
  });
  const wanted = [proxy, ...slots.flatMap(({ slot }) => slot.servers)];
  const views = await Promise.all(wanted.map((name) => host.inspect(name)));
  const broken = views.some((view) => view?.running !== true);
  return {
    tags: Object.fromEntries(slots.map(({ name, slot }) => [name, slot.tag])),
    repairs: repairs + (broken ? 1 : 0),
  };
}
