// The client of dnmonster, which draws the pictures.

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const SIZE = 80;

/** dnmonster gave no picture. The message is for the visitor, the cause for the log. */
export class PictureProblem extends Error {
  readonly statusCode: 502 | 503;

  constructor(statusCode: 502 | 503, message: string, cause: unknown) {
    super(message, { cause });
    this.statusCode = statusCode;
  }
}

export type FetchPicture = (name: string) => Promise<Buffer>;

export function dnmonsterAt(options: {
  host: string;
  port: number;
  /** How long an answer may take, in milliseconds. */
  timeout: number;
}): FetchPicture {
  const { host, port, timeout } = options;
  return async (name) => {
    const url = `http://${host}:${port}/monster/${encodeURIComponent(name)}?size=${SIZE}`;
    let status: number;
    let body: Buffer;
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(timeout),
        redirect: "error",
      });
      status = response.status;
      body = Buffer.from(await response.arrayBuffer());
    } catch (error) {
      throw new PictureProblem(
        503,
        "The picture maker does not answer right now. Try again in a moment.",
        error,
      );
    }
    if (status !== 200 || !body.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) {
      throw new PictureProblem(
        502,
        "The picture maker gave something else than a picture. Try again in a moment.",
        new Error(`${url} answered ${status} with ${body.length} bytes that are not a PNG`),
      );
    }
    return body;
  };
}
