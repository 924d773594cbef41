/** What a visitor sees by HTTPS, who trusts one authority. */
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:tls";

/** The fingerprint (SHA-256) of the certificate that a new connection to a port of this computer is shown. */
export function shownAt(port: number, ca: string): Promise<{ fingerprint: string; tls: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca }, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      resolve({ fingerprint: fingerprint256, tls: socket.getProtocol() ?? "" });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** A connection that speaks HTTP/2, for as long as it is open. */
export class Http2Visitor {
  readonly #session: ClientHttp2Session;
  /** What went wrong with the connection itself. */
  readonly troubles: string[] = [];

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
    session.on("error", (error: NodeJS.ErrnoException) => this.troubles.push(error.message));
    session.on("goaway", () => this.troubles.push("goaway"));
    session.on("close", () => this.troubles.push("close"));
  }

  static come(port: number, ca: string): Promise<Http2Visitor> {
    return new Promise((resolve, reject) => {
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca });
      session.once("error", reject);
      session.once("connect", () => {
        session.off("error", reject);
        resolve(new Http2Visitor(session));
      });
    });
  }

  /** `h2`, as agreed on. */
  get protocol(): string {
    return this.#session.alpnProtocol ?? "";
  }

  get(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({ ":path": path, ...headers });
      let answer: Record<string, unknown> = {};
      let body = "";
      stream.setEncoding("utf8");
      stream.on("response", (found) => (answer = { ...found }));
      stream.on("data", (chunk: string) => (body += chunk));
      stream.on("error", reject);
      stream.on("end", () => resolve({ status: Number(answer[":status"]), headers: answer, body }));
      stream.end();
    });
  }

  leave(): void {
    this.#session.removeAllListeners("close");
    this.#session.close();
  }
}
