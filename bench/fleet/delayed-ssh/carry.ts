/**
 * A ProxyCommand of ssh that delays: `carry.ts MILLISECONDS HOST PORT`. Half of the time on the way there and half on
 * the way back, so that each round trip takes so much longer. The rate is not limited.
 */
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";

/** Bytes on the way in one direction, after which no more are taken. */
const MOST = 8 * 1024 ** 2;

const [milliseconds = "0", host = "", port = "22"] = process.argv.slice(2);
const socket = connect(Number(port), host);
socket.setNoDelay(true);
socket.on("error", () => process.exit(1));
carry(process.stdin, socket);
carry(socket, process.stdout);
process.stdout.on("error", () => process.exit(1));
socket.on("close", () => setTimeout(() => process.exit(0), Number(milliseconds)));

function carry(from: Readable, to: Writable): void {
  let under = 0;
  from.on("data", (chunk: Buffer) => {
    under += chunk.length;
    if (under > MOST) from.pause();
    later(() => {
      to.write(chunk, () => {
        under -= chunk.length;
        if (under <= MOST) from.resume();
      });
    });
  });
  from.on("end", () => later(() => to.end()));
}

/** Timers of the same length run in the order in which they were set. */
function later(action: () => void): void {
  setTimeout(action, Number(milliseconds) / 2);
}
