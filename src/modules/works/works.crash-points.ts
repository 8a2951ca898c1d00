import { defineCrashPoints } from "../../platform/base/fault-injection.js";

export const { names: workCrashPoints, crashPoint } = defineCrashPoints([
  "publish-work.discard-queued",
  "publish-work.files-copied",
  "publish-work.committed",
  "bring-back-work.committed",
  "unpublish-work.committed",
  "delete-publication.file-deleted",
  "tip-work.committed",
  "unlock-prompt.committed",
  "reverse-payment.committed",
  "remove-work.committed",
]);
