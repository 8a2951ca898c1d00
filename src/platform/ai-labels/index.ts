// Labels of AI-made content in the metadata of files: written into mp4 and XMP, found in mp4, JPEG, PNG and WebP.
// Guarantees: the media data of a file stays as it is, and a label is written as a whole or not at all.

export {
  type AigcLabel,
  createLabel,
  formatLabel,
  type LabelIssuer,
  mergeLabel,
  parseLabel,
} from "./aigc-label.js";
export { type FileMarks, hasCredentials, readFileMarks } from "./file-marks.js";
export { readImageMarks } from "./image-marks.js";
export { CannotLabel } from "./mp4/boxes.js";
export { LabelWriter, type WrittenLabel } from "./mp4/label-writer.js";
export { type Edit, type ReadBytes, readOriginal } from "./mp4/original-bytes.js";
export { madeByAi, writeXmp } from "./xmp.js";
