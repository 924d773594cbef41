// Draws the pictures: an identicon that depends on the name and the size only.
import { createHash } from "node:crypto";
import { toPng } from "jdenticon";

export const SMALLEST = 16;
export const LARGEST = 512;
export const USUAL = 80;

/** A size that cannot be drawn; the message is for the caller. */
export class SizeProblem extends Error {
  readonly statusCode = 400;
}

/** The picture's width and height in pixels. */
export function parseSize(value: unknown): number {
  if (value === undefined) return USUAL;
  const size = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(size >= SMALLEST && size <= LARGEST)) {
    throw new SizeProblem(
      `The size is ${JSON.stringify(value)}. Give one whole number of pixels from ${SMALLEST} to ${LARGEST}.`,
    );
  }
  return size;
}

/** The name's picture as a PNG. */
export function draw(name: string, size: number): Buffer {
  // jdenticon takes what looks like a hash for one, so it gets a real one for every name.
  const hash = createHash("sha256").update(name).digest("hex");
  return toPng(hash, size, { padding: 0.08, backColor: "#ffffff" });
}
