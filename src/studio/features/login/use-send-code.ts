import { useState } from "react";
import { RequestLoginCodeDocument } from "../../../generated/operations";
import { useErrorSentence } from "../../app/errors";
import { type PostError, postGraphql } from "../../app/post";

export interface SentCode {
  phone: string;
  retryAt: number;
  developmentCode: string | null;
}

/** The server's clock may differ from the browser's, so the wait is not shown longer than this. */
const waitMaxMs = 60_000;

export function useSendCode(onSent: (sent: SentCode) => void) {
  const sentence = useErrorSentence();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<{ text: string; field: unknown } | null>(null);
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
      setProblem({ text: sentence(error), field: (error as PostError).extensions?.field });
    } finally {
      setSending(false);
    }
  };
  return { send, isSending, problem };
}
