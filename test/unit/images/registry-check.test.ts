/** Whether a registry answers, against real servers on loopback. */
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { registryProblem } from "../../../components/images/registry/registry-check.ts";

async function serve(status: number | "never"): Promise<{ host: string; close: () => void }> {
  const server = createServer((_request, response) => {
    if (status !== "never") response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { host: `127.0.0.1:${port}`, close };
}

describe("registryProblem", () => {
  it.each([200, 401])("is none for a registry that answers %i", async (status) => {
    const { host, close } = await serve(status);
    expect(await registryProblem(`${host}/team`)).toBeUndefined();
    close();
  });

  it("names the registry, the cause and what to do, if nothing listens", async () => {
    const { host, close } = await serve(200);
    close();
    expect(await registryProblem(host)).toBe(
      `The registry ${host} does not answer (ECONNREFUSED): nothing new can be pushed to it or pulled ` +
        "from it. Start it, or set another with `pulumi config set registry`; in a clone of Longshore, " +
        "`npm run workbench -- up` starts one.",
    );
  });

  it("does not wait for ever", async () => {
    const { host, close } = await serve("never");
    expect(await registryProblem(host, 50)).toContain("does not answer");
    close();
  });
});
