/** A queue is full or too slow. The work was not started, so it can be retried later. */
export class OverloadedError extends Error {
  readonly code = "CONNECTION_BUSY";
}
