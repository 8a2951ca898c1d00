/** Too many wait for the same thing. Nothing was done, so it may be tried again soon. */
export class OverloadedError extends Error {
  readonly code = "CONNECTION_BUSY";
}
