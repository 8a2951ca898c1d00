import { Blob } from "node:buffer";
import { FormData } from "undici";
import type { ReferenceImage, SubmitRequest } from "../contract.js";

export type VideoOrder = Omit<SubmitRequest, "image">;

/** An order as `POST /v1/videos` takes it; both protocols have these names. */
export const orderFields = ({ prompt, vendorModel, size, durationSec }: VideoOrder) => ({
  prompt,
  model: vendorModel,
  size,
  seconds: String(durationSec),
});

export function formOf(order: VideoOrder, image?: ReferenceImage): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(orderFields(order))) form.set(name, value);
  if (image) {
    const file = new Blob([new Uint8Array(image.bytes)], { type: image.mimeType });
    form.set("input_reference", file, image.fileName);
  }
  return form;
}
