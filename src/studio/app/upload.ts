import { useCallback, useRef, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { UploadMediaDocument, type UploadMediaMutation } from "../../generated/operations";

export type Uploaded = UploadMediaMutation["uploadMedia"]["media"];

export interface Upload {
  name: string;
  /** A picture of the file while it is under way. */
  preview: string;
  /** 0 to 1. */
  progress: number;
  error?: CombinedError;
}

/** Uploads one image and tells how far it is. `done` gets the stored image, and the file that it was. */
export function useUpload(done: (media: Uploaded, file: File) => void) {
  const client = useClient();
  const [upload, setUpload] = useState<Upload | null>(null);
  const abort = useRef<AbortController | null>(null);

  const start = useCallback(
    async (file: File, { isAiGenerated = false } = {}) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      const preview = URL.createObjectURL(file);
      const report = (progress: number) => setUpload((now) => (now ? { ...now, progress } : now));
      setUpload({ name: file.name, preview, progress: 0 });
      const fetch = uploadingFetch(report, controller.signal);
      const variables = { input: { file, isAiGenerated } };
      const { data, error } = await client.mutation(UploadMediaDocument, variables, { fetch }).toPromise();
      URL.revokeObjectURL(preview);
      if (controller.signal.aborted) return;
      if (data) {
        setUpload(null);
        done(data.uploadMedia.media, file);
      } else setUpload({ name: file.name, preview: "", progress: 0, error });
    },
    [client, done],
  );
  const cancel = useCallback(() => {
    abort.current?.abort();
    setUpload(null);
  }, []);
  return { upload, start, cancel };
}

/** `fetch` cannot tell how much of a body has been sent. XMLHttpRequest can. */
function uploadingFetch(report: (progress: number) => void, signal: AbortSignal): typeof fetch {
  return (url, { method = "POST", headers, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, String(url));
      new Headers(headers).forEach((value, name) => {
        request.setRequestHeader(name, value);
      });
      request.upload.onprogress = ({ loaded, total }) => report(loaded / total);
      request.onload = () => {
        const type = request.getResponseHeader("content-type") ?? "";
        resolve(
          new Response(request.responseText, { status: request.status, headers: { "content-type": type } }),
        );
      };
      request.onerror = () => reject(new TypeError("The upload was cut off"));
      request.onabort = () => reject(new DOMException("The upload was canceled", "AbortError"));
      signal.addEventListener("abort", () => request.abort());
      request.send(body as XMLHttpRequestBodyInit);
    });
}
