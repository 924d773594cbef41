/** How much load each size of the benchmark puts on the system. */

export interface Size {
  /** Requests per second, half on kept connections, half on new ones. */
  rate: number;
  /** In each case, at least. */
  requests: number;
  /** Seconds of load before a change. */
  before: number;
  /** Seconds of load after it, at least. */
  after: number;
}

export const SIZES: Record<string, Size> = {
  /** To see that everything works. */
  tiny: { rate: 60, requests: 1_000, before: 2, after: 2 },
  /** On machines that share the computer with the load. */
  machines: { rate: 60, requests: 2_400, before: 3, after: 3 },
  small: { rate: 200, requests: 8_000, before: 5, after: 3 },
  /** What the results are made with: 100,000 requests a case. */
  full: { rate: 700, requests: 101_000, before: 15, after: 5 },
};

/** The same in every size. One request of 16 is a POST. */
export const MIX = { postEvery: 16, webSockets: 50, downloads: 50, downloadSeconds: 10 };

/** Of the peers, which lose many requests soon. */
export const PEER_SECONDS = 30;
