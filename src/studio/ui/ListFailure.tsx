import type { Pages } from "../app/pages";
import { Failure } from "./Failure";

/** Says why a page of a list could not be read, and asks for it again. Nothing for a list without an error. */
export function ListFailure({ pages: { error, retry } }: { pages: Pages<unknown> }) {
  return error ? <Failure error={error} onRetry={retry} /> : null;
}
