import { Blob } from "node:buffer";
import { FormData } from "undici";
import type { ReferenceImage, SubmitRequest } from "../contract.js";

export type VideoParams = Omit<SubmitRequest, "image">;

/** The fields of `POST /v1/videos`, which have the same names in both protocols. */
export const toVideoFields = ({ prompt, vendorModel, size, durationSec }: VideoParams) => ({
  prompt,
  model: vendorModel,
  size,
  seconds: String(durationSec),
});

export function toVideoForm(params: VideoParams, image?: ReferenceImage): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(toVideoFields(params))) form.set(name, value);
  if (image) {
    const file = new Blob([new Uint8Array(image.bytes)], { type: image.mimeType });
    form.set("input_reference", file, image.fileName);
  }
  return form;
}
