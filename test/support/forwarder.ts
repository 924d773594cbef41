/** A registry under an address of its own, which can be taken away. */
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

export class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: string;
  readonly #port: number;

  private constructor(server: Server, target: string, port: number) {
    this.#server = server;
    this.#target = target;
    this.#port = port;
    server.on("connection", (client) => {
      const [host = "", to = ""] = target.split(":");
      const upstream = connect(Number(to), host);
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket.on("error", () => socket.destroy()));
        socket.on("close", () => this.#sockets.delete(socket));
      }
      client.pipe(upstream).pipe(client);
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  static async to(target: string, port = 0): Promise<Forwarder> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new Forwarder(server, target, (server.address() as AddressInfo).port);
  }

  reopen(): Promise<Forwarder> {
    return Forwarder.to(this.#target, this.#port);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
