/** Lines out of a stream of bytes, whatever it brings: none of them, and nothing that is kept, grows without end. */
import { StringDecoder } from "node:string_decoder";

/** Most characters of a line: more than is ever shown, so that what is cut later is cut from something whole. */
const MOST = 64 * 1024;

export class LineReader {
  readonly #log: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #line = "";
  /** The last piece ended in a carriage return: a line feed that follows is no line of its own. */
  #returned = false;

  /** @param log gets each line, without its end (LF, CR or both), and at most 64 Ki characters of it. */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  write(data: Buffer): void {
    let text = this.#decoder.write(data);
    if (text === "") return;
    if (this.#returned && text.startsWith("\n")) text = text.slice(1);
    this.#returned = text.endsWith("\r");
    const [first = "", ...more] = text.split(/\r\n|\n|\r/);
    this.#add(first);
    for (const next of more) {
      this.#end();
      this.#add(next);
    }
  }

  /** What is left is a line, too. */
  close(): void {
    this.#add(this.#decoder.end());
    if (this.#line !== "") this.#end();
  }

  #add(text: string): void {
    this.#line += text.slice(0, MOST - this.#line.length);
  }

  #end(): void {
    this.#log(this.#line);
    this.#line = "";
  }
}
