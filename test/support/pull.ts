/** Pulls an image, whole: the engine's answer is a stream that ends with it, or with why it failed. */
import type Docker from "dockerode";

export async function pull(docker: Docker, ref: string): Promise<void> {
  const stream = await docker.pull(ref);
  await new Promise<void>((done, failed) => {
    docker.modem.followProgress(stream, (error) => (error ? failed(error) : done()));
  });
}
