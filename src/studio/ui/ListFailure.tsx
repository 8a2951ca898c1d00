import type { Pages } from "../app/pages";
import { Failure } from "./Failure";

/** Says why a list could not be read, and begins it again. Nothing for a list without an error. */
export function ListFailure({ pages: { error, restart } }: { pages: Pages<unknown> }) {
  return error ? <Failure error={error} onRetry={restart} /> : null;
}
