/**
 * Lists from a streaming replica: never older than what their reader has written, or has been sent by a
 * subscription. This file is the only way in.
 */
export { deleteOldWriteMarks } from "./read-your-writes.js";
export { ReplicaReads } from "./replica-reads.js";
