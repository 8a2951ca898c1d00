import { useState } from "react";
import { RequestLoginCodeDocument } from "../../../generated/operations";
import { postGraphql } from "../../app/post";

export interface SentCode {
  phone: string;
  retryAt: number;
  developmentCode: string | null;
}

/** The server's clock may differ from the browser's, so the wait is not shown longer than this. */
const waitMaxMs = 60_000;

export function useSendCode(onSent: (sent: SentCode) => void) {
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const send = async (phone: string) => {
    setProblem(null);
    setSending(true);
    try {
      const { requestLoginCode } = await postGraphql(RequestLoginCodeDocument, { input: { phone } });
      const waitMs = Math.min(waitMaxMs, Date.parse(requestLoginCode.retryAt) - Date.now());
      onSent({
        phone,
        retryAt: Date.now() + waitMs,
        developmentCode: requestLoginCode.developmentCode ?? null,
      });
    } catch (error) {
      setProblem(error);
    } finally {
      setSending(false);
    }
  };
  return { send, isSending, problem };
}
