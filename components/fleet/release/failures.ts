/** How a release fails, as far as its callers tell failures apart. */

/** Why a release stopped: one readable block for each failing service and host. */
export class ReleaseFailure extends Error {
  override readonly name = "ReleaseFailure";
}

/** The release was carried out, and what comes after the last switch failed. */
export class CleanUpFailure extends Error {
  override readonly name = "CleanUpFailure";
}
