/** What a replica prints, line by line. */
import { Readable } from "node:stream";
import { eachLine } from "../../engine/stream.ts";
import type { ReplicaLog } from "../../releases/operations.ts";
import type { Replica } from "./replicas.ts";

export function logOf({ host, service, number, container, docker }: Replica): ReplicaLog {
  return {
    name: { host, service, replica: number },
    async read({ tail, follow, signal }, print) {
      const source = docker.getContainer(container);
      const shared = { stdout: true, stderr: true, tail };
      if (follow) {
        const stream = await source.logs({ ...shared, follow: true });
        signal.addEventListener("abort", () => (stream as Readable).destroy());
        await eachLine(stream, print);
      } else {
        await eachLine(Readable.from(await source.logs({ ...shared, follow: false })), print);
      }
    },
  };
}
