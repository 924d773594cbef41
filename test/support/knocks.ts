/**
 * Knocks at a port: a new connection every 5 ms, closed as soon as it is open. A program, for another
 * network than the test's: `knocks.ts ADDRESS:PORT` until its input ends, then what became of them.
 */
import { connect } from "node:net";

export interface Knocks {
  opened: number;
  /** By error code, e.g. `ECONNREFUSED`. */
  failed: Record<string, number>;
}

const [address = "", port = ""] = (process.argv[2] ?? "").split(":");
const knocks: Knocks = { opened: 0, failed: {} };
let pending = 0;

function knock(): void {
  pending++;
  const socket = connect(Number(port), address);
  socket.on("connect", () => {
    knocks.opened++;
    socket.destroy();
  });
  socket.on("error", ({ code = "?" }: NodeJS.ErrnoException) => {
    knocks.failed[code] = (knocks.failed[code] ?? 0) + 1;
  });
  socket.on("close", () => pending--);
}

const timer = setInterval(knock, 5);
process.stdin.resume().on("end", () => {
  clearInterval(timer);
  const finish = () => {
    if (pending > 0) return void setTimeout(finish, 10);
    console.log(JSON.stringify(knocks));
  };
  finish();
});
